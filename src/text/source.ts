/**
 * A source file in memory, and places in it.
 *
 * Everything that markify says about a ruleset points at a place in the user's own text; this is where offsets
 * become lines and columns.
 */

/** How the bytes of a file became characters. */
export type Encoding = "utf8" | "latin1";

/** A text that was read, under the name a person knows it by. */
export interface SourceFile {
  /** As the user wrote it; `-` for standard input. Shown in diagnostics, never opened from here. */
  readonly path: string;
  /** The whole text. Bytes that are not UTF-8 make the file `latin1`, so that it prints back byte for byte. */
  readonly text: string;
  readonly encoding: Encoding;
  /** Offset in `text` at which each line starts; the first is 0. Ascending, never empty. */
  readonly lineStarts: readonly number[];
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
export function makeSourceFile(path: string, text: string, encoding: Encoding = "utf8"): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { path, text, encoding, lineStarts };
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
  return { line: low + 1, column: [...file.text.slice(start, offset)].length + 1 };
}

/** The text of a line (from 1) without its line end. */
export function lineText(file: SourceFile, line: number): string {
  const start = file.lineStarts[line - 1];
  if (start === undefined) return "";
  const next = file.lineStarts[line];
  return file.text.slice(start, next === undefined ? file.text.length : next - 1).replace(/\r$/, "");
}
