/**
 * What the builders of matches share: the family, where to report, and the text of a module as iptables-save prints it.
 */
import type { Report } from "../syntax/report.ts";
import { quotePlain, quoteWord } from "./quote.ts";
import type { MatchUse, OptionUse, TargetUse } from "./rule-parts.ts";
import { MATCH_SPELLERS } from "./spelling/matches.ts";
import type { Speller } from "./spelling/parts.ts";
import type { Family, Match } from "./types.ts";

/** What a builder may know. */
export interface MatchContext {
  readonly family: Family;
  readonly report: Report;
}

/** Makes the match of one module; null after an error. */
export type MatchBuilder = (use: MatchUse, context: MatchContext) => Match | null;

/** The option of that name, or undefined; a name given twice is reported, and null. */
export function singleOption(
  use: MatchUse,
  name: string,
  context: MatchContext,
): OptionUse | undefined | null {
  let found: OptionUse | undefined;
  for (const option of use.options) {
    if (option.row.name !== name) continue;
    if (found !== undefined) {
      context.report("OPTION_TWICE", option.word, { option: option.word.text });
      return null;
    }
    found = option;
  }
  return found;
}

/** The only option that a module can't do without; null after an error. */
export function requiredOption(use: MatchUse, name: string, context: MatchContext): OptionUse | null {
  const option = singleOption(use, name, context);
  if (option === undefined)
    context.report("NEEDS_OPTION", use.word, { module: `-m ${use.name}`, expected: `--${name}` });
  return option ?? null;
}

/** `! --name value`, words as written. */
function optionText(option: OptionUse): string {
  const values = option.values.map((value) => ` ${quoteWord(value)}`).join("");
  return `${option.negated ? "! " : ""}--${option.row.name}${values}`;
}

/** The text of an extension, and whether it stands as it was written. */
interface Spelled {
  readonly text: string;
  readonly asWritten?: true;
}

/** An extension with its options as iptables-save prints them, or as they were written where that is not known. */
export function spell(
  name: string,
  use: MatchUse | TargetUse,
  speller: Speller | undefined,
  family: Family,
): Spelled {
  const options = use.raw.length > 0 ? null : (speller?.(use.options, family) ?? null);
  if (options !== null) return { text: [name, ...options].join(" ") };
  const written = [...use.options.map(optionText), ...use.raw.map(quoteWord)];
  const text = [name, ...written].join(" ");
  return written.length === 0 ? { text } : { text, asWritten: true };
}

function spellMatch(use: MatchUse, family: Family): Spelled {
  return spell(`-m ${quotePlain(use.name)}`, use, MATCH_SPELLERS.get(use.name), family);
}

/** A match of a module whose answer is the same for the same packet. */
export function pureMatch(use: MatchUse, { family }: MatchContext): Match {
  return { kind: "pure", module: use.name, ...spellMatch(use, family) };
}

/** A match of which nothing but its text is known. */
export function opaqueMatch(use: MatchUse, known: boolean, { family }: MatchContext): Match {
  return { kind: "opaque", module: use.name, known, ...spellMatch(use, family) };
}
