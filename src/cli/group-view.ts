/**
 * What is told of an edit of a group: members, packets, and the commands in each form.
 */
import { printCommands, printRestore } from "../emit/small-change.ts";
import { negatingRules } from "../plan/negated.ts";
import { chainMembers } from "../plan/policy-change.ts";
import type { PlanGroup } from "../plan/types.ts";
import type { EditView } from "../report/group-edit.ts";
import type { Rewrites } from "./emit-product.ts";
import type { EditChange } from "./group-change.ts";

/** A group before and after an edit. */
export interface EditedGroup {
  readonly old: PlanGroup;
  readonly now: PlanGroup;
  /** With the plan as it is before and after it. */
  readonly before: Rewrites;
  readonly after: Rewrites;
}

/** The data of the report; `result` is the answer of the proof. */
export function viewEdit(
  { old, now, after }: EditedGroup,
  change: EditChange,
  { result }: Pick<EditView, "result">,
): EditView {
  const { differences, moreDifferences, families, unknown } = change;
  const users = after.plan.policyRules.filter(({ accept }) => accept);
  const negatedBy = negatingRules(now, users).map(({ name }) => name);
  const without = (list: readonly string[], other: readonly string[]) =>
    list.filter((member) => !other.includes(member));
  return {
    version: 1,
    ...{ result, group: now.name, axis: now.axis },
    added: without(chainMembers(now), chainMembers(old)),
    removed: without(chainMembers(old), chainMembers(now)),
    ...{ negatedBy, differences, moreDifferences },
    changes: families.map(({ family, commands, sets }) => ({
      family,
      commands: commands === null ? null : printSetCommands(sets) + printCommands(commands, family),
      restore: commands === null ? null : printRestore(commands),
      ...(sets.length === 0 ? {} : { ipset: printSetCommands(sets) }),
    })),
    ...(unknown === null
      ? {}
      : { reason: unknown.reason ?? "the packets that change were not found in time" }),
  };
}

/** Lines for a shell. */
function printSetCommands(sets: readonly string[]): string {
  return sets.map((command) => `ipset ${command}\n`).join("");
}
