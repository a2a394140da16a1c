/**
 * Chooses mark bits that nobody else uses (`cluster/marks/used-bits.ts`), and finds who reads them all the same.
 */
import { findMarkRules } from "../cluster/marks/find.ts";
import { usedMarkBits } from "../cluster/marks/used-bits.ts";
import type { ClusterOptions, MarkSummary } from "../cluster/types.ts";
import { AXES, type Axis, type Rule, type Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { joinMarkBits, printMark } from "./own-bits.ts";
import { reservedBits, withoutReserved } from "./reservation.ts";
import type { MarkBits, MarkReservation, Plan } from "./types.ts";

/**
 * One free bit for each axis in use, lowest bits first, in AXES order; those that an axis has already (`given`) stay. Null: there are not enough free bits.
 */
export function chooseMarkBits(axes: ReadonlySet<Axis>, used: number, given: MarkBits = {}): MarkBits | null {
  const bits: { [axis in Axis]?: number } = {};
  const taken = used | joinMarkBits(given);
  let bit = 0;
  for (const axis of AXES) {
    if (!axes.has(axis)) continue;
    const own = given[axis];
    if (own !== undefined) {
      bits[axis] = own;
      continue;
    }
    while (bit < 32 && (taken & (1 << bit)) !== 0) bit++;
    if (bit === 32) return null;
    bits[axis] = (1 << bit) >>> 0;
    bit++;
  }
  return bits;
}

/**
 * The bits of a plan: those that mark groups of the rulesets have already stay, unless somebody else uses them. Where too few are free they are null, and the fault says so:
 * NO_FREE_MARK_BITS, or MARK_BITS_RESERVED where options took some.
 */
export function settleMarkBits(
  axes: ReadonlySet<Axis>,
  rulesets: readonly Ruleset[],
  marks: readonly MarkSummary[],
  reservation: MarkReservation,
): { readonly bits: MarkBits | null; readonly fault: readonly Diagnostic[] } {
  const reserved = reservedBits(reservation);
  const used = (usedBitsBeside(rulesets, marks) | reserved) >>> 0;
  const given: MarkBits = Object.assign({}, ...marks.map((each) => each.bits));
  const bits = chooseMarkBits(axes, used, withoutReserved(given, reserved));
  if (bits !== null) return { bits, fault: [] };
  const unparsed = rulesets.reduce((sum, ruleset) => sum + countUnparsed(ruleset), 0);
  const args = { used: printMark(used), reserved: printMark(reserved), needed: axes.size, unparsed };
  const code = reserved === 0 ? "NO_FREE_MARK_BITS" : "MARK_BITS_RESERVED";
  return { bits, fault: [makeDiagnostic(code, null, args)] };
}

/** The rules of rulesets that are mark groups already. */
export function findMarkedRules(rulesets: readonly Ruleset[], options: ClusterOptions): ReadonlySet<Rule> {
  return new Set(rulesets.flatMap((ruleset) => [...findMarkRules(ruleset, options).rules]));
}

/** Bits that rulesets use, beside the mark groups that they have already. */
export function usedBitsBeside(rulesets: readonly Ruleset[], marks: readonly MarkSummary[]): number {
  return usedMarkBits(rulesets, new Set(marks.flatMap(({ rules }) => [...rules])));
}

/** Bits that nobody uses and that the axes of a plan don't have, unsigned: the hoisted layout may use them. */
export function freeMarkBits(ruleset: Ruleset, plan: Plan, { rules }: MarkSummary): number {
  return ~(usedMarkBits([ruleset], rules) | reservedBits(plan) | joinMarkBits(plan.markBits)) >>> 0;
}

/** A rule that reads own bits together with others. */
export interface WholeMarkReader {
  readonly table: string;
  readonly rule: Rule;
}

/**
 * Rules that read the mark as a whole (an unmasked test or save), so that their answer depends on own bits that a packet may bring along. Such a
 * ruleset agrees with its rewrite under assumption A only, since rule chains clear stale bits. Rules of `apart` are mark groups already, which do so themselves.
 */
export function findWholeMarkReaders(
  ruleset: Ruleset,
  own: number,
  apart: ReadonlySet<Rule> = new Set(),
): WholeMarkReader[] {
  const found: WholeMarkReader[] = [];
  for (const table of ruleset.tables) {
    for (const chain of table.chains) {
      for (const rule of chain.rules)
        if (!apart.has(rule) && readsBits(rule, own)) found.push({ table: table.name, rule });
    }
  }
  return found;
}

function readsBits({ target, matches }: Rule, own: number): boolean {
  const saves =
    target.kind === "connmark" && target.operation.kind === "save" && (target.operation.nfmask & own) !== 0;
  return saves || matches.some((match) => match.kind === "mark" && (match.mask & own) !== 0);
}
