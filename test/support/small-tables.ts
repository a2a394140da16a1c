/** Small rulesets made in tests, and the whole way in memory: text → ruleset → plan → rewritten text. */
import { findGroups } from "../../src/cluster/find.ts";
import type { ClusterOptions } from "../../src/cluster/types.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import { importRuleset } from "../../src/import/import.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan, PlanOptions } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import type { Rewritten } from "../../src/rewrite/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";

export const NO_OPTIONS: ClusterOptions = { keepChains: [], rewriteChains: [] };

/** Imports a text that has to be free of errors; one that says nothing of its family is IPv4 here. */
export function readRuleset(text: string, family?: Family, path = "test.rules"): Ruleset {
  const file = makeSourceFile(path, text);
  const read = importRuleset(file, family === undefined ? {} : { family });
  const isOpen = read.diagnostics.some(({ code }) => code === "FAMILY_UNKNOWN");
  const { ruleset, diagnostics } = isOpen ? importRuleset(file, { family: "v4" }) : read;
  if (ruleset === null)
    throw new Error(JSON.stringify(diagnostics.map(({ code, args }) => ({ code, args }))));
  return ruleset;
}

/** The plan of one ruleset. */
export function planOf(ruleset: Ruleset, options: PlanOptions = NO_OPTIONS): Plan {
  const clustering = findGroups(ruleset, options);
  return makePlan([{ path: ruleset.file.path, digest: "sha256:0", clustering }], options).plan;
}

/** A ruleset rewritten after a plan; fails on diagnostics. */
export function rewriteOf(
  ruleset: Ruleset,
  plan: Plan,
): { readonly rewritten: Rewritten; readonly text: string } {
  const { rewritten, diagnostics } = rewriteRuleset(ruleset, plan, 0);
  if (rewritten === null)
    throw new Error(JSON.stringify(diagnostics.map(({ code, args }) => ({ code, args }))));
  return { rewritten, text: emitRestoreFile(rewritten, []) };
}

/** All of it. */
export function rewriteText(
  text: string,
  family?: Family,
): { old: Ruleset; plan: Plan; rewritten: Rewritten; text: string; new: Ruleset } {
  const old = readRuleset(text, family);
  const plan = planOf(old);
  const { rewritten, text: newText } = rewriteOf(old, plan);
  return { old, plan, rewritten, text: newText, new: readRuleset(newText, old.family, "new.rules") };
}

/** A filter table of rules for FORWARD, INPUT, OUTPUT and the user-defined chains that they are in. */
export function filterTable(
  rules: readonly string[],
  policies: Readonly<Record<string, string>> = {},
): string {
  const base = ["INPUT", "FORWARD", "OUTPUT"];
  const chains = [...new Set(rules.map((rule) => rule.split(" ")[1]!))].filter(
    (chain) => !base.includes(chain),
  );
  return [
    "*filter",
    ...base.map((chain) => `:${chain} ${policies[chain] ?? "ACCEPT"} [0:0]`),
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...rules,
    "COMMIT",
    "",
  ].join("\n");
}

/** Rules for every combination: `product("-A FORWARD", ["-s a", "-s b"], ["-d c"], "-j ACCEPT")`. */
export function product(...parts: readonly (string | readonly string[])[]): string[] {
  return parts.reduce<string[]>(
    (lines, part) =>
      lines.flatMap((line) =>
        (typeof part === "string" ? [part] : part).map((words) => `${line} ${words}`.trim()),
      ),
    [""],
  );
}
