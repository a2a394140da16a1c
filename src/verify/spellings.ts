/**
 * Matches and targets that may be one thing in two spellings. To the checkers two texts are two questions with answers of their own; where one of them stands as it was written
 * and iptables may print it like the other, a difference that rests on that is none.
 */
import type { Match, Table, Target } from "../model/types.ts";
import type { Answer } from "./join-answers.ts";
import type { TablePair } from "./sample/compile.ts";
import type { VerifyCheck } from "./types.ts";

/** One match or target of a side. */
interface Text {
  readonly text: string;
  readonly line: number;
  readonly asWritten: boolean;
}

/** Texts by what they belong to: a module, a target, an address. */
type Texts = ReadonlyMap<string, ReadonlyMap<string, Text>>;

/** The answer, or "unknown" where every table that differs has texts that may be two spellings of the same. */
export function doubtDifference(
  answer: Answer,
  changed: readonly TablePair[],
  checks: readonly VerifyCheck[],
): Answer {
  if (answer.result !== "different") return answer;
  const differing = new Set(checks.flatMap(({ result, table }) => (result === "different" ? table : [])));
  const tables = changed.filter(({ name }) => differing.has(name));
  const doubts = tables.map((pair) => findDoubtful(pair.old, pair.new));
  const [reason] = doubts;
  if (reason === null || reason === undefined || doubts.includes(null)) return answer;
  return { basis: "sampled", result: "unknown", reason };
}

/** A pair of texts that may say the same, as a sentence; null where all that differ are known to differ. */
function findDoubtful(old: Table, now: Table): string | null {
  const [oldTexts, newTexts] = [textsOf(old), textsOf(now)];
  for (const [what, ours] of oldTexts) {
    const theirs = newTexts.get(what) ?? new Map<string, Text>();
    for (const one of ours.values())
      for (const other of theirs.values()) {
        const isDoubtful = one.text !== other.text && (one.asWritten || other.asWritten);
        // What both sides have, both ask alike.
        if (isDoubtful && !(theirs.has(one.text) && ours.has(other.text))) return sentence(one, other);
      }
  }
  return null;
}

function sentence(one: Text, other: Text): string {
  return `"${one.text}" (line ${one.line} of the old ruleset) and "${other.text}" (line ${other.line} of the new one) may be two spellings of the same; iptables-save prints one`;
}

function textsOf({ chains }: Table): Texts {
  const found = new Map<string, Map<string, Text>>();
  for (const { rules } of chains)
    for (const { matches, target, line } of rules)
      for (const part of [...matches, target]) {
        const kind = kindOf(part);
        if (kind === null) continue;
        const texts = found.get(kind) ?? new Map<string, Text>();
        // With `!` it is the same question.
        const text = part.text.replace(/(^| )! -/gu, "$1-");
        if (!texts.has(text)) texts.set(text, { text, line, asWritten: isAsWritten(part) });
        found.set(kind, texts);
      }
  return found;
}

/** Only texts of one kind can say the same; null for what has one text alone. */
function kindOf(part: Match | Target): string | null {
  switch (part.kind) {
    case "source":
    case "destination":
      return part.kind;
    case "pure":
    case "opaque":
    case "transport":
      return part.module;
    case "multiport":
    case "iprange":
      return part.kind;
    case "extension":
      return `-j ${part.name}`;
    default:
      return null;
  }
}

/** Its text has a name that only the host can look up, or options that only iptables can bring into its own form. */
function isAsWritten(part: Match | Target): boolean {
  if (part.kind === "source" || part.kind === "destination") return part.address === null;
  return "asWritten" in part && part.asWritten === true;
}
