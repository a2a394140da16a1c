/**
 * How iptables-save spells the options of an extension: which of them, in which order, with which values. Whatever was written, two rules that the
 * kernel keeps alike come to the same text, so that a comparison of texts is one of what they mean.
 */
import type { OptionUse } from "../rule-parts.ts";
import type { Family } from "../types.ts";

/** Options by name, each given once at most. */
export interface Given {
  readonly family: Family;
  readonly options: ReadonlyMap<string, OptionUse>;
}

/** The value of an option as iptables-save prints it; null where that is not known. */
export interface Value {
  (text: string, family: Family): string | null;
  /** Nothing but a number will do. */
  readonly isNumber?: true;
}

/** One or more options that are printed together: nothing is "", and null where it is not known what would be printed. */
export interface Part {
  readonly options: readonly string[];
  readonly print: (given: Given) => string | null;
  /** Those of the options whose values are numbers. */
  readonly numbers?: readonly string[];
}

/** All options as they would be printed, in order; null where that is not known. */
export interface Speller {
  (options: readonly OptionUse[], family: Family): readonly string[] | null;
  /** Options whose values are numbers. */
  readonly numbers?: ReadonlySet<string>;
}

/** A value for both families, or one for each. */
type ForFamily = string | Readonly<Record<Family, string>>;

/** What is printed where the option is missing, and which value is not printed. */
interface Defaults {
  readonly shown?: ForFamily;
  readonly hidden?: ForFamily;
}

/** Prints the parts in order. An option that is in none of them, or given twice, makes the text unknown. */
export function inOrder(...parts: readonly Part[]): Speller {
  const names = new Set(parts.flatMap((part) => part.options));
  const spell: Speller = (uses, family) => {
    const options = new Map(uses.map((use) => [use.row.name, use]));
    if (options.size < uses.length || [...options.keys()].some((name) => !names.has(name))) return null;
    const texts = parts.map(({ print }) => print({ family, options }));
    return texts.includes(null) ? null : texts.filter((text) => text !== null && text !== "").map(String);
  };
  return Object.assign(spell, { numbers: new Set(parts.flatMap(({ numbers = [] }) => numbers)) });
}

/** One option with one value. */
export function value(name: string, read: Value, { shown, hidden }: Defaults = {}): Part {
  return {
    options: [name],
    numbers: read.isNumber === true ? [name] : [],
    print: ({ options, family }) => {
      const use = options.get(name);
      if (use === undefined) return shown === undefined ? "" : `--${name} ${forFamily(shown, family)}`;
      const text = readValue(use, read, family);
      if (text === null) return null;
      const isHidden = !use.negated && hidden !== undefined && text === forFamily(hidden, family);
      return isHidden ? "" : `${bang(use)}--${name} ${text}`;
    },
  };
}

/** An option without a value, as it was given. */
export function flag(name: string): Part {
  return {
    options: [name],
    print: ({ options }) => {
      const use = options.get(name);
      return use === undefined ? "" : `${bang(use)}--${name}`;
    },
  };
}

/** An option that says what holds anyway: printed only with `!`. */
export function flagIfNegated(name: string): Part {
  return { options: [name], print: ({ options }) => (options.get(name)?.negated ? `! --${name}` : "") };
}

/** Two spellings of one option: `other`, with a reader of its own, is printed as `name`. */
export function either(name: string, read: Value, other: string, readOther: Value): Part {
  return {
    options: [name, other],
    print: ({ options, family }) => {
      const [use, alias] = [options.get(name), options.get(other)];
      if (use !== undefined && alias !== undefined) return null;
      const given = use ?? alias;
      if (given === undefined) return "";
      const text = readValue(given, given === use ? read : readOther, family);
      return text === null ? null : `${bang(given)}--${name} ${text}`;
    },
  };
}

/** The value of an option; null where it is not given, or not known. */
export function readValue(use: OptionUse | undefined, read: Value, family: Family): string | null {
  const word = use?.values[0];
  return word === undefined ? null : read(word.text, family);
}

/** `! ` before an option that is negated. */
export function bang(use: OptionUse): string {
  return use.negated ? "! " : "";
}

function forFamily(text: ForFamily, family: Family): string {
  return typeof text === "string" ? text : text[family];
}
