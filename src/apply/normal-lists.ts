/**
 * Tables as lists that are the same where iptables keeps the same rules: without counters, lines of comments and the order of declarations, each rule in the spelling of
 * iptables-save. Comments of rules count: loading a list without one loses it.
 */
import { printProtocol } from "../model/protocols.ts";
import { baseChains } from "../model/tables.ts";
import type { Chain, Match, Rule, Ruleset, Table } from "../model/types.ts";
import { isUnparsed } from "../model/unparsed.ts";

/** A chain of a normalised table. */
export interface NormalChain {
  readonly name: string;
  /** Null for a user-defined chain. */
  readonly policy: Chain["policy"];
  /** In order, as `-A CHAIN …`. */
  readonly rules: readonly string[];
}

/** A normalised table: all base chains that it can have, in the kernel's order, then the others by name. */
export interface NormalTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, NormalChain>;
}

/** A rule as iptables-save prints it; numbers of protocols where only the host knows the names. */
export function normalRule(rule: Rule): string {
  const { chain, matches, target } = rule;
  // Its words are all that is known, and no rule that was read is the same one.
  if (isUnparsed(rule)) return `-A ${chain} ${target.text} # can't be read`;
  return [`-A ${chain}`, ...matches.map(matchText), target.text].filter((text) => text !== "").join(" ");
}

function matchText(match: Match): string {
  if (match.kind !== "protocol") return match.text;
  return `${match.negated ? "! " : ""}-p ${printProtocol(match.number, "")}`;
}

/** The normalised table of that name; one that the ruleset lacks, and a base chain that it lacks, is empty with policy ACCEPT. */
export function normalTable({ tables }: Ruleset, name: string): NormalTable {
  const own = tables.find((table) => table.name === name)?.chains ?? [];
  const missing = baseChains(name).filter((base) => !own.some((chain) => chain.name === base));
  const chains = [
    ...missing.map((base): NormalChain => ({ name: base, policy: "ACCEPT", rules: [] })),
    ...own.map(normalChain),
  ];
  const rank = ({ name: chain, policy }: NormalChain): number =>
    policy === null ? baseChains(name).length : baseChains(name).indexOf(chain);
  chains.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
  return { name, chains: new Map(chains.map((chain) => [chain.name, chain])) };
}

function normalChain({ name, policy, rules }: Chain): NormalChain {
  return { name, policy, rules: rules.map(normalRule) };
}

/** True where both have the same policy and the same rules in the same order. */
export function isSameChain(one: NormalChain, other: NormalChain): boolean {
  return (
    one.policy === other.policy &&
    one.rules.length === other.rules.length &&
    one.rules.every((rule, at) => rule === other.rules[at])
  );
}

/** True where both have the same chains. */
export function isSameTable(one: NormalTable, other: NormalTable): boolean {
  if (one.chains.size !== other.chains.size) return false;
  return [...one.chains.values()].every((chain) => {
    const twin = other.chains.get(chain.name);
    return twin !== undefined && isSameChain(chain, twin);
  });
}

/** True for a table as the kernel makes it: no rules, no chains of its own, and all policies ACCEPT. */
export function isEmptyTable({ chains }: Table): boolean {
  return chains.every(({ policy, rules }) => policy === "ACCEPT" && rules.length === 0);
}

/** The tables of both, in the order in which packets meet them, those that nobody knows last. */
export function tableNames(...rulesets: readonly Ruleset[]): readonly string[] {
  const names = new Set(rulesets.flatMap(({ tables }) => tables.map(({ name }) => name)));
  const known = ["raw", "mangle", "nat", "filter", "security"].filter((name) => names.has(name));
  return [...known, ...[...names].filter((name) => !known.includes(name)).sort()];
}
