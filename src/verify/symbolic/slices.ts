/**
 * Proves a hook in slices by the first bits of the destination, each in diagrams of its own, as many at one time as the crew has hands.
 */
import { InternalError } from "../../text/internal-error.ts";
import { BudgetSpent } from "./diagram.ts";
import { type Finding, type HookFinding, unknownHook } from "./findings.ts";
import { type ProofTask, proveHook, startProof } from "./prove-hook.ts";
import { type Slice, type SliceCrew, type SliceRunner, taskOf } from "./slice.ts";
import { type SlicedAnswer, SliceQueue, type SlicesDecision } from "./slice-queue.ts";

/** The answer is the same whatever the crew; the first difference ends it. Rejects when the crew fails. */
export async function proveInSlices(hook: string, task: ProofTask, run: SliceRunner): Promise<HookFinding> {
  const { limits, ...plain } = task;
  if (limits.clock() > limits.deadline) return unknownHook(hook, new BudgetSpent("time"));
  const crew = run({ ...plain, hook }, limits);
  const queue = new SliceQueue(limits.nodes, crew.size, task.alsoAnyMark);
  let decision: SlicesDecision;
  try {
    decision = await work(queue, crew);
  } finally {
    await crew.end();
  }
  return showSlices(hook, task, decision);
}

async function work(queue: SliceQueue, crew: SliceCrew): Promise<SlicesDecision> {
  const running = new Set<Promise<void>>();
  for (;;) {
    const decision = queue.decide();
    if (decision !== null) return decision;
    for (let turn = queue.next(); turn !== null; turn = queue.next()) {
      const mine = turn;
      const proving: Promise<void> = crew.prove(mine.slice, mine.nodes).then((result) => {
        queue.settle(mine, result);
        running.delete(proving);
      });
      running.add(proving);
    }
    await Promise.race(running);
  }
}

/** The decision with diagrams for the difference, if there is one: only now, since the crew's memory is free now. */
function showSlices(hook: string, task: ProofTask, { main, anyMark }: SlicesDecision): HookFinding {
  const other = anyMark === null ? null : withoutDiagrams(anyMark);
  if (main.found.answer === "different") {
    const again = proveAgain(hook, task, main.slice!);
    return { ...again, main: demandDifference(again.main) };
  }
  const known = withoutDiagrams(main)!;
  if (anyMark?.found.answer !== "different") return { hook, main: known, anyMark: other, proof: null };
  const again = proveAgain(hook, task, anyMark.slice!);
  return { hook, main: known, anyMark: demandDifference(again.anyMark), proof: null };
}

function withoutDiagrams({ found }: SlicedAnswer): Finding | null {
  return found.answer === "different" ? null : found;
}

/** Proves a slice that differs once more, here. It took no more than the budget before, so it may take as long again. */
function proveAgain(hook: string, task: ProofTask, slice: Slice): HookFinding {
  const limits = { ...task.limits, deadline: Number.POSITIVE_INFINITY };
  const part = taskOf({ ...task, hook }, slice, limits);
  try {
    return { ...proveHook(startProof(part), hook, part), proof: null };
  } catch (error) {
    return unknownHook(hook, error);
  }
}

function demandDifference(finding: Finding | null): Finding {
  if (finding === null || finding.answer === "equal")
    throw new InternalError("a slice that differs is equal when it is proved again");
  return finding;
}
