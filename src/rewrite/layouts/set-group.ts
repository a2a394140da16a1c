/**
 * The chain of a group whose members are in an ipset: one line asks the set, and members that no set can hold, or that have a comment, keep lines of their own.
 */
import { printMark } from "../../plan/own-bits.ts";
import { storedMembers } from "../../plan/storage.ts";
import { aggregateLines } from "../aggregate.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext } from "./context.ts";

/** The lines of such a chain, as far as it says its members itself; null where the group has no set. */
export function layOutStored(
  { group, members }: GroupChain,
  bit: number,
  { storage, isJoined, namedMembers }: Pick<LayoutContext, "storage" | "isJoined" | "namedMembers">,
): readonly RewrittenLine[] | null {
  const stored = new Set(storedMembers(group, storage));
  if (stored.size === 0) return null;
  const { name, axis } = group;
  const [option, side] = axis === "source" ? ["-s", "src"] : ["-d", "dst"];
  const value = printMark(bit);
  const setBit = (text: string, origins: readonly number[]): RewrittenLine => ({
    text: `-A ${name} ${text} -j MARK --set-xmark ${value}/${value}`,
    origins,
  });
  const all = [...members].map(([key, { text, origins }]) => ({ key, text, origins: [...origins] }));
  const own = all.filter(({ key, text }) => !stored.has(key) || text !== `${option} ${key}`);
  const inSet = new Set(all.filter(({ key }) => stored.has(key)).flatMap(({ origins }) => origins));
  return [
    setBit(`-m set --match-set ${name} ${side}`, [...inSet]),
    ...(isJoined(group) ? aggregateLines(axis, own, namedMembers) : own).map(({ text, origins }) =>
      setBit(text, origins),
    ),
  ];
}
