/**
 * Rules whose member the plan takes out of a group: lines of a policy rule that it no longer stands for.
 */
import { AXES, type Axis } from "../../../model/types.ts";
import type { RuleColumns } from "../../picture-data.ts";
import type { GroupView, ProductView } from "../../view.ts";

/** Members that are taken out of a policy rule's group of an axis. */
export function removedMembers(
  groups: readonly GroupView[],
  product: ProductView,
  axis: Axis,
): readonly string[] {
  const group = groups.find((each) => each.axis === axis && each.name === product.groups[axis]);
  if (group === undefined) return [];
  // A group that is the same as one of the opposite axis loses what that one loses.
  const twin = groups.find(({ name }) => name === group.sameAs);
  return [...new Set([...(group.removed ?? []), ...(twin?.removed ?? [])])];
}

/** Whether a rule of the policy rule asks for such a member. */
export function findRemoved(
  groups: readonly GroupView[],
  product: ProductView,
  rules: RuleColumns,
): (at: number) => boolean {
  const lists = AXES.flatMap((axis) => {
    const members = new Set(removedMembers(groups, product, axis));
    return members.size === 0 ? [] : [{ column: rules[axis], members }];
  });
  return (at) => lists.some(({ column, members }) => members.has(rules.words[column[at]!]!));
}
