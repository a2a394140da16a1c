/**
 * What the builders of matches share: the family, where to report, and the text of a module as iptables-save prints it.
 */
import type { Report } from "../syntax/report.ts";
import { quotePlain, quoteWord } from "./quote.ts";
import type { MatchUse, OptionUse, TargetUse } from "./rule-parts.ts";
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
export function optionText(option: OptionUse): string {
  const values = option.values.map((value) => ` ${quoteWord(value)}`).join("");
  return `${option.negated ? "! " : ""}--${option.row.name}${values}`;
}

/** `-m name` with all options in the order in which they were written. */
export function matchText(use: MatchUse): string {
  return [`-m ${quotePlain(use.name)}`, ...restText(use)].join(" ");
}

/** Options and other words of a match or target. */
export function restText(use: MatchUse | TargetUse): readonly string[] {
  return [...use.options.map(optionText), ...use.raw.map(quoteWord)];
}

/** A module kept word for word. */
export function opaqueMatch(use: MatchUse, known: boolean): Match {
  return { kind: "opaque", module: use.name, known, text: matchText(use) };
}
