/**
 * Which sets hold addresses of which family: a ruleset that names one is of that family, too.
 */
import type { Family } from "../model/types.ts";
import type { IpSet, SetFile } from "./types.ts";

/** Families by name; sets that hold none, or lists of both, are missing. */
export function familiesOfSets({ sets }: SetFile): ReadonlyMap<string, Family> {
  return new Map(
    [...sets.values()].flatMap((set): [string, Family][] => {
      const own = new Set(membersOf(set, sets).map(({ family }) => family));
      const [family = null] = own;
      return own.size === 1 && family !== null ? [[set.name, family]] : [];
    }),
  );
}

function membersOf(set: IpSet, sets: SetFile["sets"]): readonly IpSet[] {
  if (set.kind !== "list") return [set];
  return set.members.flatMap((name) => sets.get(name) ?? []);
}
