/**
 * Every rewritten ruleset loads with both backends and is there afterwards as it was emitted: chain by chain the same rules, as markify's own model reads
 * them, and a save that loads saves the same again.
 */
import { expect, test } from "vitest";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import {
  type CorpusFile,
  listOwnCorpus,
  listSharedCorpus,
  readCorpusFile,
  readRecordedIpsets,
} from "../support/corpus.ts";
import { importOrThrow, runPipeline } from "../support/pipeline.ts";
import {
  type Backend,
  BACKENDS,
  countRules,
  describeKernel,
  loadAndSave,
  normaliseSaved,
} from "./harness.ts";
import { makeIpsets, makeLoadable } from "./replacements.ts";

/** Saves that differ from what was emitted in more than form, with the reason. One that is not needed any more fails. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const files = [...listOwnCorpus(), ...listSharedCorpus()];

/** Sets as they were recorded; the rest by name. */
function ipsetsFor(file: CorpusFile, text: string): string {
  const recorded = readRecordedIpsets(file) ?? "";
  const isRecorded = (line: string) => recorded.includes(`create ${line.split(" ")[1]} `);
  const rest = makeIpsets(text, file.family)
    .split("\n")
    .filter((line) => line !== "" && !isRecorded(line));
  return recorded + rest.map((line) => `${line}\n`).join("");
}

/** Rules by table and chain, each as the texts of its matches and target; chains without rules left out. */
function describeRules(ruleset: Ruleset): Readonly<Record<string, readonly string[]>> {
  const chains: Record<string, readonly string[]> = {};
  for (const table of ruleset.tables) {
    for (const chain of table.chains.filter(({ rules }) => rules.length > 0)) {
      chains[`${table.name}/${chain.name}`] = chain.rules.map(({ matches, target }) =>
        [...matches.map(({ text }) => text), target.text].join(" "),
      );
    }
  }
  return chains;
}

function importText(text: string, family: Family): Ruleset {
  return importOrThrow(makeSourceFile("saved.rules", text), family);
}

/** Loads, saves, loads the save. */
function expectToLoad(file: CorpusFile, backend: Backend, text: string): void {
  const ipsets = ipsetsFor(file, text);
  const load = (rules: string) => loadAndSave({ family: file.family, backend, text: rules, ipsets });
  const first = load(text);
  expect(first.errors, "loads").toBe("");
  const saved = normaliseSaved(first.saved);
  expect(countRules(saved), "keeps the number of rules in each chain").toEqual(
    countRules(normaliseSaved(text)),
  );
  const emitted = importText(text, file.family);
  expect(describeRules(importText(first.saved, file.family)), "keeps every rule").toEqual(
    describeRules(emitted),
  );
  expect(normaliseSaved(load(first.saved).saved), "saves the same again").toEqual(saved);
}

describeKernel("rewritten rulesets load", () => {
  test("of all files that are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(10);
    const names = new Set(files.flatMap(({ name }) => BACKENDS.map((backend) => `${name} ${backend}`)));
    expect(Object.keys(EXCEPTIONS).filter((name) => !names.has(name))).toEqual([]);
  });

  for (const file of files) {
    for (const backend of BACKENDS) {
      const reason = EXCEPTIONS[`${file.name} ${backend}`];
      test(`${file.name} with ${backend}${reason === undefined ? "" : `: not as it was, ${reason}`}`, () => {
        const { text } = runPipeline(readCorpusFile(file), file.family);
        const check = () => expectToLoad(file, backend, makeLoadable(text));
        if (reason === undefined) check();
        else expect(check, "its exception is not needed any more").toThrow();
      });
    }
  }
});
