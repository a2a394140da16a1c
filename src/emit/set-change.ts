/**
 * The commands that lead from the members of sets to others, for a firewall that has the sets.
 */
import type { GroupSet } from "../rewrite/types.ts";
import { entriesOf } from "./ipset-file.ts";

/** Commands without `ipset`: `add S-LAN 10.1.2.3/32 -exist`. Null where a set comes or goes: then more than members changes. */
export function findSetChange(old: readonly GroupSet[], now: readonly GroupSet[]): readonly string[] | null {
  const names = (sets: readonly GroupSet[]) =>
    sets
      .map(({ name, family }) => `${name} ${family}`)
      .sort()
      .join();
  if (names(old) !== names(now)) return null;
  const before = new Map(old.map((set) => [set.name, set]));
  return now.flatMap((set) => {
    const [had, has] = [before.get(set.name)!, set].map(
      ({ members, family }) => new Set(members.flatMap((member) => entriesOf(member, family))),
    );
    // What comes first: a packet that both an old and a new entry let in is let in all the time.
    return [
      ...[...has!].filter((entry) => !had!.has(entry)).map((entry) => `add ${set.name} ${entry} -exist`),
      ...[...had!].filter((entry) => !has!.has(entry)).map((entry) => `del ${set.name} ${entry} -exist`),
    ];
  });
}
