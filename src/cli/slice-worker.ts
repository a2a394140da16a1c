/**
 * Worker thread: is given the task of `slices.ts` once, then one slice after the other; posts what became of each.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { proveSlice, type Slice, type SliceResult, type SliceTask } from "../verify/symbolic/slice.ts";
import { collectGarbage } from "./collect-garbage.ts";

/** A slice to prove; plain data. */
export interface SliceOrder {
  readonly slice: Slice;
  readonly nodes: number;
  /** Milliseconds that are left from now on: every thread has a clock of its own. */
  readonly milliseconds: number;
}

/** What the worker posts: once that it can take orders, then the result of each. */
export type SliceMessage = { readonly kind: "ready" } | SliceResult;

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const task: SliceTask = workerData;
  const clock = (): number => performance.now();
  const post = (message: SliceMessage): void => port.postMessage(message);
  port.on("message", ({ slice, nodes, milliseconds }: SliceOrder) => {
    const deadline = clock() + milliseconds;
    // The diagrams of the slice before.
    collectGarbage();
    post(proveSlice(task, slice, { nodes, deadline, clock }));
  });
  post({ kind: "ready" });
}
