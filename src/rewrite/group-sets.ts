/**
 * The ipsets that a new ruleset needs: one for each group whose chain asks a set of the group's name.
 */
import type { Family, Rule, Ruleset } from "../model/types.ts";
import { settableMembers, storedMembers } from "../plan/storage.ts";
import type { Plan } from "../plan/types.ts";
import { setNames } from "../sets/names.ts";
import { rulesOf } from "../sets/unsteady.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Span } from "../text/source.ts";
import type { MergedChain } from "./merge.ts";
import type { GroupSet, RewrittenLine } from "./types.ts";

/** The name under which a set is filled before it is swapped in. Chains can't have it, so no group has. */
export function fillingName(set: string): string {
  return `${set}~`;
}

/** The sets that lines ask for groups of a plan, by first use. */
export function findGroupSets(
  lines: readonly RewrittenLine[],
  { groups }: Plan,
  family: Family,
): readonly GroupSet[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const sets = new Map<string, GroupSet>();
  for (const { text } of lines) {
    const [, chain, name] = /^-A (\S+) -m set --match-set (\S+) (?:src|dst) -j MARK /.exec(text) ?? [];
    const group = name === undefined || name !== chain ? undefined : byName.get(name);
    if (group === undefined || sets.has(group.name)) continue;
    sets.set(group.name, { name: group.name, family, members: settableMembers(group) });
  }
  return [...sets.values()];
}

/** Sets that rules of the old ruleset name are somebody else's: they must not be filled anew. */
export function checkSetNames(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
): readonly Diagnostic[] {
  const wanted = new Set(
    chains
      .flatMap(({ entries }) =>
        entries.flatMap((entry) => (entry.kind === "merged" ? entry.merged.groups : [])),
      )
      .filter((group) => storedMembers(group, plan.storage).length > 0)
      .map(({ name }) => name),
  );
  if (wanted.size === 0) return [];
  const taken = new Map<string, Rule>();
  for (const rule of rulesOf(ruleset))
    for (const text of [...rule.matches.map((match) => match.text), rule.target.text])
      for (const name of text.includes("-set ") ? setNames(text) : [])
        if (name !== rule.chain && !taken.has(name)) taken.set(name, rule);
  return [...wanted].flatMap((name) => {
    const rule = taken.get(name) ?? taken.get(fillingName(name));
    return rule === undefined
      ? []
      : [makeDiagnostic("SET_NAME_TAKEN", lineSpan(ruleset, rule.line), { name })];
  });
}

function lineSpan({ file }: Ruleset, line: number): Span {
  const start = file.lineStarts[line - 1] ?? 0;
  const next = file.text.indexOf("\n", start);
  return { file, start, end: next === -1 ? file.text.length : next };
}
