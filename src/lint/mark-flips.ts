/**
 * MARK rules that turn a bit over which may be set already: `--set-xmark 0x8/0x0` sets the bit the first time and clears it the second time, so a packet that two members of a
 * group match is out of the group again. Found by proof, for packets that come in with no mark at all.
 */
import { regionOf, regionsOverlap } from "../cluster/regions.ts";
import type { Chain, Rule } from "../model/types.ts";
import { printMark } from "../plan/own-bits.ts";
import { cofactor } from "../verify/symbolic/sequence.ts";
import { type Draft, linesOf, nameLines } from "./drafts.ts";
import type { TableReach } from "./reach.ts";

/** Bits that a rule turns over for the packets that match it; 0 where it has no condition: that is how all packets' bits are turned over on purpose. */
function flippedBits({ target, matches }: Rule): number {
  if (target.kind !== "mark" || matches.every(({ kind }) => kind === "comment")) return 0;
  return target.flip & ~target.clear;
}

/** At most two findings for each chain. Throws what proofs throw. */
export function findFlips(reach: TableReach): readonly Draft[] {
  return reach.table.chains.flatMap((chain) => {
    const places = [...chain.rules.keys()].filter(
      (place) =>
        flippedBits(chain.rules[place]!) !== 0 && (reach.arrivals(chain.name, place)?.length ?? 0) > 0,
    );
    return places.length === 0 ? [] : findInChain(reach, chain, places);
  });
}

function findInChain(reach: TableReach, chain: Chain, places: readonly number[]): readonly Draft[] {
  const overlapping = new Set<Rule>();
  const stale: Rule[] = [];
  for (const place of places) {
    if (!mayBeSet(reach, chain, place)) continue;
    const partners = findPartners(reach, chain, place, places);
    for (const rule of partners) overlapping.add(rule);
    if (partners.length > 0) overlapping.add(chain.rules[place]!);
    else stale.push(chain.rules[place]!);
  }
  const about = { severity: "warning", table: reach.table.name, chain: chain.name } as const;
  const rules = [...overlapping].sort((left, right) => left.line - right.line);
  const drafts: Draft[] = [];
  if (rules.length > 0)
    drafts.push({
      ...about,
      kind: "mark-overlap",
      rules,
      message: `${nameLines(linesOf(rules))} turn a bit over instead of setting it, and some packets match two of them: the second one clears what the first one set`,
      advice: adviceFor(rules),
    });
  if (stale.length > 0)
    drafts.push({
      ...about,
      kind: "mark-stale",
      rules: stale,
      message: `${nameLines(linesOf(stale))} ${stale.length === 1 ? "turns" : "turn"} a bit over that may be set already when a packet comes into ${chain.name}: then it is cleared`,
      advice: `${adviceFor(stale)}, and clear it before the chain is called again`,
    });
  return drafts;
}

function adviceFor(rules: readonly Rule[]): string {
  const bit = printMark(rules.reduce((bits, rule) => bits | flippedBits(rule), 0));
  return `set the bit: --set-xmark ${bit}/${bit} instead of ${bit}/0x0`;
}

/** Whether a packet that came in with mark 0 may have one of the bits when it matches the rule. */
function mayBeSet(reach: TableReach, chain: Chain, place: number): boolean {
  const { flow } = reach;
  const { join, none } = flow;
  const { variables } = join;
  const rule = chain.rules[place]!;
  const marks = Array.from({ length: 32 }, (_, bit) => variables.mark(bit));
  const zeros = marks.map(() => 0);
  const bits = marks.filter((_, bit) => ((flippedBits(rule) >>> bit) & 1) === 1);
  return reach.arrivals(chain.name, place)!.some((arriving) =>
    bits.some((level) => {
      const isSet = join.branch(level, none, reach.matching(rule));
      return cofactor(join.diagram, flow.within(arriving, isSet), marks, zeros) !== none;
    }),
  );
}

/** Rules of the chain before it that turn the same bit over for some packet that then comes to it and matches. */
function findPartners(
  reach: TableReach,
  chain: Chain,
  place: number,
  places: readonly number[],
): readonly Rule[] {
  const rule = chain.rules[place]!;
  const region = regionOf(rule);
  return places
    .filter((other) => other < place && (flippedBits(chain.rules[other]!) & flippedBits(rule)) !== 0)
    .filter((other) => regionsOverlap(regionOf(chain.rules[other]!), region))
    .filter((other) => bothMatch(reach, chain, other, place))
    .map((other) => chain.rules[other]!);
}

function bothMatch(reach: TableReach, chain: Chain, first: number, second: number): boolean {
  const { flow, matching, passing } = reach;
  const other = chain.rules[second]!;
  return reach.arrivals(chain.name, first)!.some((arriving) => {
    let packets = flow.within(arriving, matching(chain.rules[first]!));
    for (let place = first; place < second && packets !== flow.none; place++)
      packets = flow.within(flow.past(packets, passing(chain.rules[place]!)), flow.all);
    return packets !== flow.none && flow.meets(packets, matching(other));
  });
}
