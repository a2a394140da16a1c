/**
 * Adds members to a group of a plan, or removes some: the policy changes, and the plan says so in the lists `added` and `removed`.
 */
import { partsOf } from "./includes.ts";
import { memberIntervals } from "../cluster/member-intervals.ts";
import { readMemberOf } from "./member-spelling.ts";
import { chainMembers } from "./policy-change.ts";
import type { Plan, PlanGroup } from "./types.ts";

/** What became of the request; `problems` are sentences without a full stop, and `remarks` are nothing to stop at. */
export type MemberChange =
  | { readonly group: PlanGroup; readonly remarks: readonly string[]; readonly problems?: undefined }
  | { readonly group?: undefined; readonly problems: readonly string[] };

/** Adds members, in any spelling. One that was removed goes back to its rules. */
export function addMembers(plan: Plan, group: PlanGroup, texts: readonly string[]): MemberChange {
  const problems: string[] = [];
  const remarks: string[] = [];
  let changed = group;
  for (const text of texts) {
    const { token, problem } = readMemberOf(plan, group, text);
    if (problem !== undefined) problems.push(`"${text}" ${problem}`);
    else {
      const member = token.key;
      const holders = chainMembers(changed).filter((other) => holds(group, other, member));
      if (holders[0] === member) problems.push(`${group.name} has ${member} already`);
      else if (holders[0] !== undefined)
        problems.push(`${group.name} has ${member} already, as a part of ${holders[0]}`);
      else {
        const inner = chainMembers(changed).filter((other) => holds(group, member, other));
        if (inner.length > 0) remarks.push(`${member} holds ${inner.join(", ")} of ${group.name}, too`);
        changed = withMember(changed, member);
      }
    }
  }
  return problems.length > 0 ? { problems } : { group: changed, remarks };
}

/** Removes members, in any spelling. */
export function removeMembers(plan: Plan, group: PlanGroup, texts: readonly string[]): MemberChange {
  const problems: string[] = [];
  let changed = group;
  const parts = partsOf(group, new Map(plan.groups.map((each) => [each.id, each])));
  for (const text of texts) {
    // A member that rules have may be of a kind that nobody can add.
    const member = chainMembers(group).includes(text) ? text : readMemberOf(plan, group, text).token?.key;
    const members = chainMembers(changed);
    const part = parts.find((each) => member !== undefined && chainMembers(each).includes(member));
    if (part !== undefined)
      problems.push(
        `${group.name} has ${member} from ${part.name}, which it includes; remove it from ${part.name}, or write its members out in ${group.name} and take it out of includes`,
      );
    else if (member !== undefined && members.includes(member)) changed = withoutMember(changed, member);
    else {
      const around = members.find((other) => member !== undefined && holds(group, other, member));
      const help =
        around === undefined ? "" : `; it is a part of ${around}: remove that, and add what is to stay`;
      problems.push(`${group.name} has no member ${member ?? text}${help}`);
    }
  }
  if (problems.length === 0 && changed.members.length === 0)
    problems.push(
      `${group.name} would have no member left that the rules have; accept: false refuses a group`,
    );
  return problems.length > 0 ? { problems } : { group: changed, remarks: [] };
}

/** Whether a group's chain has a member, by itself or as a part of another one. */
export function hasMember(group: PlanGroup, member: string): boolean {
  return chainMembers(group).some((other) => holds(group, other, member));
}

/** Whether everything that `part` means is in `whole`. */
function holds({ axis }: PlanGroup, whole: string, part: string): boolean {
  if (whole === part) return true;
  if (axis === "in" || axis === "out") return whole.endsWith("+") && part.startsWith(whole.slice(0, -1));
  const [outer, inner] = [memberIntervals(axis, whole), memberIntervals(axis, part)];
  if (outer === null || inner === null || inner.length === 0) return false;
  return inner.every(({ lane, first, last }) =>
    outer.some((other) => other.lane === lane && other.first <= first && last <= other.last),
  );
}

function withMember(group: PlanGroup, member: string): PlanGroup {
  const { added = [], removed = [], members } = group;
  if (!removed.includes(member)) return withLists(group, members, [...added, member], removed);
  return withLists(
    group,
    [...members, member],
    added,
    removed.filter((other) => other !== member),
  );
}

function withoutMember(group: PlanGroup, member: string): PlanGroup {
  const { added = [], removed = [], members } = group;
  if (added.includes(member))
    return withLists(
      group,
      members,
      added.filter((other) => other !== member),
      removed,
    );
  return withLists(
    group,
    members.filter((other) => other !== member),
    added,
    [...removed, member],
  );
}

/** A list without members is none. */
function withLists(
  { added: _added, removed: _removed, ...group }: PlanGroup,
  members: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): PlanGroup {
  const lists = { ...(added.length === 0 ? {} : { added }), ...(removed.length === 0 ? {} : { removed }) };
  return { ...group, members, ...lists };
}
