/**
 * Which sets a load fills, held against those that are live: a set that somebody else has made, or has changed, is not swapped away.
 */
import type { Refusal } from "./refusal.ts";

/** A set of a plan: its entries as ipset takes them. */
export interface WantedSet {
  readonly name: string;
  readonly entries: readonly string[];
}

/** What is to be done. */
export interface SetLoad {
  /** Sets that have to be loaded, and whether they are there. */
  readonly touched: readonly { readonly name: string; readonly existed: boolean }[];
  readonly refusal: Refusal | null;
}

/** Compares; `mayChange`: the plan changes the policy, so members may be others. */
export function chooseSets(
  wanted: readonly WantedSet[],
  liveSets: string | null,
  mayChange: boolean,
): SetLoad {
  if (wanted.length === 0) return { touched: [], refusal: null };
  if (liveSets === null)
    return {
      touched: [],
      refusal: {
        message: "the plan keeps members in ipsets, and ipset is not installed",
        details: [],
        next: "install the package ipset, or keep members in rules (--members lines)",
      },
    };
  const live = readEntries(liveSets);
  const touched = wanted.flatMap(({ name, entries }) => {
    const found = live.get(name);
    if (found === undefined) return [{ name, existed: false }];
    return isSame(found, entries) ? [] : [{ name, existed: true }];
  });
  const changed = touched.filter(({ existed }) => existed);
  if (mayChange || changed.length === 0) return { touched, refusal: null };
  return {
    touched,
    refusal: {
      message: "sets of the plan are live with other members",
      details: changed.map(({ name }) => describeSet(name, live.get(name)!, wanted)),
      next: "rename these groups in the plan, or import what is live again (with --ipset)",
    },
  };
}

/** The sets that commands of `printSetFile` fill: each under another name, which is swapped in. */
export function setsOfCommands(commands: string): readonly WantedSet[] {
  const filled = new Map<string, string[]>();
  const sets: WantedSet[] = [];
  for (const line of commands.split("\n")) {
    const [verb, name = "", word = ""] = line.split(" ");
    if (verb === "flush") filled.set(name, []);
    if (verb === "add") filled.get(name)?.push(word);
    if (verb === "swap") sets.push({ name: word, entries: filled.get(name) ?? [] });
  }
  return sets;
}

/** How live sets differ from what was loaded, one line each. */
export function differingSets(wanted: readonly WantedSet[], liveSets: string | null): readonly string[] {
  const live = readEntries(liveSets ?? "");
  return wanted.flatMap(({ name, entries }) => {
    const found = live.get(name);
    if (found === undefined) return [`set ${name} is not there`];
    return isSame(found, entries) ? [] : [describeSet(name, found, wanted)];
  });
}

/** Entries by the names of the sets, a host without its prefix. One that is an exception, or that will end by itself, is no member like others. */
function readEntries(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const sets = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [verb, name, entry, ...rest] = line.split(" ");
    const isOther = / (?:nomatch|timeout [1-9])/.test(` ${rest.join(" ")}`);
    if (verb === "create" && name !== undefined) sets.set(name, new Set());
    if (verb === "add" && name !== undefined && entry !== undefined)
      sets.get(name)?.add(isOther ? line.slice(`add ${name} `.length) : plain(entry));
  }
  return sets;
}

function isSame(live: ReadonlySet<string>, entries: readonly string[]): boolean {
  const wanted = new Set(entries.map(plain));
  return wanted.size === live.size && [...wanted].every((entry) => live.has(entry));
}

function describeSet(name: string, live: ReadonlySet<string>, wanted: readonly WantedSet[]): string {
  const entries = new Set(wanted.find((set) => set.name === name)!.entries.map(plain));
  const only = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((entry) => !other.has(entry));
  const [more, less] = [only(live, entries), only(entries, live)];
  const parts = [
    more.length > 0 ? `+${more.slice(0, 5).join(" +")}` : "",
    less.length > 0 ? `-${less.slice(0, 5).join(" -")}` : "",
  ];
  return `set ${name}: live ${parts.filter((part) => part !== "").join(" ")}`;
}

function plain(entry: string): string {
  return entry.replace(/\/(?:32|128)$/, "");
}
