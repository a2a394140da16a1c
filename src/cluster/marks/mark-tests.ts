/**
 * What single lines of rule chains do to the bits of groups, and ask of them.
 */
import { AXES, type MarkMatch, type Match, type Rule, type Target } from "../../model/types.ts";
import type { MarkGroup } from "./groups.ts";
import { isLog, type Movable } from "../features.ts";

/** The bits that packets have which a test is true of; null where that says not all of the open ones, or where it is true of none. */
export function matchedBits({ value, mask }: MarkMatch, open: number, settled: number): number | null {
  const isPossible = (value & ~mask) === 0 && ((value ^ settled) & mask & ~open) === 0;
  return isPossible && (open & ~mask) === 0 ? (settled | (value & open)) >>> 0 : null;
}

/** Addresses, interfaces and the like that a call tests itself. */
export function headOf({ tokens, guard }: Movable): string {
  const own = tokens.flatMap((token, at) => (token === null || AXES[at] === "service" ? [] : [token.text]));
  return [...guard, ...own].join(" ");
}

/** Whether packets leave the chain. */
export function leaves(target: Target): boolean {
  return target.kind === "goto" || (target.kind === "verdict" && target.verdict === "RETURN");
}

/** Whether a match tests the mark. */
export function isOwnTest(match: Match): match is MarkMatch {
  return match.kind === "mark";
}

/** Whether it tests all of it. */
export function readsWhole(match: Match): boolean {
  return match.kind === "mark" && match.mask === 0xffffffff;
}

/** Whether a match reads some of the bits. */
export function touches(match: Match, bits: number): boolean {
  return match.kind === "mark" && (match.mask & bits) !== 0;
}

/** Whether a rule ends the way of a packet, or calls a chain that may, or logs it. */
export function isVerdict({ target }: Rule): boolean {
  if (target.kind === "verdict") return target.verdict !== "RETURN";
  return target.kind === "jump" || isLog(target) || (target.kind === "extension" && target.ends === "always");
}

/** How many bits are set. */
export function countBits(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** Matches of a verdict behind groups, without the protocol that the services have tested already, where they have but one. */
export function withoutProtocol(
  matches: readonly Match[],
  groups: readonly MarkGroup[],
  negated: ReadonlySet<MarkGroup>,
): readonly Match[] {
  const service = groups.find((group) => group.axis === "service" && !negated.has(group));
  const protocols = new Set((service?.tokens ?? []).map(({ key }) => key.split(" ")[0]!));
  const isTested = (match: Match): boolean =>
    match.kind === "protocol" && !match.negated && protocols.has(match.text.slice(3));
  return protocols.size === 1 ? matches.filter((match) => !isTested(match)) : matches;
}

/** Matches as they stand in a rule. */
export function textOf(matches: readonly Match[]): string {
  return matches.map(({ text }) => text).join(" ");
}
