/**
 * Several dumps in one file: two hosts, two days, IPv4 and IPv6. Which rules belong together is the user's to say, so they are told apart and listed, and one is taken.
 */
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { makeSourceFile, type SourceFile, type Span } from "../text/source.ts";
import type { OutlineLine } from "./outline.ts";

/** One dump: its piece of the text, and the tables in it. */
interface Dump {
  readonly start: number;
  readonly end: number;
  readonly tables: readonly OutlineLine[];
}

/** Dumps of a file, or why they can't be told apart. */
type Found = { readonly dumps: readonly Dump[] } | { readonly unclear: OutlineLine };

/** The dump to read: the file itself where there is only one. Null after an error. */
export function chooseDump(
  file: SourceFile,
  outline: readonly OutlineLine[],
  { dump: wanted, dumpOfSeveral }: { readonly dump?: number; readonly dumpOfSeveral?: true },
): { readonly file: SourceFile | null; readonly diagnostics: readonly Diagnostic[] } {
  const found = findDumps(file, outline);
  if ("unclear" in found) {
    const { start, end } = found.unclear;
    const args = { table: found.unclear.text.slice(1) };
    return { file: null, diagnostics: [makeDiagnostic("DUMPS_UNCLEAR", { file, start, end }, args)] };
  }
  const { dumps } = found;
  const count = dumps.length;
  if (count < 2 && (wanted === undefined || dumpOfSeveral === true)) return { file, diagnostics: [] };
  if (wanted === undefined) return { file: null, diagnostics: [listDumps(file, dumps)] };
  const dump = dumps[wanted - 1];
  if (dump === undefined)
    return { file: null, diagnostics: [makeDiagnostic("NO_SUCH_DUMP", null, { wanted, count })] };
  return { file: count === 1 ? file : cutOut(file, dump), diagnostics: [] };
}

function listDumps(file: SourceFile, dumps: readonly Dump[]): Diagnostic {
  const spanOf = ({ start, end }: OutlineLine): Span => ({ file, start, end });
  const tablesOf = ({ tables }: Dump): string => tables.map(({ text }) => text.slice(1)).join(", ");
  const notes = dumps.slice(1).map((dump, at) => ({
    message: `dump ${at + 2}: ${tablesOf(dump)}`,
    span: spanOf(dump.tables[0]!),
  }));
  const args = { count: dumps.length, tables: tablesOf(dumps[0]!) };
  return makeDiagnostic("SEVERAL_DUMPS", spanOf(dumps[0]!.tables[0]!), args, { notes });
}

function cutOut(file: SourceFile, { start, end }: Dump): SourceFile {
  const text = file.text.slice(start, end);
  const pieces = [{ start: 0, end: text.length, from: start, to: end }];
  return makeSourceFile(file.path, text, file.encoding, { file, pieces });
}

/** A table with what stood before it since the last one. */
interface Block {
  readonly table: OutlineLine;
  /** Where the block ends: behind its COMMIT and its footer. */
  end: number;
  /** True where something shows that another dump begins here. */
  readonly begins: boolean;
}

function findDumps(file: SourceFile, outline: readonly OutlineLine[]): Found {
  const runs = cutAtSigns(blocksOf(outline));
  const blocks: Block[][] = [];
  for (const run of runs) {
    const cut = cutAtRepeats(run);
    if ("unclear" in cut) return cut;
    blocks.push(...cut.dumps);
  }
  let start = 0;
  const dumps = blocks.map((dump, at): Dump => {
    const end = at === blocks.length - 1 ? file.text.length : nextLine(file.text, dump.at(-1)!.end);
    const made = { start, end, tables: dump.map(({ table }) => table) };
    start = end;
    return made;
  });
  return { dumps };
}

function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

/** Something outside, or a header of the other family or of another time, shows that a dump begins. */
function blocksOf(outline: readonly OutlineLine[]): readonly Block[] {
  const blocks: Block[] = [];
  let header: string | null = null;
  let begins = false;
  for (const line of outline) {
    const last = blocks.at(-1);
    if (line.kind === "outside") begins = true;
    else if (line.kind === "header") {
      if (header !== null && !isOneDump(header, line.text)) begins = true;
      header = line.text;
    } else if (line.kind === "table") {
      blocks.push({ table: line, end: line.end, begins: begins && last !== undefined });
      begins = false;
    } else if (last !== undefined && line.kind !== "left-out") last.end = line.end;
  }
  return blocks;
}

/** Tables of one dump are written within moments. */
const MOST_MILLISECONDS = 60_000;

function isOneDump(one: string, other: string): boolean {
  if (one.includes("ip6tables") !== other.includes("ip6tables")) return false;
  const [first, second] = [one, other].map((header) => Date.parse(`${/ on (.*)$/u.exec(header)?.[1]} UTC`));
  const apart = Math.abs(first! - second!);
  return Number.isNaN(apart) || apart <= MOST_MILLISECONDS;
}

function cutAtSigns(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const runs: Block[][] = [];
  for (const block of blocks) {
    if (block.begins || runs.length === 0) runs.push([]);
    runs.at(-1)!.push(block);
  }
  return runs;
}

/** Without signs, a table that is there again shows that there are two dumps, and only their tables can show where the border is. */
function cutAtRepeats(
  run: readonly Block[],
): { readonly dumps: Block[][] } | { readonly unclear: OutlineLine } {
  const early = cutGreedily(run);
  // From the end, borders are as early as they can be; where both ways agree, there is one way to have so few dumps.
  const late = cutGreedily([...run].reverse())
    .map((dump) => dump.reverse())
    .reverse();
  if (early.every((dump, at) => dump.length === late[at]!.length)) return { dumps: early };
  return { unclear: early[1]![0]!.table };
}

function cutGreedily(run: readonly Block[]): Block[][] {
  const dumps: Block[][] = [];
  let seen = new Set<string>();
  for (const block of run) {
    const name = block.table.text;
    if (dumps.length === 0 || seen.has(name)) {
      dumps.push([]);
      seen = new Set();
    }
    seen.add(name);
    dumps.at(-1)!.push(block);
  }
  return dumps;
}
