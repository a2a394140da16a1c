/**
 * One slice of a hook's packets: a task and an answer of plain data, so that a slice can be proved in any thread.
 */
import { type Finding, isTooLarge, type ProofLimits, reasonOf, type UnknownFinding } from "./findings.ts";
import { type ProofTask, proveHook, startProof } from "./prove-hook.ts";
import type { TableProof } from "./table-proof.ts";

/** The first bits of the destination. */
export type Slice = readonly (0 | 1)[];

/** What is to be proved slice by slice. Plain data. */
export interface SliceTask extends Omit<ProofTask, "limits"> {
  readonly hook: string;
}

/** What is known about the packets of a slice; diagrams stay in the thread that made them. */
export type SliceAnswer = { readonly answer: "equal" } | { readonly answer: "different" } | UnknownFinding;

/** What became of a slice, with the nodes that it took. The same wherever it was proved, unless the time was up. */
export type SliceResult =
  | {
      readonly kind: "proved";
      readonly nodes: number;
      readonly main: SliceAnswer;
      readonly anyMark: SliceAnswer | null;
    }
  | { readonly kind: "too large"; readonly nodes: number }
  /** Out of time, or what no smaller slice would help. */
  | { readonly kind: "failed"; readonly reason: string };

/** Those who prove the slices of one task. */
export interface SliceCrew {
  /** Slices that can be proved at one time. */
  readonly size: number;
  /** Proves a slice in so many nodes. Rejects when whoever proves it ends without an answer. */
  readonly prove: (slice: Slice, nodes: number) => Promise<SliceResult>;
  /** Ends the proofs that go on; what they hold is free afterwards. */
  readonly end: () => Promise<void>;
}

/** Gets a crew together. Of the limits it keeps the deadline; nodes are given slice by slice. */
export type SliceRunner = (task: SliceTask, limits: ProofLimits) => SliceCrew;

/** Proves slices here, one at a time. */
export const proveSlicesHere: SliceRunner = (task, limits) => ({
  size: 1,
  prove: async (slice, nodes) => proveSlice(task, slice, { ...limits, nodes }),
  end: async () => {},
});

/** Proves one slice in diagrams of its own, which are garbage afterwards. */
export function proveSlice(task: SliceTask, slice: Slice, limits: ProofLimits): SliceResult {
  let proof: TableProof | null = null;
  try {
    const part = taskOf(task, slice, limits);
    proof = startProof(part);
    const { main, anyMark } = proveHook(proof, task.hook, part);
    const nodes = proof.join.diagram.count;
    return { kind: "proved", nodes, main: plain(main), anyMark: anyMark === null ? null : plain(anyMark) };
  } catch (error) {
    if (isTooLarge(error)) return { kind: "too large", nodes: proof?.join.diagram.count ?? 0 };
    return { kind: "failed", reason: reasonOf(error) };
  }
}

/** The task that is left of another one inside a slice. */
export function taskOf(task: SliceTask, slice: Slice, limits: ProofLimits): ProofTask {
  return { ...task, settings: { ...task.settings, slice }, limits };
}

function plain(finding: Finding): SliceAnswer {
  return finding.answer === "different" ? { answer: "different" } : finding;
}
