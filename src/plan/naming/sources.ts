/**
 * Where names come from, best first. A name says which of these it is from, so that people know how far to trust it.
 */
import type { HostNames } from "./host-names.ts";
import type { NameSource } from "../known-names.ts";
import type { Plan } from "../types.ts";
import type { ServiceTable } from "./service-table.ts";

/** Sources in order: the first that has a name for a set gives it. */
export const NAME_SOURCES = [
  "chain", // a chain of the input that is the very set already
  "fwbuilder", // an object of Firewall Builder that is the very set
  "fwbuilder-near", // one that is like it
  "comment", // what all its rules say in their comments, or in the # line above them
  "hosts", // host names of its members
  "services-file", // services, some of them named by a services file
  "service", // well-known services
  "port", // protocols and port numbers
  "twin", // a group with the same members on the opposite axis
  "interface", // names of interfaces
  "network", // the part that all addresses share
  "number", // nothing is known
] as const;

export type NameOrigin = (typeof NAME_SOURCES)[number];

/** A name that a set could have. */
export interface FoundName {
  /** The name, and what else will do where that is taken. */
  readonly names: readonly [string, ...string[]];
  readonly from: NameOrigin;
  /** What else is worth knowing about it. */
  readonly note?: string;
}

/** What names are looked up in, beside the rules themselves. */
export interface NameBase {
  readonly known?: NameSource | null;
  readonly hosts?: HostNames | null;
  /** Missing: the one that comes with markify. */
  readonly services?: ServiceTable;
  /** An earlier plan: what is found again keeps its name, unless a better source names it now. */
  readonly previous?: Plan | null;
}

/** Whether a name from `one` is to be preferred to one from `other`; a word that is no source is the last of all. */
export function isBetterSource(one: string, other: string): boolean {
  return rankOf(one) < rankOf(other);
}

const RANKS: readonly string[] = NAME_SOURCES;

function rankOf(from: string): number {
  const rank = RANKS.indexOf(from);
  return rank === -1 ? NAME_SOURCES.length : rank;
}
