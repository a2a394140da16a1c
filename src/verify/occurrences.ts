/**
 * Which counting or remembering match of the new ruleset is which of the old one.
 *
 * Two rules with `-m limit --limit 5/min` are two buckets, so a text alone does not say which bucket is asked. Each occurrence gets a name: the text, and behind the first one
 * its number. Occurrences in rules that read the same are paired first, in the order in which packets come by; then what is left of the same text, in that order.
 */
import { ruleKey } from "../model/match-key.ts";
import type { Chain, Rule, Table } from "../model/types.ts";

/** The name of a match that counts or keeps state, by its rule and its place among the rule's matches. */
export type OccurrenceNames = (rule: Rule, place: number) => string;

/** How occurrences are paired: as `nameOccurrences` does it, as if all of one text were one, or in one of the ways that `countPairings` counts. */
export type Pairing = "occurrences" | "texts" | number;

/** Names under a pairing. */
export function namesUnder(pairing: Pairing, old: Table, now: Table): OccurrenceNames {
  if (pairing === "texts") return textNames;
  return pairing === "occurrences" ? nameOccurrences(old, now) : namesOfPairing(old, now, pairing);
}

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
  for (const { rules } of inWalkOrder(table)) {
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

/** Chains as packets come to them: base chains as declared, each with those that it calls in order; last those that nothing calls. */
function inWalkOrder({ chains }: Table): readonly Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const order = new Set<Chain>();
  const bases = chains.filter(({ policy }) => policy !== null);
  for (const root of [...bases, ...chains]) {
    const open = [root];
    for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
      if (order.has(chain)) continue;
      order.add(chain);
      const called = chain.rules.flatMap(({ target }) =>
        target.kind === "jump" || target.kind === "goto" ? (byName.get(target.chain) ?? []) : [],
      );
      open.push(...called.reverse());
    }
  }
  return [...order];
}

/** Names by text alone, as if all occurrences were one: whatever is equal under some pairing is equal under these. */
const textNames: OccurrenceNames = (rule, place) => rule.matches[place]!.text;

/** A rule whose match occurs more than once on a side, so that another pairing might have been meant; null where there is none. */
export function findAmbiguous(old: Table, now: Table): Rule | null {
  const [oldOnes, newOnes] = [byText(old), byText(now)];
  for (const [text, list] of newOnes)
    if (list.length > 1 || (oldOnes.get(text) ?? []).length > 1) return list[0]!.rule;
  return null;
}

/** In how many ways occurrences can be paired, each text's with those of the same text: all of the side that has fewer with some of the other. */
export function countPairings(old: Table, now: Table): number {
  const [oldOnes, newOnes] = [byText(old), byText(now)];
  let ways = 1;
  for (const [text, list] of oldOnes) ways *= countChoices(list.length, newOnes.get(text)?.length ?? 0);
  return ways;
}

/** Ways to give each of the fewer one of the more. */
function countChoices(one: number, other: number): number {
  let ways = 1;
  for (let left = Math.max(one, other); left > Math.abs(one - other); left--) ways *= left;
  return ways;
}

/** `pairing`: from 0, and less than `countPairings`; the digits of a number whose base changes from one occurrence to the next. */
function namesOfPairing(old: Table, now: Table, pairing: number): OccurrenceNames {
  const names: Named = new Map();
  const [oldOnes, newOnes] = [byText(old), byText(now)];
  let rest = pairing;
  for (const text of new Set([...oldOnes.keys(), ...newOnes.keys()])) {
    const lists = [oldOnes.get(text) ?? [], newOnes.get(text) ?? []];
    const [fewer, more] =
      lists[0]!.length <= lists[1]!.length ? [lists[0]!, lists[1]!] : [lists[1]!, lists[0]!];
    const free = more.map((_, number) => number);
    more.forEach((occurrence, number) => {
      giveName(names, occurrence, text, number);
    });
    for (const occurrence of fewer) {
      const place = rest % free.length;
      rest = Math.floor(rest / free.length);
      giveName(names, occurrence, text, free.splice(place, 1)[0]!);
    }
  }
  return (rule, place) => names.get(rule)![place]!;
}

function giveName(names: Named, { rule, place }: Occurrence, text: string, number: number): void {
  const list = names.get(rule) ?? [];
  list[place] = number === 0 ? text : `${text} #${number + 1}`;
  names.set(rule, list);
}

function nameText(text: string, old: readonly Occurrence[], now: readonly Occurrence[], names: Named): void {
  const give = (occurrence: Occurrence, number: number): void => giveName(names, occurrence, text, number);
  const free = new Map<string, number[]>();
  old.forEach((occurrence, number) => {
    give(occurrence, number);
    const key = ruleKey(occurrence.rule);
    const list = free.get(key);
    if (list === undefined) free.set(key, [number]);
    else list.push(number);
  });
  // Taken from the end: the first one first.
  for (const list of free.values()) list.reverse();
  const left: Occurrence[] = [];
  for (const occurrence of now) {
    const number = free.get(ruleKey(occurrence.rule))?.pop();
    if (number === undefined) left.push(occurrence);
    else give(occurrence, number);
  }
  const rest = [...free.values()].flat().sort((one, other) => one - other);
  left.forEach((occurrence, index) => {
    give(occurrence, rest[index] ?? old.length + index - rest.length);
  });
}
