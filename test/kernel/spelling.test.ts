/**
 * Spellings, with the kernel as judge: rules that it lists alike have one text in the model, and rules that it lists in another way another one; where
 * markify can't know, the text says so. And so every rule equals its own dump.
 */
import { afterAll, describe, expect, test } from "vitest";
import type { Family, Rule } from "../../src/model/types.ts";
import { canonicalText, importText } from "../support/models.ts";
import { BACKENDS, type Backend, describeKernel, loadAndSave } from "./harness.ts";
import { VARIANTS } from "./spelling-variants.ts";
import {
  fileOf,
  parseRule,
  SUPPORT_ROWS,
  type SupportRule,
  supportRulesOf,
  supportSets,
  whyNotLoaded,
} from "./support-rules.ts";
import { verify } from "../../src/verify/verify.ts";

const FAMILIES: readonly Family[] = ["v4", "v6"];

function onlyRule(text: string, family: Family): Rule {
  const rules = importText(text, family).ruleset?.tables.flatMap(({ chains }) =>
    chains.flatMap((chain) => chain.rules),
  );
  if (rules?.length !== 1) throw new Error(`not one rule: ${text}`);
  return rules[0]!;
}

/** Whether the text is the file's own, as far as markify knows. */
function isAsWritten({ matches, target }: Rule): boolean {
  return [...matches, target].some((part) => "asWritten" in part && part.asWritten === true);
}

interface Loaded {
  readonly rule: SupportRule;
  readonly written: Rule;
  /** The rule's line as iptables-save prints it. */
  readonly saved: string;
}

/** Rules that iptables takes, each with its line; found by loading all at once, again and again without those that it refuses. */
function loadRules(rules: readonly SupportRule[], family: Family, backend: Backend): readonly Loaded[] {
  let kept = rules;
  while (kept.length > 0) {
    // Rules of one place stand together in the file, in their order.
    const text = fileOf(kept);
    const inFile = text.split("\n");
    const { ok, saved, errors } = loadAndSave({ family, backend, text, ipsets: supportSets(family) });
    if (ok) return pairLines(kept, saved, family);
    const line = Number(/line:? (\d+)/u.exec(errors)?.[1] ?? 0);
    const refused = inFile[line - 1]?.replace(/^-A \S+ /u, "");
    const left = kept.filter(({ rule }) => rule !== refused);
    if (left.length === kept.length)
      return kept.length === 1 ? [] : kept.flatMap((rule) => loadRules([rule], family, backend));
    kept = left;
  }
  return [];
}

function pairLines(rules: readonly SupportRule[], saved: string, family: Family): readonly Loaded[] {
  const places = new Map<string, string[]>();
  let table = "";
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    const chain = /^-A (\S+)/u.exec(line)?.[1];
    if (chain !== undefined)
      places.set(`${table} ${chain}`, [...(places.get(`${table} ${chain}`) ?? []), line]);
  }
  return rules.map((rule) => {
    const line = places.get(`${rule.table} ${rule.chain}`)!.shift()!;
    return { rule, written: onlyRule(fileOf([rule]), family), saved: line };
  });
}

/** The rule with one of its numbers made larger, for each of them: nearly always another rule. */
function withOtherNumbers(rule: SupportRule): readonly SupportRule[] {
  return [...rule.rule.matchAll(/(?<![\w.:])\d+(?![\w.:])/gu)].map(({ 0: number, index }) => ({
    ...rule,
    rule: `${rule.rule.slice(0, index)}${Number(number) + 1}${rule.rule.slice(index + number.length)}`,
  }));
}

/** All that is written about a row. */
function rulesOf(name: string, family: Family): readonly SupportRule[] {
  const only = SUPPORT_ROWS.get(name)!.family ?? family;
  const variants = only === family ? (VARIANTS[name] ?? []).map(parseRule) : [];
  return [
    ...variants.filter((rule) => (rule.family ?? family) === family),
    ...supportRulesOf(name, family).filter((rule) => whyNotLoaded(name, rule) === null),
  ];
}

const CASES = FAMILIES.flatMap((family) =>
  BACKENDS.flatMap((backend) => [...SUPPORT_ROWS.keys()].map((name) => ({ name, family, backend }))),
);

/** The model's text; a protocol by its number, since its name is the host's. */
function textOf(rule: Rule): string {
  const matches = rule.matches.map((match) =>
    match.kind === "protocol" ? { ...match, text: `-p ${match.number}` } : match,
  );
  return canonicalText({ ...rule, matches });
}

const unsure: string[] = [];

/** Where the kernel's list and the model's texts part. */
function findFaults(name: string, loaded: readonly Loaded[]): readonly string[] {
  const faults: string[] = [];
  for (const [at, one] of loaded.entries())
    for (const other of loaded.slice(0, at)) {
      if (one.rule.table !== other.rule.table || one.rule.chain !== other.rule.chain) continue;
      const [isListedAlike, isWrittenAlike] = [
        one.saved === other.saved,
        textOf(one.written) === textOf(other.written),
      ];
      const pair = `${one.rule.rule} | ${other.rule.rule}`;
      if (isListedAlike === isWrittenAlike) continue;
      if (isWrittenAlike) faults.push(`one text for two: ${pair}`);
      else if (isAsWritten(one.written) || isAsWritten(other.written)) unsure.push(`${name}: ${pair}`);
      else faults.push(`two texts for one: ${pair}`);
    }
  return faults;
}

describe("the lists of spellings", () => {
  test("name rows of docs/support.md", () => {
    expect(Object.keys(VARIANTS).filter((name) => !SUPPORT_ROWS.has(name))).toEqual([]);
  });
});

describeKernel("rules have one text where iptables lists them alike, and only there", () => {
  afterAll(() => {
    if (unsure.length > 0) console.warn(`NOT KNOWN TO BE ONE:\n  ${[...new Set(unsure)].join("\n  ")}`);
  });

  test.each(CASES)("$name, $family with $backend", ({ name, family, backend }) => {
    const rules = rulesOf(name, family);
    const others = rules.flatMap(withOtherNumbers);
    expect(findFaults(name, loadRules([...rules, ...others], family, backend))).toEqual([]);
  });
});

const unknown = new Set<string>();

describeKernel("a file equals its own dump", () => {
  afterAll(() => {
    if (unknown.size > 0) console.warn(`NOT KNOWN TO BE THEIR DUMP:\n  ${[...unknown].join("\n  ")}`);
  });

  test.each(CASES)("$name, $family with $backend", async ({ name, family, backend }) => {
    const answer = async (loaded: readonly Loaded[]) => {
      if (loaded.length === 0) return "equal";
      const written = fileOf(loaded.map(({ rule }) => rule));
      const dump = fileOf(
        loaded.map(({ rule, saved }) => ({ ...rule, rule: saved.replace(/^-A \S+ ?/u, "") })),
      );
      const [old, now] = [importText(written, family).ruleset!, importText(dump, family).ruleset!];
      return (await verify(old, now, { packets: 200 })).result;
    };
    const loaded = loadRules(rulesOf(name, family), family, backend);
    const [written, spelled] = [true, false].map((is) =>
      loaded.filter((one) => isAsWritten(one.written) === is),
    );
    expect(await answer(spelled!)).toBe("equal");
    const result = await answer(written!);
    expect(result).not.toBe("different");
    if (result === "unknown") for (const { rule } of written!) unknown.add(`${name}: ${rule.rule}`);
  });
});
