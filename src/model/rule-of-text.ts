/**
 * What somebody writes of a rule, read as iptables-restore would: for questions about a match or a target in whatever spelling.
 */
import { parseSaveFile } from "../syntax/parse.ts";
import { makeSourceFile } from "../text/source.ts";
import { buildRuleset } from "./build.ts";
import type { Family, Rule } from "./types.ts";

/** The rule with these words behind its chain's name; null where they are not one that can be read. `chain`: a chain that it may call. */
export function ruleOfText(text: string, family: Family, chain: string | null = null): Rule | null {
  const chains = chain === null ? "" : `:${chain} - [0:0]\n`;
  const file = makeSourceFile("-", `*filter\n:INPUT ACCEPT [0:0]\n${chains}-A INPUT ${text}\nCOMMIT\n`);
  const { ruleset } = buildRuleset(parseSaveFile(file).tree, family);
  const rules = ruleset?.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)) ?? [];
  return rules.length === 1 ? rules[0]! : null;
}
