/**
 * What each kind of finding means, as a sentence: for forms that describe kinds beside the findings themselves.
 */
import type { LintKind } from "../lint/types.ts";

const LINT_WORDS: Readonly<Record<LintKind, string>> = {
  "never-matches": "The conditions of a rule exclude each other.",
  shadowed: "The rules before leave no packet that the rule matches.",
  redundant: "Packets that match the rule fare the same without it.",
  generalised: "A later rule with the same target matches all packets of the rule.",
  "unused-chain": "No rule calls the chain.",
  "unreached-chain": "No packet gets into the chain.",
  "empty-chain": "The chain has no rules and is called.",
  "mark-reset": "A MARK whose mask has no bit clears nothing.",
  "mark-overlap": "A MARK turns over a bit that another rule of the chain has set on some packet.",
  "mark-stale": "A MARK turns over a bit that may be set when the packet comes into the chain.",
  "mark-test": "The whole mark is tested where bits are set one by one.",
  "mark-shared": "Rules write bits of software whose chains are there.",
  "near-equal-sets": "Two sets have nearly the same members.",
  "same-set": "Two chains or ipsets list the same members.",
  "kept-apart": "Rules could be one policy rule, but for one rule in between.",
};

const PLAN_WORDS: Readonly<Record<string, string>> = {
  "policy-change": "The plan changes the policy.",
  partial: "The input is not the whole firewall.",
  unparsed: "Rules can't be read and may do anything.",
  "marks-of-others": "Something else on the host uses bits of the packet mark.",
  "log-partial": "Packets that match a policy rule in part are logged.",
  "nothing-to-do": "The ruleset stays as it is.",
  grows: "The new ruleset is larger.",
  "small-ruleset": "In a ruleset this small the flat form is probably the faster one.",
  tidied: "Something was cleaned, so that iptables-restore loads the new file.",
  "lost-comments": "Comments of merged rules have no place in the new ruleset.",
  "lost-counters": "Counters of merged rules start at 0.",
  "kept-chains": "Chains are left alone.",
  "probably-forgotten": "All combinations of a policy rule are there but for a few.",
  "empty-set": "A set that rules ask for is empty or not there.",
  "group-like-set": "A set has the members of a group.",
  "not-equal": "The ruleset that the plan leads to treats some packet otherwise.",
  "not-proved": "It could not be proved that nothing changes.",
};

/** The sentence for a kind of lint or of the groups report; undefined for any other word. */
export function describeKind(kind: string): string | undefined {
  const words: Readonly<Record<string, string>> = { ...PLAN_WORDS, ...LINT_WORDS };
  return Object.hasOwn(words, kind) ? words[kind] : undefined;
}
