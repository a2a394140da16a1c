/**
 * A source file in memory, and places in it.
 *
 * Everything that markify says about a ruleset points at a place in the user's own text; this is where offsets
 * become lines and columns.
 */

/** What a text is called that has no file. */
export const STANDARD_INPUT = "standard input";

/** How the bytes of a file became characters. */
export type Encoding = "utf8" | "latin1";

/** A text that was read, under the name a person knows it by. */
export interface SourceFile {
  /** As the user wrote it, or `STANDARD_INPUT`. Shown in diagnostics, never opened from here. */
  readonly path: string;
  /** The whole text. Bytes that are not UTF-8 make the file `latin1`, so that it prints back byte for byte. */
  readonly text: string;
  readonly encoding: Encoding;
  /** Offset in `text` at which each line starts; the first is 0. Ascending, never empty. */
  readonly lineStarts: readonly number[];
  /** Where a text that was made from another one came from: a script's rules as a save file, one dump of several. */
  readonly origin?: Origin;
}

/** The text that another one was made from, and which piece is which: by `start`, ascending, none overlaps another. */
export interface Origin {
  readonly file: SourceFile;
  readonly pieces: readonly OriginPiece[];
}

/** `start` to `end` of the made text came from `from` to `to` of the original. */
export interface OriginPiece {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** A piece of a source file: offsets in UTF-16 units, `end` exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Line and column, both from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Makes a source file from a text that is already decoded. */
export function makeSourceFile(
  path: string,
  text: string,
  encoding: Encoding = "utf8",
  origin?: Origin,
): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { path, text, encoding, lineStarts, ...(origin === undefined ? {} : { origin }) };
}

/** Decodes bytes: UTF-8 where they are UTF-8, else one character a byte, so that nothing is lost. */
export function decodeSource(path: string, bytes: Uint8Array): SourceFile {
  try {
    // ignoreBOM keeps a byte order mark in the text: it has to print back.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return makeSourceFile(path, text, "utf8");
  } catch {
    let text = "";
    const step = 0x8000;
    for (let at = 0; at < bytes.length; at += step) {
      text += String.fromCharCode(...bytes.subarray(at, at + step));
    }
    return makeSourceFile(path, text, "latin1");
  }
}

/** How many bytes a text takes in its file. */
export function countBytes(text: string, encoding: Encoding): number {
  return encoding === "latin1" ? text.length : new TextEncoder().encode(text).length;
}

/** The line and column of an offset; an offset past the end gives the end. */
export function locate(file: SourceFile, offset: number): Place {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (file.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  const start = file.lineStarts[low]!;
  return { line: low + 1, column: countCharacters(file.text, start, Math.min(offset, file.text.length)) + 1 };
}

/** Without a list of them: lines may be megabytes long. */
function countCharacters(text: string, start: number, end: number): number {
  let pairs = 0;
  for (let at = start; at < end - 1; at += 1) {
    if (text.codePointAt(at)! <= 0xffff) continue;
    pairs += 1;
    at += 1;
  }
  return end - start - pairs;
}

/** A span in the text that the user wrote: the same one, unless its file was made from another. */
export function originalSpan(span: Span): Span {
  const { origin } = span.file;
  if (origin === undefined) return span;
  const first = pieceAt(origin.pieces, span.start);
  const last = pieceAt(origin.pieces, Math.max(span.start, span.end - 1));
  if (first === undefined || last === undefined) return originalSpan({ file: origin.file, start: 0, end: 0 });
  // Inside a piece that was copied, places are exact.
  const isCopied = (piece: OriginPiece): boolean => piece.end - piece.start === piece.to - piece.from;
  const within = (piece: OriginPiece, at: number): number =>
    Math.min(Math.max(piece.from + at - piece.start, piece.from), piece.to);
  const start = isCopied(first) ? within(first, span.start) : first.from;
  const end = isCopied(last) ? within(last, span.end) : last.to;
  return originalSpan({ file: origin.file, start: Math.min(start, end), end: Math.max(start, end) });
}

/** The last piece that begins at or before an offset, else the first. */
function pieceAt(pieces: readonly OriginPiece[], offset: number): OriginPiece | undefined {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle]!.start <= offset) low = middle;
    else high = middle - 1;
  }
  return pieces[low];
}

/** The text of a line (from 1) without its line end. */
export function lineText(file: SourceFile, line: number): string {
  const start = file.lineStarts[line - 1];
  if (start === undefined) return "";
  const next = file.lineStarts[line];
  return file.text.slice(start, next === undefined ? file.text.length : next - 1).replace(/\r$/, "");
}
