/**
 * Names for sets of addresses from the names of their hosts: what these begin with, the domain that they share, or, for two or three, all of them.
 */
import type { HostEntry } from "../../import/hosts-file.ts";
import { intervalKey } from "../../import/named-set.ts";
import { LONGEST_CHAIN_NAME } from "../chain-name.ts";
import { memberIntervals } from "../../cluster/member-intervals.ts";
import { stemOf } from "./words.ts";

/** Hosts of a set that have to be known, at least, and the share of its members that they have to be: a name of a few would hide the others. */
const LEAST_KNOWN = 2;
const LEAST_SHARE = 0.5;

/** How many hosts a name lists. */
const MOST_LISTED = 3;

/** Room behind `S-`, with a number after it. */
const ROOM = LONGEST_CHAIN_NAME - 6;

/** How many hosts a note lists. */
const MOST_NOTED = 4;

/** Names of hosts by address. */
export class HostNames {
  readonly #names = new Map<string, readonly string[]>();
  /** Domains, without their hosts, of all hosts but the machine itself; `` for hosts without one. */
  readonly #domains = new Set<string>();

  /** Of two entries for one address both names count, the first one's first. */
  constructor(entries: readonly HostEntry[]) {
    for (const { key, names, isLocal } of entries) {
      this.#names.set(key, [...(this.#names.get(key) ?? []), ...names]);
      if (!isLocal) this.#domains.add(domainOf(names[0]));
    }
  }

  /** The name for a set of addresses, without its prefix; null where too few of its members are known, or they have nothing in common. */
  find(members: readonly string[]): { readonly stem: string; readonly note: string } | null {
    const hosts = members.flatMap((member) => {
      const intervals = memberIntervals("source", member);
      const names = intervals?.length === 1 ? this.#names.get(intervalKey(intervals[0]!)) : undefined;
      return names === undefined ? [] : [names];
    });
    if (hosts.length < LEAST_KNOWN || hosts.length < LEAST_SHARE * members.length) return null;
    const isWhole = hosts.length === members.length;
    const stem =
      findCommonStem(hosts) ?? this.#findCommonDomain(hosts) ?? (isWhole ? listHosts(hosts) : null);
    if (stem === null) return null;
    const firsts = hosts.map(([name = ""]) => name).sort(compareText);
    const more = firsts.length > MOST_NOTED ? ` and ${firsts.length - MOST_NOTED} more` : "";
    const known = isWhole ? "all members" : `${hosts.length} of ${members.length} members`;
    return { stem, note: `host names of ${known}: ${firsts.slice(0, MOST_NOTED).join(" ")}${more}` };
  }

  /** `LAB` for hosts in `lab.example.org`: a domain that says where they are, since others are not in it or since it is part of another one. */
  #findCommonDomain(hosts: readonly (readonly string[])[]): string | null {
    const domains = hosts.map(([name = ""]) => domainOf(name).split(".").reverse());
    const shared = sharedStart(domains).reverse();
    const domain = shared.join(".");
    if (domain === "") return null;
    const isPart = shared.length > 2;
    const isSpecial = [...this.#domains].some((other) => other !== domain && !other.endsWith(`.${domain}`));
    return isPart || isSpecial ? stemOf(shared[0]!, ROOM) : null;
  }
}

/** `example.org` of `web1.example.org`. */
function domainOf(name: string): string {
  return name.toLowerCase().split(".").slice(1).join(".");
}

function shortOf(name: string): string {
  return name.toLowerCase().split(".")[0]!;
}

/** What the hosts' own names begin with, each host by whichever of its names fits best; the longest. */
function findCommonStem(hosts: readonly (readonly string[])[]): string | null {
  let best: string | null = null;
  for (const reference of new Set(hosts[0]!.map(shortOf))) {
    const fitting = hosts.map((names) =>
      names.map(shortOf).reduce((one, other) => {
        const [a, b] = [one, other].map((name) => sharedStart([[...reference], [...name]]).length);
        return b! > a! ? other : one;
      }),
    );
    const stem = stemOf(wholeWords(fitting), ROOM);
    if (stem !== null && stem.length > (best?.length ?? 0)) best = stem;
  }
  return best;
}

/** What all names begin with, up to the end of a word in all of them, without digits behind it. */
function wholeWords(names: readonly string[]): string {
  const shared = sharedStart(names.map((name) => [...name])).join("");
  const isCut = names.some((name) => /^[a-z]/.test(name.slice(shared.length)));
  const whole = isCut ? shared.replace(/[a-z]+$/, "") : shared;
  return whole.replace(/[^a-z]+$/, "");
}

/** `DB-MAIL` for two or three hosts that have nothing in common. */
function listHosts(hosts: readonly (readonly string[])[]): string | null {
  if (hosts.length > MOST_LISTED) return null;
  const list = hosts
    .map(([name = ""]) => shortOf(name))
    .sort(compareText)
    .join("-");
  return list.length > ROOM ? null : stemOf(list, ROOM);
}

function sharedStart(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  let length = 0;
  while (length < first.length && others.every((list) => list[length] === first[length])) length++;
  return first.slice(0, length);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
