/**
 * What is left of lines that are split, and that policy rules stand for in part: a person has refused one, or taken a member out. The rest of the line stays flat, in its place.
 */
import type { Item } from "../cluster/dependencies.ts";
import { joinRanges, narrowToken, readPortToken, subtractRanges } from "../cluster/port-tokens.ts";
import { AXES, type PortRange, type Rule } from "../model/types.ts";
import type { MergedRule } from "./product.ts";

const SERVICE = AXES.indexOf("service");

/** The lines that stay of each item that is merged in part, by its index. */
export function findRemainders(
  items: readonly Item[],
  merged: readonly { readonly merged: MergedRule; readonly indexes: readonly number[] }[],
): ReadonlyMap<number, readonly string[]> {
  const ranges = new Map<number, PortRange[]>();
  const whole = new Set<number>();
  for (const { merged: rule, indexes } of merged) {
    for (const index of indexes) {
      const parts = rule.parts.get(items[index]!.movable.rule);
      if (parts === undefined) whole.add(index);
      else ranges.set(index, [...(ranges.get(index) ?? []), ...parts.flatMap(rangesOf)]);
    }
  }
  const left = new Map<number, readonly string[]>();
  for (const [index, covered] of ranges) {
    if (whole.has(index)) continue;
    const { rule, tokens } = items[index]!.movable;
    const token = tokens[SERVICE]!;
    const rest = subtractRanges(rangesOf(token.key), joinRanges(covered));
    if (rest.length > 0)
      left.set(
        index,
        narrowToken(token, rest).map(({ key }) => narrowRule(rule, token.key, key)),
      );
  }
  return left;
}

function rangesOf(key: string): readonly PortRange[] {
  return readPortToken(key)!.ranges;
}

/** A rule as a line, with other ports. */
function narrowRule({ chain, matches, target }: Rule, from: string, to: string): string {
  const [old, now] = [readPortToken(from)!, readPortToken(to)!];
  const said = `--${old.option} ${old.value}`;
  const texts = matches.map(({ kind, text }) =>
    kind === "transport" || kind === "multiport"
      ? `${text} `.replace(`${said} `, `--${now.option} ${now.value} `).trimEnd()
      : text,
  );
  return ["-A", chain, ...texts, target.text].filter((word) => word !== "").join(" ");
}
