/**
 * The chain of a group whose members are in an ipset: one line asks the set, and members that no set can hold, or that have a comment, keep lines of their own.
 */
import { printMark } from "../../plan/own-bits.ts";
import { storedMembers } from "../../plan/storage.ts";
import type { PlanGroup } from "../../plan/types.ts";
import { aggregateLines } from "../aggregate.ts";
import type { RewrittenLine } from "../types.ts";
import { type ArticleContext, layOutGroup } from "./article.ts";

/** A member of a group, with the text that tests it. */
export interface MemberText {
  readonly member: string;
  readonly text: string;
  readonly origins: readonly number[];
}

/** The lines of a group's chain, as far as it says its members itself. */
export function layOutMembers(
  group: PlanGroup,
  bit: number,
  members: readonly MemberText[],
  { storage, aggregate }: Pick<ArticleContext, "storage" | "aggregate">,
): RewrittenLine[] {
  const ownLines = (own: readonly MemberText[]) =>
    layOutGroup(group.name, bit, aggregate ? aggregateLines(group.axis, own) : own);
  const stored = new Set(storedMembers(group, storage));
  if (stored.size === 0) return ownLines(members);
  const { name, axis } = group;
  const [option, side] = axis === "source" ? ["-s", "src"] : ["-d", "dst"];
  const isOwnLine = ({ member, text }: MemberText) => !stored.has(member) || text !== `${option} ${member}`;
  const value = printMark(bit);
  const origins = new Set(members.filter(({ member }) => stored.has(member)).flatMap((each) => each.origins));
  const text = `-A ${name} -m set --match-set ${name} ${side} -j MARK --set-xmark ${value}/${value}`;
  return [{ text, origins: [...origins] }, ...ownLines(members.filter(isOwnLine))];
}
