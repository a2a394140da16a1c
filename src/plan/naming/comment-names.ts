/**
 * Names from what people wrote beside the rules: `-m comment --comment`, or a `#` line above them.
 */
import type { Rule, Ruleset } from "../../model/types.ts";
import { LONGEST_CHAIN_NAME } from "../chain-name.ts";
import { titledChain } from "../chain-titles.ts";
import { stemOf } from "./words.ts";

/** What a name is made from. */
export interface SharedComment {
  readonly text: string;
  readonly kind: "comment" | "heading";
}

/** Room for a number behind the name. */
const ROOM = LONGEST_CHAIN_NAME - 4;

/** As much of a line as is read: a name needs no more. */
const MOST_READ = 256;

const RULE_LINE = /^(?:\[\d+:\d+\]\s*)?-/;

/** Marks that Firewall Builder sets above the comment of a rule: numbers, which another rule before it would change. */
const COMPILER_MARK = /^Rule\s+(?:\S+\s+)?\d+\s+\([^)]*\)$/;

/** For each line of a rule the `#` line above it. One heads the rules down to an empty line, another comment, or another chain's declaration; of several in a row the first does. */
export function findHeadings({ file, tables }: Ruleset): ReadonlyMap<number, string> {
  const chains = new Set(tables.flatMap((table) => table.chains.map(({ name }) => name)));
  const headings = new Map<number, string>();
  let heading: string | null = null;
  let isOpen = false;
  for (const [at, whole] of file.text.split("\n").entries()) {
    const line = whole.slice(0, MOST_READ).trim();
    if (line.startsWith("#")) {
      const text = line.replace(/^#+|#+$/g, "").trim();
      // An empty one, or a mark, is a frame around what comes.
      if (!isOpen) heading = null;
      const isTitle = chains.has(titledChain(line) ?? "");
      if (heading === null && text !== "" && !isTitle && !COMPILER_MARK.test(text)) heading = text;
      isOpen = true;
      continue;
    }
    isOpen = false;
    if (!RULE_LINE.test(line)) heading = null;
    else if (heading !== null) headings.set(at + 1, heading);
  }
  return headings;
}

/** Looks up the `#` line above a rule of any of the rulesets. */
export function makeHeadingOf(rulesets: readonly Ruleset[]): (rule: Rule) => string | undefined {
  const headings = new Map<Rule, string>();
  for (const ruleset of rulesets) {
    const byLine = findHeadings(ruleset);
    if (byLine.size === 0) continue;
    for (const { chains } of ruleset.tables) {
      for (const { rules } of chains) {
        for (const rule of rules) {
          const heading = byLine.get(rule.line);
          if (heading !== undefined) headings.set(rule, heading);
        }
      }
    }
  }
  return (rule) => headings.get(rule);
}

/** What all the rules say of themselves; null where they say different things, or only some say something. */
export function findSharedComment(
  rules: readonly Rule[],
  headingOf: (rule: Rule) => string | undefined,
): SharedComment | null {
  const [first] = rules;
  if (first === undefined || rules.some(({ comment }) => comment !== first.comment)) return null;
  if (first.comment !== null) return { text: first.comment, kind: "comment" };
  const heading = headingOf(first);
  if (heading === undefined || rules.some((rule) => headingOf(rule) !== heading)) return null;
  return { text: heading, kind: "heading" };
}

/** `S-WEB-SERVERS` of `web servers`, with a note that has the comment whole; null where it makes no name. */
export function nameByComment(
  prefix: string,
  { text, kind }: SharedComment,
): { readonly name: string; readonly note: string } | null {
  const stem = stemOf(text, ROOM - prefix.length - 1);
  if (stem === null) return null;
  const where = kind === "comment" ? "comment of all its rules" : "above all its rules";
  return { name: `${prefix}-${stem}`, note: `${where}: ${text}` };
}
