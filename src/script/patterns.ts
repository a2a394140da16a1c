/**
 * Patterns of the shell (`*`, `?`, `[…]`) as regular expressions.
 *
 * Source: POSIX.1-2017, Shell Command Language, 2.13 (pattern matching); what dash and bash read differently is not worked out.
 */
import type { Pieces } from "./pieces.ts";

/** A part of a pattern: text in quotes stands for itself. */
export interface PatternPart {
  readonly pieces: Pieces;
  readonly quoted: boolean;
}

interface Character {
  readonly text: string;
  readonly quoted: boolean;
}

/** `[:digit:]` and its kind, as the C locale has them. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: " \\t\\n\\v\\f\\r",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/**
 * The inside of a regular expression for a pattern; null where it holds something unknown, or something that not all shells read alike.
 * All parts are read as one text, since a bracket may begin in one and end in another.
 */
export function patternSource(parts: readonly PatternPart[], isGreedy = true): string | null {
  const pieces = parts.flatMap((part) => part.pieces);
  if (pieces.some((piece) => piece.unknown !== null)) return null;
  const characters = parts.flatMap(({ pieces: own, quoted }) =>
    own.flatMap((piece) => [...piece.text].map((text): Character => ({ text, quoted }))),
  );
  return translate(characters, isGreedy);
}

function translate(characters: readonly Character[], isGreedy: boolean): string | null {
  let source = "";
  for (let at = 0; at < characters.length; ) {
    const special = specialAt(characters, at);
    // A backslash from a variable quotes in some shells; `@(` and its kind begin a pattern of bash.
    if (special === "\\" || (/^[?*+@!]$/u.test(special) && specialAt(characters, at + 1) === "("))
      return null;
    const end = special === "[" ? endOfBracket(characters, at) : -1;
    if (end !== -1) {
      const bracket = translateBracket(characters.slice(at + 1, end));
      if (bracket === null) return null;
      source += bracket;
      at = end + 1;
      continue;
    }
    if (special === "*") source += isGreedy ? "[\\s\\S]*" : "[\\s\\S]*?";
    else source += special === "?" ? "[\\s\\S]" : escapeRegExp(characters[at]!.text);
    at += 1;
  }
  return source;
}

/** The character where it isn't quoted, else nothing. */
function specialAt(characters: readonly Character[], at: number): string {
  const found = characters[at];
  return found === undefined || found.quoted ? "" : found.text;
}

/** Where the `]` of a `[` stands; -1 for a `[` that stands for itself. A `]` as the first member ends nothing. */
function endOfBracket(characters: readonly Character[], open: number): number {
  let at = open + 1;
  if (/^[!^]$/u.test(specialAt(characters, at))) at += 1;
  if (specialAt(characters, at) === "]") at += 1;
  while (at < characters.length && specialAt(characters, at) !== "]") {
    const kind = specialAt(characters, at) === "[" ? specialAt(characters, at + 1) : "";
    const isNested = kind === ":" || kind === "." || kind === "=";
    at = isNested ? endOfNested(characters, at, kind) + 1 : at + 1;
  }
  return at < characters.length ? at : -1;
}

/** Where the `]` of `[:`, `[.` or `[=` stands; the `[` itself where it has none. */
function endOfNested(characters: readonly Character[], open: number, kind: string): number {
  for (let at = open + 2; at + 1 < characters.length; at += 1)
    if (specialAt(characters, at) === kind && specialAt(characters, at + 1) === "]") return at + 1;
  return open;
}

/** What stands between `[` and `]`; null for what isn't read or differs between shells, such as `[^…]`. */
function translateBracket(inside: readonly Character[]): string | null {
  if (specialAt(inside, 0) === "^") return null;
  const isNegated = specialAt(inside, 0) === "!";
  let source = "";
  for (let at = isNegated ? 1 : 0; at < inside.length; at += 1) {
    const special = specialAt(inside, at);
    if (special === "\\") return null;
    if (special === "[" && /^[:.=]$/u.test(specialAt(inside, at + 1))) {
      const end = endOfNested(inside, at, specialAt(inside, at + 1));
      const text = inside.slice(at, end + 1).map((one) => one.text);
      const found = CLASSES[/^\[:([a-z]+):\]$/u.exec(text.join(""))?.[1] ?? ""];
      // A class can't be the start of a range.
      if (found === undefined || (specialAt(inside, end + 1) === "-" && end + 2 < inside.length)) return null;
      source += found;
      at = end;
    } else if (specialAt(inside, at + 1) === "-" && at + 2 < inside.length) {
      // Between characters beyond ASCII, and as an end of `[:`, the range depends on the locale or makes no sense.
      const [first, last] = [inside[at]!, inside[at + 2]!];
      if (specialAt(inside, at + 2) === "[" || !isPlain(first) || !isPlain(last)) return null;
      source += `${escapeMember(first.text)}-${escapeMember(last.text)}`;
      at += 2;
    } else source += escapeMember(inside[at]!.text);
  }
  if (source === "") return null;
  return isNegated ? `[^${source}]` : `[${source}]`;
}

function isPlain({ text }: Character): boolean {
  return text >= " " && text <= "~";
}

function escapeMember(text: string): string {
  return text.replace(/[\\\]^[-]/gu, "\\$&");
}

/** Text that stands for itself in a regular expression. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** A regular expression, or null where the pattern makes none. */
export function compilePattern(source: string): RegExp | null {
  try {
    return new RegExp(source, "u");
  } catch {
    return null;
  }
}
