/**
 * What is nearly in a group, and which groups are nearly the same one.
 */
import { kindOf, type Movable } from "../../cluster/features.ts";
import { AXES, type Axis } from "../../model/types.ts";
import type { PlanGroup, PlanPolicyRule } from "../../plan/types.ts";
import { groupsById, type WhyCase } from "./case.ts";
import type { AlmostMember, NearGroup } from "./view.ts";

const MOST_NEAR = 4;
const LEAST_LIKENESS = 0.2;
const MOST_ALMOST = 5;
const MOST_MISSING = 3;

/** Other groups of the axis that share members with it, the most alike first. */
export function findNearGroups({ plan }: WhyCase, group: PlanGroup): readonly NearGroup[] {
  const own = new Set(group.members);
  return plan.groups
    .filter((other) => other !== group && other.axis === group.axis)
    .map((other): NearGroup => {
      const theirs = new Set(other.members);
      const shared = other.members.filter((member) => own.has(member)).length;
      return {
        name: other.name,
        shared,
        likeness: Math.round((shared / (own.size + theirs.size - shared)) * 100) / 100,
        only: group.members.filter((member) => !theirs.has(member)),
        others: other.members.filter((member) => !own.has(member)),
      };
    })
    .filter(({ shared, likeness }) => shared > 0 && likeness >= LEAST_LIKENESS)
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MOST_NEAR);
}

/** Values that some rules pair with the group's partners as its members are paired, most complete first. */
export function findAlmostMembers(asked: WhyCase, group: PlanGroup): readonly AlmostMember[] {
  const tallies = asked.policies.map((policy) => tallyPolicy(asked, policy, group));
  const members = new Set(tallies.flatMap(({ found }) => [...found.keys()]));
  return [...members]
    .map((member): AlmostMember => {
      const missing = tallies.flatMap(({ found, cells }) =>
        [...cells].filter((cell) => found.get(member)?.has(cell) !== true),
      );
      const needed = tallies.reduce((sum, { cells }) => sum + cells.size, 0);
      return {
        member,
        found: needed - missing.length,
        needed,
        missing: missing.slice(0, MOST_MISSING),
      };
    })
    .sort((one, other) => other.found - one.found || (one.member < other.member ? -1 : 1))
    .slice(0, MOST_ALMOST);
}

/** For one policy rule: what a member of the group is paired with, and what others are. */
interface Tally {
  readonly cells: ReadonlySet<string>;
  readonly found: ReadonlyMap<string, ReadonlySet<string>>;
}

function tallyPolicy({ plan, facts }: WhyCase, policy: PlanPolicyRule, group: PlanGroup): Tally {
  const own = facts[policy.input] ?? new Map();
  const lines = new Set(policy.lines);
  const template = policy.lines.map((line) => own.get(line)?.movable).find((movable) => movable != null);
  const axis = AXES.indexOf(group.axis);
  const cells = new Set<string>();
  const found = new Map<string, Set<string>>();
  if (template === undefined) return { cells, found };
  const groups = groupsById(plan);
  const partners = AXES.map((each) => groups.get(policy.groups[each] ?? "")?.members ?? null);
  for (const { movable, table } of own.values()) {
    if (movable === null || table !== policy.table || movable.rule.chain !== policy.chain) continue;
    if (!isLike(movable, template, partners, axis)) continue;
    const cell = describeCell(movable, partners, axis);
    const member = movable.tokens[axis]!.key;
    if (group.members.includes(member)) {
      if (lines.has(movable.rule.line)) cells.add(cell);
    } else found.set(member, (found.get(member) ?? new Set()).add(cell));
  }
  return { cells, found };
}

/** Whether a rule says the same of another value: equal in everything but the axis, or in one of the partner groups. */
function isLike(
  movable: Movable,
  template: Movable,
  partners: readonly (readonly string[] | null)[],
  axis: number,
): boolean {
  if (kindOf(movable) !== kindOf(template)) return false;
  return movable.tokens.every((token, at) => {
    const list = partners[at] ?? null;
    if (at === axis) return token !== null;
    if (token === null || list === null) return token?.key === template.tokens[at]?.key;
    return list.includes(token.key);
  });
}

const OPTIONS: Readonly<Record<Axis, string>> = {
  source: "-s ",
  destination: "-d ",
  service: "",
  in: "-i ",
  out: "-o ",
};

/** `-d 10.1.2.3/32 tcp dport 80`. */
function describeCell(
  movable: Movable,
  partners: readonly (readonly string[] | null)[],
  axis: number,
): string {
  const words = AXES.flatMap((name, at) =>
    at === axis || partners[at] == null ? [] : [`${OPTIONS[name]}${movable.tokens[at]?.key ?? "any"}`],
  );
  return words.length === 0 ? movable.rule.target.text : words.join(" ");
}
