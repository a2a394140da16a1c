/**
 * What the user says of matches and targets that are not modelled: `-m limit --limit 5/min=true`.
 */
import { findNearest } from "../../model/nearest.ts";
import { ruleOfText } from "../../model/rule-of-text.ts";
import type { Family, Table } from "../../model/types.ts";
import { nameOccurrences } from "../occurrences.ts";
import { type Answers, answerKey } from "./conditions.ts";
import type { ReportFault } from "./types.ts";

/** Texts that are listed where none is near. */
const MOST_LISTED = 3;

/** Reads the answers; each has to be of a match, or of a target that may end the walk, in the tables that are walked. */
export function readAnswers(
  texts: readonly string[],
  tables: readonly Table[],
  family: Family,
  report: ReportFault,
): Answers {
  const answers = new Map<string, boolean>();
  const known = texts.length === 0 ? new Set<string>() : askableTexts(tables);
  for (const text of texts) {
    const found = /^(.*)=(true|false)$/su.exec(text.trim());
    if (found === null) {
      report(`--match '${text}': it does not end in =true or =false`, "--match 'TEXT=true'");
      continue;
    }
    const key = keyOf(found[1]!.trim().replace(/\s+/gu, " "), known, family);
    const answer = found[2] === "true";
    if (!known.has(key)) refuse(key, known, report);
    else if ((answers.get(key) ?? answer) !== answer) report(`--match '${key}' is both true and false`);
    answers.set(key, answer);
  }
  // What is said of a text holds for all its occurrences, but for those that have an answer of their own.
  return (name) => answers.get(name) ?? answers.get(name.replace(/ #\d+$/, "")) ?? null;
}

/** The text as the model has it, however it is written: as in the file, or as iptables-save prints it. */
function keyOf(text: string, known: ReadonlySet<string>, family: Family): string {
  if (known.has(text)) return text;
  const [, words = text, number = ""] = /^(.*?)( #\d+)?$/su.exec(text) ?? [];
  const rule = ruleOfText(words, family);
  if (rule === null) return text;
  const { matches, target } = rule;
  const texts = matches.map((match) => answerKey(match) ?? match.text);
  if (target.kind !== "none") texts.push(target.text);
  return texts.length === 1 ? `${texts[0]}${number}` : text;
}

function refuse(key: string, known: ReadonlySet<string>, report: ReportFault): void {
  const nearest = findNearest(key, known);
  const some = [...known].slice(0, MOST_LISTED).map((text) => `'${text}'`);
  const list =
    some.length === 0 ? "leave it out: every match there has an answer" : `such as ${some.join(", ")}`;
  report(
    `--match '${key}': no match without an answer of its own reads so`,
    nearest === null ? list : `did you mean '${nearest}'?`,
  );
}

/** All texts and names of occurrences that an answer can be given for. */
function askableTexts(tables: readonly Table[]): ReadonlySet<string> {
  return new Set(tables.flatMap(textsOf));
}

function textsOf(table: Table): readonly string[] {
  const names = nameOccurrences(table, table);
  return table.chains.flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      const { matches, target } = rule;
      const keys = matches.map((match, place) =>
        match.kind === "opaque" ? names(rule, place) : answerKey(match),
      );
      const texts = keys.filter((key) => key !== null);
      return target.kind === "extension" && target.ends === "unknown" ? [...texts, target.text] : texts;
    }),
  );
}
