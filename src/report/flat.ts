/**
 * Which rules of an input stay as they are after the edits of a person, and why.
 */
import type { FlatReason } from "../cluster/types.ts";
import type { Plan } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { REASON_WORDS } from "./reasons.ts";
import type { FlatView } from "./view.ts";

/** What the plan says stays flat, and what does since a person refused it, all of a line or a part; `merged` is one set of lines for each input. */
export function viewFlat(
  plan: Plan,
  rewrites: readonly Rewritten[],
  merged: readonly ReadonlySet<number>[],
): readonly FlatView[] {
  const given = plan.flat.map(({ input, table, chain, reason, lines }) =>
    view(plan, input, table, chain, reason, lines),
  );
  const refused = rewrites.flatMap(({ ruleset, partLines }, input) => {
    const known = new Set(plan.flat.filter((flat) => flat.input === input).flatMap(({ lines }) => lines));
    return ruleset.tables.flatMap((table) =>
      table.chains.flatMap((chain) => {
        const lines = chain.rules
          .map(({ line }) => line)
          .filter((line) => !known.has(line) && (merged[input]?.has(line) !== true || partLines.has(line)));
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
