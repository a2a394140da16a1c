/**
 * What is known about the own mark bits of the packets on one way through the chains.
 */
import type { MarkMatch, MarkTarget } from "../../../model/types.ts";
import type { Literal } from "./literal.ts";

/** Conditions that all have to hold, in the order in which they are asked. */
export type Conjunction = readonly Literal[];

/** One of these has to hold. */
export type Factor = readonly Conjunction[];

/** A bit that is set for packets that fulfil one of these: a group. Longer sums share the list of shorter ones. */
interface Sum {
  readonly all: Conjunction[];
  readonly length: number;
}

/** Bits that are constants, and those that are sums; of all others nothing is known. */
export interface OwnState {
  readonly known: number;
  readonly value: number;
  readonly sums: ReadonlyMap<number, Sum>;
}

/** A bit that is set exactly where its factor holds. */
export interface SumTest {
  readonly bit: number;
  readonly factor: Factor;
}

/** A test of own bits: a constant; true where all factors hold; or true where none of them does. */
export type OwnTest =
  | "always"
  | "never"
  | "unknown"
  | { readonly kind: "all" | "none"; readonly sums: readonly SumTest[] };

const NO_SUMS: ReadonlyMap<number, Sum> = new Map();

/** All own bits are 0, or nothing is known about any. */
export function startState(own: number, areZero: boolean): OwnState {
  return { known: areZero ? own | 0 : 0, value: 0, sums: NO_SUMS };
}

/** Whether all these bits are known to be 0. */
export function areClear({ known, value }: OwnState, bits: number): boolean {
  return (bits & ~known) === 0 && (value & bits) === 0;
}

/** The state where bits have become constants. */
export function withBits(state: OwnState, bits: number, value: number): OwnState {
  const sums = sumsWithout(state, bits);
  return { known: state.known | bits, value: (state.value & ~bits) | (value & bits), sums };
}

/** Asks the un-negated test; `bits` are the own ones of its mask. */
export function testBits(state: OwnState, { value }: Pick<MarkMatch, "value">, bits: number): OwnTest {
  if (((state.value ^ value) & bits & state.known) !== 0) return "never";
  const open = bits & ~state.known;
  const kind = (value & open) === 0 ? "none" : "all";
  if (kind === "all" && (value & open) !== open) return "unknown";
  const sums: SumTest[] = [];
  for (let left = open; left !== 0; left &= left - 1) {
    const bit = left & -left;
    const sum = state.sums.get(bit);
    if (sum === undefined) return "unknown";
    sums.push({ bit, factor: sum.all.slice(0, sum.length) });
  }
  return sums.length === 0 ? "always" : { kind, sums };
}

/** The state where nothing is known about some bits any more. */
export function forget(state: OwnState, bits: number): OwnState {
  if (bits === 0) return state;
  return { known: state.known & ~bits, value: state.value & ~bits, sums: sumsWithout(state, bits) };
}

function sumsWithout({ sums }: OwnState, bits: number): ReadonlyMap<number, Sum> {
  const left = [...sums].filter(([bit]) => (bits & bit) === 0);
  return left.length === 0 ? NO_SUMS : left.length === sums.size ? sums : new Map(left);
}

/** A MARK target on own bits, for packets that fulfil `when` (null: all). */
export function writeBits(
  state: OwnState,
  { clear, flip }: Pick<MarkTarget, "clear" | "flip">,
  when: Factor | null,
): OwnState {
  const toggled = flip & ~clear;
  if (when === null) {
    const lost = toggled & ~state.known;
    const written = (clear | toggled) & ~lost;
    return withBits(forget(state, lost), written, flip ^ (state.value & toggled));
  }
  // For some packets only: bits that were 0 become sums, sums get longer.
  const isSame = state.known & clear & ~(state.value ^ flip);
  let next = forget(state, toggled);
  for (let left = clear & ~isSame; left !== 0; left &= left - 1) {
    const bit = left & -left;
    next = (flip & bit) === 0 ? forget(next, bit) : addToSum(next, bit, when);
  }
  return next;
}

function addToSum(state: OwnState, bit: number, when: Factor): OwnState {
  const sum = sumOf(state, bit);
  if (sum === null) return forget(state, bit);
  // Somebody else may have gone on from here in another way.
  const all = sum.all.length === sum.length ? sum.all : sum.all.slice(0, sum.length);
  all.push(...when);
  const sums = new Map(state.sums).set(bit, { all, length: all.length });
  return { known: state.known & ~bit, value: state.value & ~bit, sums };
}

function sumOf({ known, value, sums }: OwnState, bit: number): Sum | null {
  if ((known & bit) !== 0) return (value & bit) === 0 ? { all: [], length: 0 } : null;
  return sums.get(bit) ?? null;
}

/** The state of packets that have come here in two states: what is known of both. */
export function joinStates(one: OwnState, other: OwnState): OwnState {
  if (one === other) return one;
  const known = one.known & other.known & ~(one.value ^ other.value);
  const same = [...one.sums].filter(([bit, { all, length }]) => {
    const sum = other.sums.get(bit);
    return sum?.all === all && sum.length === length;
  });
  return { known, value: one.value & known, sums: same.length === 0 ? NO_SUMS : new Map(same) };
}

/**
 * The state behind a call that only some packets take: sums may have become longer inside, and bits been set for all that came there.
 * `onWay` is a sum for all packets, from one for those inside; null where it is too large.
 */
export function joinCall(
  before: OwnState,
  inside: OwnState,
  onWay: (added: Factor) => Factor | null,
): OwnState {
  let joined = joinStates(before, inside);
  for (let left = inside.known & inside.value & ~joined.known; left !== 0; left &= left - 1) {
    const bit = left & -left;
    const sum = sumOf(before, bit);
    const added = sum === null ? null : onWay([[]]);
    if (sum === null || added === null) continue;
    joined = addToSum({ ...joined, sums: new Map(joined.sums).set(bit, sum) }, bit, added);
  }
  for (const [bit, { all, length }] of inside.sums) {
    const sum = sumOf(before, bit);
    if (sum === null || sum.length >= length || !isStart(sum, all)) continue;
    const added = onWay(all.slice(sum.length, length));
    if (added === null) continue;
    const sums = new Map(joined.sums).set(bit, sum);
    joined = addToSum({ ...joined, sums }, bit, added);
  }
  return joined;
}

function isStart({ all, length }: Sum, longer: readonly Conjunction[]): boolean {
  return all === longer || all.slice(0, length).every((one, at) => one === longer[at]);
}
