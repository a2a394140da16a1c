/**
 * Compares the members of groups with the rules of the plan's inputs: each is one that rules have, unless the plan says that it is added.
 */
import { treeTokens } from "../cluster/trees.ts";
import { AXES, type Axis } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { collectParts, type Fact } from "./audit-facts.ts";
import type { PlanPlace } from "./file-parse.ts";
import { ownLists } from "./includes.ts";
import { readMemberOf } from "./member-spelling.ts";
import { ruleMembers } from "./policy-change.ts";
import type { TreesByCall } from "./tree-rules.ts";
import { findDefinition } from "./twins.ts";
import type { Plan, PlanGroup } from "./types.ts";
import { didYouMean } from "./yaml-reader.ts";

/** PLAN_UNKNOWN_MEMBER and PLAN_BAD_MEMBER. Refused groups are looked at, too: they may be accepted tomorrow. */
export function auditMembers(
  plan: Plan,
  place: PlanPlace,
  facts: readonly ReadonlyMap<number, Fact>[],
  trees: readonly TreesByCall[],
): readonly Diagnostic[] {
  const known = collectMembers(facts, trees);
  const parts = collectParts(plan, facts);
  const diagnostics: Diagnostic[] = [];
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  for (const group of plan.groups) {
    const members = known.get(group.axis)!;
    diagnostics.push(...auditTwin(plan, place, group, known));
    // What a part has is told of there.
    const own = ownLists(group, groups);
    for (const member of [...own.members, ...own.removed]) {
      if (members.has(member) || parts.has(member)) continue;
      const key = own.members.includes(member) ? "members" : "removed";
      const help = didYouMean(member, members);
      const args = { group: group.name, member };
      const span = place(group, `${key} ${member}`);
      diagnostics.push(makeDiagnostic("PLAN_UNKNOWN_MEMBER", span, args, help === undefined ? {} : { help }));
    }
    for (const member of own.added) {
      // No rule need have it, but it has to be one that a rule could have, in its one spelling.
      const { token, problem } = readMemberOf(plan, group, member);
      if (token?.key === member) continue;
      const args = { group: group.name, member, problem: problem ?? `is written ${token?.key}` };
      diagnostics.push(makeDiagnostic("PLAN_BAD_MEMBER", place(group, `added ${member}`), args));
    }
  }
  return diagnostics;
}

/** What a group has from one of the other direction has to be right for its own, too; what is wrong for both is told of there. */
function auditTwin(
  plan: Plan,
  place: PlanPlace,
  group: PlanGroup,
  known: ReadonlyMap<Axis, ReadonlySet<string>>,
): readonly Diagnostic[] {
  const definition = findDefinition(group, plan.groups);
  if (definition === group) return [];
  const span = place(group, "sameAs");
  const helpFor = (member: string) =>
    `${member} fits ${definition.name} alone: write what ${group.name} is to have in place of sameAs`;
  const [own, theirs] = [known.get(group.axis)!, known.get(definition.axis)!];
  const unknown = ruleMembers(group).filter((member) => !own.has(member) && theirs.has(member));
  const problems = (group.added ?? []).flatMap((member) => {
    const { problem } = readMemberOf(plan, group, member);
    const isTheirs = readMemberOf(plan, definition, member).problem === undefined;
    return problem !== undefined && isTheirs ? [{ group: group.name, member, problem }] : [];
  });
  return [
    ...unknown.map((member) =>
      makeDiagnostic("PLAN_UNKNOWN_MEMBER", span, { group: group.name, member }, { help: helpFor(member) }),
    ),
    ...problems.map((args) => makeDiagnostic("PLAN_BAD_MEMBER", span, args, { help: helpFor(args.member) })),
  ];
}

/** By axis: what rules have that could be merged. */
function collectMembers(
  facts: readonly ReadonlyMap<number, Fact>[],
  trees: readonly TreesByCall[],
): ReadonlyMap<Axis, ReadonlySet<string>> {
  const known = new Map<Axis, Set<string>>(AXES.map((axis) => [axis, new Set()]));
  for (const { movable } of facts.flatMap((rules) => [...rules.values()])) {
    for (const [at, axis] of AXES.entries()) {
      const token = movable?.tokens[at];
      if (token !== null && token !== undefined) known.get(axis)!.add(token.key);
    }
  }
  for (const tree of trees.flatMap((own) => [...own.values()]))
    for (const { axis, token } of treeTokens(tree)) known.get(axis)!.add(token.key);
  return known;
}
