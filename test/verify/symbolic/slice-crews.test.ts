/** Where the slices of a proof are proved, how many at one time and which is ready first, changes nothing of what is found. */
import { describe, expect, test } from "vitest";
import { packetOfDifference } from "../../../src/verify/chosen-packet.ts";
import { describeDifference } from "../../../src/verify/differences.ts";
import { compileTable } from "../../../src/verify/sample/compile.ts";
import { FIELD } from "../../../src/verify/sample/packet.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import type { Finding, HookFinding } from "../../../src/verify/symbolic/findings.ts";
import { proveTable } from "../../../src/verify/symbolic/prove.ts";
import { proveSlice, proveSlicesHere, type SliceRunner } from "../../../src/verify/symbolic/slice.ts";
import type { ProofPair } from "../../../src/verify/symbolic/table-proof.ts";
import { rulesetOf } from "../samples.ts";
import { largePair, SMALL } from "./large-pairs.ts";
import { SETTINGS } from "./proofs.ts";

const LIMITS = { nodes: SMALL, deadline: 1, clock: () => 0 };

/** What crews did. */
interface Log {
  slices: number;
  most: number;
  ended: number;
}

/** So many slices at one time, ready in any order; the task and the results as another thread would get them. */
function crewOf(size: number, seed: number, log: Log): SliceRunner {
  return (task, limits) => {
    const random = new Random(seed);
    const ready: (() => void)[] = [];
    let nodesInUse = 0;
    const mine = structuredClone(task);
    return {
      size,
      prove: (slice, nodes) =>
        new Promise((resolve) => {
          log.slices++;
          nodesInUse += nodes;
          expect(nodesInUse).toBeLessThanOrEqual(limits.nodes);
          const result = structuredClone(proveSlice(mine, slice, { ...limits, nodes }));
          ready.push(() => {
            nodesInUse -= nodes;
            resolve(result);
          });
          log.most = Math.max(log.most, ready.length);
          setImmediate(() => ready.splice(random.below(ready.length), 1)[0]!());
        }),
      end: async () => {
        log.ended++;
      },
    };
  };
}

function pairOf([old, now]: readonly [string, string]): ProofPair {
  const [one, other] = [old, now].map((text) => rulesetOf(text).tables[0]!);
  return { name: "filter", family: "v4", old: one!, new: other! };
}

/** All that is said of hooks, differences with their packet and their regions. */
function spell(pair: ProofPair, ownBits: number, findings: readonly HookFinding[]) {
  const table = compileTable(pair, ownBits);
  return findings.map(({ hook, main, anyMark }) => {
    const compiled = table.hooks.find(({ name }) => name === hook)!;
    const say = (finding: Finding | null, any: boolean) => {
      if (finding?.answer !== "different") return finding;
      const { difference } = finding;
      const packet = [...packetOfDifference(difference, any, table, compiled).packet];
      return { answer: "different", packet, regions: describeDifference(difference, hook, 20) };
    };
    return { hook, main: say(main, false), anyMark: say(anyMark, true) };
  });
}

/** Proves with every crew; the answers are those of the first one, about FORWARD. */
async function proveWithAll(pair: ProofPair, ownBits = 0, limits = LIMITS) {
  const settings = { ...SETTINGS, ownBits };
  const prove = async (run: SliceRunner) =>
    spell(pair, ownBits, await proveTable(pair, settings, ownBits !== 0, limits, run));
  const here = await prove(proveSlicesHere);
  const log = { slices: 0, most: 0, ended: 0 };
  const crews = [
    [2, 1],
    [2, 2],
    [3, 1],
    [8, 1],
  ] as const;
  for (const [size, seed] of crews)
    expect(await prove(crewOf(size, seed, log)), `${size} at one time, seed ${seed}`).toEqual(here);
  expect(log.ended).toBe(log.slices === 0 ? 0 : crews.length);
  return { forward: here.find(({ hook }) => hook === "FORWARD")!, log };
}

const LIMIT = "-m limit --limit 5/min -j ACCEPT";

/** True of every packet, so that a rule reads otherwise and means the same. */
const SAME = "-m mark --mark 0x0/0x0";

describe("crews of any size, ready in any order", () => {
  test.each([450, 700, 900])("equal: %s rules", { timeout: 60_000 }, async (count) => {
    const { forward, log } = await proveWithAll(pairOf(largePair(count)));
    expect(forward.main).toEqual({ answer: "equal" });
    expect(log.slices).toBeGreaterThanOrEqual(32);
    expect(log.most).toBeGreaterThan(1);
  });

  test("different: the same packet and the same regions", { timeout: 60_000 }, async () => {
    const change = (rules: string[]) => {
      // Differences in more than one slice, at both ends.
      rules.splice(1, 0, "-s 1.2.3.4/32 -d 200.0.0.0/8 -j DROP", "-s 1.2.3.5/32 -d 90.0.0.0/8 -j ACCEPT");
      rules.splice(1, 0, "-s 1.2.3.4/32 -d 240.0.0.0/8 -j ACCEPT");
    };
    const { forward } = await proveWithAll(pairOf(largePair(450, change)));
    expect(forward.main).toMatchObject({ answer: "different" });
  });

  test("different: the packet is one of the slice, whatever rules name first", async () => {
    const [old, now] = largePair(450).map((text, side) =>
      text.replace(
        "-A FORWARD",
        `-A FORWARD -d 192.168.0.0/16 -j ACCEPT\n-A FORWARD -s 10.0.0.1/32 -j ${side === 0 ? "DROP" : "REJECT"}\n-A FORWARD`,
      ),
    );
    const pair = pairOf([old!, now!]);
    const findings = await proveTable(pair, SETTINGS, false, LIMITS, proveSlicesHere);
    const { main } = findings.find(({ hook }) => hook === "FORWARD")!;
    if (main.answer !== "different") throw new Error(`the answer is ${main.answer}`);
    expect(main.difference.proof.isSlice).toBe(true);
    const table = compileTable(pair, 0);
    const hook = table.hooks.find(({ name }) => name === "FORWARD")!;
    const { packet } = packetOfDifference(main.difference, false, table, hook);
    expect(packet[FIELD.DESTINATION]! >>> 16).not.toBe(0xc0a8);
    const { regions, isCut } = describeDifference(main.difference, "FORWARD", 20);
    expect(isCut).toBe(true);
    expect(regions.length).toBeGreaterThan(0);
    for (const { fields, old: was, new: is } of regions) {
      // The first slice: whatever differs there has a destination below 8.0.0.0.
      expect(
        fields.destination!.every((text) => Number.parseInt(text, 10) < 8),
        fields.destination!.join(),
      ).toBe(true);
      expect(fields.source).toEqual(["10.0.0.1/32"]);
      expect([was, is]).toEqual(["DROP", "REJECT --reject-with icmp-port-unreachable"]);
    }
  });

  test("different only with any own bits on entry", { timeout: 60_000 }, async () => {
    const change = (rules: string[]) => {
      rules.unshift("-d 200.0.0.0/8 -m mark --mark 0x1/0x1 -j DROP");
    };
    const { forward } = await proveWithAll(pairOf(largePair(450, change)), 1);
    expect(forward).toMatchObject({ main: { answer: "equal" }, anyMark: { answer: "different" } });
  });

  test("unknown: which counting match is which", { timeout: 60_000 }, async () => {
    const [old, now] = largePair(450);
    const first = (text: string, rules: readonly string[]) =>
      text.replace("-A FORWARD", `${rules.map((rule) => `-A FORWARD ${rule}`).join("\n")}\n-A FORWARD`);
    const pair = pairOf([
      first(old, [`-s 10.0.0.0/8 ${LIMIT}`, `-s 11.0.0.0/8 ${LIMIT}`]),
      first(now, [`-s 11.0.0.0/8 ${SAME} ${LIMIT}`, `-s 10.0.0.0/8 ${SAME} ${LIMIT}`]),
    ]);
    const { forward, log } = await proveWithAll(pair);
    expect(forward.main).toMatchObject({ answer: "unknown", isFinal: true });
    expect(log.slices).toBeGreaterThan(0);
  });

  test("unknown: too large", { timeout: 60_000 }, async () => {
    const { forward } = await proveWithAll(pairOf(largePair(450)), 0, { ...LIMITS, nodes: 1 });
    expect(forward.main).toEqual({
      answer: "unknown",
      reason: "the proof took more memory than its budget",
    });
  });
});

describe("crews", () => {
  const pair = pairOf(largePair(450));
  const prove = (run: SliceRunner, limits = LIMITS) => proveTable(pair, SETTINGS, false, limits, run);

  test("are not asked when the time is up, and what runs out of time is unknown", async () => {
    let time = 0;
    const limits = { ...LIMITS, clock: () => time };
    const log = { slices: 0, most: 0, ended: 0 };
    const crew = crewOf(2, 1, log);
    const late: SliceRunner = (task, given) => {
      time = 2;
      return crew(task, given);
    };
    const reason = "the proof took longer than its budget";
    expect((await prove(late, limits))[1]!.main).toEqual({ answer: "unknown", reason });
    expect(log).toMatchObject({ slices: 2, ended: 1 });
    await prove(late, limits);
    expect(log).toMatchObject({ slices: 2, ended: 1 });
  });

  test("that fail are a fault, and are ended", async () => {
    let ended = 0;
    const failing: SliceRunner = () => ({
      size: 2,
      prove: async () => {
        throw new Error("worker died");
      },
      end: async () => {
        ended++;
      },
    });
    await expect(prove(failing)).rejects.toThrow("worker died");
    expect(ended).toBe(1);
  });

  test("that find what is not there are a fault", async () => {
    const lying: SliceRunner = () => ({
      size: 1,
      prove: async () => ({ kind: "proved", nodes: 1, main: { answer: "different" }, anyMark: null }),
      end: async () => {},
    });
    await expect(prove(lying)).rejects.toThrow("equal when it is proved again");
  });

  test("find no diagrams of the large set left: hooks before it have some of their own", async () => {
    const [input, forward] = await prove(proveSlicesHere);
    expect(input!.proof!.join.diagram.count).toBeLessThan(1000);
    expect(forward!.proof).toBeNull();
  });
});
