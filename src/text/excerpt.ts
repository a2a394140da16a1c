/**
 * A diagnostic as text: place, code, the line it is about with carets under the place, notes and help. Pure; colours are
 * the console's business.
 */
import { CODES } from "./codes.ts";
import type { CodeRow } from "./code-row.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { lineText, locate, type Span } from "./source.ts";

/** How a diagnostic is laid out. */
export interface ExcerptOptions {
  /** Columns of the output; longer source lines are cut around the carets. At least 40 are used. */
  readonly maxWidth: number;
}

const NARROWEST = 40;
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** The wording of a diagnostic, one sentence without a full stop. */
export function diagnosticMessage(diagnostic: Diagnostic): string {
  return CODES[diagnostic.code].message(diagnostic.args);
}

/** The diagnostic's own help, else that of its code; undefined where there is none. */
export function diagnosticHelp(diagnostic: Diagnostic): string | undefined {
  const row: CodeRow = CODES[diagnostic.code];
  return diagnostic.help ?? row.help?.(diagnostic.args);
}

/** A diagnostic as one sentence with what helps most, and no place: for people who don't see the file. */
export function describeDiagnostic(diagnostic: Diagnostic): string {
  const row: CodeRow = CODES[diagnostic.code];
  const more = diagnosticHelp(diagnostic) ?? row.label?.(diagnostic.args);
  const message = diagnosticMessage(diagnostic);
  return more === undefined ? message : `${message}: ${more}`;
}

/** Several lines without a line end after the last one. */
export function formatDiagnostic(diagnostic: Diagnostic, options: ExcerptOptions): string {
  const row: CodeRow = CODES[diagnostic.code];
  const head = `${diagnostic.severity} ${diagnostic.code}`;
  const lines: string[] = [];
  if (diagnostic.span === null) lines.push(`${head}: ${sentence(diagnosticMessage(diagnostic))}`);
  else {
    const label = sentence((row.label ?? row.message)(diagnostic.args));
    lines.push(`${formatPlace(diagnostic.span)}: ${head}`);
    lines.push(...excerpt(diagnostic.span, label, Math.max(options.maxWidth, NARROWEST)));
  }
  for (const note of diagnostic.notes) {
    const place = note.span === undefined ? "" : `${formatPlace(note.span)}: `;
    lines.push(`  note: ${place}${sentence(note.message)}`);
  }
  const help = diagnosticHelp(diagnostic);
  if (help !== undefined) lines.push(`  help: ${sentence(help)}`);
  return lines.join("\n");
}

/** `path:line:column` of the start of a span. */
export function formatPlace(span: Span): string {
  const { line, column } = locate(span.file, span.start);
  return `${printable(span.file.path)}:${line}:${column}`;
}

function excerpt(span: Span, label: string, maxWidth: number): readonly string[] {
  const { file, start } = span;
  const { line } = locate(file, start);
  const number = String(line).padStart(5);
  const room = maxWidth - number.length - " | ".length;
  // Lines may be megabytes long: what is further away than can be shown is not looked at. A character takes two units at most.
  const reach = 2 * room;
  const text = lineText(file, line);
  const unit = Math.min(start - file.lineStarts[line - 1]!, text.length);
  const before = [...text.slice(Math.max(0, unit - reach), unit)];
  const characters = [...before, ...text.slice(unit, unit + reach)];
  const from = before.length;
  const covered = [...file.text.slice(start, Math.min(span.end, start + reach))].length;
  const width = Math.max(1, Math.min(covered, characters.length - from));
  const cut = cutAround(characters, from, width, room);
  const indent = cut.characters.slice(0, cut.from).map((character) => (character === "\t" ? "\t" : " "));
  const carets = "^".repeat(Math.max(1, Math.min(width, cut.characters.length - cut.from)));
  return [
    `${number} | ${printable(cut.characters.join(""))}`.trimEnd(),
    `${" ".repeat(number.length)} | ${indent.join("")}${carets} ${label}`,
  ];
}

/** At most `room` characters of a line with those of the span among them; `…` stands where something was cut off. */
function cutAround(characters: readonly string[], from: number, width: number, room: number) {
  if (characters.length <= room) return { characters, from };
  // A third of the room before the span: the label stands to the right of the carets.
  const latestStart = characters.length - room;
  const start = Math.max(0, Math.min(from - Math.floor(room / 3), latestStart));
  const kept = characters.slice(start, start + room);
  if (start > 0) kept[0] = "…";
  if (start + room < characters.length && from + width < start + room) kept[room - 1] = "…";
  return { characters: kept, from: from - start };
}

/** Words of the user's text stand in sentences, and may be megabytes long. */
const LONGEST_SENTENCE = 500;

function sentence(text: string): string {
  return printable(text.length > LONGEST_SENTENCE ? `${text.slice(0, LONGEST_SENTENCE - 1)}…` : text);
}

/** Control and direction characters could take over the reader's terminal; each becomes U+FFFD. */
function printable(text: string): string {
  if (!CONTROL.test(text)) return text;
  return [...text]
    .map((character) => (character !== "\t" && CONTROL.test(character) ? "\ufffd" : character))
    .join("");
}
