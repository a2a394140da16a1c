/**
 * Redirections of a shell command, here-documents among them.
 */
import type { ShellText } from "./shell-text.ts";
import type { Part, Redirect, Word } from "./shell-tree.ts";
import type { WordReader } from "./shell-words.ts";

const REDIRECT = /(\d*)(&>>?|>&|<&|<<<|<<-?|>>|>\||<>|<|>)/y;

/** The redirection at the position, or null where there is none. */
export function readRedirect(text: ShellText, words: WordReader): Redirect | null {
  const start = text.at;
  REDIRECT.lastIndex = start;
  const [whole, fd = "", operator = ""] = REDIRECT.exec(text.text) ?? [];
  if (whole === undefined || (operator.length === 1 && text.peek(whole.length) === "(" && text.mayBeBash))
    return null;
  if (operator.startsWith("&>") && !text.mayBeBash) return null;
  if (operator === "<<<" && !text.allows("<<<", start, start + 3)) text.fail("unexpected <");
  text.at += whole.length;
  text.skipBlanks();
  const written = words.readWord() ?? text.fail(`expected a word after ${operator}`);
  const number = fd === "" ? null : Number(fd);
  const at = text.stretch(start, text.at);
  if (operator === "<<" || operator === "<<-") {
    const target: { parts: Part[] } & Omit<Word, "parts"> = { parts: [], ...at };
    expectDocument(text, words, written, operator === "<<-", target.parts);
    return { fd: number, operator: "<<", target, ...at };
  }
  return { fd: number, operator: NORMAL[operator] ?? ">", target: written, ...at };
}

const NORMAL: Readonly<Record<string, Redirect["operator"]>> = {
  "<": "<",
  "<>": "<",
  ">": ">",
  ">|": ">",
  ">>": ">>",
  "<<<": "<<<",
  ">&": ">&",
  "<&": "<&",
  "&>": "&>",
  "&>>": "&>",
};

/** The parts of the document come when its lines are read, after the end of the command's own line. */
function expectDocument(
  text: ShellText,
  words: WordReader,
  word: Word,
  stripTabs: boolean,
  parts: Part[],
): void {
  const literals = word.parts.filter((part) => part.kind === "literal");
  if (literals.length < word.parts.length) text.fail("expected a plain word after <<");
  const end = literals.map((part) => part.text).join("");
  const isQuoted = literals.some((part) => part.quoted);
  const take = (start: number, stop: number): void => {
    for (const [from, to] of stripTabs ? linesOf(text.text, start, stop) : [[start, stop] as const]) {
      if (isQuoted) {
        const body = text.text.slice(from, to);
        parts.push({ kind: "literal", text: body, quoted: true, ...text.stretch(from, to) });
      } else parts.push(...words.documentReader(from, to).readDocument());
    }
  };
  text.expectDocument({ end, stripTabs, take });
}

/** The lines of a stretch without the tabs that they begin with. */
function linesOf(text: string, start: number, stop: number): readonly (readonly [number, number])[] {
  const lines: [number, number][] = [];
  for (let at = start; at < stop; ) {
    const end = Math.min(text.indexOf("\n", at) + 1 || stop, stop);
    while (text[at] === "\t") at += 1;
    lines.push([at, end]);
    at = end;
  }
  return lines;
}
