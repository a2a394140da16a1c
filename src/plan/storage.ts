/**
 * Where a group's chain keeps its members: one line each, or in an ipset of the group's name, which one line asks.
 *
 * Sets are always hash:net: a set that rules use can only be swapped for one of its type, so a group of hosts that gets a network could not be reloaded otherwise.
 */
import { chainMembers } from "./policy-change.ts";
import type { PlanGroup, Storage } from "./types.ts";

/** What `--members` takes, for messages. */
export const STORAGE_FORMS = "lines, ipset, or ipset:64 (groups of 64 members and more)";

/** Reads what a plan or `--members` says of all groups, where a set may be for so many members and more; null where it is nothing of the kind. */
export function parseStorage(text: string): string | null {
  const [, from] = /^ipset:([1-9]\d{0,6})$/.exec(text) ?? [];
  if (text === "lines" || text === "ipset" || from !== undefined) return text;
  return null;
}

/** Reads what a plan says of one group. */
export function parseGroupStorage(text: string): Storage | null {
  return text === "lines" || text === "ipset" ? text : null;
}

/** The members of a group that its set holds, in the order of the plan; none where its chain has a line for each. `all`: what the plan says of all groups. */
export function storedMembers(group: PlanGroup, all: string | undefined): readonly string[] {
  const able = settableMembers(group);
  return able.length >= leastFor(group, all) ? able : [];
}

/** Those that a set can hold: addresses with a prefix. Ranges and other masks can't be. */
export function settableMembers(group: PlanGroup): readonly string[] {
  if (!canBeStored(group)) return [];
  return chainMembers(group).filter((member) => /^[0-9a-f.:]+\/\d+$/.test(member));
}

/** Whether a set could hold members of the group at all. */
export function canBeStored({ axis }: Pick<PlanGroup, "axis">): boolean {
  return axis === "source" || axis === "destination";
}

/** How many members it takes at least. */
function leastFor({ storage }: PlanGroup, all = "lines"): number {
  const chosen = storage ?? all;
  if (chosen === "lines") return Number.POSITIVE_INFINITY;
  return Number(chosen.split(":")[1] ?? 1);
}
