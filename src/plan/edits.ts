/**
 * Carries what a person changed in a plan over to one that was made afresh, when the options or the ruleset are not the same any more.
 */
import { AXES } from "../model/types.ts";
import { settleIncludes } from "./includes.ts";
import { carryStructure, carryTurned, describeParted, summaryForms } from "./carry-structure.ts";
import { carryLayout } from "./layout.ts";
import { printLineRanges } from "./line-ranges.ts";
import { canMatchInPart } from "./log-partial.ts";
import { missingMembers } from "./missing.ts";
import { type GroupPair, isTrimmed, pairGroups } from "./pair-groups.ts";
import { ruleMembers } from "./policy-change.ts";
import { compareReservations, reservationOf } from "./reservation.ts";
import { compareOptional, optionalOf } from "./search-options.ts";
import type { MarkReservation, Plan, PlanGroup, PlanInput, PlanOptions, PlanPolicyRule } from "./types.ts";

/** What tells whether an input is the same one. */
type InputKey = Pick<PlanInput, "digest" | "family" | "madeFrom" | "sets">;

/** A fresh plan with a person's edits, and the edits that have no place in it, as sentences without a full stop. */
export interface CarriedPlan {
  readonly plan: Plan;
  readonly lost: readonly string[];
  /** Edits that were carried and that nobody would see otherwise, as sentences like those. */
  readonly kept: readonly string[];
  readonly renamed: Renamed;
}

/** Ids of the previous plan that are found again, with the ids that they have now. */
export type Renamed = Readonly<Record<"groups" | "policyRules", ReadonlyMap<string, string>>>;

/**
 * Names, refusals and members of `edited` go to the groups and policy rules of `fresh` that are the same ones: groups as `pairGroups` finds them; policy rules,
 * with the same inputs, where they stand for the same lines, else where they have the same place, groups and wording.
 */
export function carryEdits(edited: Plan, fresh: Plan): CarriedPlan {
  // Groups are known by what the rules have; a change of the policy goes with the group that is found.
  const previous = { ...edited, groups: edited.groups.map((old) => ({ ...old, members: ruleMembers(old) })) };
  const sameInputs = hasSameInputs(previous.inputs, fresh.inputs);
  const pairs = pairGroups(previous, fresh, sameInputs);
  const partners = new Map([...pairs].map(([id, { old }]) => [id, old]));
  const taken = new Set([...fresh.groups, ...fresh.policyRules].map(({ name }) => name));
  const lost: string[] = [];
  const kept: string[] = [];
  const groups = fresh.groups.map((group) => {
    const pair = pairs.get(group.id);
    if (pair === undefined) return group;
    const carried = carryGroup(pair, group, { sameInputs, taken, lost, kept });
    return carryStructure(pair.old, carried, partners);
  });
  const settled = settleIncludes(groups);
  lost.push(...describeParted(settled, partners));
  const oldRules = pairPolicyRules(previous, fresh, partners, sameInputs);
  const policyRules = fresh.policyRules.map((rule) => {
    const old = oldRules.get(rule.id);
    return old === undefined ? rule : carryPolicyRule(old, rule, fresh, { sameInputs, taken, lost, kept });
  });
  const found = new Set([...partners.values(), ...oldRules.values()]);
  for (const old of [...previous.groups, ...previous.policyRules]) {
    const trimmed = "members" in old && !found.has(old) && isTrimmed(previous, old);
    if (!found.has(old) && (trimmed || isEdited(old))) lost.push(describeLoss(old, trimmed));
  }
  const idsOf = (pairs: ReadonlyMap<string, { readonly id: string }>) =>
    new Map([...pairs].map(([id, old]) => [old.id, id]));
  const renamed = { groups: idsOf(partners), policyRules: idsOf(oldRules) };
  const plan = { ...carryLayout(edited, fresh), groups: settled, policyRules };
  return { plan, lost, kept, renamed };
}

/** Whether two plans are about the same rulesets, byte for byte. */
export function hasSameInputs(one: readonly InputKey[], other: readonly InputKey[]): boolean {
  const key = (inputs: readonly InputKey[]) =>
    inputs
      .map(({ family, digest, madeFrom, sets }) => `${family} ${digest} ${madeFrom} ${sets?.digest}`)
      .join("\n");
  return key(one) === key(other);
}

/** The options of a plan, those that were given in place of its own. */
export function withOptions(
  plan: PlanOptions,
  search: Partial<PlanOptions>,
  marks: MarkReservation | null,
  storage = plan.storage,
): PlanOptions {
  const { keepChains, rewriteChains, ...optional } = { ...plan, ...search };
  const kept = { keepChains, rewriteChains, ...optionalOf(optional) };
  const stored = storage === undefined ? {} : { storage };
  return { ...kept, ...stored, ...reservationOf(marks ?? plan) };
}

/** Options in which two plans differ, as `keepChains: FORWARD -> (none)`; neither order nor repetition counts. */
export function compareOptions(one: PlanOptions, other: PlanOptions): readonly string[] {
  const print = (patterns: readonly string[]) => [...new Set(patterns)].sort().join(", ") || "(none)";
  const chains = (["keepChains", "rewriteChains"] as const).flatMap((key) => {
    const [before, now] = [print(one[key]), print(other[key])];
    return before === now ? [] : [`${key}: ${before} -> ${now}`];
  });
  return [...chains, ...compareOptional(one, other), ...compareReservations(one, other)];
}

/** Where the outcome of carrying is noted; the lists and the set grow. */
interface Carrying {
  readonly sameInputs: boolean;
  readonly taken: Set<string>;
  readonly lost: string[];
  readonly kept: string[];
}

function carryGroup({ old, takenOut }: GroupPair, fresh: PlanGroup, carrying: Carrying): PlanGroup {
  const { sameInputs, taken, lost, kept } = carrying;
  const name = carryName(old, fresh, taken, lost);
  const label = name === fresh.id ? name : `${name} (${fresh.id})`;
  if (takenOut === null) {
    lost.push(`${label} has other members now; those that were taken out of it may be back`);
  } else if (takenOut.length > 0 && !sameInputs) {
    kept.push(`${label} stays without ${takenOut.join(", ")}`);
  }
  const kin = fresh.members.filter((member) => takenOut === null || !takenOut.includes(member));
  const added = (old.added ?? []).filter((member) => !kin.includes(member));
  const gone = (old.removed ?? []).filter((member) => kin.includes(member));
  // A group without members is none.
  const removed = gone.length < kin.length ? gone : [];
  for (const member of old.added ?? [])
    if (!added.includes(member)) kept.push(`${label} has rules for ${member} now, which was added to it`);
  for (const member of old.removed ?? [])
    if (!removed.includes(member))
      kept.push(`${label} has no rules for ${member} any more, which was removed`);
  return {
    ...fresh,
    accept: old.accept,
    members: kin.filter((member) => !removed.includes(member)),
    ...(added.length === 0 ? {} : { added }),
    ...(removed.length === 0 ? {} : { removed }),
    ...(old.storage === undefined ? {} : { storage: old.storage }),
    name,
    nameFrom: name === fresh.name ? fresh.nameFrom : old.nameFrom,
  };
}

/** Fresh rule id to the previous rule that it is. */
function pairPolicyRules(
  previous: Plan,
  fresh: Plan,
  partners: ReadonlyMap<string, PlanGroup>,
  sameInputs: boolean,
): ReadonlyMap<string, PlanPolicyRule> {
  const place = (plan: Plan, rule: PlanPolicyRule) => [
    plan.inputs[rule.input]?.family,
    rule.table,
    rule.chain,
  ];
  const keyOf = (plan: Plan, rule: PlanPolicyRule, groupOf: (id: string) => string): string =>
    sameInputs
      ? [...place(plan, rule), printLineRanges(rule.lines)].join("\n")
      : [...place(plan, rule), rule.summary, ...AXES.map((axis) => groupOf(rule.groups[axis] ?? ""))].join(
          "\n",
        );
  const forms = previous.policyRules.flatMap((rule) =>
    summaryForms(rule).map((form) => [keyOf(previous, form, (id) => id), rule] as const),
  );
  const byKey = new Map(forms);
  const pairs = new Map<string, PlanPolicyRule>();
  for (const rule of fresh.policyRules) {
    const key = keyOf(fresh, rule, (id) => partners.get(id)?.id ?? id);
    const old = byKey.get(key);
    if (old === undefined) continue;
    pairs.set(rule.id, old);
    byKey.delete(key);
  }
  return pairs;
}

function carryPolicyRule(
  old: PlanPolicyRule,
  fresh: PlanPolicyRule,
  { groups }: Plan,
  { sameInputs, taken, lost, kept }: Carrying,
): PlanPolicyRule {
  const name = carryName(old, fresh, taken, lost);
  const { missing: open = [], logPartial: found, restOf, ...rest } = fresh;
  const added = (old.added ?? []).filter((text) => open.includes(text));
  const missing = open.filter((text) => !added.includes(text));
  const used = AXES.flatMap((axis) => groups.find(({ id }) => id === fresh.groups[axis]) ?? []);
  for (const text of old.added ?? []) {
    if (added.includes(text)) continue;
    const members = missingMembers(text);
    const isThere = used.every((group, at) => group.members.includes(members[at] ?? ""));
    if (isThere && members.length === used.length)
      kept.push(`${name} has a rule for ${text} now, which was added to it`);
    else lost.push(`${text}, which was added to ${name}, is no combination of its groups any more`);
  }
  const turned = carryTurned(old, fresh, kept);
  // What a person took out of a plan stays out; what the chains of another input log is new.
  const logPartial = old.logPartial ?? (sameInputs ? undefined : found);
  const logs = logPartial === undefined || !canMatchInPart(fresh) ? {} : { logPartial };
  if (logPartial !== undefined && !("logPartial" in logs))
    lost.push(`${fresh.id} has one group now, so nothing matches it in part: logPartial`);
  return {
    ...rest,
    ...logs,
    // The same of a rest: who wants a rule chain for it has one.
    ...(restOf === undefined || (sameInputs && old.restOf === undefined) ? {} : { restOf }),
    ...{ accept: old.accept, name },
    ...turned,
    ...(missing.length === 0 ? {} : { missing }),
    ...(added.length === 0 ? {} : { added }),
  };
}

/** A name that a person gave, unless the fresh plan has given it to something else. */
function carryName(
  old: PlanGroup | PlanPolicyRule,
  fresh: PlanGroup | PlanPolicyRule,
  taken: Set<string>,
  lost: string[],
): string {
  if (old.name === old.id || old.name === fresh.name) return fresh.name;
  if (taken.has(old.name)) {
    lost.push(`the name ${old.name} of ${old.id} now belongs to something else`);
    return fresh.name;
  }
  taken.add(old.name);
  return old.name;
}

function isEdited(item: PlanGroup | PlanPolicyRule): boolean {
  const logs = "logPartial" in item && item.logPartial !== undefined;
  const isStored = "members" in item && item.storage !== undefined;
  return item.name !== item.id || !item.accept || logs || isStored || changesPolicy(item);
}

function changesPolicy(item: PlanGroup | PlanPolicyRule): boolean {
  const isTurned = "turned" in item && item.turned !== undefined;
  return isTurned || item.added !== undefined || ("members" in item && item.removed !== undefined);
}

function describeLoss(item: PlanGroup | PlanPolicyRule, trimmed: boolean): string {
  const kind = "members" in item ? "group" : "policy rule";
  const name = item.name === item.id ? item.id : `${item.name} (${item.id})`;
  const refusal = item.accept ? "" : "; it was refused";
  const what =
    "members" in item
      ? "members were added to it or removed"
      : item.turned !== undefined
        ? "a group of it was turned round"
        : "combinations were added to it";
  const changes = changesPolicy(item) ? `; ${what}` : "";
  return `${kind} ${name} is not found any more${refusal}${changes}${trimmed ? "; members may have been taken out of it" : ""}`;
}
