/**
 * Which mark bits the chains of a rewrite use.
 */
import type { Axis, Ruleset } from "../model/types.ts";
import type { MarkBits, Plan } from "../plan/types.ts";
import type { MergedChain } from "./merge.ts";
import { bitsOf, type Run, rulesOf } from "./runs/types.ts";

/** The bits of axes that some policy rule outside of runs has a group on, and the bits that the new chains of each table use. Refused groups must not cost a bit that packets may bring along. */
export function findOwnBits(
  { tables }: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  runs: readonly Run[],
): { readonly axes: MarkBits; readonly own: ReadonlyMap<string, number> } {
  const axes: { [axis in Axis]?: number } = {};
  const hoisted = new Set(runs.flatMap(rulesOf));
  const own = new Map(
    tables.map(({ name }) => {
      const merged = chains.flatMap(({ table, entries }) =>
        table === name ? entries.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : [])) : [],
      );
      const alone = merged.filter((rule) => !hoisted.has(rule)).flatMap(({ groups }) => groups);
      for (const { axis } of alone) axes[axis] = plan.markBits[axis] ?? 0;
      const masks = [
        ...alone.map(({ axis }) => axes[axis]!),
        ...runs.flatMap((run) => (run.table === name ? [bitsOf(run)] : [])),
      ];
      return [name, masks.reduce((all, mask) => (all | mask) >>> 0, 0)];
    }),
  );
  return { axes, own };
}
