/**
 * Every row of docs/support.md in real rules: each survives import, apply, loading and saving as it is. What this kernel or iptables lacks is named,
 * and survives import and apply all the same.
 */
import { afterAll, describe, expect, test } from "vitest";
import type { OptionRow } from "../../src/model/options.ts";
import type { Family } from "../../src/model/types.ts";
import { codesOf, importText } from "../support/models.ts";
import { applyNothing } from "../support/pipeline.ts";
import { BACKENDS, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";
import {
  fileOf,
  SUPPORT_ROWS,
  SUPPORT_RULES,
  type SupportRule,
  supportRulesOf,
  supportSets,
  whyNotLoaded,
} from "./support-rules.ts";

const FAMILIES: readonly Family[] = ["v4", "v6"];

function ruleLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith("-A "));
}

describe("the rules", () => {
  test("are there for every row and no other", () => {
    expect([...SUPPORT_RULES.keys()].sort()).toEqual([...SUPPORT_ROWS.keys()].sort());
  });

  test.each([...SUPPORT_ROWS.keys()])("have every option of %s, with and without !", (name) => {
    const options = new Map<OptionRow, readonly string[]>();
    for (const [option, row] of SUPPORT_ROWS.get(name)!.options)
      options.set(row, [...(options.get(row) ?? []), option]);
    const text = (SUPPORT_RULES.get(name) ?? []).map(({ rule }) => ` ${rule} `).join("\n");
    const has = (what: (option: string) => string, names: readonly string[]) =>
      names.some((option) => text.includes(what(option)));
    const missing: string[] = [];
    for (const [row, names] of options) {
      const plain = text.replaceAll(" ! --", " !--");
      if (!names.some((option) => plain.includes(` --${option} `))) missing.push(`--${row.name}`);
      if (row.negatable && !has((option) => ` ! --${option} `, names)) missing.push(`! --${row.name}`);
    }
    expect(missing).toEqual([]);
  });
});

describe("import and apply keep", () => {
  test.each(FAMILIES.flatMap((family) => [...SUPPORT_ROWS.keys()].map((name) => ({ name, family }))))(
    "$name, $family",
    ({ name, family }) => {
      const text = fileOf(supportRulesOf(name, family));
      if (text === "\n") return;
      const imported = importText(text, family);
      expect(imported.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(codesOf(imported)).not.toContain("UNKNOWN_MATCH_MODULE");
      expect(applyNothing(text, family)).toBe(text);
    },
  );
});

/** What was not loaded, by reason. */
const skipped = new Map<string, Set<string>>();

function skip(reason: string, what: string): void {
  skipped.set(reason, (skipped.get(reason) ?? new Set()).add(what));
}

/** What iptables says when the extension's kernel part is missing; null otherwise. */
function lacks(errors: string): string | null {
  return /missing kernel module|not supported/i.test(errors) ? "this kernel has no such extension" : null;
}

/** The rules that can be loaded somewhere; the others are noted. */
function loadable(name: string, family: Family): readonly SupportRule[] {
  return supportRulesOf(name, family).filter((rule) => {
    const why = whyNotLoaded(name, rule);
    if (why !== null) skip(why, `${name}: ${rule.rule}`);
    return why === null;
  });
}

describeKernel("iptables keeps", () => {
  afterAll(() => {
    for (const [reason, rules] of skipped)
      console.warn(`NOT LOADED (${reason}):\n  ${[...rules].join("\n  ")}`);
  });

  const trials = FAMILIES.flatMap((family) =>
    BACKENDS.flatMap((backend) => [...SUPPORT_ROWS.keys()].map((name) => ({ name, family, backend }))),
  );

  test.each(trials)("$name, $family with $backend", ({ name, family, backend }) => {
    const rules = loadable(name, family);
    if (rules.length === 0) return;
    const text = fileOf(rules);
    const load = { family, backend, ipsets: supportSets(family) };
    const first = loadAndSave({ ...load, text });
    if (!first.ok && lacks(first.errors) !== null) {
      skip(lacks(first.errors)!, name);
      return;
    }
    expect(first.ok, first.errors).toBe(true);
    expect(ruleLines(first.saved)).toHaveLength(rules.length);
    // What iptables loads, markify takes without a word.
    expect(codesOf(importText(text, family))).toEqual([]);
    expect(codesOf(importText(first.saved, family))).toEqual([]);
    const applied = applyNothing(first.saved, family);
    expect(applied).toBe(first.saved);
    const second = loadAndSave({ ...load, text: applied });
    expect(normaliseSaved(second.saved)).toEqual(normaliseSaved(first.saved));
  });
});
