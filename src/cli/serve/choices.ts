/**
 * What can be chosen in a plan, and is in no report.
 */
import { LAYOUTS, ORDERS, ownFormOf } from "../../plan/layout.ts";
import type { Plan } from "../../plan/types.ts";
import type { EditChoices } from "../../report/edit-state.ts";

/** Reads it out of the plan. */
export function makeChoices(plan: Plan): EditChoices {
  const { layout, order, storage, groups, policyRules } = plan;
  return {
    layout: layout ?? LAYOUTS[0]!,
    chainForms: Object.fromEntries(
      policyRules.flatMap((rule) => {
        const form = ownFormOf(plan, rule);
        return form === undefined ? [] : [[rule.id, form]];
      }),
    ),
    order: order ?? ORDERS[0]!,
    storage: storage ?? null,
    stored: Object.fromEntries(
      groups.flatMap((group) => (group.storage === undefined ? [] : [[group.id, group.storage]])),
    ),
    refusedRules: policyRules.filter(({ accept }) => !accept).map(({ id }) => id),
    logged: Object.fromEntries(
      policyRules.flatMap(({ id, logPartial }) => (logPartial === undefined ? [] : [[id, logPartial]])),
    ),
  };
}
