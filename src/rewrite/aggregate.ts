/**
 * Addresses of a group's chain with adjacent and nested ones joined (`import --aggregate`): fewer lines for the same addresses. The plan has the members as rules have them.
 */
import { addressInterval } from "../import/lanes.ts";
import { printHost } from "../model/address.ts";
import type { Axis } from "../model/types.ts";

/** A line of a group's chain. */
export interface GroupLine {
  readonly text: string;
  readonly origins: readonly number[];
}

/** A line that may be joined with others; both ends inclusive. */
interface Block {
  readonly line: GroupLine;
  readonly at: number;
  readonly lane: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** The lines of one group; those with a comment, ranges, and what is no address stay as they are, and so do neighbours where nothing is saved. `kept`: texts that stay, too. */
export function aggregateLines(
  axis: Axis,
  lines: readonly GroupLine[],
  kept: ReadonlySet<string>,
): readonly GroupLine[] {
  if (axis !== "source" && axis !== "destination") return lines;
  const option = axis === "source" ? "-s" : "-d";
  const blocks = lines.flatMap((line, at): readonly Block[] => {
    if (kept.has(line.text)) return [];
    const address = new RegExp(`^${option} ([0-9a-f.:]+/\\d+)$`).exec(line.text)?.[1];
    const interval = address === undefined ? null : addressInterval(address);
    return interval === null ? [] : [{ line, at, ...interval }];
  });
  const joined = new Map<number, readonly GroupLine[]>();
  for (const run of findRuns(blocks)) {
    const made = coverRun(run, option);
    if (made.length >= run.length) continue;
    for (const { at } of run) joined.set(at, []);
    joined.set(Math.min(...run.map(({ at }) => at)), made);
  }
  return lines.flatMap((line, at) => joined.get(at) ?? [line]);
}

/** Blocks that together are one interval. */
function findRuns(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const sorted = [...blocks].sort((one, other) =>
    one.lane !== other.lane
      ? one.lane < other.lane
        ? -1
        : 1
      : one.first < other.first
        ? -1
        : one.first > other.first
          ? 1
          : 0,
  );
  const runs: Block[][] = [];
  let end = 0n;
  for (const block of sorted) {
    const open = runs.at(-1);
    const isNext = open !== undefined && open[0]!.lane === block.lane && block.first <= end + 1n;
    if (isNext) open.push(block);
    else runs.push([block]);
    end = isNext && end > block.last ? end : block.last;
  }
  return runs;
}

/** The fewest networks that are just the addresses of a run. */
function coverRun(run: readonly Block[], option: string): readonly GroupLine[] {
  const bits = run[0]!.lane === "v4" ? 32 : 128;
  const end = run.reduce((last, block) => (block.last > last ? block.last : last), 0n);
  const lines: GroupLine[] = [];
  for (let first = run[0]!.first; first <= end; ) {
    // A network of all addresses would be no test, and iptables-save would not print it.
    let prefix = 1;
    while (first % sizeOf(bits, prefix) !== 0n || first + sizeOf(bits, prefix) - 1n > end) prefix++;
    const last = first + sizeOf(bits, prefix) - 1n;
    const origins = run
      .filter((block) => block.first <= last && block.last >= first)
      .flatMap(({ line }) => line.origins);
    const text = `${option} ${printHost(wordsOf(first, bits))}/${prefix}`;
    lines.push({ text, origins: [...new Set(origins)].sort((one, other) => one - other) });
    first = last + 1n;
  }
  return lines;
}

function sizeOf(bits: number, prefix: number): bigint {
  return 1n << BigInt(bits - prefix);
}

function wordsOf(value: bigint, bits: number): readonly number[] {
  const shifts = Array.from({ length: bits / 32 }, (_, at) => BigInt(bits - 32 * (at + 1)));
  return shifts.map((shift) => Number((value >> shift) & 0xffffffffn));
}
