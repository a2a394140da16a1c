/**
 * What a proof may use, and what it finds about a hook.
 */
import { ProofGap } from "./changes.ts";
import type { Comparer } from "./compare.ts";
import { BudgetSpent, type DiagramBudget } from "./diagram.ts";
import type { TableProof } from "./table-proof.ts";

/** What a proof may use. */
export interface ProofLimits {
  /** Nodes of one set of diagrams, or of all slices that are proved at one time: about 30 bytes each. */
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

/** Nothing is known. `isFinal`: samples can't know it either. */
export interface UnknownFinding {
  readonly answer: "unknown";
  readonly reason: string;
  readonly isFinal?: true;
}

/** What is known about one hook. */
export type Finding =
  | { readonly answer: "equal" }
  | { readonly answer: "different"; readonly difference: Difference }
  | UnknownFinding;

/** What is known about one hook, as the settings ask, and for packets that enter with any own bits where that was asked too. */
export interface HookFinding {
  readonly hook: string;
  readonly main: Finding;
  readonly anyMark: Finding | null;
  /** The diagrams, where one set was enough for all packets. */
  readonly proof: TableProof | null;
}

/** The budget of one set of diagrams; `onWork` is called whenever they ask for the time. Throws BudgetSpent where the time is up already. */
export function budgetOf(
  { nodes, deadline, clock }: ProofLimits,
  onWork: () => void = () => {},
): DiagramBudget {
  const checkTime = (): void => {
    if (clock() > deadline) throw new BudgetSpent("time");
    onWork();
  };
  checkTime();
  return { nodes, checkTime };
}

/** The finding about a hook whose proof threw. Throws what is no reason again. */
export function unknownHook(hook: string, error: unknown): HookFinding {
  const unknown: Finding = { answer: "unknown", reason: reasonOf(error) };
  return { hook, main: unknown, anyMark: unknown, proof: null };
}

/** Whether a proof stopped because its diagrams are too large; smaller parts may be proved then. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof BudgetSpent && error.what === "nodes";
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
