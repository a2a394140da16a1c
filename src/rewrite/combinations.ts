/**
 * Which combinations of its members a policy rule stands for, which of them no rule says, and which a plan adds to the policy.
 */
import { missingText } from "../plan/missing.ts";
import { chainMembers, ruleMembers } from "../plan/policy-change.ts";
import type { PlanGroup, PlanPolicyRule } from "../plan/types.ts";

/** A combination: one member of each group. */
export type Combination = readonly string[];

/** What keeps rules from being merged. */
export interface MergeFault {
  readonly code: "POLICY_RULE_ADDS_ACCESS" | "POLICY_RULE_MIXED_LINES" | "POLICY_RULE_CANT_TURN";
  readonly args: Readonly<Record<string, string | number>>;
}

/** The combinations of a policy rule, those that rules have aside. */
export interface Combinations {
  /** The plan adds them to the policy. */
  readonly added: readonly Combination[];
  /** They stay as they are: of the members that the groups' chains get. */
  readonly missing: readonly Combination[];
  /** Set where the plan says nothing of one. */
  readonly fault: MergeFault | null;
}

/** How many combinations a message names. */
const MOST_NAMED = 3;

/** Sorts them out; `cells`: what the rules say that the policy rule merges. */
export function sortCombinations(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  cells: Iterable<Combination>,
): Combinations {
  const said = new Set<string>();
  for (const cell of cells) said.add(keyOf(cell));
  const members = groups.map(ruleMembers);
  // The usual case: rules say all of them.
  if (said.size === members.reduce((count, { length }) => count * length, 1))
    return { added: [], missing: [], fault: null };
  const open = combine(members).filter((cell) => !said.has(keyOf(cell)));
  const [stays, wanted] = [new Set(policy.missing), new Set(policy.added)];
  const added = open.filter((cell) => wanted.has(missingText(cell)));
  const rest = open.filter((cell) => !wanted.has(missingText(cell)));
  const unsaid = rest.filter((cell) => !stays.has(missingText(cell)));
  if (rest.length === 0 || unsaid.length > 0)
    return { added, missing: [], fault: explainUnsaid(policy, unsaid) };
  const present = extend(groups, [...[...said].map(cellOf), ...added]);
  const keys = new Set(present.map(keyOf));
  const missing = combine(groups.map(chainMembers)).filter((cell) => !keys.has(keyOf(cell)));
  return { added, missing, fault: null };
}

function explainUnsaid({ name }: PlanPolicyRule, unsaid: readonly Combination[]): MergeFault | null {
  if (unsaid.length === 0) return null;
  const cells = unsaid
    .slice(0, MOST_NAMED)
    .map((cell) => cell.join(", "))
    .join("; ");
  return { code: "POLICY_RULE_ADDS_ACCESS", args: { name, cells, count: unsaid.length } };
}

/** An added member has a rule where any other member has one; a removed one has none (`flat-form.ts` makes the same rules). */
function extend(groups: readonly PlanGroup[], said: readonly Combination[]): readonly Combination[] {
  let cells = said;
  for (const [at, { added = [] }] of groups.entries()) {
    if (added.length === 0) continue;
    const others = new Map(cells.map((cell) => [keyOf(cell.with(at, "")), cell]));
    cells = [
      ...cells,
      ...[...others.values()].flatMap((cell) => added.map((member) => cell.with(at, member))),
    ];
  }
  return cells.filter((cell) => !cell.some((member, at) => groups[at]!.removed?.includes(member) === true));
}

/** All combinations of members. */
export function combine(lists: readonly (readonly string[])[]): readonly Combination[] {
  let cells: readonly Combination[] = [[]];
  for (const list of lists) cells = cells.flatMap((cell) => list.map((member) => [...cell, member]));
  return cells;
}

function keyOf(cell: Combination): string {
  return cell.join("\u0000");
}

function cellOf(key: string): Combination {
  return key.split("\u0000");
}
