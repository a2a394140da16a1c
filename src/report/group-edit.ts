/**
 * What an edit of a group changes: the data of `group add --json` and `group remove --json`, and its text.
 */
import type { Axis, Family } from "../model/types.ts";
import type { VerifyAnswer } from "../verify/types.ts";
import { describeChanges } from "./findings.ts";
import type { Style } from "./style.ts";
import { renderPolicyChange } from "./verify-terminal.ts";
import type { PolicyChangeView } from "./verify-view.ts";

/** It has a version; keys may be added without raising it. */
export interface EditView extends Pick<PolicyChangeView, "differences" | "moreDifferences"> {
  readonly version: 1;
  /** `equal`: the packets that are listed change and no others, proved, and the plan is written; else nothing is. */
  readonly result: VerifyAnswer;
  /** Name of the group. */
  readonly group: string;
  readonly axis: Axis;
  /** By this edit. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Policy rules for packets that are not in the group: what it gets, they lose. */
  readonly negatedBy: readonly string[];
  /** For a firewall that runs what `apply` made of the plan before; null where only the whole file does. */
  readonly changes: readonly {
    readonly family: Family;
    readonly commands: string | null;
    readonly restore: string | null;
    /** Those of the commands that change members of sets. */
    readonly ipset?: string;
  }[];
  /** Why unknown. */
  readonly reason?: string;
}

/** What the group gets and loses, the packets, and what the commands are for. */
export function renderEdit(view: EditView, style: Style): string {
  const { group, axis, added, removed, negatedBy, differences, moreDifferences, changes } = view;
  const groups = [{ name: group, axis, added, removed, negatedBy }];
  const change = { groups, rules: [], addedRules: [], removedRules: [], differences, moreDifferences };
  const lines = [...renderPolicyChange(change, style)];
  if (view.result === "equal" && changes.some(({ commands }) => commands !== null))
    lines.push("for a firewall that runs what apply made of the plan before:");
  if (changes.some(({ commands }) => commands === null))
    lines.push("more than rules of chains changes: load the whole file that apply makes");
  return `${lines.join("\n")}\n`;
}

/** The edit as one sentence. */
export function summariseEdit({ group, added, removed, negatedBy, changes }: EditView): string {
  const what = describeChanges({ groups: [{ name: group, added, removed, negatedBy }], rules: [] }).join(
    "; ",
  );
  if (changes.length > 0) return `${what}; exactly that changes, proved for all packets`;
  return `${what}; no accepted policy rule uses the group, so nothing else changes`;
}
