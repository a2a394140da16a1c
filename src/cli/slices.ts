/**
 * Proves the slices of a proof that is too large in worker threads, one for each core.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InternalError } from "../text/internal-error.ts";
import type { ProofLimits } from "../verify/symbolic/findings.ts";
import type { Slice, SliceCrew, SliceResult, SliceTask } from "../verify/symbolic/slice.ts";
import { leanTask } from "../verify/symbolic/lean-task.ts";
import { countRules } from "../verify/symbolic/table-proof.ts";
import { proveSlicesHere, type SliceRunner } from "../verify/verify.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { SliceMessage, SliceOrder } from "./slice-worker.ts";

/** Most workers that are started, however many cores there are. */
const MAX_WORKERS = 8;

/** Megabytes; about the stack of the main thread, so that diagrams are too deep for both or for none. */
const STACK = 1.15;

/** Rules that all workers together may have copies of: about a kilobyte each, with what a proof makes of them. */
const MOST_COPIES = 250_000;

/** Workers for a task of so many rules, both sides together; 1: none, slices are proved in the calling thread. */
export function crewSize(cores: number, rules: number): number {
  return Math.max(1, Math.min(cores, MAX_WORKERS, Math.floor(MOST_COPIES / Math.max(1, rules))));
}

/**
 * A runner for `verify`. From TypeScript sources, which a worker of Node 20 can't load, on one core, and where copies would take too much memory, slices are proved in the
 * calling thread; the answer is the same.
 */
export function makeSliceRunner(cores: number = availableParallelism()): SliceRunner {
  if (import.meta.url.endsWith(".ts") || cores < 2) return proveSlicesHere;
  return (task, limits) => {
    const size = crewSize(cores, countRules(task.pair));
    return size < 2 ? proveSlicesHere(task, limits) : new WorkerCrew(task, limits, size);
  };
}

/** A slice that somebody waits for. */
interface Wanted {
  readonly slice: Slice;
  readonly nodes: number;
  readonly resolve: (result: SliceResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Workers and the slices that wait for them; a class because it guards both. */
class WorkerCrew implements SliceCrew {
  readonly size: number;
  readonly #limits: ProofLimits;
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[] = [];
  readonly #waiting: Wanted[] = [];
  readonly #busy = new Map<Worker, Wanted>();
  #failure: unknown = null;
  #isEnding = false;

  constructor(task: SliceTask, limits: ProofLimits, size: number) {
    // The diagrams that were too large: this thread only waits from now on.
    collectGarbage();
    this.size = size;
    this.#limits = limits;
    const lean = leanTask(task);
    this.#workers = Array.from({ length: size }, () => this.#start(lean));
  }

  prove(slice: Slice, nodes: number): Promise<SliceResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#waiting.push({ slice, nodes, resolve, reject });
      this.#deal();
    });
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(task: SliceTask): Worker {
    const url = new URL("./slice-worker.js", import.meta.url);
    const worker = new Worker(url, { workerData: task, resourceLimits: { stackSizeMb: STACK } });
    worker.on("message", (message: SliceMessage) => {
      if (message.kind !== "ready") this.#busy.get(worker)?.resolve(message);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      this.#deal();
    });
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", (code) => this.#fail(new InternalError(`a proving worker ended with code ${code}`)));
    return worker;
  }

  /** Gives waiting slices to idle workers. The time that is left is looked at now: they may have waited for their worker. */
  #deal(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const [worker, wanted] = [this.#idle.shift()!, this.#waiting.shift()!];
      this.#busy.set(worker, wanted);
      const { slice, nodes } = wanted;
      const milliseconds = this.#limits.deadline - this.#limits.clock();
      const order: SliceOrder = { slice, nodes, milliseconds };
      worker.postMessage(order);
    }
  }

  /** A worker that is gone has no answer, and nobody else's counts any more. */
  #fail(error: unknown): void {
    if (this.#isEnding || this.#failure !== null) return;
    this.#failure = error;
    for (const { reject } of [...this.#busy.values(), ...this.#waiting]) reject(error);
  }
}
