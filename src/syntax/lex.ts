/**
 * Splits a line into words exactly as iptables-restore does, each with its place.
 *
 * Source: iptables 1.8.9, `iptables/xshared.c`, `add_param_to_argv`: blanks and tabs separate; double quotes group, a backslash
 * escapes only inside them, and the closing quote ends the word even when more text follows; single quotes are ordinary characters.
 */
import type { SourceFile } from "../text/source.ts";
import type { RuleNode, Word } from "./tree.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The words of one line. */
export interface LexedLine {
  readonly words: readonly Word[];
  /** Offset of a quote that is not closed before the line ends; null when all is well. */
  readonly openQuote: number | null;
}

/** True for the characters that separate words. A carriage return counts: files from Windows have it at line ends. */
export function isBlankCode(code: number): boolean {
  return code === BLANK || code === TAB || code === LINE_FEED || code === CARRIAGE_RETURN;
}

/** The words of a rule behind its chain's name. */
export function ruleWords({ text }: SourceFile, { wordsAt, end }: RuleNode): readonly Word[] {
  return splitWords(text, wordsAt, end).words;
}

/** Splits `text` from `start` to `end` (exclusive), `most` words at most. Never fails: an unclosed quote takes the rest of the line. */
export function splitWords(text: string, start: number, end: number, most = Infinity): LexedLine {
  const words: Word[] = [];
  let at = start;
  while (at < end && words.length < most) {
    const code = text.charCodeAt(at);
    if (isBlankCode(code)) {
      at += 1;
      continue;
    }
    const wordStart = at;
    while (at < end) {
      const inner = text.charCodeAt(at);
      if (inner === QUOTE || isBlankCode(inner)) break;
      at += 1;
    }
    const plain = text.slice(wordStart, at);
    if (at < end && text.charCodeAt(at) === QUOTE) {
      const quoted = readQuoted(text, at, end);
      words.push({ text: plain + quoted.text, start: wordStart, end: quoted.end, quoted: true });
      if (!quoted.closed) return { words, openQuote: at };
      at = quoted.end;
    } else {
      words.push({ text: plain, start: wordStart, end: at, quoted: false });
    }
  }
  return { words, openQuote: null };
}

/** Reads from an opening quote to the closing one; `end` is after it. */
function readQuoted(text: string, open: number, end: number): { text: string; end: number; closed: boolean } {
  let value = "";
  let runStart = open + 1;
  for (let at = runStart; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return { text: value + text.slice(runStart, at), end: at + 1, closed: true };
    if (code === BACKSLASH) {
      value += text.slice(runStart, at);
      at += 1;
      runStart = at;
    }
  }
  return { text: value + text.slice(runStart, end), end, closed: false };
}
