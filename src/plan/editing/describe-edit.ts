/**
 * Edits in words, and what of a plan each is about.
 */
import { assertNever } from "../../text/internal-error.ts";
import { placeOf } from "../file-print.ts";
import { ownFormOf } from "../layout.ts";
import { findDefinition } from "../twins.ts";
import type { Plan } from "../types.ts";
import type { Edit } from "./types.ts";

/** What an edit does, as a phrase: `rename S-LAN to S-OFFICES`. `plan`: as it is before. */
export function describeEdit(plan: Plan, edit: Edit): string {
  const group = (id: string) => plan.groups.find((each) => each.id === id)?.name ?? id;
  const rule = (id: string) => plan.policyRules.find((each) => each.id === id)?.name ?? id;
  const members = (list: readonly string[]) =>
    list.length > 3 ? `${list.slice(0, 3).join(", ")} and ${list.length - 3} more` : list.join(", ");
  switch (edit.kind) {
    case "rename":
      return `rename ${edit.list === "groups" ? group(edit.id) : rule(edit.id)} to ${edit.name}`;
    case "accept":
      return `${edit.accept ? "accept" : "refuse"} ${edit.list === "groups" ? group(edit.id) : rule(edit.id)}`;
    case "add-members":
      return `add ${members(edit.members)} to ${group(edit.id)}`;
    case "remove-members":
      return `remove ${members(edit.members)} from ${group(edit.id)}`;
    case "release-members":
      return `leave rules of ${members(edit.members)} flat, out of ${group(edit.id)}`;
    case "move-members":
      return `move ${members(edit.members)} from ${group(edit.id)} to ${group(edit.to)}`;
    case "merge-groups":
      return `merge ${group(edit.id)} and ${group(edit.other)}`;
    case "answer-missing":
      return `${edit.accept ? "let in" : "leave out"} ${edit.combination} of ${rule(edit.id)}`;
    case "store-group":
      return `keep members of ${group(edit.id)} ${describeStorage(edit.storage)}`;
    case "store-all":
      return `keep members of groups ${describeStorage(edit.storage)}`;
    case "log-partial":
      return edit.rate === null
        ? `log nothing of ${rule(edit.id)}`
        : `log what matches ${rule(edit.id)} in part`;
    case "layout":
      return `layout ${edit.layout}`;
    case "chain-layout": {
      const found = plan.policyRules.find((each) => each.id === edit.id);
      const place = found === undefined ? edit.id : placeOf(plan, found);
      return `layout of ${place} ${edit.layout ?? "as for all chains"}`;
    }
    case "order":
      return `order ${edit.order}`;
    default:
      return assertNever(edit);
  }
}

function describeStorage(storage: string | null): string {
  if (storage === null) return "as the plan says for all";
  if (storage === "lines") return "in lines";
  return storage === "ipset" ? "in sets" : `in sets (${storage})`;
}

/** What it changes, as the plan says it: two edits of one thing, or an edit and a change of the file, can't be told apart from a conflict where this is not the same before. */
export function partsOfPlan(plan: Plan, edit: Edit): string {
  const definition = (id: string) => {
    const found = plan.groups.find((each) => each.id === id);
    return found === undefined ? null : findDefinition(found, plan.groups);
  };
  const group = (id: string) => plan.groups.find((each) => each.id === id) ?? null;
  const rule = (id: string) => plan.policyRules.find((each) => each.id === id) ?? null;
  switch (edit.kind) {
    case "rename":
    case "accept":
      return JSON.stringify(edit.list === "groups" ? group(edit.id) : rule(edit.id));
    case "add-members":
    case "remove-members":
    case "release-members":
      return JSON.stringify([group(edit.id), definition(edit.id)]);
    case "move-members":
      return JSON.stringify([definition(edit.id), definition(edit.to)]);
    case "merge-groups":
      return JSON.stringify([definition(edit.id), definition(edit.other)]);
    case "store-group":
      return JSON.stringify(group(edit.id));
    case "answer-missing":
    case "log-partial":
      return JSON.stringify(rule(edit.id));
    case "store-all":
      return plan.storage ?? "";
    case "layout":
      return plan.layout ?? "";
    case "chain-layout": {
      const found = plan.policyRules.find((each) => each.id === edit.id);
      return found === undefined ? "" : (ownFormOf(plan, found) ?? "as all");
    }
    case "order":
      return plan.order ?? "";
    default:
      return assertNever(edit);
  }
}
