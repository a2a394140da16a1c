/**
 * Which counting or remembering match of the new ruleset is which of the old one.
 *
 * Two rules with `-m limit --limit 5/min` are two buckets, so a text alone does not say which bucket is asked. Each occurrence gets a name: the text, and behind the first one
 * its number. Occurrences in rules that read the same are paired first, in order; then what is left of the same text, in order.
 */
import type { Rule, Table } from "../model/types.ts";

/** The name of a match that counts or keeps state, by its rule and its place among the rule's matches. */
export type OccurrenceNames = (rule: Rule, place: number) => string;

interface Occurrence {
  readonly rule: Rule;
  readonly place: number;
}

type Named = Map<Rule, string[]>;

/** Names the occurrences of both sides. Rules are told apart by identity. */
export function nameOccurrences(old: Table, now: Table): OccurrenceNames {
  const names: Named = new Map();
  const [oldOnes, newOnes] = [byText(old), byText(now)];
  for (const text of new Set([...oldOnes.keys(), ...newOnes.keys()]))
    nameText(text, oldOnes.get(text) ?? [], newOnes.get(text) ?? [], names);
  return (rule, place) => names.get(rule)![place]!;
}

function byText(table: Table): ReadonlyMap<string, readonly Occurrence[]> {
  const found = new Map<string, Occurrence[]>();
  for (const { rules } of table.chains) {
    for (const rule of rules) {
      for (const [place, match] of rule.matches.entries()) {
        if (match.kind !== "opaque") continue;
        const list = found.get(match.text);
        if (list === undefined) found.set(match.text, [{ rule, place }]);
        else list.push({ rule, place });
      }
    }
  }
  return found;
}

function nameText(text: string, old: readonly Occurrence[], now: readonly Occurrence[], names: Named): void {
  const give = ({ rule, place }: Occurrence, number: number): void => {
    const list = names.get(rule) ?? [];
    list[place] = number === 0 ? text : `${text} #${number + 1}`;
    names.set(rule, list);
  };
  const free = new Map<string, number[]>();
  old.forEach((occurrence, number) => {
    give(occurrence, number);
    const key = ruleKey(occurrence.rule);
    free.set(key, [...(free.get(key) ?? []), number]);
  });
  const left: Occurrence[] = [];
  for (const occurrence of now) {
    const number = free.get(ruleKey(occurrence.rule))?.shift();
    if (number === undefined) left.push(occurrence);
    else give(occurrence, number);
  }
  const rest = [...free.values()].flat().sort((one, other) => one - other);
  left.forEach((occurrence, index) => {
    give(occurrence, rest[index] ?? old.length + index - rest.length);
  });
}

/** All of a rule but its chain, its comments and its counters. */
function ruleKey(rule: Rule): string {
  const texts = rule.matches.filter(({ kind }) => kind !== "comment").map(({ text }) => text);
  return [...texts, rule.target.text].join(" ");
}
