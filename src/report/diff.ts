/**
 * The unified diff of an old ruleset and what becomes of it. The rewriter knows where each new line came from, which gives the lines that both have in
 * linear time; only the pieces in between are compared, by the package `diff`. A diff of 10,000 rules by text alone would take seconds.
 */
import { diffArrays, FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk } from "diff";
import type { Rewritten } from "../rewrite/types.ts";

/** Lines of a diff: its mark (` `, `-`, `+`) and the text. */
type DiffLine = string;

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** Pieces longer than this are shown as removed and added as a whole; comparing them would take long and tell nobody anything. */
const LONGEST_PIECE = 400;

/** The diff as text with file headers, ends with a line end; empty when nothing changed. */
export function renderDiff(rewritten: Rewritten, oldName: string, newName: string): string {
  return rewritten.changed ? format(cutHunks(compareLines(rewritten)), oldName, newName) : "";
}

/** A hunk without its texts: they follow from the lines of both files. */
export interface HunkMarks {
  /** The first line in either file, from 1. */
  readonly old: number;
  readonly new: number;
  /** A mark for each line: ` `, `-`, `+`. */
  readonly marks: string;
}

/** The diff as marks, in the order of the files; empty when nothing changed. */
export function markHunks(rewritten: Rewritten): readonly HunkMarks[] {
  if (!rewritten.changed) return [];
  return cutHunks(compareLines(rewritten)).map(({ oldStart, newStart, lines }) => {
    return { old: oldStart, new: newStart, marks: lines.map((line) => line[0]).join("") };
  });
}

/** The first lines of the diff, `most` at most, and how many more there are. */
export function renderDiffStart(
  rewritten: Rewritten,
  oldName: string,
  newName: string,
  most: number,
): { readonly lines: readonly string[]; readonly rest: number } {
  if (!rewritten.changed) return { lines: [], rest: 0 };
  const hunks = cutHunks(compareLines(rewritten));
  // Two lines of file names, and a line above each hunk.
  const total = hunks.reduce((sum, hunk) => sum + 1 + hunk.lines.length, 2);
  let held = 0;
  const first = hunks.filter(({ lines }) => {
    held += 1 + lines.length;
    return held - lines.length - 1 < most;
  });
  // One hunk may be nearly all of the diff.
  const cut = first.map((hunk) => ({ ...hunk, lines: hunk.lines.slice(0, most) }));
  const lines = format(cut, oldName, newName).split("\n", Math.min(most, total));
  return { lines, rest: total - lines.length };
}

function format(hunks: StructuredPatchHunk[], oldName: string, newName: string): string {
  const patch = {
    oldFileName: oldName,
    newFileName: newName,
    oldHeader: undefined,
    newHeader: undefined,
    hunks,
  };
  return formatPatch(patch, FILE_HEADERS_ONLY);
}

/** The diff's lines, whole files. */
function compareLines({ ruleset, lines }: Rewritten): readonly DiffLine[] {
  const old = dropLastEmpty(ruleset.file.text.split("\n"));
  const fresh = dropLastEmpty(lines.map(({ text }) => text));
  const out: DiffLine[] = [];
  let oldAt = 0;
  let newAt = 0;
  for (const [oldNext, newNext] of [...findAnchors(old, fresh, lines), [old.length, fresh.length] as const]) {
    for (const line of comparePiece(old.slice(oldAt, oldNext), fresh.slice(newAt, newNext))) out.push(line);
    if (oldNext < old.length) out.push(` ${old[oldNext]}`);
    oldAt = oldNext + 1;
    newAt = newNext + 1;
  }
  return out;
}

/** Pairs of old and new indexes of lines that are the same one, both ascending. */
function findAnchors(
  old: readonly string[],
  fresh: readonly string[],
  lines: Rewritten["lines"],
): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  fresh.forEach((text, at) => {
    const origins = lines[at]?.origins ?? [];
    const from = origins.length === 1 ? origins[0]! - 1 : -1;
    if (old[from] === text) pairs.push([from, at]);
  });
  return longestAscending(pairs);
}

/** The longest subsequence whose first numbers ascend (patience sorting): rules that moved are left out, not the ones they moved past. */
function longestAscending(
  pairs: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] {
  const tails: number[] = [];
  const before: number[] = [];
  pairs.forEach(([value], index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]!]![0] < value) low = middle + 1;
      else high = middle;
    }
    before[index] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = index;
  });
  const found: (readonly [number, number])[] = [];
  for (let at = tails.at(-1) ?? -1; at !== -1; at = before[at]!) found.push(pairs[at]!);
  return found.reverse();
}

function comparePiece(old: readonly string[], fresh: readonly string[]): readonly DiffLine[] {
  if (old.length === 0 || fresh.length === 0 || old.length + fresh.length > LONGEST_PIECE) {
    return [...old.map((line) => `-${line}`), ...fresh.map((line) => `+${line}`)];
  }
  return diffArrays([...old], [...fresh]).flatMap(({ added, removed, value }) =>
    value.map((line) => `${added ? "+" : removed ? "-" : " "}${line}`),
  );
}

/** Changes with their context; changes that are near to each other share a hunk. */
function cutHunks(lines: readonly DiffLine[]): StructuredPatchHunk[] {
  const hunks: StructuredPatchHunk[] = [];
  let oldLine = 1;
  let newLine = 1;
  let end = -1;
  lines.forEach((line, at) => {
    if (!line.startsWith(" ") && at >= end) {
      const start = Math.max(end, at - CONTEXT, 0);
      const back = at - start;
      end = findHunkEnd(lines, at);
      hunks.push(makeHunk(lines.slice(start, end), oldLine - back, newLine - back));
    }
    if (!line.startsWith("+")) oldLine++;
    if (!line.startsWith("-")) newLine++;
  });
  return hunks;
}

function findHunkEnd(lines: readonly DiffLine[], first: number): number {
  let last = first;
  for (let at = first; at < lines.length && at - last <= 2 * CONTEXT; at++) {
    if (!lines[at]!.startsWith(" ")) last = at;
  }
  return Math.min(lines.length, last + CONTEXT + 1);
}

function makeHunk(lines: DiffLine[], oldStart: number, newStart: number): StructuredPatchHunk {
  let [removed, added] = [0, 0];
  for (const line of lines) {
    if (line.startsWith("-")) removed++;
    else if (line.startsWith("+")) added++;
  }
  const [oldLines, newLines] = [lines.length - added, lines.length - removed];
  return { oldStart, oldLines, newStart, newLines, lines };
}

function dropLastEmpty(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
