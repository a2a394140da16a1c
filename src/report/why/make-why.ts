/**
 * Answers why a group or a policy rule is proposed, from the plan and its inputs alone.
 */
import type { PlanPolicyRule } from "../../plan/types.ts";
import { summaryOf } from "../make-view.ts";
import { groupsById, viewLines, type WhyCase } from "./case.ts";
import { findLostProducts } from "./lost.ts";
import { viewName } from "./names.ts";
import { findAlmostMembers, findNearGroups } from "./near.ts";
import { findSaving } from "./saving.ts";
import type { UseView, WhyView } from "./view.ts";
import type { LineView } from "../view.ts";

/** Builds the answer. */
export function makeWhyView(asked: WhyCase): WhyView {
  const { item, policies } = asked;
  const usedBy = policies.map((policy) => viewUse(asked, policy));
  const { lost, inAll } = findLostProducts(asked);
  const isGroup = item.kind === "group";
  return {
    version: 1,
    kind: item.kind,
    ...viewName(asked),
    accept: isGroup ? item.group.accept : item.policy.accept,
    ...(isGroup ? { axis: item.group.axis, members: item.group.members } : {}),
    ...(isGroup ? {} : { groups: namesOfGroups(asked, item.policy) }),
    lines: distinct(usedBy.flatMap(({ lines }) => lines)),
    usedBy,
    saves: findSaving(asked),
    near: isGroup ? findNearGroups(asked, item.group) : [],
    almost: isGroup ? findAlmostMembers(asked, item.group) : [],
    lost,
    lostInAll: inAll,
  };
}

function namesOfGroups({ plan }: WhyCase, { groups }: PlanPolicyRule): NonNullable<WhyView["groups"]> {
  const byId = groupsById(plan);
  return Object.fromEntries(Object.entries(groups).map(([axis, id]) => [axis, byId.get(id)?.name ?? id]));
}

function viewUse({ plan }: WhyCase, policy: PlanPolicyRule): UseView {
  const { name, accept, input, table, chain, lines, combinations } = policy;
  const [own, summary] = [viewLines(plan, input, lines), summaryOf(groupsById(plan), policy)];
  const file = plan.inputs[input]?.path ?? "-";
  const split = combinations === undefined ? {} : { combinations };
  return { name, accept, summary, file, table, chain, lines: own, ...split };
}

/** By file, then line; policy rules may share lines. */
function distinct(lines: readonly LineView[]): readonly LineView[] {
  const files = [...new Set(lines.map(({ file }) => file))];
  return files.flatMap((file) =>
    [...new Set(lines.filter((each) => each.file === file).map(({ line }) => line))]
      .sort((one, other) => one - other)
      .map((line) => ({ file, line })),
  );
}
