/**
 * What a plan is to say after an edit. How that is written in its file is `apply-edit.ts`.
 */
import { assertNever } from "../../text/internal-error.ts";
import { addMembers, hasMember, type MemberChange, removeMembers } from "../change-members.ts";
import { findHolders, partsOf, remarkOnHolders } from "../includes.ts";
import { addLogging, parseRate, RATE_FORMS } from "../log-partial.ts";
import { chainMembers } from "../policy-change.ts";
import { canBeStored, parseStorage, STORAGE_FORMS } from "../storage.ts";
import { findDefinition } from "../twins.ts";
import type { ChainForm, Plan, PlanChainLayout, PlanGroup, PlanPolicyRule } from "../types.ts";
import type { Edit } from "./types.ts";

/** The entries and options that are to be others, as they are to be; or why that can't be: sentences without a full stop. */
export type PlanChange =
  | {
      readonly groups: readonly PlanGroup[];
      readonly rules: readonly PlanPolicyRule[];
      readonly options: PlanOptionTexts;
      /** Of one chain; null: as for all. */
      readonly chain?: Omit<PlanChainLayout, "layout"> & { readonly layout: ChainForm | null };
      /** What a person should know of it, such as the groups that it reaches, too: sentences without a full stop. */
      readonly remarks?: readonly string[];
      readonly problems?: undefined;
    }
  | { readonly problems: readonly string[] };

/** Options of the whole plan as its file has them; null: the key goes. */
export type PlanOptionTexts = Readonly<Partial<Record<"layout" | "order" | "storage", string | null>>>;

/** Works it out. */
export function changePlan(plan: Plan, edit: Edit): PlanChange {
  switch (edit.kind) {
    case "rename":
    case "accept":
      return changeEntry(plan, edit);
    case "add-members":
      return withGroups(plan, [edit.id], ([group]) => [addMembers(plan, group!, edit.members)]);
    case "remove-members":
      return withGroups(plan, [edit.id], ([group]) => [removeMembers(plan, group!, edit.members)]);
    case "release-members":
      return withGroups(plan, [edit.id], ([group]) => [releaseMembers(plan, group!, edit.members)]);
    case "move-members":
      return withGroups(plan, [edit.id, edit.to], ([from, to]) =>
        moveMembers(plan, from!, to!, edit.members),
      );
    case "merge-groups":
      return withGroups(plan, [edit.id, edit.other], ([one, other]) => mergeGroups(plan, one!, other!));
    case "answer-missing":
      return withRule(plan, edit.id, (rule) => answerMissing(rule, edit.combination, edit.accept));
    case "store-group":
      return storeGroup(plan, edit.id, edit.storage);
    case "store-all":
      return edit.storage === null || parseStorage(edit.storage) !== null
        ? options({ storage: edit.storage })
        : { problems: [`members can be in ${STORAGE_FORMS}; "${edit.storage}" is none of these`] };
    case "log-partial":
      return withRule(plan, edit.id, (rule) => logPartial(plan, rule, edit.rate));
    case "layout":
      return options({ layout: edit.layout });
    case "chain-layout":
      return layOutChain(plan, edit.id, edit.layout);
    case "order":
      return options({ order: edit.order });
    default:
      return assertNever(edit);
  }
}

function options(texts: PlanOptionTexts): PlanChange {
  return { groups: [], rules: [], options: texts };
}

function layOutChain(plan: Plan, id: string, layout: ChainForm | null): PlanChange {
  const rule = plan.policyRules.find((each) => each.id === id);
  if (rule === undefined) return { problems: [`the plan has no policy rule ${id}`] };
  const { input, table, chain } = rule;
  return { groups: [], rules: [], options: {}, chain: { input, table, chain, layout } };
}

function noGroup(id: string): PlanChange {
  return { problems: [`the plan has no group ${id}`] };
}

function changeEntry(plan: Plan, edit: Extract<Edit, { readonly kind: "rename" | "accept" }>): PlanChange {
  const fresh = edit.kind === "rename" ? { name: edit.name } : { accept: edit.accept };
  if (edit.list === "policyRules")
    return withRule(plan, edit.id, (rule) => ({ rule: { ...rule, ...fresh } }));
  const group = plan.groups.find(({ id }) => id === edit.id);
  return group === undefined
    ? noGroup(edit.id)
    : { groups: [{ ...group, ...fresh }], rules: [], options: {} };
}

/** Changes the groups in whose entries the members stand: of one that is the same as another, the other one. */
function withGroups(
  plan: Plan,
  ids: readonly string[],
  make: (groups: readonly PlanGroup[]) => readonly MemberChange[],
): PlanChange {
  const found: PlanGroup[] = [];
  for (const id of ids) {
    const group = plan.groups.find((each) => each.id === id);
    if (group === undefined) return noGroup(id);
    found.push(findDefinition(group, plan.groups));
  }
  const changes = make(found);
  const problems = changes.flatMap((each) => each.problems ?? []);
  if (problems.length > 0) return { problems };
  const groups = changes.flatMap((each) => each.group ?? []);
  const changed = groups.filter((group) => !found.includes(group));
  const remarks = [
    ...changes.flatMap((each) => (each.problems === undefined ? each.remarks : [])),
    ...changed.flatMap((group) => remarkOnHolders(group, plan.groups)),
  ];
  return { groups, rules: [], options: {}, remarks };
}

function withRule(
  plan: Plan,
  id: string,
  make: (rule: PlanPolicyRule) => { readonly rule: PlanPolicyRule } | { readonly problem: string },
): PlanChange {
  const rule = plan.policyRules.find((each) => each.id === id);
  if (rule === undefined) return { problems: [`the plan has no policy rule ${id}`] };
  const made = make(rule);
  if ("problem" in made) return { problems: [made.problem] };
  return { groups: [], rules: [made.rule], options: {} };
}

/** What is taken out has to be a member of the group's own that rules have: what was added is removed, and so is nothing else. */
function releaseMembers(plan: Plan, group: PlanGroup, members: readonly string[]): MemberChange {
  const parts = partsOf(group, new Map(plan.groups.map((each) => [each.id, each])));
  const problems = members.flatMap((member) => {
    const part = parts.find((each) => chainMembers(each).includes(member));
    if (part !== undefined) return [`${group.name} has ${member} from ${part.name}, which it includes`];
    return group.members.includes(member)
      ? []
      : [`${group.name} has no member ${member} that the rules have`];
  });
  const left = group.members.filter((member) => !members.includes(member));
  if (problems.length === 0 && left.length === 0)
    problems.push(`${group.name} would have no member left that the rules have; refuse the group instead`);
  return problems.length > 0 ? { problems } : { group: { ...group, members: left }, remarks: [] };
}

function moveMembers(
  plan: Plan,
  from: PlanGroup,
  to: PlanGroup,
  members: readonly string[],
): readonly MemberChange[] {
  const fault = cantBeOne(from, to) ?? shareMembers(plan, from, to);
  if (fault !== null) return [{ problems: [fault] }];
  const open = members.filter((member) => !hasMember(to, member));
  return [removeMembers(plan, from, members), addMembers(plan, to, open)];
}

/** Why nothing can move between two groups: one has what the other has, so that a member would be in both or in none. */
function shareMembers({ groups }: Plan, one: PlanGroup, other: PlanGroup): string | null {
  const say = (part: PlanGroup, whole: PlanGroup) =>
    `${whole.name} includes ${part.name}: what is in ${part.name} is in both, so that nothing can move between them`;
  if (findHolders(one, groups).includes(other)) return say(one, other);
  return findHolders(other, groups).includes(one) ? say(other, one) : null;
}

function mergeGroups(plan: Plan, one: PlanGroup, other: PlanGroup): readonly MemberChange[] {
  const fault = cantBeOne(one, other);
  if (fault !== null) return [{ problems: [fault] }];
  const lacking = (group: PlanGroup, whole: PlanGroup) =>
    chainMembers(whole).filter((member) => !hasMember(group, member));
  const [mine, theirs] = [lacking(one, other), lacking(other, one)];
  if (mine.length + theirs.length === 0)
    return [{ problems: [`${one.name} and ${other.name} have the same members already`] }];
  return [addMembers(plan, one, mine), addMembers(plan, other, theirs)];
}

function cantBeOne(one: PlanGroup, other: PlanGroup): string | null {
  if (one === other) return `${one.name} has one list of members`;
  if (one.axis === other.axis) return null;
  return `${one.name} is a group of ${one.axis} values, ${other.name} of ${other.axis} values`;
}

function answerMissing(
  rule: PlanPolicyRule,
  combination: string,
  accept: boolean,
): { readonly rule: PlanPolicyRule } | { readonly problem: string } {
  const { missing = [], added = [] } = rule;
  const [from, to] = accept ? [missing, added] : [added, missing];
  if (!from.includes(combination)) {
    const where = accept ? "missing" : "added";
    return { problem: `${rule.name} has no combination ${combination} under ${where}` };
  }
  const [rest, more] = [from.filter((text) => text !== combination), [...to, combination]];
  const lists = accept ? { missing: rest, added: more } : { missing: more, added: rest };
  const { missing: _missing, added: _added, ...others } = rule;
  const kept = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  return { rule: { ...others, ...kept } };
}

function storeGroup(plan: Plan, id: string, storage: PlanGroup["storage"] | null): PlanChange {
  const group = plan.groups.find((each) => each.id === id);
  if (group === undefined) return noGroup(id);
  if (storage === "ipset" && !canBeStored(group))
    return { problems: [`${group.name} is no group of addresses, and a set holds addresses`] };
  const { storage: _, ...rest } = group;
  const changed = storage === null || storage === undefined ? rest : { ...rest, storage };
  return { groups: [changed], rules: [], options: {} };
}

function logPartial(
  plan: Plan,
  rule: PlanPolicyRule,
  rate: string | null,
): { readonly rule: PlanPolicyRule } | { readonly problem: string } {
  const { logPartial: _, ...quiet } = rule;
  if (rate === null) return { rule: quiet };
  const parsed = parseRate(rate);
  if (parsed === null) return { problem: `"${rate}" is no rate: it can be ${RATE_FORMS}` };
  const found = addLogging(plan, [{ rule: rule.id, rate: parsed }]);
  return typeof found === "string" ? { problem: found } : { rule: { ...rule, logPartial: parsed } };
}
