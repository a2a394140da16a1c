/** The worker threads that prove slices: run from JavaScript, as the package has it, since Node 20 starts no worker from TypeScript. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { crewSize, makeSliceRunner } from "../../src/cli/slices.ts";
import { proveSlicesHere } from "../../src/verify/verify.ts";
import { Transpiled } from "../support/transpiled.ts";
import { largePair, SMALL } from "../verify/symbolic/large-pairs.ts";
import { SETTINGS } from "../verify/symbolic/proofs.ts";

let sources: Transpiled | null = null;

beforeAll(() => {
  sources = new Transpiled(/^(text|syntax|model|sets|import|verify|cli\/slice|cli\/collect)/);
});

afterAll(() => sources?.remove());

/** Runs a script that knows the pair and counts workers. */
function run(texts: readonly [string, string], script: string): unknown {
  return sources!.run(`
    import workers from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    let [started, ended] = [0, 0];
    workers.Worker = class extends workers.Worker {
      constructor(...args) { super(...args); started++; this.on("exit", () => ended++); }
    };
    syncBuiltinESMExports();
    const { importRuleset } = await import("./import/import.js");
    const { makeSourceFile } = await import("./text/source.js");
    const { describeDifference } = await import("./verify/differences.js");
    const { proveSlicesHere } = await import("./verify/symbolic/slice.js");
    const { proveTable } = await import("./verify/symbolic/prove.js");
    const { makeSliceRunner } = await import("./cli/slices.js");
    const [old, now] = ${JSON.stringify(texts)}.map(
      (text) => importRuleset(makeSourceFile("a.rules", text), { family: "v4" }).ruleset.tables[0]);
    const pair = { name: "filter", family: "v4", old, new: now };
    const settings = ${JSON.stringify(SETTINGS)};
    const clock = () => performance.now();
    const limits = { nodes: ${SMALL}, deadline: clock() + 60000, clock };
    const prove = async (run) => (await proveTable(pair, settings, false, limits, run)).map(
      ({ hook, main }) => main.answer === "different" ? describeDifference(main.difference, hook, 20) : main);
    ${script}`);
}

const BOTH = `
  const here = await prove(proveSlicesHere);
  const there = await prove(makeSliceRunner(2));
  console.log(JSON.stringify({ here, there, started, ended }));`;

test("two workers prove what one thread proves, and are ended", { timeout: 60_000 }, () => {
  const found = run(largePair(450), BOTH) as { readonly here: unknown };
  expect(found).toMatchObject({ here: Array(3).fill({ answer: "equal" }), started: 2, ended: 2 });
  expect(found).toMatchObject({ there: found.here });
});

test("and find the same difference", { timeout: 60_000 }, () => {
  const change = (rules: string[]) => {
    rules.splice(1, 0, "-s 1.2.3.4/32 -d 200.0.0.0/8 -j DROP", "-s 1.2.3.5/32 -d 90.0.0.0/8 -j ACCEPT");
  };
  const found = run(largePair(450, change), BOTH) as { readonly here: readonly unknown[] };
  expect(found.here[1]).toHaveProperty("regions");
  expect(found).toMatchObject({ there: found.here, started: 2, ended: 2 });
});

test("no time left, a worker that fails, a worker that is gone", { timeout: 60_000 }, () => {
  const script = `
    const task = { pair, settings, alsoAnyMark: false, hook: "FORWARD" };
    const failed = async (crew) => {
      const turns = [[0, 0, 0], [0, 0, 1], [0, 1, 0]].map((slice) => crew.prove(slice, ${SMALL / 2}));
      const results = await Promise.allSettled(turns);
      await crew.end();
      return results.map(({ status, value, reason }) => value?.reason ?? reason?.message ?? status);
    };
    const run = makeSliceRunner(2);
    const late = await failed(run(task, { ...limits, deadline: clock() }));
    const broken = await failed(run({ ...task, hook: "NOWHERE" }, limits));
    console.log(JSON.stringify({ late, broken, started, ended }));`;
  const { late, broken, ...counts } = run(largePair(450), script) as {
    readonly late: readonly string[];
    readonly broken: readonly string[];
  };
  expect(late).toEqual(Array(3).fill("the proof took longer than its budget"));
  expect(broken).toEqual(Array(3).fill(expect.stringContaining("undefined")));
  expect(counts).toEqual({ started: 4, ended: 4 });
});

test("fewer workers where each would hold copies of many rules", () => {
  expect([100, 30_000, 60_000, 100_000, 200_000, 600_000].map((rules) => crewSize(16, rules))).toEqual([
    8, 8, 4, 2, 1, 1,
  ]);
  expect(crewSize(2, 0)).toBe(2);
});

test("from TypeScript, and on one core, slices are proved in the calling thread", () => {
  expect(makeSliceRunner(2)).toBe(proveSlicesHere);
  expect(makeSliceRunner(1)).toBe(proveSlicesHere);
});
