/**
 * Names and bits of the chains that a rewrite makes, beside those that stay.
 */
import type { MarkRules } from "../cluster/marks/find.ts";
import { readClearChain, readMarkGroups } from "../cluster/marks/groups.ts";
import { usedMarkBits } from "../cluster/marks/used-bits.ts";
import type { Ruleset } from "../model/types.ts";
import { joinMarkBits, printMark } from "../plan/own-bits.ts";
import { reservedBits } from "../plan/reservation.ts";
import type { Plan, PlanGroup } from "../plan/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { findGoneChains, isGroupChain } from "./gone-chains.ts";
import { checkSetNames } from "./group-sets.ts";
import type { MergedChain } from "./merge.ts";

/** Names of new chains and sets must not be those of others that are there. */
export function checkNames(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  gone: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Diagnostic[] {
  return [...checkChainNames(ruleset, plan, chains, gone), ...checkSetNames(ruleset, plan, chains)];
}

/** Restore would refuse the file, or flush the chain. */
function checkChainNames(
  { family, tables }: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  gone: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const table of tables) {
    const existing = new Map(
      table.chains.filter(({ name }) => !gone.get(table.name)!.has(name)).map((chain) => [chain.name, chain]),
    );
    const wanted = new Set<string>();
    let read: ReturnType<typeof readMarkGroups> | null = null;
    const isThere = (group: PlanGroup): boolean => {
      if (!existing.has(group.name)) return false;
      read ??= readMarkGroups(table, table.chains, family);
      return isGroupChain(read.get(group.name), group, plan.markBits);
    };
    for (const chain of chains) {
      if (chain.table !== table.name) continue;
      for (const entry of chain.entries) {
        if (entry.kind !== "merged") continue;
        wanted.add(entry.merged.policy.name);
        for (const group of entry.merged.groups) if (!isThere(group)) wanted.add(group.name);
      }
    }
    for (const name of wanted) {
      if (existing.has(name))
        diagnostics.push(makeDiagnostic("CHAIN_NAME_TAKEN", null, { name, table: table.name }));
    }
  }
  return diagnostics;
}

/** Chains that go, by table. */
export function goneChains(
  { tables }: Ruleset,
  chains: readonly MergedChain[],
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    tables.map((table) => {
      const entries = chains.filter((chain) => chain.table === table.name).flatMap((chain) => chain.entries);
      const merged = entries.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : []));
      return [table.name, findGoneChains(table, merged)];
    }),
  );
}

/** The name of the chain that clears the bits so far, if it goes; else one that neither the plan nor a table that gets the chain has. */
export function nameClearChain(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  gone: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const tables = ruleset.tables.filter(({ name }) =>
    chains.some(({ table, entries }) => table === name && entries.some(({ kind }) => kind === "merged")),
  );
  const staying = tables.flatMap(({ name: table, chains }) =>
    chains.map(({ name }) => name).filter((name) => !gone.get(table)!.has(name)),
  );
  const taken = new Set([
    ...staying,
    ...plan.groups.map(({ name }) => name),
    ...plan.policyRules.map(({ name }) => name),
  ]);
  const former = tables.flatMap(({ name: table, chains }) =>
    chains.filter((chain) => gone.get(table)!.has(chain.name) && readClearChain(chain) !== 0),
  );
  // Those that clear some bits alone are another layout's.
  const most = Math.max(...former.map((chain) => countBits(readClearChain(chain))));
  const free = former.find((chain) => countBits(readClearChain(chain)) === most && !taken.has(chain.name));
  if (free !== undefined) return free.name;
  let name = "M-CLEAR";
  for (let number = 2; taken.has(name); number++) name = `M-CLEAR-${number}`;
  return name;
}

function countBits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

/** The plan file is text that anyone may have changed: bits that the ruleset uses itself are refused. */
export function checkBits(ruleset: Ruleset, plan: Plan, marks: MarkRules): Diagnostic[] {
  const clash = joinMarkBits(plan.markBits) & (usedMarkBits([ruleset], marks.rules) | reservedBits(plan));
  return clash === 0 ? [] : [makeDiagnostic("MARK_BITS_TAKEN", null, { bits: printMark(clash) })];
}
