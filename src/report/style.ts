/**
 * How a text report looks: colours, width, and which characters the terminal has. The choice is the caller's.
 */

/** The looks of a text report. */
export interface Style {
  readonly color: boolean;
  /** Columns; at least 40 are used. */
  readonly width: number;
  /** Only ASCII characters of our own; the user's text stays as it is. */
  readonly ascii: boolean;
}

/** What a piece of text is; each kind has a colour. */
export type Paint = "good" | "bad" | "warning" | "name" | "faint" | "heading" | "added" | "removed";

/** SGR codes (ECMA-48, 8.3.117); only the eight colours that every terminal has. */
const SGR: Readonly<Record<Paint, string>> = {
  good: "1;32",
  bad: "1;31",
  warning: "1;33",
  name: "36",
  faint: "2",
  heading: "1",
  added: "32",
  removed: "31",
};

/** Paints a text, where the style has colours. */
export function paint(style: Style, kind: Paint, text: string): string {
  return style.color && text !== "" ? `\u001b[${SGR[kind]}m${text}\u001b[0m` : text;
}

/** `×`, `…`, `→`: signs with a fallback. */
export function sign(style: Style, kind: "times" | "more" | "to"): string {
  const signs = { times: ["x", "×"], more: ["...", "…"], to: ["->", "→"] } as const;
  return signs[kind][style.ascii ? 0 : 1];
}

/** Control characters, those that turn the direction of writing and those that nobody sees: with them a comment could take over the terminal, and a chain look like another one. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The user's text, safe to print on one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => (character === "\t" ? " " : "\ufffd"));
}

/** Cuts a text that is already printable to a number of columns. */
export function cutText(style: Style, text: string, columns: number): string {
  const characters = [...text];
  const more = sign(style, "more");
  if (characters.length <= columns) return text;
  return characters.slice(0, Math.max(1, columns - more.length)).join("") + more;
}

/** Breaks words into lines that begin with `indent`; a word that is too long has a line of its own. */
export function wrapWords(style: Style, words: readonly string[], indent: string): readonly string[] {
  const width = Math.max(40, style.width);
  const lines: string[] = [];
  let line = indent;
  for (const word of words) {
    const next = line === indent ? indent + word : `${line} ${word}`;
    if (next.length > width && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else line = next;
  }
  return line === indent ? lines : [...lines, line];
}
