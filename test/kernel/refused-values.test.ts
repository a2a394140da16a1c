/**
 * Words where a number stands: whatever is said to be refused, iptables refuses, in every extension that has numbers.
 */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { MATCH_SPELLERS } from "../../src/model/spelling/matches.ts";
import { TARGET_SPELLERS } from "../../src/model/spelling/targets.ts";
import { codesOf, importText } from "../support/models.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";
import {
  fileOf,
  SUPPORT_ROWS,
  type SupportRule,
  supportRulesOf,
  supportSets,
  whyNotLoaded,
} from "./support-rules.ts";

const FAMILIES: readonly Family[] = ["v4", "v6"];

/** No name at all, and names that a host has for other things: ports, users, protocols. */
const WORDS = ["many", "http", "root", "tcp"];

interface Case {
  readonly name: string;
  readonly family: Family;
  readonly option: string;
  readonly rule: SupportRule;
  /** A word in the number's place. */
  readonly withWord: (word: string) => SupportRule;
}

/** Each option with numbers once, in a rule of its row. */
function casesOf(name: string, family: Family): readonly Case[] {
  const [kind, extension = ""] = name.split(" ");
  const numbers = (kind === "-m" ? MATCH_SPELLERS : TARGET_SPELLERS).get(extension)?.numbers ?? new Set();
  const rules = supportRulesOf(name, family).filter((rule) => whyNotLoaded(name, rule) === null);
  return [...numbers].flatMap((option) => {
    const place = new RegExp(`(--${option}) [0-9]\\S*`, "u");
    const rule = rules.find((each) => place.test(each.rule));
    if (rule === undefined) return [];
    const withWord = (word: string) => ({ ...rule, rule: rule.rule.replace(place, `$1 ${word}`) });
    return { name, family, option, rule, withWord };
  });
}

const CASES = FAMILIES.flatMap((family) => [...SUPPORT_ROWS.keys()].flatMap((name) => casesOf(name, family)));

test("many extensions have numbers", () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBeGreaterThan(20);
});

describe("a word for a number is a warning", () => {
  test.each(CASES)("$family $name --$option", ({ family, withWord }) => {
    expect(codesOf(importText(fileOf([withWord("many")]), family))).toContain("REFUSED_BY_IPTABLES");
  });
});

describeKernel("iptables refuses it, and takes the number", () => {
  test.each(BACKENDS)("%s", (backend) => {
    const loads = (family: Family, rule: SupportRule) =>
      loadAndSave({ family, backend, text: fileOf([rule]), ipsets: supportSets(family) }).ok;
    // What the kernel lacks, or refuses without another rule, says nothing.
    const judged = CASES.filter(({ family, rule }) => loads(family, rule));
    const open = CASES.filter((each) => !judged.includes(each)).map(
      ({ name, option }) => `${name} --${option}`,
    );
    if (open.length > 0) console.warn(`NOT JUDGED:\n  ${[...new Set(open)].join("\n  ")}`);
    expect(judged.length).toBeGreaterThan(CASES.length / 2);
    const taken = judged.flatMap(({ name, family, option, withWord }) =>
      WORDS.filter((word) => loads(family, withWord(word))).map(
        (word) => `${family} ${name} --${option} ${word}`,
      ),
    );
    expect(taken).toEqual([]);
  });
});
