/**
 * Builds the data of the groups report from a plan and what the rewriter makes of it.
 */
import { AXES, type Axis } from "../model/types.ts";
import { printMark } from "../plan/own-bits.ts";
import { partsOf } from "../plan/includes.ts";
import { findDefinition } from "../plan/twins.ts";
import { turnedGroups, turnSummary } from "../plan/negated.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { findFindings } from "./findings.ts";
import type { LintSummary } from "./lint-summary.ts";
import { findLogs, findMarksOfOthers } from "./mark-findings.ts";
import { viewFlat } from "./flat.ts";
import type { Finding, GroupsView, GroupView, InputView, ProductView } from "./view.ts";

/** What a report is about: one entry for each input of the plan, in its order. */
export interface ReportSource {
  readonly plan: Plan;
  readonly rewrites: readonly Rewritten[];
  /** What else was found out about the inputs. */
  readonly findings?: readonly Finding[];
  /** What lint found, where it was asked. */
  readonly lint?: readonly LintSummary[];
}

type GroupsById = ReadonlyMap<string, PlanGroup>;

/** Builds the report's data. */
export function makeGroupsView(source: ReportSource): GroupsView {
  const { plan, rewrites, findings = [], lint } = source;
  const merged = rewrites.map(({ mergedLines }) => mergedLines);
  const byId = new Map(plan.groups.map((group) => [group.id, group]));
  const rests = rewrites.map((rewritten) => rewritten.rests);
  const products = plan.policyRules.map((rule) => viewProduct(plan, byId, rule, merged, rests));
  const accepted = products.filter(({ accept }) => accept);
  const users = findUsers(accepted);
  const view = {
    inputs: plan.inputs.map((input, at) => viewInput(input, rewrites[at])),
    groups: plan.groups.map((group) => viewGroup(plan, byId, group, users)),
    policyRules: accepted.length,
    products,
    flat: viewFlat(plan, rewrites, merged),
    rulesBefore: sum(rewrites, ({ rulesBefore }) => rulesBefore),
    rulesAfter: sum(rewrites, ({ rulesAfter }) => rulesAfter),
    unparsed: plan.inputs.reduce((total, { unparsed = 0 }) => total + unparsed, 0),
    ownMarkBits: printMark(rewrites.reduce((mask, { newBits }) => (mask | newBits) >>> 0, 0)),
    markBits: viewBits(rewrites),
    lostComments: rewrites.flatMap(({ lostComments }, at) =>
      lostComments.map(({ line, comment }) => ({ file: pathOf(plan, at), line, comment })),
    ),
    lostCounters: sum(rewrites, ({ lostCounters }) => lostCounters),
  };
  const found = [...findFindings(view), ...findMarksOfOthers(plan), ...findLogs(plan), ...findings];
  return { version: 1, ...view, findings: found, ...(lint === undefined ? {} : { lint }) };
}

function viewInput(input: Plan["inputs"][number], rewritten: Rewritten | undefined): InputView {
  const { path, digest, family, rules, unparsed = 0, tables, partial } = input;
  return {
    ...{ path, digest, family, rules, unparsed, tables },
    ...(partial === undefined ? {} : { partial }),
    rulesBefore: rewritten?.rulesBefore ?? rules,
    rulesAfter: rewritten?.rulesAfter ?? rules,
    tablesChanged: rewritten?.tablesChanged ?? [],
    newChains: rewritten?.newChains ?? [],
    tidied: rewritten?.tidied ?? [],
  };
}

/** A policy rule as one line. The plan was written with the names that were found; reports speak of the ones that people gave. */
export function summaryOf(groups: GroupsById, rule: PlanPolicyRule): string {
  let summary = ` ${turnSummary(rule)} `;
  for (const axis of AXES) {
    const group = groups.get(rule.groups[axis] ?? "");
    if (group !== undefined) summary = summary.replace(` ${group.id} `, () => ` ${group.name} `);
  }
  return summary.trim();
}

function viewProduct(
  plan: Plan,
  groups: GroupsById,
  rule: PlanPolicyRule,
  merged: readonly ReadonlySet<number>[],
  rests: readonly (readonly string[])[],
): ProductView {
  const names: Partial<Record<Axis, string>> = {};
  let accept = rule.accept;
  for (const axis of AXES) {
    const group = groups.get(rule.groups[axis] ?? "");
    if (group === undefined) continue;
    names[axis] = group.name;
    accept &&= group.accept;
  }
  const file = pathOf(plan, rule.input);
  const lines = accept ? rule.lines.filter((line) => merged[rule.input]?.has(line)) : rule.lines;
  const { id, name, table, chain } = rule;
  const isRest = rests[rule.input]?.includes(rule.name) === true;
  const head = isRest ? plan.policyRules.find((other) => other.id === rule.restOf) : undefined;
  const nameFrom = name === id ? (rule.nameFrom ?? "groups") : "person";
  return {
    id,
    name,
    nameFrom,
    ...(rule.nameNote === undefined ? {} : { nameNote: rule.nameNote }),
    accept,
    file,
    table,
    chain,
    groups: names,
    ...(rule.negated === undefined ? {} : { negated: rule.negated }),
    ...(rule.turned === undefined ? {} : { turned: turnedGroups(rule, groups) }),
    summary: summaryOf(groups, rule),
    ...(head === undefined ? {} : { restOf: head.name }),
    lines: lines.map((line) => ({ file, line })),
    ...(rule.combinations === undefined ? {} : { combinations: rule.combinations }),
    missing: rule.missing ?? [],
    ...(rule.added === undefined ? {} : { added: rule.added }),
  };
}

/** Policy rules by the axis and name of each of their groups. */
function findUsers(accepted: readonly ProductView[]): ReadonlyMap<string, readonly ProductView[]> {
  const users = new Map<string, ProductView[]>();
  for (const product of accepted) {
    for (const [axis, name] of Object.entries(product.groups)) {
      const key = `${axis} ${name}`;
      const list = users.get(key);
      if (list === undefined) users.set(key, [product]);
      else list.push(product);
    }
  }
  return users;
}

function viewGroup(
  plan: Plan,
  byId: GroupsById,
  group: PlanGroup,
  usersOf: ReadonlyMap<string, readonly ProductView[]>,
): GroupView {
  const users = group.accept ? (usersOf.get(`${group.axis} ${group.name}`) ?? []) : [];
  const lines = plan.inputs.flatMap(({ path }) => {
    const own = users
      .filter(({ file }) => file === path)
      .flatMap((user) => user.lines.map(({ line }) => line));
    return [...new Set(own)].sort((left, right) => left - right).map((line) => ({ file: path, line }));
  });
  const { id, name, axis, accept, members } = group;
  const nameFrom = name === id ? group.nameFrom : "person";
  const note = group.nameNote === undefined ? {} : { nameNote: group.nameNote };
  const { added, removed } = group;
  const definition = findDefinition(group, plan.groups);
  const parts = partsOf(group, byId);
  const negatedBy = users.filter(({ negated }) => negated?.includes(axis) === true);
  const changes = {
    ...(negatedBy.length === 0 ? {} : { negatedBy: negatedBy.map((user) => user.name) }),
    ...(parts.length === 0 ? {} : { includes: parts.map((part) => part.name) }),
    ...(definition === group ? {} : { sameAs: definition.name }),
    ...(added === undefined ? {} : { added }),
    ...(removed === undefined ? {} : { removed }),
  };
  return { id, name, nameFrom, ...note, axis, accept, members, ...changes, uses: users.length, lines };
}

function viewBits(rewrites: readonly Rewritten[]): GroupsView["markBits"] {
  const bits: Partial<Record<Axis, string>> = {};
  for (const axis of AXES) {
    const bit = rewrites.find(({ markBits }) => markBits[axis] !== undefined)?.markBits[axis];
    if (bit !== undefined) bits[axis] = printMark(bit);
  }
  return bits;
}

function pathOf(plan: Plan, input: number): string {
  return plan.inputs[input]?.path ?? "-";
}

function sum(rewrites: readonly Rewritten[], count: (rewritten: Rewritten) => number): number {
  return rewrites.reduce((total, rewritten) => total + count(rewritten), 0);
}
