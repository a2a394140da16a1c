/**
 * The tables of one family as the commands of a script change them, one call after the other.
 */
import { baseChains, isBaseChain } from "../model/tables.ts";
import type { Stretch } from "./pieces.ts";
import type { Token } from "./rule-text.ts";

/** A rule as it will be printed, without `-A CHAIN`. */
export interface MadeRule {
  readonly tokens: readonly Token[];
  /** The command that made it. */
  readonly at: Stretch;
  /** The chain's name in that command. */
  readonly chainAt: Stretch;
  /** The chain that it jumps to, and the position of the token that ends with its name; null for other targets. */
  readonly jump: { readonly chain: string; readonly token: number } | null;
}

/** A chain. */
export interface MadeChain {
  readonly name: string;
  readonly policy: "ACCEPT" | "DROP" | null;
  /** What declared it or set its policy; null for a base chain that nothing did. */
  readonly at: Stretch | null;
  readonly rules: readonly MadeRule[];
  /** Whether the script has emptied it, or made it. */
  readonly isFresh: boolean;
}

/** A table; chains in the order in which they came. */
export interface MadeTable {
  readonly name: string;
  /** The first command that touched it. */
  readonly at: Stretch;
  readonly chains: ReadonlyMap<string, MadeChain>;
}

/** A table of a kernel that nothing has changed. */
export function emptyTable(name: string, at: Stretch, isFresh: boolean): MadeTable {
  const chains = baseChains(name).map((chain): [string, MadeChain] => [
    chain,
    { name: chain, policy: "ACCEPT", at: null, rules: [], isFresh },
  ]);
  return { name, at, chains: new Map(chains) };
}

/** The table with one chain changed or added. */
export function withChain(table: MadeTable, chain: MadeChain): MadeTable {
  return { ...table, chains: new Map(table.chains).set(chain.name, chain) };
}

/** The table without chains. */
export function withoutChains(table: MadeTable, names: ReadonlySet<string>): MadeTable {
  return { ...table, chains: new Map([...table.chains].filter(([name]) => !names.has(name))) };
}

/** True when a rule of the table jumps to a chain. */
export function isReferenced(table: MadeTable, name: string): boolean {
  return [...table.chains.values()].some(({ rules }) => rules.some(({ jump }) => jump?.chain === name));
}

/** The chains that a script can delete. */
export function userChains(table: MadeTable): readonly MadeChain[] {
  return [...table.chains.values()].filter(({ name }) => !isBaseChain(table.name, name));
}
