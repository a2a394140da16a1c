/**
 * What packets cost in an old and a new ruleset, each base chain of each changed table for itself: the same packets through both (`packets.ts`), each test at its price
 * (`meter.ts`).
 */
import type { Ruleset } from "../model/types.ts";
import { faultOf, pairTables } from "../verify/pairs.ts";
import { compileTable, type TablePair } from "../verify/sample/compile.ts";
import type { CompiledHook, CompiledTable } from "../verify/sample/program.ts";
import { readCounters } from "./counters.ts";
import { BACKENDS, type Backend } from "../cluster/kernel-costs.ts";
import { type Costs, Meter, type Metered } from "./meter.ts";
import type { Likeness } from "./packets.ts";
import { numberInterfaces } from "./traffic/place-packet.ts";
import type { Traffic } from "./traffic/types.ts";
import { type Basis, weigh } from "./weigh.ts";

/** A packet that stands for a part of the traffic of a base chain. */
export interface PacketClass {
  readonly table: string;
  readonly chain: string;
  readonly likeness: Likeness;
  /** Whether it is like the first rule of a chain that is replaced. */
  readonly isFirst: boolean;
  /** Line of the old rule that the packet is like, or of the file of traffic; 0 for none. */
  readonly line: number;
  /** Its part of the base chain's traffic: the sum over the chain is 1. */
  readonly weight: number;
  readonly basis: Basis;
  /** Rules that the base chain reaches. */
  readonly rules: { readonly old: number; readonly new: number };
  readonly old: Metered;
  readonly new: Metered;
}

/** What a packet costs, by the parts of the traffic, and at most. */
export interface SideCost {
  /** Rules that the base chain reaches. */
  readonly rules: number;
  readonly expected: Costs;
  readonly worst: Costs;
}

/** A base chain. */
export interface ChainCost {
  readonly table: string;
  readonly chain: string;
  readonly basis: Basis;
  readonly packets: number;
  readonly old: SideCost;
  readonly new: SideCost;
  /** By how much the packet class for which the new ruleset is worst costs more than in the old one; negative where all cost less. */
  readonly loss: Costs;
}

/** A chain, by its table. */
export function chainKey(table: string, chain: string): string {
  return `${table} ${chain}`;
}

/** What is asked beside the costs. */
export interface MeasureOptions {
  /** Keys of chains of which the part in each walk is asked. */
  readonly owners?: ReadonlySet<string>;
  /** Packets that stand for the traffic, where somebody gave some. */
  readonly traffic?: Traffic | null;
}

/** All packet classes. Empty where the rulesets can't be walked. */
export function measureClasses(
  old: Ruleset,
  now: Ruleset,
  ownBits: number,
  { owners = new Set(), traffic = null }: MeasureOptions = {},
): readonly PacketClass[] {
  const paired = pairTables(old, now);
  if (faultOf(old, now, paired) !== null) return [];
  return paired.flatMap(({ pair, isIdentical }) => {
    if (isIdentical) return [];
    const own = [...owners].flatMap((key) => {
      const prefix = chainKey(pair.name, "");
      return key.startsWith(prefix) ? [key.slice(prefix.length)] : [];
    });
    return measureTable(old, pair, ownBits, { owners: new Set(own), traffic });
  });
}

function measureTable(
  ruleset: Ruleset,
  pair: TablePair,
  ownBits: number,
  { owners, traffic }: Required<MeasureOptions>,
): readonly PacketClass[] {
  // Both backends walk the same rules: what they do otherwise are packets with broken headers, and these are whole.
  const table = compileTable(pair, ownBits, 0, "legacy");
  const meters = [new Meter(table, 0, pair.old, owners), new Meter(table, 1, pair.new, owners)] as const;
  const counters = readCounters(ruleset, pair.old);
  const numberOf = numberInterfaces(table, [pair.old, pair.new]);
  const facts = { counters, traffic, numberOf, replaced: findReplaced(pair) };
  return table.hooks.flatMap((hook) => {
    if (hook.isUnread) return [];
    const { basis, all } = weigh(facts, table, hook);
    const rules = { old: countRules(table, hook, 0), new: countRules(table, hook, 1) };
    const classes: PacketClass[] = [];
    for (const { likeness, isFirst, packet, weight, line } of all) {
      const [before, after] = meters.map((meter) => meter.measure(hook, packet));
      // A walk without an end: one is waited for, and nothing is said of the base chain.
      if (!before || !after) return [];
      const place = { table: pair.name, chain: hook.name };
      classes.push({ ...place, likeness, isFirst, weight, basis, rules, line, old: before, new: after });
    }
    return classes;
  });
}

/** Rules of the old side that stand in the same chain of the new one no more, as programs number them. */
function findReplaced(pair: TablePair): ReadonlySet<number> {
  const now = new Map(
    pair.new.chains.map(({ name, rules }) => [name, new Set(rules.map(({ text }) => text))]),
  );
  const replaced = new Set<number>();
  let number = 0;
  for (const { name, rules } of pair.old.chains) {
    for (const { text } of rules) {
      if (now.get(name)?.has(text) !== true) replaced.add(number);
      number++;
    }
    // The chain's end has a number, too.
    number++;
  }
  return replaced;
}

/** Rules that a hook reaches; ends of chains are none. */
function countRules({ programs }: CompiledTable, { sides }: CompiledHook, side: 0 | 1): number {
  const { chainOf, chainStart } = programs[side];
  const isRule = (rule: number) => rule !== chainStart[chainOf[rule]! + 1]! - 1;
  return [...sides[side].anchors].filter(isRule).length;
}

/** The base chains of packet classes, in their order. */
export function summariseClasses(classes: readonly PacketClass[]): readonly ChainCost[] {
  const byChain = new Map<string, PacketClass[]>();
  for (const each of classes) {
    const key = chainKey(each.table, each.chain);
    byChain.set(key, [...(byChain.get(key) ?? []), each]);
  }
  return [...byChain.values()].map((own) => {
    const { table, chain, basis } = own[0]!;
    const loss = byBackend((backend) =>
      Math.max(...own.map((each) => each.new.costs[backend] - each.old.costs[backend])),
    );
    return {
      table,
      chain,
      basis,
      packets: own.length,
      old: sideOf(own, "old"),
      new: sideOf(own, "new"),
      loss,
    };
  });
}

function sideOf(classes: readonly PacketClass[], side: "old" | "new"): SideCost {
  return {
    rules: classes[0]!.rules[side],
    expected: byBackend((backend) =>
      classes.reduce((sum, each) => sum + each.weight * each[side].costs[backend], 0),
    ),
    worst: byBackend((backend) => Math.max(...classes.map((each) => each[side].costs[backend]))),
  };
}

/** One number for each backend. */
export function byBackend(of: (backend: Backend) => number): Costs {
  const [legacy, nft] = BACKENDS.map(of);
  return { legacy: legacy!, nft: nft! };
}
