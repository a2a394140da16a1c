/**
 * Finds the groups of a table by what their chains do: a chain of members, a tree of such chains by prefix, or a chain that looks for the members of many groups (the hoisted layout), each
 * of which has a bit and a chain with its name.
 */
import type { Axis, Chain, Match, Rule, Table } from "../model/types.ts";

/** A chain that sets a bit for its members. */
export interface LegendGroup {
  readonly name: string;
  readonly axis: Axis;
  /** Unsigned; a single bit, mostly. */
  readonly bits: number;
  readonly rules: readonly Rule[];
  /** The bits are flipped, not set: a packet of two members has lost them again. */
  readonly flips: boolean;
}

/** A rule that tests a member, with the bits that are set for it. */
interface Member {
  readonly rule: Rule;
  readonly axis: Axis;
  readonly bits: number;
  readonly flips: boolean;
  /** The chain that sets them; null: the rule does so itself. */
  readonly setter: string | null;
}

/** The groups that each chain asks for its packets, by its name; chains that are a part of a tree are none. */
export function readGroups({ chains }: Table): ReadonlyMap<string, readonly LegendGroup[]> {
  const reader = new Reader(chains);
  const found = new Map<string, readonly LegendGroup[]>();
  for (const chain of chains) {
    const groups = chain.policy === null ? reader.groupsOf(chain) : null;
    if (groups !== null) found.set(chain.name, groups);
  }
  for (const part of reader.parts) found.delete(part);
  return found;
}

/** Reads chains; a class because it guards which are parts of others. */
class Reader {
  readonly parts = new Set<string>();
  readonly #chains: ReadonlyMap<string, Chain>;

  constructor(chains: readonly Chain[]) {
    this.#chains = new Map(chains.map((chain) => [chain.name, chain]));
  }

  groupsOf(chain: Chain): readonly LegendGroup[] | null {
    const parts = new Set<string>();
    const members = this.#membersOf(chain, new Set(), parts);
    const [first] = members ?? [];
    if (members === null || first === undefined) return null;
    if (members.some(({ axis }) => axis !== first.axis)) return null;
    const groups = members.every(({ bits, setter }) => bits === first.bits && setter === null)
      ? [joinMembers(chain.name, first.bits, members)]
      : splitByBit(members);
    if (groups !== null) for (const part of parts) this.parts.add(part);
    return groups;
  }

  /** Null where a rule is something else. */
  #membersOf(
    { name, rules }: Chain,
    above: ReadonlySet<string>,
    parts: Set<string>,
  ): readonly Member[] | null {
    if (above.has(name) || rules.length === 0) return null;
    const inside = new Set([...above, name]);
    const members: Member[] = [];
    for (const rule of rules) {
      const own = this.#membersOfRule(rule, inside, parts);
      if (own === null) return null;
      members.push(...own);
    }
    return members;
  }

  #membersOfRule(rule: Rule, above: ReadonlySet<string>, parts: Set<string>): readonly Member[] | null {
    const { matches, target } = rule;
    const axis = axisOf(matches);
    if (target.kind === "mark") {
      const { flip: bits, clear } = target;
      if (axis === null || bits === 0 || (clear & ~bits) !== 0) return null;
      return [{ rule, axis, bits, flips: clear !== bits, setter: null }];
    }
    const called = target.kind === "jump" ? this.#chains.get(target.chain) : undefined;
    if (called === undefined || called.policy !== null) return null;
    const bits = readSetter(called);
    if (bits !== 0) return axis === null ? null : [{ rule, axis, bits, flips: false, setter: called.name }];
    // A part of a tree, or a group that is asked for a part of the members.
    if (axis === null && matches.length > 0) return null;
    if (axis !== null) parts.add(called.name);
    return this.#membersOf(called, above, parts);
  }
}

/** The bits that a chain sets for every packet, and nothing else; 0 for other chains. */
function readSetter({ rules }: Chain): number {
  const [only, ...others] = rules;
  if (only?.target.kind !== "mark" || others.length > 0 || only.matches.length > 0) return 0;
  return only.target.flip === only.target.clear ? only.target.flip : 0;
}

function joinMembers(name: string, bits: number, members: readonly Member[]): LegendGroup {
  const { axis } = members[0]!;
  return {
    name,
    axis,
    bits,
    rules: members.map(({ rule }) => rule),
    flips: members.some((each) => each.flips),
  };
}

/** A group for each chain that sets bits; null where rules set others than these, or flip some. */
function splitByBit(members: readonly Member[]): readonly LegendGroup[] | null {
  const names = new Map(
    members.flatMap(({ setter, bits }) => (setter === null ? [] : [[setter, bits] as const])),
  );
  const named = [...names.values()].reduce((all, bits) => (all | bits) >>> 0, 0);
  if (members.some(({ bits, flips }) => flips || (bits & ~named) !== 0)) return null;
  return [...names].map(([name, bits]) =>
    joinMembers(
      name,
      bits,
      members.filter((member) => (member.bits & bits) !== 0),
    ),
  );
}

const AXIS_OF: Readonly<Partial<Record<Match["kind"], Axis>>> = {
  ...{ source: "source", destination: "destination", in: "in", out: "out" },
  ...{ protocol: "service", transport: "service", multiport: "service", icmp: "service" },
};

function axisOf(matches: readonly Match[]): Axis | null {
  const axes = new Set<Axis | null>();
  for (const match of matches) {
    if (match.kind === "iprange")
      axes.add(match.source === null ? "destination" : match.destination === null ? "source" : null);
    else if (match.kind === "addressSet") axes.add(match.side);
    else if (match.kind !== "comment") axes.add(AXIS_OF[match.kind] ?? null);
  }
  const [axis] = axes;
  return axes.size === 1 ? (axis ?? null) : null;
}
