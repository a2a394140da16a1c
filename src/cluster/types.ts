/**
 * What the search for groups finds: products of member sets, and what stays flat, for each chain.
 */
import type { Axis, Chain, Rule, Ruleset, Table } from "../model/types.ts";

/** Why a rule stays as it is. Worded for people in `report/reasons.ts`. */
export type FlatReason =
  | "kept-chain" // its chain is one that a daemon edits, or --keep-chain names
  | "other-table" // its table isn't rewritten
  | "jump" // jumps or gotos stay in place
  | "effect" // LOG, MARK, accounting …: a target that goes on
  | "stateful" // limit, recent …: a match whose evaluation is an effect
  | "unknown" // a match or target that markify does not model
  | "unreadable-value" // an address that is none
  | "alone" // no other rule shares its sets
  | "not-worth-it" // a product exists, but it would not pay
  | "too-deep" // nft allows 15 nested chains
  | "refused"; // a person said so in the plan

/** A set of members on one axis. */
export interface MemberSet {
  readonly axis: Axis;
  /** As iptables-save prints them (`10.1.2.3/32`, `tcp dport 22`, `eth0`), in source order, at least one. */
  readonly members: readonly string[];
}

/** Rules of one chain that together are sets × sets × …: one policy rule. */
export interface Product {
  readonly table: string;
  readonly chain: string;
  /** Axes with two members or more, in AXES order: what becomes a group. At least one. */
  readonly sets: readonly MemberSet[];
  /** In source order; every cell of the product is one of them at least. */
  readonly rules: readonly Rule[];
}

/** A rule that stays flat. */
export interface FlatRule {
  readonly table: string;
  readonly rule: Rule;
  readonly reason: FlatReason;
}

/** The outcome for one ruleset: each of its rules is in exactly one product or one of the flat ones. */
export interface Clustering {
  readonly ruleset: Ruleset;
  readonly products: readonly Product[];
  /** In source order. */
  readonly flat: readonly FlatRule[];
}

/** Options of the search. */
export interface ClusterOptions {
  /** Names of chains that stay as they are (`DOCKER*` patterns). */
  readonly keepChains: readonly string[];
  /** Patterns that take a chain out of keepChains again. */
  readonly rewriteChains: readonly string[];
}

/** A chain with the table it is in: what most functions of the search take. */
export interface ChainPlace {
  readonly table: Table;
  readonly chain: Chain;
}
