/**
 * What the search for groups finds: products of member sets, and what stays flat, for each chain.
 */
import type { Axis, Rule, Ruleset } from "../model/types.ts";
import type { Movable, Token } from "./features.ts";
import type { FlatReason } from "./reason.ts";

export type { FlatReason } from "./reason.ts";

/** A set of members on one axis. */
export interface MemberSet {
  readonly axis: Axis;
  /** As iptables-save prints them (`10.1.2.3/32`, `tcp dport 22`, `eth0`), in source order, at least one. */
  readonly members: readonly string[];
  /** Chain that is this group already, and its name. */
  readonly chain?: string;
  /** Its members stand among those of others, in the order of all of them: which order they had is not known. */
  readonly isSorted?: true;
  /** That chain keeps members in an ipset. */
  readonly isStored?: true;
  /** Chains of groups that this chain asks for a part of its members; missing where there are none. */
  readonly includes?: readonly string[];
  /** A person has given it a name elsewhere: its members need not be read again. */
  readonly isKnown?: true;
}

/** Rules of one chain that together are sets × sets × …: one policy rule. */
export interface Product {
  readonly table: string;
  readonly chain: string;
  /** Axes with two members or more, in AXES order: what becomes a group. At least one; the services also where rules say more than the one that is meant. */
  readonly sets: readonly MemberSet[];
  /** Axes of `sets` whose group is negated: the rules are for packets that are in none of its members. Missing where there are none. */
  readonly negated?: readonly Axis[];
  /** In source order; every cell of the product is one of them at least. Products may share rules. */
  readonly rules: readonly Rule[];
  /** The first rule taken apart: single members and everything that all the rules have in common. */
  readonly template: Movable;
  /** Combinations that none of the rules says (see `tolerant.ts`); missing where there are none. */
  readonly missing?: Missing;
  /** Of rules of which only parts are meant (`split-lists.ts`), those parts; missing where there are none. */
  readonly parts?: readonly Movable[];
  /** Chains that were the product already (see `trees.ts`), and go. */
  readonly replaces?: readonly string[];
  /** Chain that is this policy rule already, and its name (see `marks/find.ts`). */
  readonly name?: string;
  /** That chain asks mark groups: the file has all of it already. */
  readonly isWritten?: true;
  /** The rate at which that chain logs what it matches in part; missing where it does not. */
  readonly logPartial?: string;
  /** Chain of the table that is the policy rule of which this one is the rest (`rest-form.ts`); missing for all others. */
  readonly restOf?: string;
}

/** Combinations that a policy rule lacks. */
export interface Missing {
  /** With a token for each of the product's sets. */
  readonly cells: readonly (readonly Token[])[];
  /** Rules that keep them out (`exceptions.ts`). */
  readonly exceptions: number;
}

/** Which mark bit (a mask with one bit, unsigned) an axis uses. Only axes that have groups. */
export type MarkBits = Readonly<Partial<Record<Axis, number>>>;

/** One axis of a tree: its members, each with the lines that have it. */
export interface TreeAxis {
  readonly axis: Axis;
  readonly tokens: readonly Token[];
  readonly lines: ReadonlyMap<string, readonly number[]>;
}

/** A product that is compiled into chains: its rules are the calls, then those of the chains. */
export interface TreeProduct extends Product {
  /** Whether the chains test services before addresses. */
  readonly servicesFirst: boolean;
  /** In AXES order, as `sets`. */
  readonly axes: readonly TreeAxis[];
  readonly replaces: readonly string[];
}

/** A chain that looks like a mark group, and is none. */
export interface OddChain {
  readonly chain: string;
  readonly line: number;
  /** The end of a sentence. */
  readonly why: string;
}

/** What is known of mark groups that a ruleset has already. */
export interface MarkSummary {
  /** The bit of each axis. */
  readonly bits: MarkBits;
  /** Their rules, those of group chains and of chains that clear among them, and others that leave the bits 0. */
  readonly rules: ReadonlySet<Rule>;
  readonly odd: readonly OddChain[];
  /** Chains with policy rules, and how these are laid out. */
  readonly layouts: readonly WrittenLayout[];
}

/** How the policy rules of a chain become chains: each for itself, neighbours of one source together, or all of a stretch together. */
export type ChainLayout = "article" | "shared" | "hoisted";

/** A chain whose policy rules are chains already. */
export interface WrittenLayout {
  readonly table: string;
  readonly chain: string;
  readonly layout: ChainLayout;
  /** How many there are. */
  readonly rules: number;
}

/** A rule that stays flat. */
export interface FlatRule {
  readonly table: string;
  readonly rule: Rule;
  readonly reason: FlatReason;
}

/** The outcome for one ruleset: each of its rules is in a product (or several that overlap), or is one of the flat ones. */
export interface Clustering {
  readonly ruleset: Ruleset;
  readonly products: readonly Product[];
  /** In source order. */
  readonly flat: readonly FlatRule[];
  /** Products that are compiled into chains, and would make the file longer: they stay as they are; missing where nobody looked for them. */
  readonly declined?: readonly TreeProduct[];
  /** The mark groups that the ruleset has already; missing where nobody looked for them. */
  readonly marks?: MarkSummary;
  /** Products that are the rest of another one (`rest-form.ts`), with that one; missing where nobody looked for them. */
  readonly rests?: ReadonlyMap<Product, Product>;
}

/** Options of the search. */
export interface ClusterOptions {
  /** Names of chains that stay as they are (`DOCKER*` patterns). */
  readonly keepChains: readonly string[];
  /** Patterns that take a chain out of keepChains again. */
  readonly rewriteChains: readonly string[];
  /** The largest share of a product's combinations that no rule may say; 0 where it is missing. */
  readonly tolerance?: number;
  /** Tables whose rules are merged; `filter` alone where it is missing. */
  readonly rewriteTables?: readonly string[];
  /** Whether all products that are compiled into chains are taken, even where the file grows. */
  readonly compiledChains?: boolean;
  /** Says nothing to the search: the chains that are written have adjacent and nested addresses joined. */
  readonly aggregate?: boolean;
}
