/** Where the jobs of a check are run, and in which order, changes nothing of its answer. */
import { describe, expect, test } from "vitest";
import { type ShardRunner, verify } from "../../src/verify/verify.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { makeJobs, runJobs } from "../../src/verify/sample/jobs.ts";
import { filterOf, rulesetOf } from "./samples.ts";

const A = "10.0.0.1/32";
const PORT = "-p tcp -m tcp --dport 22";

describe("runners", () => {
  const pair = (wrong: boolean) => {
    const old = Array.from({ length: 30 }, (_, host) => `-A INPUT -s 10.0.0.${host}/32 ${PORT} -j DROP`);
    const now = old.toReversed();
    if (wrong) now[7] = now[7]!.replace("22", "23");
    return [rulesetOf(filterOf(old)), rulesetOf(filterOf(now))] as const;
  };
  /** Three workers' turns, last one first: as far from the inline order as it gets. */
  const shuffled: ShardRunner = async (work, onPackets) =>
    [2, 1, 0].flatMap((start) => {
      const results = [...runJobs(structuredClone(work), start, 3)];
      for (const result of results) onPackets(result.packets);
      return results;
    });

  test.each([false, true])("give the same result in any order (wrong: %s)", async (wrong) => {
    const [old, now] = pair(wrong);
    const inline = await verify(old, now, { packets: 20_000 });
    expect(inline.result).toBe(wrong ? "different" : "equal");
    expect(await verify(old, now, { packets: 20_000 }, { run: shuffled })).toEqual(inline);
  });

  test("that evaluate nothing don't make rulesets equal", async () => {
    const [old, now] = pair(false);
    const idle: ShardRunner = async (work) =>
      [...runJobs(work, 0, 1)].map((result) => ({ ...result, packets: 0 }));
    expect(await verify(old, now, { packets: 2000, budget: 0 }, { run: idle })).toMatchObject({
      result: "unknown",
      reason: "no packet was evaluated",
    });
  });

  test("tell how far they are", async () => {
    const [old, now] = pair(false);
    const seen: number[] = [];
    await verify(old, now, { packets: 5500 }, { onProgress: (done, total) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect(seen.toSorted((one, other) => one - other)).toEqual(seen);
  });

  test("another seed draws other packets", () => {
    const table = rulesetOf(filterOf([`-A INPUT -s ${A} -j DROP`])).tables[0]!;
    const compiled = compileTable({ name: "filter", family: "v4", old: table, new: table }, 0);
    const seeds = [1, 1, 2].map((seed) => makeJobs([compiled], 3000, seed)[0]!.seed);
    const [one, same, other] = seeds.map((seed) => {
      const sampler = new Sampler(compiled, compiled.hooks[0]!, seed, "some");
      return Array.from({ length: 5 }, (_, number) => {
        sampler.draw(number);
        return [...sampler.packet];
      });
    });
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
