/**
 * What readers of marks share: a file that is read line by line, uses of mark bits that were found, and places of what can't be read. A mark that is overlooked would be
 * overwritten, so a line that is not understood is an error.
 */
import { parseUint, parseValueMask, type ValueMask } from "../../model/numbers.ts";
import { type Diagnostic, makeDiagnostic } from "../../text/diagnostic.ts";
import { lineText, type SourceFile } from "../../text/source.ts";

/** Somebody's use of mark bits. */
export interface MarkUse {
  /** Bits that markify may not use; 0 where it is enough that own bits are clear (`takenBits`). Unsigned. */
  readonly bits: number;
  /** `ip rule: fwmark 0x1/0xff`. */
  readonly what: string;
  /** Where it stands: `rules.txt:3`; the name of the software where it is known. */
  readonly from: string;
}

/** A word of a line; `at` is its offset in the line. */
export interface Word {
  readonly text: string;
  readonly at: number;
}

/** A table of a ruleset that is imported, as nft knows it. */
export interface OwnTable {
  readonly family: "ip" | "ip6";
  readonly name: string;
  /** Its chains with their numbers of rules. */
  readonly chains: ReadonlyMap<string, number>;
}

/** A file that is being read; the lists grow. */
export interface MarkReader {
  readonly file: SourceFile;
  /** Tables whose uses are known already. */
  readonly own: readonly OwnTable[];
  readonly uses: MarkUse[];
  readonly diagnostics: Diagnostic[];
}

/** One kind of output. */
export interface MarkFormat {
  /** The command that prints it. */
  readonly name: string;
  /** Fits its first line that is not blank. */
  readonly begins: RegExp;
  readonly read: (reader: MarkReader) => void;
}

const WHOLE = 0xffffffff;

/**
 * Bits that a value under a mask takes. A masked access takes its mask: whoever writes there may write all of it. An unmasked one takes the bits of its value alone: it sees the mark as
 * a whole, and own bits are clear wherever somebody else looks, since every way out of a rule chain clears them (KERNEL.md, sections 1 and 4).
 */
export function takenBits(value: number, mask: number): number {
  return (mask >>> 0 === WHOLE ? value : value | mask) >>> 0;
}

/** Every line with its number, from 1; blank ones are left out. */
export function* linesOf(file: SourceFile): Generator<{ readonly number: number; readonly text: string }> {
  for (let number = 1; number <= file.lineStarts.length; number++) {
    const text = lineText(file, number);
    if (text.trim() !== "") yield { number, text };
  }
}

/** Words between blanks. */
export function wordsOf(text: string): readonly Word[] {
  return [...text.matchAll(/\S+/g)].map((found) => ({ text: found[0], at: found.index }));
}

/** Notes a use. */
export function noteUse(reader: MarkReader, line: number, what: string, bits: number): void {
  reader.uses.push({ bits: bits >>> 0, what, from: `${reader.file.path}:${line}` });
}

/** Notes what can't be read: a word of a line, or (without one) the line's end. */
export function noteFault(reader: MarkReader, line: number, word: Word | undefined, expected: string): void {
  const { file } = reader;
  const start = file.lineStarts[line - 1] ?? 0;
  const end = start + lineText(file, line).length;
  const span =
    word === undefined
      ? { file, start: Math.max(start, end - 1), end }
      : { file, start: start + word.at, end: start + word.at + word.text.length };
  const found = word === undefined ? "the end of the line" : word.text;
  reader.diagnostics.push(makeDiagnostic("MARKS_NOT_READ", span, { found, expected }));
}

/** A 32-bit number; null for anything else, and for a word that is missing. */
export function readNumber(text: string | undefined): number | null {
  return text === undefined ? null : parseUint(text, WHOLE);
}

/** `0x1/0xff`; without a mask it is the whole mark. Null for anything else. */
export function readMasked(text: string | undefined): ValueMask | null {
  return text === undefined ? null : parseValueMask(text);
}
