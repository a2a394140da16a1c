/**
 * Bytes that are no text in UTF-8 or an encoding of one byte a character: read as such, they would be a thousand mistakes in a row.
 */
import { shellWord } from "./shell.ts";

/** What the bytes are, the end of a sentence, and what to do. */
export interface NoText {
  readonly message: string;
  readonly next: string;
}

/** The byte order marks of other encodings; that of UTF-32 begins like one of UTF-16. */
const MARKS: readonly (readonly [signature: string, encoding: string])[] = [
  ["fffe0000", "UTF-32"],
  ["0000feff", "UTF-32"],
  ["fffe", "UTF-16"],
  ["feff", "UTF-16"],
];

/** So many bytes are looked at. */
const LOOKED_AT = 8000;

/** Text has next to no control characters; of random bytes, and of programs, far more are. */
const MOST_CONTROLS = 0.05;

/** What is wrong with bytes as a text; null where they may be one. `path`: as the user wrote it. */
export function findNoText(bytes: Uint8Array, path: string): NoText | null {
  const start = bytes.subarray(0, LOOKED_AT);
  const encoding = encodingOf(start);
  if (encoding !== null) {
    const [from, then] = path === "-" ? ["", ""] : [` ${shellWord(path)}`, " > FILE"];
    const next = `iconv -f ${encoding} -t UTF-8${from}${then}`;
    return {
      message: `is ${encoding} text; what is read here is UTF-8, and what iptables-save prints`,
      next,
    };
  }
  if (share(start, isControl) <= MOST_CONTROLS) return null;
  const next = "give the text that iptables-save prints, a script, or a plan";
  return { message: "is no text (a program, an archive, an image?)", next };
}

function encodingOf(start: Uint8Array): string | null {
  const signature = Buffer.from(start.subarray(0, 4)).toString("hex");
  const mark = MARKS.find(([sign]) => signature.startsWith(sign));
  if (mark !== undefined) return mark[1];
  // Without a mark, every other byte of text in Latin letters is 0.
  const [even, odd] = [0, 1].map((side) =>
    share(
      start.filter((_, at) => at % 2 === side),
      isZero,
    ),
  );
  if (even! < 0.1 && odd! > 0.7) return "UTF-16LE";
  return odd! < 0.1 && even! > 0.7 ? "UTF-16BE" : null;
}

function share(bytes: Uint8Array, is: (byte: number) => boolean): number {
  return bytes.length === 0 ? 0 : bytes.filter(is).length / bytes.length;
}

function isZero(byte: number): boolean {
  return byte === 0;
}

/** Tabs, line ends, form feeds and the escapes of coloured output are text. */
function isControl(byte: number): boolean {
  return byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27;
}
