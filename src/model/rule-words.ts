/**
 * Words of a rule as getopt sees them: options, the `!` before them, and values that are part of an option's word.
 */
import type { Word } from "../syntax/tree.ts";
import { BASE_OPTIONS, type BaseOption, type OptionRow } from "./options.ts";

/** A `!` that negates; a quoted one is a value. */
export function isBang(word: Word): boolean {
  return word.text === "!" && !word.quoted;
}

/** True for an option of the rule itself under its exact name, whether its value is part of the word or not. */
export function beginsBase(word: Word): boolean {
  if (word.quoted) return false;
  return BASE_OPTIONS.has(splitEquals(word).name) || splitGlued(word) !== null;
}

/** `--jump` or `--goto` where the word is a start of it; null otherwise. */
export function abbreviatedJump(word: Word): string | null {
  const { name } = splitEquals(word);
  if (word.quoted || !name.startsWith("--") || name.length < 3) return null;
  return ["--jump", "--goto"].find((option) => option.startsWith(name)) ?? null;
}

/** `-ptcp`: a short option with its value glued on. */
export function splitGlued(word: Word): { readonly option: BaseOption; readonly value: Word } | null {
  if (word.text.startsWith("--") || word.text.length < 3) return null;
  const option = BASE_OPTIONS.get(word.text.slice(0, 2));
  if (option === undefined || option.values !== 1) return null;
  return { option, value: { ...word, text: word.text.slice(2), start: word.start + 2 } };
}

/** `--dport=22`: a long option with its value after `=`. */
export function splitEquals(word: Word): { readonly name: string; readonly value: Word | null } {
  const equals = word.text.indexOf("=");
  if (!word.text.startsWith("--") || equals === -1) return { name: word.text, value: null };
  const value = { ...word, text: word.text.slice(equals + 1), start: word.start + equals + 1 };
  return { name: word.text.slice(0, equals), value };
}

/** `-c 5,400`: both counters in one word. */
export function splitPair(row: OptionRow, word: Word): Word[] {
  if (row !== BASE_OPTIONS.get("-c") || !/^\d+,\d+$/u.test(word.text)) return [word];
  return word.text.split(",").map((text) => ({ ...word, text }));
}
