/**
 * Which rules of an input stay as they are after the edits of a person, and why.
 */
import type { FlatReason } from "../cluster/types.ts";
import type { Plan } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { REASON_WORDS } from "./reasons.ts";
import type { FlatView } from "./view.ts";

/** Source lines of rules that the new file does not have as they were. */
export function findMergedLines({ ruleset, lines }: Rewritten): ReadonlySet<number> {
  const merged = new Set<number>();
  for (const { chains } of ruleset.tables) {
    for (const { rules } of chains) for (const { line } of rules) merged.add(line);
  }
  const source = ruleset.file.text.split("\n");
  for (const { text, origins } of lines) {
    const [origin] = origins;
    if (origins.length === 1 && origin !== undefined && source[origin - 1] === text) merged.delete(origin);
  }
  return merged;
}

/** What the plan says stays flat, and what does since a person refused it; `merged` is one set of lines for each input. */
export function viewFlat(
  plan: Plan,
  rewrites: readonly Rewritten[],
  merged: readonly ReadonlySet<number>[],
): readonly FlatView[] {
  const given = plan.flat.map(({ input, table, chain, reason, lines }) =>
    view(plan, input, table, chain, reason, lines),
  );
  const refused = rewrites.flatMap(({ ruleset }, input) => {
    const known = new Set(plan.flat.filter((flat) => flat.input === input).flatMap(({ lines }) => lines));
    return ruleset.tables.flatMap((table) =>
      table.chains.flatMap((chain) => {
        const lines = chain.rules
          .map(({ line }) => line)
          .filter((line) => !known.has(line) && !merged[input]?.has(line));
        return lines.length === 0 ? [] : [view(plan, input, table.name, chain.name, "refused", lines)];
      }),
    );
  });
  return [...given, ...refused];
}

function view(
  plan: Plan,
  input: number,
  table: string,
  chain: string,
  reason: FlatReason,
  lines: readonly number[],
): FlatView {
  const file = plan.inputs[input]?.path ?? "-";
  return {
    file,
    table,
    chain,
    reason,
    why: REASON_WORDS[reason],
    lines: lines.map((line) => ({ file, line })),
  };
}
