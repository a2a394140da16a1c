/**
 * The data of `apply --json` and `verify --json`: the checker's answer, and the files that were written. It has a version; keys may be added without
 * raising it.
 */
import type { CostView } from "./cost-view.ts";
import { printMark } from "../plan/own-bits.ts";
import type { Axis, Family } from "../model/types.ts";
import type { AssertionResult } from "../verify/assert/types.ts";
import type {
  Coverage,
  DifferenceRegion,
  VerifyAnswer,
  VerifyBasis,
  VerifyCheck,
  VerifyResult,
  Witness,
} from "../verify/types.ts";

/** A restore file: `path` where it was written, as a person gave it; `text` where it was not. */
export type RestoreView =
  | { readonly family: Family; readonly path: string }
  | { readonly family: Family; readonly text: string };

/** A check, with the family where there are several inputs to tell apart. */
export interface CheckView extends VerifyCheck {
  readonly family: Family;
}

/** One assertion on one ruleset. */
export interface AssertionView extends AssertionResult {
  readonly family: Family;
}

/** How a policy changes. */
export interface PolicyChangeView {
  readonly groups: readonly {
    readonly name: string;
    readonly axis: Axis;
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Policy rules for packets that are not in the group: what it gets, they lose. */
    readonly negatedBy: readonly string[];
  }[];
  /** Policy rules with combinations that no rule says, and with groups that the rules have the other way round, as they are now. */
  readonly rules: readonly {
    readonly name: string;
    readonly added: readonly string[];
    readonly turned: readonly string[];
  }[];
  /** As flat rules: those that would do the same beside the old ruleset, and those of it that go. */
  readonly addedRules: readonly string[];
  readonly removedRules: readonly string[];
  /** The packets that fare differently, proved, and whether there are more of them. */
  readonly differences: readonly (DifferenceRegion & { readonly family: Family })[];
  readonly moreDifferences: boolean;
}

/** The answer about one pair of rulesets, or of all inputs of a plan. */
export interface VerifyView {
  readonly version: 1;
  readonly result: VerifyAnswer;
  readonly basis: VerifyBasis;
  readonly checks: readonly CheckView[];
  readonly assumptions: readonly string[];
  readonly limits: readonly string[];
  /** Packets that the proof leaves out because they do not exist. */
  readonly exclusions: readonly string[];
  /** Such as `0x1f`. */
  readonly ownBits: string;
  /** Packets evaluated on each side. */
  readonly packets: number;
  readonly seed: number;
  /** Proved equal, whatever is in the sets that rules of changed tables test. */
  readonly anyMembers?: true;
  /** Rules that packets matched, where the proof is whole. */
  readonly coverage?: Coverage;
  /** Why unknown. */
  readonly reason?: string;
  /** Of the first difference. */
  readonly witness?: Witness;
  /** What differs, proved, and whether there is more of it. */
  readonly differences?: readonly (DifferenceRegion & { readonly family: Family })[];
  readonly moreDifferences?: boolean;
  /** Where the plan changes the policy: what is checked then is that it changes in this, and in nothing else. */
  readonly policyChange?: PolicyChangeView;
  /** What packets cost before and after; of `apply` only, one for each input. */
  readonly costs?: readonly CostView[];
  /** Where such were given: each on each ruleset that was checked. */
  readonly assertions?: readonly AssertionView[];
}

/** One pair of rulesets and what the checker said. */
export interface CheckedPair {
  readonly family: Family;
  readonly result: VerifyResult;
}

/** Joins the answers: one difference makes all different, one unknown all unknown. At least one pair. */
export function makeVerifyView(pairs: readonly CheckedPair[]): VerifyView {
  const results = pairs.map(({ result }) => result);
  const worst = (["different", "unknown"] as const).find((answer) =>
    results.some(({ result }) => result === answer),
  );
  const reason = results.find((result) => result.reason !== undefined)?.reason;
  const witness = results.find((result) => result.witness !== undefined)?.witness;
  const isForAny = worst === undefined && results.some(({ anyMembers }) => anyMembers === true);
  return {
    version: 1,
    result: worst ?? "equal",
    basis: results.every(({ basis }) => basis === "proved") ? "proved" : "sampled",
    checks: pairs.flatMap(({ family, result }) => result.checks.map((check) => ({ family, ...check }))),
    assumptions: unique(results.flatMap(({ assumptions }) => assumptions)),
    limits: unique(results.flatMap(({ limits }) => limits)),
    exclusions: unique(results.flatMap(({ exclusions }) => exclusions)),
    ownBits: printMark(results.reduce((bits, result) => bits | result.ownBits, 0)),
    packets: results.reduce((sum, { packets }) => sum + packets, 0),
    seed: results[0]?.seed ?? 0,
    ...(isForAny ? { anyMembers: true } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(witness === undefined ? {} : { witness }),
    ...viewDifferences(pairs),
    ...viewCoverage(results),
  };
}

function viewCoverage(results: readonly VerifyResult[]): Pick<VerifyView, "coverage"> {
  const parts = results.flatMap(({ coverage }) => coverage ?? []);
  if (parts.length === 0) return {};
  const sum = (name: keyof Coverage): number => parts.reduce((all, part) => all + part[name], 0);
  return {
    coverage: {
      rules: sum("rules"),
      sampled: sum("sampled"),
      drawn: sum("drawn"),
      unreachable: sum("unreachable"),
      packets: sum("packets"),
    },
  };
}

function viewDifferences(pairs: readonly CheckedPair[]): Pick<VerifyView, "differences" | "moreDifferences"> {
  if (pairs.every(({ result }) => result.differences === undefined)) return {};
  return {
    differences: pairs.flatMap(({ family, result }) =>
      (result.differences ?? []).map((region) => ({ family, ...region })),
    ),
    moreDifferences: pairs.some(({ result }) => result.moreDifferences === true),
  };
}

/** The `restore` of `apply --json`, which is there when the result is equal: one for each input of the plan, in its order. */
export function viewRestore(
  products: readonly { readonly family: Family; readonly text: string; readonly sets: string }[],
  targets: readonly string[],
  setTarget: (path: string) => string,
): readonly RestoreView[] {
  return products.map(({ family, text, sets }, at) => {
    const path = targets[at];
    if (path === undefined) return { family, text };
    return { family, path, ...(sets === "" ? {} : { ipset: setTarget(path) }) };
  });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
