/**
 * The names of groups in runs. A group has several chains where it is used in several ways: `S-LAN`, and `S-LAN/2` for the same members.
 */
import type { ObjectGroup } from "./objects.ts";
import type { MarkRun, RunPolicy } from "./run.ts";

type Named = Pick<ObjectGroup, "name" | "axis" | "tokens">;

/** Longest name of a chain: longer ones are cut in front of the number. */
const LONGEST = 28;

/** Runs with one name for each group; `others`: groups outside of them, which may be the same. */
export function nameGroups(runs: readonly MarkRun[], others: readonly Named[]): readonly MarkRun[] {
  const inRuns = runs.flatMap(({ policies }) => policies.flatMap(groupsOf));
  const all = new Map<string, Named>([...others, ...inRuns].map((group) => [group.name, group]));
  const findSame = (group: Named): Named => {
    const base = /^(.+)\/\d+$/.exec(group.name)?.[1];
    const isCut = group.name.length === LONGEST;
    const found = [...all.values()].find(
      (other) =>
        base !== undefined &&
        other.name !== group.name &&
        (other.name === base || (isCut && other.name.startsWith(base))) &&
        isSame(other, group),
    );
    return found ?? group;
  };
  // Members in the order of the chain that has the name.
  const rename = (group: ObjectGroup): ObjectGroup => {
    const { name, tokens } = findSame(group);
    const own = new Map(group.tokens.map((token) => [token.key, token]));
    return { ...group, name, tokens: tokens.map(({ key }) => own.get(key)!) };
  };
  return runs.map((run) => ({
    ...run,
    policies: run.policies.map(
      (policy): RunPolicy => ({
        ...policy,
        groups: policy.groups.map(rename),
        services: policy.services === null ? null : rename(policy.services),
      }),
    ),
  }));
}

function groupsOf({ groups, services }: RunPolicy): readonly ObjectGroup[] {
  return services === null ? groups : [...groups, services];
}

function isSame(one: Named, other: Named): boolean {
  const keys = new Set(one.tokens.map(({ key }) => key));
  return (
    one.axis === other.axis &&
    keys.size === other.tokens.length &&
    other.tokens.every(({ key }) => keys.has(key))
  );
}
