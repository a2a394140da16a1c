/** Small rulesets for tests of the parser and the model. */
import { type Imported, importRuleset } from "../../src/import/import.ts";
import type { Family, Rule } from "../../src/model/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";

/** Imports a text under the name `t.rules`. */
export function importText(text: string, family?: Family, keepUnparsed = false): Imported {
  return importRuleset(makeSourceFile("t.rules", text), { family, keepUnparsed });
}

/** A filter table with a user-defined chain `sub` around rules given without `-A INPUT`. */
export function tableAround(...rules: readonly string[]): string {
  const chains = [":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":sub - [0:0]"];
  return [
    "*filter",
    ...chains,
    ...rules.map((rule) => (rule === "" ? "-A INPUT" : `-A INPUT ${rule}`)),
    "COMMIT",
    "",
  ].join("\n");
}

/** Imports one rule of INPUT. */
export function importRule(rule: string, family: Family = "v4"): Imported {
  return importText(tableAround(rule), family);
}

/** The rule itself; throws with what was reported where there is none. */
export function readRuleModel(rule: string, family: Family = "v4"): Rule {
  const imported = importRule(rule, family);
  const found = imported.ruleset?.tables[0]?.chains[0]?.rules[0];
  if (found === undefined) throw new Error(`${rule}: ${codesOf(imported).join(", ")}`);
  return found;
}

/** All codes reported, in order. */
export function codesOf(imported: Imported): readonly string[] {
  return imported.diagnostics.map((diagnostic) => diagnostic.code);
}

/** A rule put together from its parts as iptables-save would print it, without `-A CHAIN`. */
export function canonicalText(rule: Rule): string {
  return [...rule.matches.map((match) => match.text), rule.target.text]
    .filter((text) => text !== "")
    .join(" ");
}
