/**
 * Spreads the sampling over worker threads, one for each core, where there is enough to do to pay for starting them.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InternalError } from "../text/internal-error.ts";
import type { JobResult, SampleWork } from "../verify/sample/jobs.ts";
import { runInline, type ShardRunner } from "../verify/verify.ts";
import type { ShardInput } from "./shard-worker.ts";

/** Work from which starting workers pays, in milliseconds of one core: each takes about 500 to start, to get its copy and to warm up, but the proof goes on meanwhile. */
const WORTH_WORKERS = 600;

/** What one packet costs, measured on flat rulesets of 100 to 100,000 rules: a fixed part, and a part for each rule of both sides. In nanoseconds. */
const PACKET_COST = { fixed: 5000, rule: 0.18 } as const;

/** Most workers that are started, however many cores there are: each holds a copy of the compiled rulesets. */
const MAX_WORKERS = 8;

/**
 * A runner for `verify`. From TypeScript sources, which a worker of Node 20 can't load, and for little work it runs everything in the
 * calling thread; the result is the same. Rejects when a worker fails.
 */
export function makeShardRunner(cores: number = availableParallelism()): ShardRunner {
  return async (work, onPackets) => {
    const workers = Math.min(cores, MAX_WORKERS, work.jobs.length);
    const isSource = import.meta.url.endsWith(".ts");
    if (isSource || workers < 2 || costOf(work) < WORTH_WORKERS) return runInline(work, onPackets);
    return runShards(work, workers, onPackets);
  };
}

/** Expected milliseconds on one core. */
function costOf(work: SampleWork): number {
  const nanoseconds = work.jobs.reduce((sum, job) => {
    const { sides } = work.tables[job.table]!.hooks[job.hook]!;
    const rules = sides[0].anchors.length + sides[1].anchors.length;
    return sum + job.packets * (PACKET_COST.fixed + PACKET_COST.rule * rules);
  }, 0);
  return nanoseconds / 1e6;
}

async function runShards(
  work: SampleWork,
  workers: number,
  onPackets: (packets: number) => void,
): Promise<readonly JobResult[]> {
  const shards = Array.from({ length: workers }, (_, start) =>
    runShard({ work, start, step: workers }, onPackets),
  );
  return (await Promise.all(shards)).flat();
}

function runShard(input: ShardInput, onPackets: (packets: number) => void): Promise<readonly JobResult[]> {
  return new Promise((resolve, reject) => {
    const results: JobResult[] = [];
    const worker = new Worker(new URL("./shard-worker.js", import.meta.url), { workerData: input });
    worker.on("message", (result: JobResult) => {
      results.push(result);
      onPackets(result.packets);
    });
    worker.on("error", reject);
    // Every message arrives before the exit event does.
    worker.on("exit", (code) => {
      if (code === 0) resolve(results);
      else reject(new InternalError(`a sampling worker ended with code ${code}`));
    });
  });
}
