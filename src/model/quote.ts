/**
 * Words back to text that iptables-restore splits into the same words.
 */
import type { Word } from "../syntax/tree.ts";

const PLAIN_STRING = /^[\w-]+$/;
const NEEDS_QUOTES = /[\s"]/;

/**
 * A free text (comment, log prefix) as iptables-save quotes it: bare only when it consists of letters, digits, `_` and `-`.
 * Source: iptables 1.8.9, `libxtables/xtables.c`, `xtables_save_string`.
 */
export function quoteString(value: string): string {
  return PLAIN_STRING.test(value) ? value : `"${value.replace(/["\\']/g, "\\$&")}"`;
}

/** A word as it was written, with quotes only where it had or needs them. */
export function quoteWord(word: Word): string {
  return word.quoted ? quoteString(word.text) : quotePlain(word.text);
}

/** A text that stays bare unless it would not be read back as one word. */
export function quotePlain(text: string): string {
  return text === "" || NEEDS_QUOTES.test(text) ? quoteString(text) : text;
}
