/**
 * Prints a plan as the YAML file that a person reads, edits and approves. `file-parse.ts` reads it back.
 */
import { AXES } from "../model/types.ts";
import { type GroupLists, ownLists } from "./includes.ts";
import { laidOutOf } from "./layout.ts";
import { printLineRanges } from "./line-ranges.ts";
import { groupPhrase } from "./negated.ts";
import { joinMarkBits, printMark } from "./own-bits.ts";
import type { Plan, PlanChainLayout, PlanFlat, PlanGroup, PlanInput, PlanPolicyRule } from "./types.ts";
import { yamlFlowList, yamlLiteral, yamlScalar } from "./yaml-text.ts";

const HEADER = `# A plan of markify: how flat rules become groups and policy rules. It is made to be read, edited and approved.
#
# You may edit
#   name      of a group or a policy rule: the name of its chain (at most 28 characters, unique). Keep the key above it.
#   accept    false refuses a group or a policy rule; the rules it stands for stay as they are.
#   members   of a group: take one out; the rules it came from then stay flat. Members of the groups that it includes are its own,
#             too, with all that happens to them there; to part them, write the members out and take the group out of includes.
#   sameAs    of a group: one of the other direction that has its members, with all that happens to them there; to part them, write
#             the members out in its place.
#   added     of a group, a list like members: what is to fare as they do, though no rule says so. This changes the policy:
#             \`markify apply\` shows which packets change, and wants --allow-policy-change. So does
#   removed   of a group: members whose rules are to go (\`markify group add\` and \`markify group remove\` write both lists).
#             Of a policy rule, added is for combinations that are missing: move one there, and it fares as the others do.
#   not       before a group of a policy rule: the rule is for packets that are not in it. Writing it, or taking it away, changes the policy.
#   storage   of a group of addresses: ipset keeps its members in a set that one line of its chain asks, lines in a line each; above
#             keepChains for all groups, also ipset:64 (those of 64 members and more). \`markify apply\` writes the sets beside the rules.
#   logPartial  of a policy rule: a rate such as 6/min. Packets that are in some of its groups, asked in order, and not in all,
#             are logged with its name and their mark (\`markify decode\` reads that); they fare as they do without it.
#   restOf    of a policy rule: the one in whose rule chain its verdict stands, behind the tests of their common groups. Take it out,
#             and it has a rule chain of its own, which asks them again.
#   markBits  of the axes: other bits, if something else on the host uses these; with ownMarkBits, which is their sum.
#   layout    article (each policy rule for itself), shared (a source asked once), hoisted (all addresses once), auto (what costs less); order: used, written.
#   chainLayouts  what is otherwise in some chains, such as "filter INPUT: flat": article, shared, hoisted, or flat, which leaves their rules as they are.
# You can't edit anything else: change the ruleset instead, and import it again. Comments of yours are kept; where an import
# finds no place for one, it says so and keeps the old file beside the new one. Paths are relative to this file.
#
# See the effect with \`markify review\`; \`markify apply\` rewrites, checks, and writes the new ruleset.
`;

/** The plan as YAML: same plan, same text; ends with a line end. */
export function printPlan(plan: Plan): string {
  const several = plan.inputs.length > 1;
  const out: string[] = [HEADER, `version: ${plan.version}`, "inputs:"];
  for (const input of plan.inputs) printInput(out, input);
  out.push(
    ...(plan.tolerance === undefined ? [] : [`tolerance: ${plan.tolerance}`]),
    ...(plan.aggregate === true ? ["aggregate: true"] : []),
    ...(plan.compiledChains === true ? ["compiledChains: true"] : []),
    `keepChains: ${yamlFlowList(plan.keepChains)}`,
    ...Object.entries(laidOutOf(plan)).map(([key, word]) => `${key}: ${word}`),
    ...(plan.chainLayouts === undefined ? [] : ["chainLayouts:"]),
    ...(plan.chainLayouts ?? []).map(
      (each) => `  ${yamlScalar(placeOf(plan, each, several))}: ${each.layout}`,
    ),
    `rewriteChains: ${yamlFlowList(plan.rewriteChains)}`,
    ...(plan.storage === undefined ? [] : [`storage: ${plan.storage}`]),
    ...(plan.rewriteTables === undefined ? [] : [`rewriteTables: ${yamlFlowList(plan.rewriteTables)}`]),
    "",
  );
  printReservation(out, plan);
  printBits(out, plan);
  out.push("", "# What belongs together: each group is a set of values that several rules share.");
  out.push(plan.groups.length === 0 ? "groups: {}" : "groups:");
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  for (const group of plan.groups) printGroup(out, group, ownLists(group, groups));
  out.push("", "# Each policy rule replaces the lines that it names by its groups and one rule chain.");
  if (plan.policyRules.some(({ combinations }) => combinations !== undefined))
    out.push(
      "# With combinations, lists of ports in its lines are split: its services say which parts it means.",
    );
  out.push(plan.policyRules.length === 0 ? "policyRules: {}" : "policyRules:");
  for (const rule of plan.policyRules) printPolicyRule(out, rule, placeOf(plan, rule, several));
  out.push("", "# What stays as it is, and why.");
  out.push(plan.flat.length === 0 ? "flat: []" : "flat:");
  for (const flat of plan.flat) printFlat(out, flat, placeOf(plan, flat, several));
  return `${out.join("\n")}\n`;
}

function printInput(out: string[], input: PlanInput): void {
  out.push(`  - path: ${yamlScalar(input.path)}`);
  out.push(`    digest: ${input.digest}`);
  out.push(`    family: ${input.family}`);
  out.push(`    rules: ${input.rules}`);
  if (input.unparsed !== undefined) out.push(`    unparsed: ${input.unparsed}`);
  out.push(`    tables: ${yamlFlowList(input.tables)}`);
  if (input.partial !== undefined) out.push(`    partial: ${yamlFlowList(input.partial)}`);
  if (input.madeFrom !== undefined) out.push(`    madeFrom: ${input.madeFrom}`);
  if (input.sets !== undefined)
    out.push(`    sets: ${yamlScalar(input.sets.path)}`, `    setsDigest: ${input.sets.digest}`);
  if (input.text !== undefined) out.push(`    text: ${yamlLiteral(input.text, 6)}`);
}

/** Nothing where nobody told of others; no comment, which an import that has none of them would take for a person's. */
function printReservation(out: string[], { markRoom, othersMarks = [] }: Plan): void {
  if (markRoom !== undefined) out.push(`markRoom: "${printMark(markRoom)}"`);
  if (othersMarks.length > 0) out.push("othersMarks:");
  for (const { bits, what, from } of othersMarks) {
    out.push(
      `  - bits: "${printMark(bits)}"`,
      `    what: ${yamlScalar(what)}`,
      `    from: ${yamlScalar(from)}`,
    );
  }
  if (markRoom !== undefined || othersMarks.length > 0) out.push("");
}

function printBits(out: string[], plan: Plan): void {
  out.push("# Bits of the packet mark that the new chains use; the old ruleset leaves them alone.");
  out.push(`ownMarkBits: "${printMark(joinMarkBits(plan.markBits))}"`);
  const bits = AXES.flatMap((axis) => {
    const bit = plan.markBits[axis];
    return bit === undefined ? [] : [`${axis}: "${printMark(bit)}"`];
  });
  out.push(bits.length === 0 ? "markBits: {}" : `markBits: { ${bits.join(", ")} }`);
}

function printGroup(out: string[], group: PlanGroup, lists: GroupLists): void {
  out.push(`  ${yamlScalar(group.id)}:`);
  out.push(`    name: ${yamlScalar(group.name)}`);
  out.push(`    nameFrom: ${yamlScalar(group.nameFrom)}`);
  if (group.nameNote !== undefined) out.push(`    nameNote: ${yamlScalar(group.nameNote)}`);
  out.push(`    axis: ${group.axis}`);
  out.push(`    accept: ${group.accept}`);
  if (group.storage !== undefined) out.push(`    storage: ${group.storage}`);
  if (group.sameAs !== undefined) out.push(`    sameAs: ${yamlScalar(group.sameAs)}`);
  else if (group.includes !== undefined) out.push(`    includes: ${yamlFlowList(group.includes)}`);
  for (const key of ["members", "added", "removed"] as const) {
    if (lists[key].length > 0) out.push(`    ${key}:`);
    for (const member of lists[key]) out.push(`      - ${yamlScalar(member)}`);
  }
}

function printPolicyRule(out: string[], rule: PlanPolicyRule, place: string): void {
  out.push(`  ${yamlScalar(rule.id)}:`);
  out.push(`    name: ${yamlScalar(rule.name)}`);
  if (rule.nameFrom !== undefined) out.push(`    nameFrom: ${yamlScalar(rule.nameFrom)}`);
  if (rule.nameNote !== undefined) out.push(`    nameNote: ${yamlScalar(rule.nameNote)}`);
  out.push(`    accept: ${rule.accept}`);
  if (rule.logPartial !== undefined) out.push(`    logPartial: ${yamlScalar(rule.logPartial)}`);
  if (rule.restOf !== undefined) out.push(`    restOf: ${yamlScalar(rule.restOf)}`);
  out.push(`    where: ${yamlScalar(place)}`);
  for (const axis of AXES) {
    const group = rule.groups[axis];
    const isNegated = rule.negated?.includes(axis) === true;
    if (group !== undefined) out.push(`    ${axis}: ${yamlScalar(groupPhrase(group, isNegated))}`);
  }
  out.push(`    rule: ${yamlScalar(rule.summary)}`);
  out.push(`    lines: ${yamlLines(rule.lines)}`);
  if (rule.combinations !== undefined) out.push(`    combinations: ${rule.combinations}`);
  for (const key of ["missing", "added"] as const) {
    const list = rule[key] ?? [];
    if (list.length > 0) out.push(`    ${key}:`);
    for (const text of list) out.push(`      - ${yamlScalar(text)}`);
  }
  if (rule.replaces !== undefined) out.push(`    replaces: ${yamlFlowList(rule.replaces)}`);
}

function printFlat(out: string[], flat: PlanFlat, place: string): void {
  out.push(`  - where: ${yamlScalar(place)}`);
  out.push(`    reason: ${flat.reason}`);
  out.push(`    lines: ${yamlLines(flat.lines)}`);
}

/** A single number would be one to YAML, too: the parser takes both, so it needs no quotes. */
function yamlLines(lines: readonly number[]): string {
  return lines.length === 0 ? '""' : printLineRanges(lines);
}

/** `filter FORWARD`; with several inputs `v6 filter FORWARD`, since a plan has one input a family. */
function placeOf(plan: Plan, item: PlanFlat | PlanPolicyRule | PlanChainLayout, several: boolean): string {
  const family = several ? `${plan.inputs[item.input]?.family ?? "?"} ` : "";
  return `${family}${item.table} ${item.chain}`;
}
