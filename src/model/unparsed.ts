/**
 * Rules that could not be read and are kept word for word (`UnparsedTarget`): which there are, what reaches them, and what is said about them.
 */
import type { DiagnosticCode } from "../text/codes.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { locate } from "../text/source.ts";
import type { Rule, Ruleset, Table } from "./types.ts";

/** True for a rule that could not be read. */
export function isUnparsed({ target }: Rule): boolean {
  return target.kind === "unparsed";
}

/** Whether a table has one. */
export function hasUnparsed({ chains }: Table): boolean {
  return chains.some(({ rules }) => rules.some(isUnparsed));
}

/** All of them in a table, in its order. */
export function unparsedRules({ chains }: Table): readonly Rule[] {
  return chains.flatMap(({ rules }) => rules.filter(isUnparsed));
}

/** How many a ruleset has. */
export function countUnparsed({ tables }: Ruleset): number {
  return tables.reduce((sum, table) => sum + unparsedRules(table).length, 0);
}

/** The first one that a base chain reaches by jumps that could be read; null where there is none. What such a rule itself may jump to lies behind it. */
export function reachedUnparsed({ chains }: Table, hook: string): Rule | null {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const names = new Set([hook]);
  // A set grows while it is walked: every chain added is visited too.
  for (const name of names) {
    for (const rule of byName.get(name)?.rules ?? []) {
      if (isUnparsed(rule)) return rule;
      const { target } = rule;
      if (target.kind === "jump" || target.kind === "goto") names.add(target.chain);
    }
  }
  return null;
}

/** Errors about rules that are kept are warnings: they refuse nothing any more. `lines`: those of the rules. */
export function lowerSeverity(diagnostics: readonly Diagnostic[], lines: ReadonlySet<number>): Diagnostic[] {
  if (lines.size === 0) return [...diagnostics];
  return diagnostics.map((diagnostic) => {
    const { span, severity } = diagnostic;
    const isKept = span !== null && severity === "error" && lines.has(locate(span.file, span.start).line);
    return isKept ? { ...diagnostic, severity: "warning" } : diagnostic;
  });
}

/** Findings about values that iptables refuses, or may refuse. In a save file they have been taken before; a script goes on without the rule. */
const MAY_BE_REFUSED: ReadonlySet<DiagnosticCode> = new Set([
  "REFUSED_BY_IPTABLES",
  "UNKNOWN_MATCH_MODULE",
  "UNKNOWN_SERVICE",
  "UNKNOWN_TARGET",
  "UNREADABLE_ADDRESS",
  "UNREADABLE_MAC",
]);

/** What is a warning about a saved rule is an error about a command: whether the rule comes to be isn't known. */
export function raiseRefused(diagnostic: Diagnostic): Diagnostic {
  if (!MAY_BE_REFUSED.has(diagnostic.code)) return diagnostic;
  const message = "where iptables refuses the command, the script goes on without the rule";
  const help =
    "write what iptables takes everywhere, or keep the rule with --keep-unparsed if iptables does take it";
  return { ...diagnostic, severity: "error", help, notes: [...diagnostic.notes, { message }] };
}
