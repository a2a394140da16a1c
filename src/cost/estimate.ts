/**
 * What packets cost in an old and a new ruleset, each base chain of each changed table for itself: the same packets through both (`packets.ts`), each test at its price
 * (`meter.ts`).
 */
import type { Ruleset, Table } from "../model/types.ts";
import { faultOf, pairTables } from "../verify/pairs.ts";
import { compileTable, type TablePair } from "../verify/sample/compile.ts";
import type { CompiledHook, CompiledTable } from "../verify/sample/program.ts";
import { BACKENDS, type Backend } from "./kernel-costs.ts";
import { type Costs, Meter, type Metered } from "./meter.ts";
import { chooseRules, type Likeness, PacketMaker, type Representative } from "./packets.ts";

/** A packet that stands for a part of the traffic of a base chain. */
export interface PacketClass {
  readonly table: string;
  readonly chain: string;
  readonly likeness: Likeness;
  /** Line of the old rule that the packet is like; 0 for none. */
  readonly line: number;
  /** Its part of the base chain's traffic: the sum over the chain is 1. */
  readonly weight: number;
  readonly basis: Basis;
  readonly old: Metered;
  readonly new: Metered;
}

/** Where the parts come from: the counters of the rules, or all rules alike. */
export type Basis = "counters" | "rules";

/** What a packet costs, by the parts of the traffic, and at most. */
export interface SideCost {
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

/** Packets that match no rule, where no counters tell: like none, like a rule in its source, and like one in its addresses, a third each. */
const MISS_SHARE = 0.25;

/** A chain, by its table. */
export function chainKey(table: string, chain: string): string {
  return `${table} ${chain}`;
}

/** All packet classes. `owners` are keys of chains of which the part in each walk is asked. Empty where the rulesets can't be walked. */
export function measureClasses(
  old: Ruleset,
  now: Ruleset,
  ownBits: number,
  owners: ReadonlySet<string> = new Set(),
): readonly PacketClass[] {
  const paired = pairTables(old, now);
  if (faultOf(old, now, paired) !== null) return [];
  return paired.flatMap(({ pair, isIdentical }) => {
    if (isIdentical) return [];
    const own = [...owners].flatMap((key) => {
      const prefix = chainKey(pair.name, "");
      return key.startsWith(prefix) ? [key.slice(prefix.length)] : [];
    });
    return measureTable(old, pair, ownBits, new Set(own));
  });
}

function measureTable(
  ruleset: Ruleset,
  pair: TablePair,
  ownBits: number,
  owners: ReadonlySet<string>,
): readonly PacketClass[] {
  // Both backends walk the same rules: what they do otherwise are packets with broken headers, and these are whole.
  const table = compileTable(pair, ownBits, 0, "legacy");
  const meters = [new Meter(table, 0, pair.old, owners), new Meter(table, 1, pair.new, owners)] as const;
  return table.hooks.flatMap((hook) => {
    if (hook.isUnread) return [];
    const { basis, all } = weigh(ruleset, pair.old, table, hook);
    const classes: PacketClass[] = [];
    for (const { likeness, packet, weight, line } of all) {
      const [before, after] = meters.map((meter) => meter.measure(hook, packet));
      // A walk without an end: one is waited for, and nothing is said of the base chain.
      if (!before || !after) return [];
      const place = { table: pair.name, chain: hook.name };
      classes.push({ ...place, likeness, weight, basis, line, old: before, new: after });
    }
    return classes;
  });
}

interface Weighed extends Representative {
  readonly weight: number;
  readonly line: number;
}

/** The packets of a hook with their parts of its traffic. */
function weigh(
  ruleset: Ruleset,
  old: Table,
  table: CompiledTable,
  hook: CompiledHook,
): { readonly basis: Basis; readonly all: readonly Weighed[] } {
  const { counts, lines } = readRules(old);
  const base = old.chains.find(({ name }) => name === hook.name);
  const policy = countsOfPolicy(ruleset, base?.line ?? 0);
  const reached = [...hook.sides[0].anchors];
  const basis = policy > 0 || reached.some((rule) => counts[rule]! > 0) ? "counters" : "rules";
  const chosen = chooseRules(table, hook, basis === "counters" ? counts : null);
  const hits = chosen.map(({ rules }) =>
    basis === "counters" ? rules.reduce((sum, rule) => sum + counts[rule]!, 0) : rules.length,
  );
  const all = hits.reduce((sum, count) => sum + count, 0);
  const total = all + policy;
  const missed = all === 0 ? 1 : basis === "counters" ? policy / total : MISS_SHARE;
  const maker = new PacketMaker(table, hook);
  // Misses are of three kinds where there are rules to be like.
  const kind = chosen.length === 0 ? missed : missed / 3;
  const weighed = chosen.flatMap(({ rule }, at) =>
    maker.like(rule).map((each): Weighed => {
      const hit = all === 0 ? 0 : (hits[at]! / all) * (1 - missed);
      const weight = each.likeness === "rule" ? hit : kind / chosen.length;
      return { ...each, weight, line: lines[rule]! };
    }),
  );
  return { basis, all: [{ ...maker.stranger, weight: kind, line: 0 }, ...weighed] };
}

/** Packet counters and lines of rules as programs number them. */
function readRules({ chains }: Table): { readonly counts: Float64Array; readonly lines: Int32Array } {
  const counts: number[] = [];
  const lines: number[] = [];
  for (const { rules } of chains) {
    for (const { counters, line } of rules) {
      counts.push(Number(counters?.packets ?? 0));
      lines.push(line);
    }
    counts.push(0);
    lines.push(0);
  }
  return { counts: Float64Array.from(counts), lines: Int32Array.from(lines) };
}

/** Packets that a base chain's policy has decided, as its declaration counts them. */
function countsOfPolicy({ file }: Ruleset, line: number): number {
  const start = file.lineStarts[line - 1];
  if (start === undefined) return 0;
  const declared = /^\s*:\S+\s+\S+\s+\[(\d+):\d+\]/.exec(file.text.slice(start, file.lineStarts[line]));
  return Number(declared?.[1] ?? 0);
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
