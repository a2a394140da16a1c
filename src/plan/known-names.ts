/**
 * Names that a person has given to sets elsewhere: the one whose set a group is, or else the one whose set it is nearest to.
 */
import { type Interval, intervalKey, intervalsKey, type NamedSet } from "../import/named-set.ts";
import type { Axis } from "../model/types.ts";
import { memberIntervals } from "../cluster/member-intervals.ts";

/** A name for a group. */
export interface KnownName {
  readonly name: string;
  /** The very set (or several that are it together); else only one that is like it, and `note` says how. */
  readonly isExact: boolean;
  readonly note?: string;
}

/** Where names for groups come from. */
export interface NameSource {
  /** Whether a set has a name of its own. */
  readonly has: (axis: Axis, members: readonly string[]) => boolean;
  /** The best name; null where none fits. */
  readonly find: (axis: Axis, members: readonly string[]) => KnownName | null;
}

/** Members that two sets have to share, and the share of all their members that this has to be, before one is said to be like the other. */
const LEAST_SHARED = 2;
const LEAST_LIKENESS = 0.5;

/** How many sets a name may join. */
const MOST_UNITED = 3;

/** How many members a note lists. */
const MOST_NAMED = 3;

/** A named set, as far as one family goes. */
interface Entry {
  readonly set: NamedSet;
  readonly key: string;
  /** What the members are called, by interval. */
  readonly members: ReadonlyMap<string, string>;
  /** Of two entries for one set the name of the lower one counts. */
  readonly rank: number;
}

/** A group's members by interval, with what they are called; a member may have several. */
type Texts = ReadonlyMap<string, { readonly text: string; readonly interval: Interval }>;

/** Null where a member is nothing that has intervals. */
function textsByInterval(axis: Axis, members: readonly string[]): Texts | null {
  const texts = new Map<string, { readonly text: string; readonly interval: Interval }>();
  for (const text of members) {
    const intervals = memberIntervals(axis, text);
    if (intervals === null) return null;
    for (const interval of intervals) texts.set(intervalKey(interval), { text, interval });
  }
  return texts;
}

/** A host or a group may have addresses of both families; a ruleset is of one. */
function makeEntries(set: NamedSet): readonly Entry[] {
  const parts =
    set.kind === "service"
      ? [set.members]
      : ["v4", "v6"].map((family) => set.members.filter(({ lane }) => lane === family));
  return parts.flatMap((members) => {
    if (members.length === 0) return [];
    // A person's own before those that come with the tool, groups of several before single objects, whole ones before parts; else in the order of the file.
    const isMany = set.isGroup && members.length > 1;
    const rank =
      (set.isStandard ? 4 : 0) + (isMany ? 0 : 2) + (members.length === set.members.length ? 0 : 1);
    const texts = new Map(members.map((member) => [intervalKey(member), member.text]));
    return [{ set, key: intervalsKey(members), members: texts, rank }];
  });
}

/** Looks names up; `source` is where they are from, for notes. */
export class KnownNames implements NameSource {
  readonly #source: string;
  readonly #exact = new Map<string, Entry>();
  readonly #byMember = new Map<string, Entry[]>();

  constructor(sets: readonly NamedSet[], source: string) {
    this.#source = source;
    const entries = sets.flatMap(makeEntries).sort((one, other) => one.rank - other.rank);
    for (const entry of entries) {
      if (!this.#exact.has(entry.key)) this.#exact.set(entry.key, entry);
      if (!entry.set.isGroup) continue;
      for (const member of entry.members.keys()) {
        const list = this.#byMember.get(member);
        if (list === undefined) this.#byMember.set(member, [entry]);
        else list.push(entry);
      }
    }
  }

  /** Whether a set has a name of its own. */
  has(axis: Axis, members: readonly string[]): boolean {
    const texts = textsByInterval(axis, members);
    return texts !== null && this.#findExact(texts) !== null;
  }

  /** The best name; null where none fits. */
  find(axis: Axis, members: readonly string[]): KnownName | null {
    const texts = textsByInterval(axis, members);
    return texts === null ? null : (this.#findExact(texts) ?? this.#findNearest(texts));
  }

  #findExact(texts: Texts): KnownName | null {
    const exact = this.#exact.get(intervalsKey([...texts.values()].map(({ interval }) => interval)));
    return exact === undefined ? this.#findUnion(texts) : { name: exact.set.name, isExact: true };
  }

  /** A rule may name several groups at once: two or three that have nothing else in them, the largest first. */
  #findUnion(texts: Texts): KnownName | null {
    const parts: Entry[] = [];
    const open = new Set(texts.keys());
    const inside = [...new Set([...texts.keys()].flatMap((key) => this.#byMember.get(key) ?? []))]
      .filter(({ members }) => members.size > 1 && [...members.keys()].every((key) => texts.has(key)))
      .sort((one, other) => other.members.size - one.members.size || one.rank - other.rank);
    for (const entry of inside) {
      if (![...entry.members.keys()].every((key) => open.has(key))) continue;
      for (const key of entry.members.keys()) open.delete(key);
      parts.push(entry);
    }
    if (open.size > 0 || parts.length < 2 || parts.length > MOST_UNITED) return null;
    const names = parts.map(({ set }) => set.name);
    return {
      name: names.join("+"),
      isExact: true,
      note: `${names.join(" and ")} of ${this.#source} together`,
    };
  }

  #findNearest(texts: Texts): KnownName | null {
    const shared = new Map<Entry, number>();
    for (const key of texts.keys()) {
      for (const entry of this.#byMember.get(key) ?? []) shared.set(entry, (shared.get(entry) ?? 0) + 1);
    }
    let best: { readonly entry: Entry; readonly count: number; readonly likeness: number } | null = null;
    for (const [entry, count] of shared) {
      const likeness = count / (entry.members.size + texts.size - count);
      if (count < LEAST_SHARED || likeness < LEAST_LIKENESS) continue;
      if (best === null || likeness > best.likeness) best = { entry, count, likeness };
    }
    return best === null
      ? null
      : { name: best.entry.set.name, isExact: false, note: this.#describe(best.entry, best.count, texts) };
  }

  #describe({ set, members }: Entry, count: number, texts: Texts): string {
    const lacking = [...members].filter(([key]) => !texts.has(key)).map(([, text]) => text);
    const besides = [...texts].filter(([key]) => !members.has(key)).map(([, { text }]) => text);
    const parts = [`like ${set.name} of ${this.#source}: ${count} of ${members.size} members`];
    if (lacking.length > 0) parts.push(`lacks ${listSome(lacking)}`);
    if (besides.length > 0) parts.push(`has ${listSome(besides)} besides`);
    return parts.join(", ");
  }
}

function listSome(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  const rest = distinct.length - MOST_NAMED;
  return `${distinct.slice(0, MOST_NAMED).join(" ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
