/**
 * Which packets stand for the traffic of a base chain, and how much of it each is: by a file of traffic, by the counters of the rules, or all rules alike.
 */
import type { CompiledHook, CompiledTable } from "../verify/sample/program.ts";
import { countHook, type CountersKind, type TableCounters } from "./counters.ts";
import { chooseRules, findEnds, PacketMaker, type Representative } from "./packets.ts";
import { choosePackets, type InterfaceNumbers, placePacket } from "./traffic/place-packet.ts";
import type { Traffic } from "./traffic/types.ts";

/** Where the parts come from. */
export interface Basis {
  readonly kind: "traffic" | "counters" | "rules";
  /** What the counters are good for. */
  readonly counters: CountersKind;
  /** How many packets the counters have, or the file. */
  readonly packets: number;
}

/** A packet with its part of the traffic. */
export interface Weighed extends Representative {
  readonly weight: number;
  /** Line of the old rule that it is like, or of the file of traffic; 0 for none. */
  readonly line: number;
}

/** Packets that match no rule, where no counters tell: like none, like a rule in its source, and like one in its addresses, a third each. */
const MISS_SHARE = 0.25;

/** What is known of a table's traffic. */
export interface TrafficFacts {
  readonly counters: TableCounters;
  readonly traffic: Traffic | null;
  readonly numberOf: InterfaceNumbers;
  /** Rules of the old side that the new one has something else for. */
  readonly replaced: ReadonlySet<number>;
}

/** The packets of a hook with their parts of its traffic: together 1. */
export function weigh(
  { counters, traffic, numberOf, replaced }: TrafficFacts,
  table: CompiledTable,
  hook: CompiledHook,
): { readonly basis: Basis; readonly all: readonly Weighed[] } {
  const maker = new PacketMaker(table, hook);
  const typical = weighTypical({ counters, replaced }, table, hook, maker);
  const given = (traffic?.packets ?? []).filter(({ hooks }) => hooks.includes(hook.name));
  const packets = given.reduce((sum, { weight }) => sum + weight, 0);
  if (packets === 0) return typical;
  const chosen = choosePackets(given).map(
    ({ line, weight, packet }): Weighed => ({
      ...{ likeness: "traffic", rule: -1, isFirst: false, line, weight: weight / packets },
      packet: maker.finish(placePacket(table, numberOf, maker.stranger.packet, packet(hook.name))),
    }),
  );
  // What costs most is asked of all kinds of packets.
  const others = typical.all.map((each) => ({ ...each, weight: 0 }));
  return { basis: { ...typical.basis, kind: "traffic", packets }, all: [...chosen, ...others] };
}

function weighTypical(
  { counters, replaced }: Pick<TrafficFacts, "counters" | "replaced">,
  table: CompiledTable,
  hook: CompiledHook,
  maker: PacketMaker,
): { readonly basis: Basis; readonly all: readonly Weighed[] } {
  const ends = findEnds(table, hook);
  const { kind, total, counts, policy } = countHook(counters, table, hook, ends);
  const isCounted = kind === "good";
  const chosen = chooseRules(ends, table, replaced, isCounted ? counts : null);
  const hits = chosen.map(({ rules }) =>
    isCounted ? rules.reduce((sum, rule) => sum + counts[rule]!, 0) : rules.length,
  );
  const all = hits.reduce((sum, count) => sum + count, 0);
  const missed = all === 0 ? 1 : isCounted ? policy / total : MISS_SHARE;
  // Misses are of three kinds where there are rules to be like.
  const share = chosen.length === 0 ? missed : missed / 3;
  const weighed = chosen.flatMap((one, at) =>
    maker.like(one).map((each): Weighed => {
      const hit = all === 0 ? 0 : (hits[at]! / all) * (1 - missed);
      const weight = each.likeness === "rule" ? hit : share / chosen.length;
      return { ...each, weight, line: counters.lines[one.rule]! };
    }),
  );
  return {
    basis: { kind: isCounted ? "counters" : "rules", counters: kind, packets: total },
    all: [{ ...maker.stranger, weight: share, line: 0 }, ...weighed],
  };
}
