/**
 * The reasons for which a rule is not merged.
 */
/** Why a rule stays as it is. Worded for people in `report/reasons.ts`. */
export const FLAT_REASONS = [
  "kept-chain", // its chain is one that a daemon edits, or --keep-chain names
  "other-table", // its table isn't rewritten
  "jump", // jumps or gotos stay in place
  "effect", // LOG, MARK, accounting …: a target that goes on
  "stateful", // limit, recent …: a match whose evaluation is an effect
  "unknown", // a match or target that markify does not model
  "unparsed", // the rule could not be read; kept because of --keep-unparsed
  "beside-unparsed", // its table has such a rule
  "unreadable-value", // an address that is none
  "alone", // no other rule shares its sets
  "not-worth-it", // a product exists, but it would not pay
  "too-deep", // nft allows 15 nested chains
  "no-free-bits", // the ruleset leaves too few mark bits free
  "refused", // a person said so in the plan
] as const;

/** One of the reasons. */
export type FlatReason = (typeof FLAT_REASONS)[number];
