/**
 * What `apply` proves of a plan that changes the policy, and what it says about it.
 *
 * The flat form without the changes equals the old ruleset, and the new file equals the flat form with them: so the two rulesets differ in the stated rules and in
 * nothing else. Which packets that makes a difference for comes from comparing the old ruleset with the second form, or with the new file where they are not proved to be equal.
 */
import type { Ruleset } from "../model/types.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import type { Plan } from "../plan/types.ts";
import type { CheckedPair, PolicyChangeView } from "../report/verify-view.ts";
import type { Rewritten } from "../rewrite/types.ts";
import type { VerifyOptions, VerifyResult } from "../verify/types.ts";

/** Compares two rulesets, with the tools that the command has. */
export type Comparison = (
  old: Ruleset,
  now: Ruleset,
  options?: Partial<VerifyOptions>,
) => Promise<VerifyResult>;

/** Differing regions that are shown. */
const REGIONS = 200;

/** The packets that fare differently in two rulesets of one family. */
export interface PacketChange {
  readonly differences: PolicyChangeView["differences"];
  readonly moreDifferences: boolean;
}

/** The check of one input: `pairs` are equal where the new file is what the plan says. */
export interface ChangeCheck extends PacketChange {
  readonly pairs: readonly CheckedPair[];
}

/** Checks one input that changes; `now` is what its product reads as, `options` go with the comparison that has our chains on one side. */
export async function checkPolicyChange(
  rewritten: Rewritten,
  now: Ruleset,
  compare: Comparison,
  options: Partial<VerifyOptions>,
): Promise<ChangeCheck> {
  const { ruleset: old, policyChange: change } = rewritten;
  const { family } = old;
  if (change === null) {
    const result = await compare(old, now, options);
    return { pairs: [{ family, result }], differences: [], moreDifferences: false };
  }
  const pairs = [
    { family, result: await compare(old, change.before) },
    { family, result: await compare(change.after, now, options) },
  ];
  // What is equal to the new file, and has no mark bits, takes less time.
  const isSure = pairs.every(({ result }) => result.result === "equal" && result.basis !== "sampled");
  const packets = await findPacketChange(old, isSure ? change.after : now, compare);
  if (packets.unknown === null) return { pairs, ...packets };
  return { pairs: [...pairs, { family, result: packets.unknown }], ...packets };
}

/** Finds them by proof alone; `unknown` is the result where it could not be finished. */
export async function findPacketChange(
  old: Ruleset,
  now: Ruleset,
  compare: Comparison,
  options: Partial<VerifyOptions> = {},
): Promise<PacketChange & { readonly unknown: VerifyResult | null }> {
  const result = await compare(old, now, { packets: 0, regions: REGIONS, ...options });
  const differences = (result.differences ?? []).map((region) => ({ family: old.family, ...region }));
  // A difference without its packets would be one that nobody has seen.
  const isKnown = result.result === "equal" || (result.result === "different" && differences.length > 0);
  const unknown = isKnown ? null : ({ ...result, result: "unknown" } as const);
  return { differences, moreDifferences: result.moreDifferences === true, unknown };
}

/**
 * Rulesets without marks that are equal to the products of two states of a plan, where there are runs: these have a bit for each group, and what differs in two of them takes long to find.
 * `old`: how the first product reads. Null where it is not proved to be equal; the second is.
 */
export async function findFlatForms(
  before: Rewritten,
  after: Rewritten,
  old: Ruleset,
  compare: Comparison,
): Promise<readonly [Ruleset, Ruleset] | null> {
  if (before.runs + after.runs === 0) return null;
  const flat = before.policyChange?.after ?? after.policyChange?.before ?? before.ruleset;
  const { result, basis } = await compare(flat, old, { packets: 0, ownBits: before.ownBits });
  return result === "equal" && basis === "proved" ? [flat, after.policyChange?.after ?? after.ruleset] : null;
}

/** What is said about the change of a plan as a whole; null where it changes nothing. */
export function viewPolicyChange(
  plan: Plan,
  rewrites: readonly Rewritten[],
  packets: readonly PacketChange[],
): PolicyChangeView | null {
  const changes = findPolicyChanges(plan);
  const groups = changes.groups.map(({ group: { name, axis }, ...lists }) => {
    return { name, axis, ...lists };
  });
  const rules = changes.rules.map(({ rule: { name }, ...lists }) => ({ name, ...lists }));
  if (groups.length + rules.length === 0) return null;
  return {
    ...{ groups, rules },
    addedRules: rewrites.flatMap(({ policyChange }) => policyChange?.added ?? []),
    removedRules: rewrites.flatMap(({ policyChange }) => policyChange?.removed ?? []),
    differences: packets.flatMap(({ differences }) => differences),
    moreDifferences: packets.some(({ moreDifferences }) => moreDifferences),
  };
}
