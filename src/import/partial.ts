/**
 * Dumps that are not the whole firewall: a table without its COMMIT, rules that iptables-nft-save could not print, other tables beside these. An error, unless the user says that
 * a part will do.
 */
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { makeSourceFile, type OriginPiece, type SourceFile } from "../text/source.ts";
import type { OutlineLine } from "./outline.ts";

/** Says what is missing; with `isEnough` each table ends, and it is said as a warning. */
export function checkWhole(
  file: SourceFile,
  outline: readonly OutlineLine[],
  isEnough: boolean,
): { readonly file: SourceFile; readonly diagnostics: readonly Diagnostic[] } {
  const missing = outline.filter(({ kind }) => kind === "left-out");
  const isV6 = missing.length > 0 && file.text.includes("ip6tables-save");
  const diagnostics = missing.map((line) => sayLeftOut(file, line, isV6, isEnough));
  // Without --partial the parser says which table has no COMMIT.
  const gaps = isEnough ? findGaps(file, outline) : [];
  if (gaps.length === 0) return { file, diagnostics };
  const said = gaps.map(({ table: { start, end, text } }) =>
    makeDiagnostic("PARTIAL_DUMP", { file, start, end }, { what: `table ${text.slice(1)} has no COMMIT` }),
  );
  const isCut = gaps.some(({ at }) => at === file.text.length);
  const cut = isCut ? sayCutLine(file) : [];
  return { file: endTables(file, gaps), diagnostics: [...diagnostics, ...said, ...cut] };
}

/** What is missing, as the warnings of a dump that will do all the same say it. */
export function missingParts(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.flatMap(({ code, args }) => (code === "PARTIAL_DUMP" ? String(args.what) : []));
}

function sayLeftOut(
  file: SourceFile,
  { start, end, text }: OutlineLine,
  isV6: boolean,
  isEnough: boolean,
): Diagnostic {
  const span = { file, start, end };
  const other = text.startsWith("# Warning");
  const family = isV6 || text.includes("ip6tables") ? "ip6tables" : "iptables";
  const what = other ? `there are ${family}-legacy tables, too` : "a table that iptables can't print";
  if (isEnough) return makeDiagnostic("PARTIAL_DUMP", span, { what });
  const instead = other
    ? `${family}-legacy-save shows them: which of the two is the firewall has to be known`
    : "nft list ruleset shows it";
  return makeDiagnostic("DUMP_INCOMPLETE", span, { program: `${family}-nft-save`, what, instead });
}

/** A last line without an end may be the half of one. */
function wholeLinesEnd({ text }: SourceFile): number {
  return text.endsWith("\n") ? text.length : text.lastIndexOf("\n") + 1;
}

/** The line that is left out, said where there is one. */
function sayCutLine(file: SourceFile): readonly Diagnostic[] {
  const start = wholeLinesEnd(file);
  if (file.text.slice(start).trim() === "") return [];
  const what = "the last line has no end, so it may be the half of one, and is left out";
  return [makeDiagnostic("PARTIAL_DUMP", { file, start, end: file.text.length }, { what })];
}

interface Gap {
  readonly table: OutlineLine;
  /** Where its COMMIT is missing. */
  readonly at: number;
}

function findGaps(file: SourceFile, outline: readonly OutlineLine[]): readonly Gap[] {
  const gaps: Gap[] = [];
  let open: OutlineLine | null = null;
  for (const line of outline) {
    if (line.kind !== "table" && line.kind !== "commit") continue;
    if (open !== null && line.kind === "table") gaps.push({ table: open, at: line.start });
    open = line.kind === "table" ? line : null;
  }
  if (open !== null) gaps.push({ table: open, at: file.text.length });
  return gaps;
}

function endTables(file: SourceFile, gaps: readonly Gap[]): SourceFile {
  let text = "";
  let from = 0;
  const pieces: OriginPiece[] = [];
  const copyTo = (to: number): void => {
    if (from < to) pieces.push({ start: text.length, end: text.length + to - from, from, to });
    text += file.text.slice(from, to);
    from = to;
  };
  for (const { at } of gaps) {
    copyTo(at === file.text.length ? wholeLinesEnd(file) : at);
    from = at;
    text += "COMMIT\n";
  }
  copyTo(file.text.length);
  return makeSourceFile(file.path, text, file.encoding, { file, pieces });
}
