/**
 * Parses a save file into its lossless tree and goes on after errors: a broken line becomes a broken node.
 *
 * Checked here is what the shape and order of lines say; which tables, chains and options exist is the model's business.
 */
import type { Diagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { type LinePlace, parseLine } from "./parse-line.ts";
import { type Report, reportTo } from "./report.ts";
import { reportWhitespace } from "./whitespace.ts";
import type { Node, TableNode, Tree } from "./tree.ts";

/** A tree and what is wrong with it; the tree is whole even when there are errors. */
export interface ParseResult {
  readonly tree: Tree;
  /** By place. */
  readonly diagnostics: readonly Diagnostic[];
}

const BYTE_ORDER_MARK = 0xfeff;
const CARRIAGE_RETURN = 0x0d;

/** Is told how many lines are done, now and then. */
export type LineProgress = (lines: number) => void;

/** So often is often enough for people, and costs nothing. */
export const PROGRESS_LINES = 4096;

/** Parses a whole save file. Errors are diagnostics; the tree always prints back. */
export function parseSaveFile(file: SourceFile, onProgress: LineProgress = () => {}): ParseResult {
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, file);
  const order = new LineOrder(file, report);
  const nodes: Node[] = [];
  for (let index = 0; index < file.lineStarts.length; index += 1) {
    if (index > 0 && index % PROGRESS_LINES === 0) onProgress(index);
    const place = placeOfLine(file, index);
    // After the last line end there is a line only when something stands there.
    if (index > 0 && place.start === file.text.length) break;
    nodes.push(order.check(parsePlace(file, place, report), place));
  }
  order.finish();
  reportWhitespace({ file, nodes }, report);
  diagnostics.sort((one, other) => (one.span?.start ?? 0) - (other.span?.start ?? 0));
  return { tree: { file, nodes }, diagnostics };
}

function placeOfLine(file: SourceFile, index: number): LinePlace {
  const start = file.lineStarts[index]!;
  const next = file.lineStarts[index + 1];
  if (next === undefined) return { line: index + 1, start, end: file.text.length };
  const end = next - 1;
  const hasReturn = end > start && file.text.charCodeAt(end - 1) === CARRIAGE_RETURN;
  return { line: index + 1, start, end: hasReturn ? end - 1 : end };
}

function parsePlace(file: SourceFile, place: LinePlace, report: Report): Node | null {
  if (place.start === 0 && file.text.charCodeAt(0) === BYTE_ORDER_MARK) {
    const node = parseLine(file, { ...place, start: 1 }, report);
    return node === null ? null : { ...node, start: 0 };
  }
  return parseLine(file, place, report);
}

/** Watches the order of the lines: which table is open, which were there, what stands outside. */
class LineOrder {
  private readonly file: SourceFile;
  private readonly report: Report;
  private readonly tables = new Map<string, TableNode>();
  private open: TableNode | null = null;
  /** Lines outside a table that are nothing of a save file: no harm before the first table and after the last COMMIT. */
  private outside: LinePlace[] = [];

  constructor(file: SourceFile, report: Report) {
    this.file = file;
    this.report = report;
  }

  /** The node itself, or a broken one where it can't stand here. Null is a line that is nothing of a save file. */
  check(node: Node | null, place: LinePlace): Node {
    if (node === null) {
      if (this.open === null) this.outside.push(place);
      else this.reportUnreadable(place);
      return { kind: "broken", ...place };
    }
    if (node.kind === "table") this.enter(node);
    else if (this.open === null && (node.kind === "chain" || node.kind === "rule")) {
      this.report("OUTSIDE_TABLE", place, { what: node.kind });
      return { kind: "broken", ...place };
    } else if (node.kind === "commit") {
      if (this.open === null) {
        this.report("COMMIT_OUTSIDE_TABLE", place);
        return { kind: "broken", ...place };
      }
      this.open = null;
    }
    return node;
  }

  finish(): void {
    this.requireCommit();
    for (const place of this.outside) this.report("TEXT_AROUND_DUMP", place);
    if (this.tables.size === 0) this.report("EMPTY_FILE", { start: 0, end: 0 });
  }

  private enter(node: TableNode): void {
    this.requireCommit();
    for (const place of this.outside) {
      if (this.tables.size === 0) this.report("TEXT_AROUND_DUMP", place);
      else this.reportUnreadable(place);
    }
    this.outside = [];
    const table = node.name.text;
    const before = this.tables.get(table);
    if (before === undefined) this.tables.set(table, node);
    else this.report("TABLE_TWICE", node.name, { table }, { message: "it begins here", place: before });
    this.open = node;
  }

  private requireCommit(): void {
    if (this.open !== null) this.report("TABLE_NOT_COMMITTED", this.open, { table: this.open.name.text });
    this.open = null;
  }

  private reportUnreadable(place: LinePlace): void {
    const [word = ""] = this.file.text.slice(place.start, place.end).trim().split(/\s/u, 1);
    this.report("UNREADABLE_LINE", place, { word });
  }
}
