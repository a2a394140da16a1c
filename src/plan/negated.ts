/**
 * Negated groups of policy rules: "not S-TRUSTED" is for packets that are in none of its members. A person may turn a group round, which changes the policy; what the rules say is known from the policy rule's
 * summary, which nobody can edit.
 */
import { AXES, type Axis } from "../model/types.ts";
import type { GroupsById, PlanGroup, PlanPolicyRule } from "./types.ts";

/** What stands before a group in a plan file. */
const NOT = /^not\s+/;

/** `not S-TRUSTED` taken apart. */
export function readReference(text: string): { readonly group: string; readonly isNegated: boolean } {
  return { group: text.replace(NOT, ""), isNegated: NOT.test(text) };
}

/** The group of a policy rule as reports and plan files write it. */
export function groupPhrase(name: string, isNegated: boolean): string {
  return isNegated ? `not ${name}` : name;
}

const OPTIONS: Readonly<Record<Axis, string>> = {
  ...{ source: "-s ", destination: "-d ", in: "-i ", out: "-o ", service: "" },
};

/** A group in a summary: `! -s S-TRUSTED`; services have no option, so `not SRV-WEB`. */
export function groupWords(axis: Axis, name: string, isNegated: boolean): string {
  if (axis === "service") return groupPhrase(name, isNegated);
  return `${isNegated ? "! " : ""}${OPTIONS[axis]}${name}`;
}

/** Axes whose group the rules have the other way round; `names`: what the summary may call each group. */
export function findTurned(
  { negated = [], summary }: Pick<PlanPolicyRule, "negated" | "summary">,
  names: ReadonlyMap<Axis, readonly string[]>,
): readonly Axis[] {
  const text = ` ${summary} `;
  return AXES.filter((axis) => {
    const said = (names.get(axis) ?? []).some((name) => text.includes(` ${groupWords(axis, name, true)} `));
    return names.has(axis) && said !== negated.includes(axis);
  });
}

/** Policy rules that are for packets which are not in a group. */
export function negatingRules<Negating extends Pick<PlanPolicyRule, "groups" | "negated">>(
  { id, axis }: Pick<PlanGroup, "id" | "axis">,
  rules: readonly Negating[],
): readonly Negating[] {
  return rules.filter(({ groups, negated }) => groups[axis] === id && negated?.includes(axis) === true);
}

/** The groups that a policy rule has the other way round than the rules, by their names. */
export function turnedGroups(
  { groups: used, negated = [], turned = [] }: PlanPolicyRule,
  groups: GroupsById,
): readonly string[] {
  return turned.map((axis) => groupPhrase(groups.get(used[axis] ?? "")?.name ?? "", negated.includes(axis)));
}

/** The summary of a policy rule as the plan has it, where a person has turned groups round. */
export function turnSummary({ summary, groups, negated = [], turned = [] }: PlanPolicyRule): string {
  let text = ` ${summary} `;
  for (const axis of turned) {
    const [before, now] = [!negated.includes(axis), negated.includes(axis)].map(
      (isNegated) => ` ${groupWords(axis, groups[axis] ?? "", isNegated)} `,
    );
    text = text.replace(before!, () => now!);
  }
  return text.trim();
}
