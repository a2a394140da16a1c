/**
 * The conditions of one rule, its tests of own mark bits read as what is known of them.
 */
import type { MarkMatch, Rule } from "../../../model/types.ts";
import type { Literal, Literals } from "./literal.ts";
import { NoList } from "./no-list.ts";
import { type Factor, type OwnState, type OwnTest, type SumTest, testBits } from "./own-state.ts";

/** Sums of which at least one does not hold. */
export type NotAll = readonly SumTest[];

/** Factors in the order in which they are asked, or `notAll` or `none` (sums of which no one holds) as the only condition. */
export interface Conditions {
  readonly factors: readonly Factor[];
  readonly notAll: NotAll;
  readonly none: readonly SumTest[];
}

/** The conditions of a rule; null where it never applies. Throws NoList for tests of which the answer is not known. */
export function conditionsOf(
  rule: Rule,
  state: OwnState,
  ownBits: number,
  literals: Literals,
): Conditions | null {
  const factors: Factor[] = [];
  let notAll: NotAll = [];
  let none: readonly SumTest[] = [];
  let plain: Literal[] = [];
  const flush = (): void => {
    if (plain.length > 0) factors.push([plain]);
    plain = [];
  };
  for (const [at, match] of rule.matches.entries()) {
    if (match.kind === "comment") continue;
    if (match.kind !== "mark" || (match.mask & ownBits) === 0) {
      plain.push(literals.of(rule, at));
      continue;
    }
    flush();
    const test = testOwn(match, state, ownBits);
    if (test === "never") {
      // What was asked before it has had its effect.
      if (!factors.every(isQuiet)) throw new NoList();
      return null;
    }
    if (test === "always") continue;
    // Two of them may fail each for itself; and a counting match in front is asked once, not once for each member.
    if (notAll.length > 0 || none.length > 0 || factors.some(hasOpaque)) throw new NoList();
    if (test.kind === "none" && match.negated) factors.push(anyOf(test.sums));
    else if (test.kind === "none") none = test.sums;
    else if (match.negated) notAll = test.sums;
    else factors.push(...test.sums.map(({ factor }) => factor));
  }
  flush();
  if (notAll.length + none.length > 0 && factors.length > 0) throw new NoList();
  return { factors, notAll, none };
}

/** One factor for all packets of several sums: whoever has one of the bits. Throws NoList where asking has an effect: it has had it once for each sum. */
function anyOf(sums: readonly SumTest[]): Factor {
  const any = [...new Set(sums.flatMap(({ factor }) => factor))];
  if (!isQuiet(any)) throw new NoList();
  return any;
}

/** The test; sums stand for the un-negated one. */
function testOwn(match: MarkMatch, state: OwnState, ownBits: number): Exclude<OwnTest, "unknown"> {
  // Foreign bits are not followed.
  if ((match.mask & ~ownBits) !== 0 || (match.value & ~match.mask) !== 0) throw new NoList();
  const test = testBits(state, match, match.mask);
  if (test === "unknown") throw new NoList();
  if (!match.negated || typeof test !== "string") return test;
  return test === "always" ? "never" : "always";
}

/** Whether asking has no effect of its own: nothing counts, no packet is dropped. */
export function isQuiet(factor: Factor): boolean {
  return factor.every((all) => all.every(({ isOpaque, point }) => !isOpaque && point === null));
}

/** Whether asking counts. */
export function hasOpaque(factor: Factor): boolean {
  return factor.some((all) => all.some(({ isOpaque }) => isOpaque));
}

/** `-m mark ! --mark v/m -j MARK --set-xmark v/m` and nothing else: afterwards the bits are v, whatever they were. */
export function resetOf(
  { matches, target }: Rule,
  ownBits: number,
): { readonly mask: number; readonly value: number } | null {
  const [match, ...others] = matches.filter(({ kind }) => kind !== "comment");
  if (match?.kind !== "mark" || !match.negated || others.length > 0 || target.kind !== "mark") return null;
  const { mask, value } = match;
  const isWhole = target.clear === mask && target.flip === value;
  return isWhole && (mask & ~ownBits) === 0 && (value & ~mask) === 0 ? { mask, value } : null;
}
