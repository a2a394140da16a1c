/**
 * Worker thread: takes a sampling work and the jobs' turn from `shards.ts`, and posts one result after the other.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { runJobs, type SampleWork } from "../verify/sample/jobs.ts";

/** What the worker is started with; plain data. */
export interface ShardInput {
  readonly work: SampleWork;
  /** Runs every `step`-th job from `start` on. */
  readonly start: number;
  readonly step: number;
}

if (!isMainThread && parentPort !== null) {
  const input: ShardInput = workerData;
  for (const result of runJobs(input.work, input.start, input.step)) parentPort.postMessage(result);
}
