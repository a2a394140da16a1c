/**
 * Proves, hook by hook, that two forms of a table treat all packets alike, or finds those that fare differently, within a budget.
 *
 * Where one set of diagrams grows too large: addresses in turns (for masks that are no prefixes), then slices by the first bits of the destination, each in diagrams of its own.
 */
import { ProofGap } from "./changes.ts";
import type { Comparer } from "./compare.ts";
import { SAME } from "./compare.ts";
import { findAmbiguous } from "../occurrences.ts";
import { BudgetSpent } from "./diagram.ts";
import { findGap } from "./gaps.ts";
import { type EarlierTable, isOutOfReach } from "./scope.ts";
import { type ProofPair, type ProofSettings, TableProof } from "./table-proof.ts";

/** Whether the tables before drop every differing packet of a hook; false also where that can't be found out. */
export function isDroppedBefore(
  pair: ProofPair,
  hook: string,
  earlier: readonly EarlierTable[],
  settings: ProofSettings,
  limits: ProofLimits,
): boolean {
  try {
    return isOutOfReach(pair, hook, earlier, settings, budgetOf(limits));
  } catch (error) {
    if (error instanceof BudgetSpent || error instanceof ProofGap || error instanceof RangeError)
      return false;
    throw error;
  }
}

/** What a proof may use. */
export interface ProofLimits {
  /** Nodes of one set of diagrams: about 30 bytes each. */
  readonly nodes: number;
  /** In milliseconds of `clock`. */
  readonly deadline: number;
  readonly clock: () => number;
}

/** The packets of a hook that fare differently. */
export interface Difference {
  readonly proof: TableProof;
  readonly comparer: Comparer;
  /** Diagram of the packets; its leaves are pairs of outcomes, or SAME. */
  readonly node: number;
  /** The same as people want to read it (table-proof.ts). */
  readonly shown: number;
}

/** What is known about one hook. */
export type Finding =
  | { readonly answer: "equal" }
  | { readonly answer: "different"; readonly difference: Difference }
  /** `isFinal`: samples can't know it either. */
  | { readonly answer: "unknown"; readonly reason: string; readonly isFinal?: true };

/** What is known about one hook, as the settings ask, and for packets that enter with any own bits where that was asked too. */
export interface HookFinding {
  readonly hook: string;
  readonly main: Finding;
  readonly anyMark: Finding | null;
  /** The diagrams, where one set was enough for all packets. */
  readonly proof: TableProof | null;
}

/** Slices are cut in two this often at most. */
const MOST_SLICE_BITS = 12;

/** Diagrams of all slices together, in budgets of one: past that, slices do not help. */
const MOST_SLICE_BUDGETS = 25;

/** Slices are made so small at once: most of the work is the same in both halves of a slice that is too large. */
const FIRST_SLICE_BITS = 3;

/** Proves all hooks of a table. `alsoAnyMark`: also for packets that enter with any own bits. Throws nothing. */
export function proveTable(
  pair: ProofPair,
  settings: ProofSettings,
  alsoAnyMark: boolean,
  limits: ProofLimits,
): readonly HookFinding[] {
  const hooks = pair.old.chains.filter(({ policy }) => policy !== null).map(({ name }) => name);
  const order = hasOddMasks(pair) ? "interleaved" : settings.order;
  const task = { pair, settings: { ...settings, order }, alsoAnyMark, limits };
  // Samples take those fields as the packet brought them, too: they can't know it either.
  const gap = findGap([pair.old, pair.new]);
  if (gap !== null) {
    const main: Finding = { answer: "unknown", reason: gap, isFinal: true };
    return hooks.map((hook) => ({ hook, main, anyMark: alsoAnyMark ? main : null, proof: null }));
  }
  let shared: TableProof | null = null;
  return hooks.map((hook) => {
    try {
      shared ??= new TableProof(pair, task.settings, budgetOf(limits));
      return settlePairing(proveHook(shared, hook, task), task);
    } catch (error) {
      // What one hook has used up, the next one would miss.
      shared = null;
      if (error instanceof BudgetSpent && error.what === "nodes") return proveInSlices(hook, task);
      return unknownHook(hook, error);
    }
  });
}

interface Task {
  readonly pair: ProofPair;
  readonly settings: ProofSettings;
  readonly alsoAnyMark: boolean;
  readonly limits: ProofLimits;
}

function budgetOf({ nodes, deadline, clock }: ProofLimits) {
  const checkTime = (): void => {
    if (clock() > deadline) throw new BudgetSpent("time");
  };
  checkTime();
  return { nodes, checkTime };
}

function proveHook(proof: TableProof, hook: string, { settings, alsoAnyMark }: Task): HookFinding {
  const find = (anyMark: boolean): Finding => {
    const { comparer, node, shown } = proof.differences(hook, anyMark);
    return node === SAME
      ? { answer: "equal" }
      : { answer: "different", difference: { proof, comparer, node, shown } };
  };
  const main = find(settings.anyMark);
  return { hook, main, anyMark: alsoAnyMark ? find(true) : null, proof };
}

/**
 * A difference that is gone when all buckets of one text are one may rest on the pairing of the buckets: another one might show that the sides are equal. Where it stays,
 * no pairing can.
 */
function settlePairing(found: HookFinding, task: Task): HookFinding {
  const { pair, settings, limits } = task;
  const isDifferent = [found.main, found.anyMark].some((finding) => finding?.answer === "different");
  const rule = isDifferent ? findAmbiguous(pair.old, pair.new) : null;
  if (rule === null) return found;
  const merged = new TableProof(pair, { ...settings, pairing: "texts" }, budgetOf(limits));
  const again = proveHook(merged, found.hook, task);
  const reason = `which of the rules with a counting match (line ${rule.line}) is which of the other side can't be told`;
  const settle = (paired: Finding, one: Finding): Finding =>
    paired.answer === "different" && one.answer !== "different"
      ? { answer: "unknown", reason, isFinal: true }
      : paired;
  const anyMark =
    found.anyMark === null || again.anyMark === null ? null : settle(found.anyMark, again.anyMark);
  return { ...found, main: settle(found.main, again.main), anyMark };
}

/** The packets in parts, by the first bits of their destination. The first difference ends it. */
function proveInSlices(hook: string, task: Task): HookFinding {
  const open = slicesOf([], FIRST_SLICE_BITS);
  let anyMark: Finding | null = task.alsoAnyMark ? { answer: "equal" } : null;
  let spent = 0;
  for (let slice = open.pop(); slice !== undefined; slice = open.pop()) {
    let proof: TableProof | null = null;
    try {
      proof = new TableProof(task.pair, { ...task.settings, slice }, budgetOf(task.limits));
      const found = proveHook(proof, hook, task);
      if (found.anyMark !== null && found.anyMark.answer !== "equal") anyMark = found.anyMark;
      if (found.main.answer !== "equal") return { ...found, proof: null };
      spent += proof.join.diagram.count;
    } catch (error) {
      spent += proof?.join.diagram.count ?? 0;
      const isTooLarge = error instanceof BudgetSpent && error.what === "nodes";
      const isHopeless = slice.length >= MOST_SLICE_BITS || spent > MOST_SLICE_BUDGETS * task.limits.nodes;
      if (!isTooLarge || isHopeless) return unknownHook(hook, error);
      open.push(...slicesOf(slice, 1));
    }
  }
  return { hook, main: { answer: "equal" }, anyMark, proof: null };
}

function slicesOf(start: readonly (0 | 1)[], bits: number): (readonly (0 | 1)[])[] {
  if (bits === 0) return [start];
  return [...slicesOf([...start, 1], bits - 1), ...slicesOf([...start, 0], bits - 1)];
}

function unknownHook(hook: string, error: unknown): HookFinding {
  const unknown: Finding = { answer: "unknown", reason: reasonOf(error) };
  return { hook, main: unknown, anyMark: unknown, proof: null };
}

/** Why something is not proved, as a sentence part. Throws on what is no reason. */
export function reasonOf(error: unknown): string {
  if (error instanceof ProofGap) return error.message;
  // Diagrams are as deep as there are variables: thousands of matches that are not modelled are too many.
  if (error instanceof RangeError) return "its diagrams are too deep to walk";
  if (!(error instanceof BudgetSpent)) throw error;
  return error.what === "time"
    ? "the proof took longer than its budget"
    : "the proof took more memory than its budget";
}

/** Masks that are no prefixes, on both sides of rules: where one side's bits stand before the other's, they multiply. */
export function hasOddMasks({ old, new: now }: Pick<ProofPair, "old" | "new">): boolean {
  const odd = new Set<string>();
  for (const { rules } of [...old.chains, ...now.chains]) {
    for (const { matches } of rules) {
      for (const match of matches) {
        if (match.kind !== "source" && match.kind !== "destination") continue;
        if (match.address !== null && match.address.prefix === null) odd.add(match.kind);
      }
    }
  }
  return odd.size === 2;
}
