/** The worker threads of the sampled check: run from JavaScript, as the package has it, since Node 20 starts no worker from TypeScript. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeShardRunner } from "../../src/cli/shards.ts";
import { verify } from "../../src/verify/verify.ts";
import { Transpiled } from "../support/transpiled.ts";
import { filterOf, rulesetOf } from "../verify/samples.ts";

const STAGES = /^(text|syntax|model|sets|import|verify|cli\/shard)/;

/** Hosts enough for workers to pay at 300,000 packets. */
const OLD = Array.from(
  { length: 250 },
  (_, host) => `-A INPUT -s 10.0.0.${host}/32 -p tcp -m tcp --dport 22 -j DROP`,
);

let sources: Transpiled | null = null;

beforeAll(() => {
  sources = new Transpiled(STAGES);
});

afterAll(() => sources?.remove());

/** Runs `verify` with the inline runner and with workers in a process of its own, and gives back both results and how many workers there were. */
function runBoth(now: readonly string[]): {
  readonly inline: unknown;
  readonly shards: unknown;
  readonly workers: number;
} {
  const script = `
    import workers from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    let count = 0;
    workers.Worker = class extends workers.Worker { constructor(...args) { super(...args); count++; } };
    syncBuiltinESMExports();
    const { importRuleset } = await import("./import/import.js");
    const { makeSourceFile } = await import("./text/source.js");
    const { verify } = await import("./verify/verify.js");
    const { makeShardRunner } = await import("./cli/shards.js");
    const [old, now] = ${JSON.stringify([filterOf(OLD), filterOf(now)])}.map(
      (text) => importRuleset(makeSourceFile("a.rules", text), { family: "v4" }).ruleset);
    const inline = await verify(old, now, { packets: 300000 });
    const shards = await verify(old, now, { packets: 300000 }, { run: makeShardRunner(2) });
    console.log(JSON.stringify({ inline, shards, workers: count }));`;
  return sources!.run(script) as ReturnType<typeof runBoth>;
}

test("two workers find what one thread finds: nothing", { timeout: 60_000 }, () => {
  const { inline, shards, workers } = runBoth(OLD.toReversed());
  expect(workers).toBe(2);
  expect(inline).toMatchObject({ result: "equal", packets: 300_000 });
  expect(shards).toEqual(inline);
});

test("two workers find what one thread finds: the same packet", { timeout: 60_000 }, () => {
  const { inline, shards } = runBoth(OLD.toReversed().with(99, OLD[150]!.replace("22", "23")));
  expect(inline).toMatchObject({ result: "different" });
  expect(shards).toEqual(inline);
});

test("from TypeScript the runner does the work itself", async () => {
  const [old, now] = [rulesetOf(filterOf(OLD)), rulesetOf(filterOf(OLD.slice(1)))];
  const options = { packets: 3000 };
  expect(await verify(old, now, options, { run: makeShardRunner(2) })).toEqual(
    await verify(old, now, options),
  );
});
