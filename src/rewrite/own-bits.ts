/**
 * Which mark bits the chains of a rewrite use, table by table: a table leaves them 0, so none has to clear those of another.
 */
import type { Axis, Ruleset } from "../model/types.ts";
import type { MarkBits, Plan } from "../plan/types.ts";
import type { LayoutContext } from "./layouts/context.ts";
import { findNamedMembers } from "./layouts/exceptions.ts";
import { findJoinedGroups } from "./joined-groups.ts";
import type { MergedChain } from "./merge.ts";
import { nameClearChain } from "./new-chains.ts";
import type { LayoutOf } from "./runs/find-runs.ts";
import { findSharedRuns, type SharedRun } from "./share-source.ts";
import { bitsOf, type Run, rulesOf } from "./runs/types.ts";

/** The bits of a rewrite. */
export interface OwnBits {
  /** Of axes that some policy rule outside of runs has a group on: refused groups must not cost a bit that packets may bring along. */
  readonly axes: MarkBits;
  /** Of all tables. */
  readonly all: number;
  /** Policy rules that ask their source together. */
  readonly shared: readonly SharedRun[];
  readonly contextOf: (table: string) => LayoutContext;
}

/** What was decided before. */
export interface Decided {
  readonly chains: readonly MergedChain[];
  readonly runs: readonly Run[];
  readonly layoutOf: LayoutOf;
  readonly gone: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Collects them. */
export function findOwnBits(
  ruleset: Ruleset,
  plan: Plan,
  { chains, runs, layoutOf, gone }: Decided,
): OwnBits {
  const { family, tables } = ruleset;
  const shared = findSharedRuns(ruleset, chains, (table, chain) => layoutOf(table, chain) === "shared");
  const clearChain = nameClearChain(ruleset, plan, chains, gone);
  const axes: { [axis in Axis]?: number } = {};
  const hoisted = new Set(runs.flatMap(rulesOf));
  const own = new Map<string, number>();
  const named = new Map<string, ReadonlySet<string>>();
  const joined = findJoinedGroups(plan);
  for (const { name } of tables) {
    const merged = chains.flatMap(({ table, entries }) =>
      table === name ? entries.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : [])) : [],
    );
    const alone = merged.filter((rule) => !hoisted.has(rule)).flatMap(({ groups }) => groups);
    for (const { axis } of alone) axes[axis] = plan.markBits[axis] ?? 0;
    const masks = [
      ...alone.map(({ axis }) => axes[axis]!),
      ...runs.flatMap((run) => (run.table === name ? [bitsOf(run)] : [])),
    ];
    own.set(name, join(masks));
    if (plan.aggregate === true) named.set(name, findNamedMembers(merged));
  }
  const contextOf = (table: string): LayoutContext => ({
    ...{ family, own: own.get(table) ?? 0, bitOf: ({ axis }) => plan.markBits[axis] ?? 0 },
    ...{ isJoined: ({ id }) => joined.has(id), clearChain, shared, storage: plan.storage },
    namedMembers: named.get(table) ?? new Set(),
  });
  return { axes, all: join([...own.values()]), shared, contextOf };
}

function join(masks: readonly number[]): number {
  return masks.reduce((all, mask) => (all | mask) >>> 0, 0);
}
