/** The order of slices against one slice after the other: made-up slices, any number at one time, ready in any order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../../src/verify/sample/random.ts";
import type { Slice, SliceAnswer, SliceResult } from "../../../src/verify/symbolic/slice.ts";
import { SliceQueue, type SlicesDecision, type Turn } from "../../../src/verify/symbolic/slice-queue.ts";
import { EFFORT } from "../../support/seed.ts";

const NODES = 1000;
const TOO_LARGE = "the proof took more memory than its budget";

/** What is true of a slice: nodes that it takes, and what it comes to. */
type World = (slice: Slice) => { readonly nodes: number; readonly result: SliceResult };

const [EQUAL, DIFFERENT, UNSURE]: readonly SliceAnswer[] = [
  { answer: "equal" },
  { answer: "different" },
  { answer: "unknown", reason: "unsure", isFinal: true },
];

/** Places on a line of 2^12 where something is found; a slice is an interval, and takes a fixed part and something for each of its places. */
function makeWorld(seed: number): World {
  const random = new Random(seed);
  const width = 1 << 12;
  const places = (most: number) => Array.from({ length: random.below(most + 1) }, () => random.below(width));
  const heavy = places(random.percent(20) ? 3000 : 300);
  const fixed = random.below(random.percent(10) ? 1200 : 700);
  const each = 1 + random.below(30);
  const [differing, unsure, anyMark] = [places(1), places(1), places(2)];
  const gaps = random.percent(20) ? places(1) : [];
  return (slice) => {
    const size = width >> slice.length;
    const first = slice.reduce<number>((sum, bit) => sum * 2 + bit, 0) * size;
    const count = (list: readonly number[]) =>
      list.filter((place) => place >= first && place < first + size).length;
    const nodes = fixed + each * count(heavy);
    const answer = count(differing) > 0 ? DIFFERENT! : count(unsure) > 0 ? UNSURE! : EQUAL!;
    const other = count(anyMark) > 0 ? DIFFERENT! : EQUAL!;
    const result: SliceResult =
      count(gaps) > 0
        ? { kind: "failed", reason: "a gap" }
        : { kind: "proved", nodes, main: answer, anyMark: other };
    return { nodes, result };
  };
}

function proveIn(world: World, { slice, nodes }: Turn): SliceResult {
  const truth = world(slice);
  return truth.nodes > nodes ? { kind: "too large", nodes } : truth.result;
}

/** One after the other, from the lowest on, each with all nodes; a slice that is too large is cut in two. */
function inTurn(world: World): SlicesDecision {
  const bit = [0, 1] as const;
  const open: Slice[] = bit
    .flatMap((one) => bit.flatMap((two) => bit.map((three) => [one, two, three])))
    .reverse();
  let spent = 0;
  let [main, anyMark]: SlicesDecision["main"][] = [
    { found: EQUAL!, slice: null },
    { found: EQUAL!, slice: null },
  ];
  const unknown = (reason: string): SlicesDecision => {
    const other = { found: { answer: "unknown", reason }, slice: null } as const;
    return { main: main!.found.answer === "unknown" ? main! : other, anyMark: other };
  };
  for (let slice = open.pop(); slice !== undefined; slice = open.pop()) {
    const result = proveIn(world, { slice, nodes: NODES });
    if (result.kind === "failed") return unknown(result.reason);
    spent += result.nodes;
    if (result.kind === "too large") {
      if (slice.length >= 12 || spent > 25 * NODES) return unknown(TOO_LARGE);
      open.push([...slice, 1], [...slice, 0]);
      continue;
    }
    if (anyMark!.slice === null && result.anyMark?.answer === "different")
      anyMark = { found: DIFFERENT!, slice };
    if (result.main.answer === "different") return { main: { found: DIFFERENT!, slice }, anyMark: anyMark! };
    if (main!.slice === null && result.main.answer === "unknown") main = { found: result.main, slice };
  }
  return { main: main!, anyMark: anyMark! };
}

/** As many at one time as the queue lets be, one of them ready at a time, any of them. */
function together(world: World, size: number, random: Random) {
  const queue = new SliceQueue(NODES, size, true);
  const running: Turn[] = [];
  let most = 0;
  for (;;) {
    const decision = queue.decide();
    if (decision !== null) return { decision, most };
    for (let turn = queue.next(); turn !== null; turn = queue.next()) running.push(turn);
    expect(running.length).toBeGreaterThan(0);
    expect(running.length).toBeLessThanOrEqual(size);
    expect(running.reduce((sum, { nodes }) => sum + nodes, 0)).toBeLessThanOrEqual(NODES);
    most = Math.max(most, running.length);
    const [turn] = running.splice(random.below(running.length), 1);
    queue.settle(turn!, proveIn(world, turn!));
  }
}

test("the same answer however many are proved at one time, whichever is ready first; never more nodes than one set has", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 8 }), (seed, size) => {
      const world = makeWorld(seed);
      const expected = inTurn(world);
      const { decision, most } = together(world, size, new Random(seed + 1));
      expect(decision).toEqual(expected);
      const { found } = expected.main;
      const name = found.answer === "unknown" ? found.reason : found.answer;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      if (most > 1) seen.set("together", (seen.get("together") ?? 0) + 1);
    }),
    { numRuns: 500 * EFFORT },
  );
  for (const name of ["equal", "different", "unsure", "a gap", TOO_LARGE, "together"])
    expect(seen.get(name), name).toBeGreaterThan(4);
});
