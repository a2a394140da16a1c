/**
 * Writes an edit into the text of a plan: nothing but what is meant changes, and comments stay. The new text is read again, and refused where it does not say just that.
 */
import { describeDiagnostic } from "../../text/excerpt.ts";
import { makeSourceFile } from "../../text/source.ts";
import { editCombinations, editGroup } from "../edit-group.ts";
import { editChainLayout, editKey, referToId } from "../edit-key.ts";
import { parsePlan } from "../file-parse.ts";
import { placeOf } from "../file-print.ts";
import { findHolders, ownLists } from "../includes.ts";
import type { GroupsById, Plan, PlanChainLayout, PlanGroup, PlanPolicyRule } from "../types.ts";
import { changePlan, type PlanChange } from "./change-plan.ts";
import type { Edit } from "./types.ts";

/** A plan with the text that says it. */
export interface PlanText {
  readonly text: string;
  readonly plan: Plan;
}

/** What became of an edit; `refused`: sentences, as are `remarks`, which are nothing to stop at. */
export type EditOutcome =
  | ({ readonly kind: "done"; readonly remarks: readonly string[] } & PlanText)
  /** The plan says it already. */
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly why: readonly string[] };

/** Said where lists are on several lines of a flow, texts are in blocks, and the like. */
const NOT_IN_PLACE = "the plan has this in a form that can't be changed in place: change it in the file";

/** Applies it. Names, lengths and whatever else the plan's parser looks at are looked at; what the rules have is for the audit. */
export function applyEdit({ text, plan }: PlanText, edit: Edit): EditOutcome {
  const change = changePlan(plan, edit);
  if (change.problems !== undefined) return { kind: "refused", why: change.problems };
  const edited = writeChange(text, plan, change);
  if (edited === null) return { kind: "refused", why: [NOT_IN_PLACE] };
  if (edited === text) return { kind: "nothing" };
  const parsed = parsePlan(makeSourceFile("plan", edited));
  if (parsed.plan === null) {
    const errors = parsed.diagnostics.filter(({ severity }) => severity === "error");
    return { kind: "refused", why: errors.map(describeDiagnostic) };
  }
  if (!saysSo(parsed.plan, plan, change)) return { kind: "refused", why: [NOT_IN_PLACE] };
  return { kind: "done", text: edited, plan: parsed.plan, remarks: change.remarks ?? [] };
}

type Change = Extract<PlanChange, { readonly problems?: undefined }>;

/** A text that is being written; null where it is written in a way that only its author should change. */
class Draft {
  text: string | null;
  readonly #path: readonly string[];

  constructor(text: string | null, ...path: readonly string[]) {
    this.text = text;
    this.#path = path;
  }

  change(write: (text: string) => string | null): void {
    if (this.text !== null) this.text = write(this.text);
  }

  set(
    key: string,
    old: string | boolean | undefined,
    now: string | boolean | undefined,
    behind: readonly string[] = [],
  ): void {
    if (now !== old) this.change((text) => editKey(text, this.#path, key, now ?? null, behind));
  }
}

function writeChange(text: string, plan: Plan, { groups, rules, options, chain }: Change): string | null {
  const byId = new Map(plan.groups.map((group) => [group.id, group]));
  let edited: string | null = text;
  for (const group of groups) edited = writeGroup(edited, byId.get(group.id)!, group, byId);
  for (const rule of rules)
    edited = writeRule(edited, plan.policyRules.find(({ id }) => id === rule.id)!, rule);
  const draft = new Draft(edited);
  const behind = ["keepChains", "layout"];
  for (const [key, value] of Object.entries(options)) {
    const more = key === "storage" ? [...behind, "order", "rewriteChains"] : behind;
    draft.change((now) => editKey(now, [], key, value ?? null, more));
  }
  if (chain !== undefined) draft.change((now) => editChainLayout(now, placeOf(plan, chain), chain.layout));
  return draft.text;
}

function writeGroup(text: string | null, old: PlanGroup, now: PlanGroup, groups: GroupsById): string | null {
  const draft = new Draft(text, "groups", now.id);
  if (now.name !== old.name) draft.change((each) => referToId(each, "groups", old));
  draft.set("name", old.name, now.name);
  draft.set("accept", old.accept, now.accept);
  draft.set("storage", old.storage, now.storage, ["axis", "accept"]);
  if (listsOf(now) !== listsOf(old)) draft.change((each) => editGroup(each, now.id, ownLists(now, groups)));
  return draft.text;
}

function writeRule(text: string | null, old: PlanPolicyRule, now: PlanPolicyRule): string | null {
  const draft = new Draft(text, "policyRules", now.id);
  if (now.name !== old.name) draft.change((each) => referToId(each, "policyRules", old));
  draft.set("name", old.name, now.name);
  draft.set("accept", old.accept, now.accept);
  draft.set("logPartial", old.logPartial, now.logPartial, ["accept"]);
  const { missing = [], added = [] } = now;
  if (listsOf(now) !== listsOf(old))
    draft.change((each) => editCombinations(each, now.id, { missing, added }));
  return draft.text;
}

/** The lists of an entry, in any order. */
function listsOf(entry: PlanGroup | PlanPolicyRule): string {
  const lists = "members" in entry ? [entry.members, entry.removed] : [entry.missing];
  return JSON.stringify([...lists, entry.added].map((list = []) => [...list].sort()));
}

/** Whether a plan that was read is what was meant. Groups that have their members from one that changes follow it. */
function saysSo(found: Plan, before: Plan, { groups, rules, options, chain }: Change): boolean {
  const following = new Set(groups.flatMap((group) => findHolders(group, before.groups).map(({ id }) => id)));
  const wanted = new Map([...groups, ...rules].map((entry) => [keyOf(entry), entry]));
  const entriesOf = ({ groups: all, policyRules }: Plan, changed: typeof wanted): readonly string[] =>
    [...all, ...policyRules].map((entry) => {
      const meant = changed.get(keyOf(entry)) ?? entry;
      const isFollowing = "members" in meant && following.has(meant.id);
      return `${printRest(meant, LISTS)} ${isFollowing ? "" : listsOf(meant)}`;
    });
  const restOf = (plan: Plan, texts: object): string =>
    printRest({ ...plan, ...texts }, ["groups", "policyRules"]);
  return (
    JSON.stringify(entriesOf(found, new Map())) === JSON.stringify(entriesOf(before, wanted)) &&
    restOf(found, {}) === restOf(before, { ...options, ...chainLayoutsOf(before, chain) })
  );
}

/** What the plan says of chains afterwards; null for nothing. */
function chainLayoutsOf({ chainLayouts = [] }: Plan, chain: Change["chain"]): object {
  if (chain === undefined) return {};
  const { layout, ...place } = chain;
  const isIt = (each: PlanChainLayout): boolean =>
    each.input === place.input && each.table === place.table && each.chain === place.chain;
  const changed = chainLayouts.flatMap((each) =>
    isIt(each) ? (layout === null ? [] : [{ ...place, layout }]) : [each],
  );
  const isNew = layout !== null && !chainLayouts.some(isIt);
  const all = isNew ? [...changed, { ...place, layout }] : changed;
  return { chainLayouts: all.length === 0 ? null : all };
}

const LISTS = ["members", "added", "removed", "missing"];

/** All but some keys, in any order; null is none. */
function printRest(value: object, without: readonly string[]): string {
  const kept = Object.entries(value).filter(([key, part]) => !without.includes(key) && part !== null);
  return JSON.stringify(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function keyOf(entry: PlanGroup | PlanPolicyRule): string {
  return `${"members" in entry ? "group" : "policy rule"} ${entry.id}`;
}
