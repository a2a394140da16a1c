/**
 * The kernel's tables and their base chains, and names that can't be a chain's.
 */

const BASE_CHAINS: ReadonlyMap<string, readonly string[]> = new Map([
  ["raw", ["PREROUTING", "OUTPUT"]],
  ["mangle", ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]],
  ["nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]],
  ["filter", ["INPUT", "FORWARD", "OUTPUT"]],
  ["security", ["INPUT", "FORWARD", "OUTPUT"]],
]);

/** The base chains of a table in the order in which packets meet them; empty for a name that is no table's. */
export function baseChains(table: string): readonly string[] {
  return BASE_CHAINS.get(table) ?? [];
}

/** True for the five tables of iptables. */
export function isTableName(table: string): boolean {
  return BASE_CHAINS.has(table);
}

/** True for a chain that sits on a hook in that table. */
export function isBaseChain(table: string, chain: string): boolean {
  return baseChains(table).includes(chain);
}
