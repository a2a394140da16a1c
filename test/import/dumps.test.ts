/**
 * Dumps of iptables 1.8.9, rule by rule: the model's texts put together are the saved rule again, so nothing was lost or misread. Older versions
 * print some values differently (MAC addresses in capitals), so their dumps are not here; the conformance tests have them.
 */
import { expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { type CorpusFile, listOwnCorpus, listSharedCorpus, readCorpusFile } from "../support/corpus.ts";
import { canonicalText } from "../support/models.ts";

function isDump({ name }: CorpusFile): boolean {
  return (
    name.startsWith("corpus/kernel/") || (name.startsWith("shared/tools/") && !/fwbuilder\/groups/.test(name))
  );
}

const dumps = [...listOwnCorpus(), ...listSharedCorpus()].filter(isDump);

test("there are dumps to read", () => {
  expect(dumps.length).toBeGreaterThan(0);
});

test.each(dumps.map((dump) => [dump.name, dump] as const))("%s", (_, dump) => {
  const source = readCorpusFile(dump);
  // The family is found out, not given: every dump has to tell.
  const { ruleset } = importRuleset(source);
  expect(ruleset?.family).toBe(dump.family);
  const rules = ruleset?.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules)) ?? [];
  const read = rules.map((rule) => [rule.line, `-A ${rule.chain} ${canonicalText(rule)}`.trimEnd()]);
  const written = source.text.split("\n").flatMap((line, index) => {
    const found = /^(?:\[\d+:\d+\] )?(-A .*)$/.exec(line);
    return found === null ? [] : [[index + 1, found[1]!.trimEnd()]];
  });
  // The model groups rules by chain, a save file by chain as well; only some writers mix them.
  const byLine = (one: readonly (string | number)[], other: readonly (string | number)[]) =>
    Number(one[0]) - Number(other[0]);
  expect(read.sort(byLine)).toEqual(written);
});
