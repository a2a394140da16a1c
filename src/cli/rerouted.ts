/**
 * Packets of local programs that the host routes a second time: mangle's OUTPUT does so with every packet that leaves it with another mark than it came with.
 *
 * What a rule chain sets and clears again is no change; own bits that a packet brought along are, as soon as a rule chain clears them. Source:
 * net/ipv4/netfilter/iptable_mangle.c, ipt_mangle_out; net/netfilter/nft_chain_route.c; tried in test/kernel/tables.test.ts.
 */
import type { Table } from "../model/types.ts";
import { printMark } from "../plan/own-bits.ts";
import type { Rewritten } from "../rewrite/types.ts";

/** What to say of it: one sentence where the new mangle table's OUTPUT comes to rule chains. */
export function describeRerouted(
  rewritten: Rewritten,
  tables: readonly Table[],
  own: number,
): readonly string[] {
  const mangle = tables.find(({ name }) => name === "mangle");
  if (mangle === undefined || !rewritten.tablesChanged.includes("mangle")) return [];
  const made = new Set(rewritten.newChains);
  if (![...reachable(mangle, "OUTPUT")].some((chain) => made.has(chain))) return [];
  return [
    `Packets that local programs send with some of the mark bits ${printMark(own)} set (SO_MARK) lose them in mangle OUTPUT, and are routed a second time.`,
  ];
}

function reachable({ chains }: Table, from: string): ReadonlySet<string> {
  const rules = new Map(chains.map(({ name, rules }) => [name, rules]));
  const found = new Set([from]);
  // A set that grows while it is walked is walked to its end.
  for (const name of found)
    for (const { target } of rules.get(name) ?? [])
      if (target.kind === "jump" || target.kind === "goto") found.add(target.chain);
  return found;
}
