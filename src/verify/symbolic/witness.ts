/**
 * Chooses one packet from a set of packets: one that a person would write, with usual values and those that the rules name.
 */
import type { Table } from "../../model/types.ts";
import type { Diagram } from "./diagram.ts";
import { bitsOf, numberBits } from "./encode.ts";
import { cofactor } from "./sequence.ts";
import type { TableProof } from "./table-proof.ts";
import { type Fields, HEADER_BYTES } from "./variables.ts";

/** What packets are chosen for: variables, names, and the rules whose values are preferred. */
export type PacketSpace = Pick<TableProof, "join" | "interfaces" | "macs" | "pair">;

/** Values to try for each field, best first: numbers, or words of addresses. */
type Wishes = Readonly<Partial<Record<keyof Fields, readonly (number | readonly number[])[]>>>;

/** Ports that people know, behind those that the rules name. */
const USUAL_PORTS = [443, 80, 22, 53, 25, 8080, 40000];

/** Addresses kept for documentation. */
const USUAL_ADDRESSES = {
  v4: [0xc0000207, 0xc6336407, 0xcb007107].map((word) => [word]),
  v6: [0x20010db8, 0x20010db9].map((word) => [word, 0, 0, 7]),
} as const;

const [TCP, UDP, ICMP, ICMP6] = [6, 17, 1, 58];
const SYN = 2;
const ACK = 16;

/** How many values of one field are tried, where that is dear. */
const FEW = 40;

/**
 * Bits of a packet for which `node` is not `none`: by level; levels that do not matter are 0. `node` has to have such packets.
 */
export function choosePacket(proof: PacketSpace, node: number, none: number): ReadonlyMap<number, number> {
  const choice = new Choice(proof.join.diagram, node, none);
  const { fields } = proof.join.variables;
  choice.keepFixed(fields.destination);
  const whole = HEADER_BYTES.length - 1;
  // An ordinary packet, if there is one.
  choice.tryAll(["fragment", "header", "nft", "broken"], [0, whole, 0, 0], fields);
  const wishes = wishesOf(proof);
  for (const name of byLevel(fields)) {
    const isMet = (wishes[name] ?? []).some((value) => choice.tryValue(fields[name], value));
    // Rather a host than the address of its network.
    if (!isMet && (name === "source" || name === "destination")) choice.tryValue(fields[name].slice(-1), 1);
  }
  choice.tryValue(fields.fragment, 0);
  choice.tryValue(fields.header, whole);
  return choice.finish();
}

/** Bits of any packet for which `node` is not `none`, an ordinary one where there are such; all addresses and ports have a value. */
export function drawPacket(
  proof: TableProof,
  node: number,
  none: number,
  random: { readonly below: (bound: number) => number },
): ReadonlyMap<number, number> {
  const { fields } = proof.join.variables;
  const choice = new Choice(proof.join.diagram, node, none);
  choice.keepFixed(fields.destination);
  choice.tryAll(["fragment", "header", "nft", "broken"], [0, HEADER_BYTES.length - 1, 0, 0], fields);
  const bits = new Map(choice.finish(() => random.below(2)));
  for (const level of [...fields.source, ...fields.destination, ...fields.sport, ...fields.dport])
    if (!bits.has(level)) bits.set(level, random.below(2));
  return bits;
}

/** Fields in the order of their levels. */
function byLevel(fields: Fields): readonly (keyof Fields)[] {
  const names = Object.keys(fields) as (keyof Fields)[];
  return names
    .filter((name) => fields[name].length > 0)
    .sort((one, other) => fields[one][0]! - fields[other][0]!);
}

/** Narrows a set of packets step by step; a class because it guards what is chosen. */
class Choice {
  readonly #diagram: Diagram;
  readonly #none: number;
  readonly #bits = new Map<number, number>();
  #node: number;

  constructor(diagram: Diagram, node: number, none: number) {
    this.#diagram = diagram;
    this.#node = node;
    this.#none = none;
  }

  /** Where the diagrams are about a part of all packets, the chosen one is of that part. */
  keepFixed(levels: readonly number[]): void {
    for (const level of levels) {
      const fixed = this.#diagram.fixedAt(level);
      if (fixed !== -1) this.#bits.set(level, fixed);
    }
  }

  /** Gives a field a value if packets are left. True also where it had that value already. */
  tryValue(levels: readonly number[], value: number | readonly number[]): boolean {
    const bits = typeof value === "number" ? numberBits(value, levels.length) : bitsOf(value);
    return this.#try(levels, bits);
  }

  tryAll(names: readonly (keyof Fields)[], values: readonly number[], fields: Fields): boolean {
    const entries = names.flatMap((name, at) => {
      const bits = numberBits(values[at]!, fields[name].length);
      return fields[name].map((level, place) => [level, bits[place]!] as const);
    });
    entries.sort(([one], [other]) => one - other);
    return this.#try(
      entries.map(([level]) => level),
      entries.map(([, bit]) => bit),
    );
  }

  #try(levels: readonly number[], bits: readonly number[]): boolean {
    if (levels.some((level, at) => (this.#bits.get(level) ?? bits[at]) !== bits[at])) return false;
    const left = cofactor(this.#diagram, this.#node, levels, bits);
    if (left === this.#none) return false;
    this.#node = left;
    for (const [at, level] of levels.entries()) this.#bits.set(level, bits[at]!);
    return true;
  }

  /** Goes on to where packets are left; `prefer` says which branch where both have some. */
  finish(prefer: () => number = () => 0): ReadonlyMap<number, number> {
    const { levels, lows, highs } = this.#diagram;
    while (this.#node >= 0) {
      const [low, high] = [lows[this.#node]!, highs[this.#node]!];
      const bit = low === this.#none ? 1 : high === this.#none ? 0 : prefer();
      this.#bits.set(levels[this.#node]!, bit);
      this.#node = bit === 0 ? low : highs[this.#node]!;
    }
    return this.#bits;
  }
}

function wishesOf(proof: PacketSpace): Wishes {
  const { pair, interfaces, macs } = proof;
  const isV4 = pair.family === "v4";
  const named = namedValues([pair.old, pair.new]);
  const interleaved =
    proof.join.variables.fields.source[0]! - proof.join.variables.fields.destination[0]! === 1;
  const addresses = (list: readonly (readonly number[])[]) => {
    const plain = list.filter((words) => !isOfOneLink(words));
    const all = [...plain, ...USUAL_ADDRESSES[pair.family], ...list.filter(isOfOneLink)];
    return interleaved ? all.slice(0, FEW) : all;
  };
  return {
    state: [0, 1, 2, 3, 4],
    snat: [0],
    dnat: [0],
    in: interfaces.names.map((_, code) => code),
    out: interfaces.names.map((_, code) => code),
    broken: [0],
    protocol: [TCP, UDP, isV4 ? ICMP : ICMP6, ...named.protocols],
    source: addresses(named.sources),
    destination: addresses(named.destinations),
    nft: [0],
    fragment: [0],
    header: [HEADER_BYTES.length - 1],
    dport: [...USUAL_PORTS, ...named.ports, 0],
    sport: [40000, ...named.ports, 0],
    flags: [SYN, ACK, SYN | ACK, 0],
    icmpType: [isV4 ? 8 : 128, 0],
    icmpCode: [0],
    mac: [0, ...macs.map((_, at) => at + 2), 1],
  };
}

/** Addresses that no router hands on: unspecified, loopback, link-local, multicast (net/ipv6/ip6_output.c, ip6_forward; RFC 6890). */
function isOfOneLink([first, ...rest]: readonly number[]): boolean {
  const top = first! >>> 0;
  if (rest.length === 0) return [0, 127].includes(top >>> 24) || top >>> 16 === 0xa9fe || top >>> 29 === 7;
  return top === 0 || top >>> 22 === 0x3fa || top >>> 24 === 0xff;
}

/** Values that rules name: hosts as they are, of networks the first host. */
function namedValues(tables: readonly Table[]) {
  const sources = new Map<string, readonly number[]>();
  const destinations = new Map<string, readonly number[]>();
  const protocols = new Set<number>();
  const ports = new Set<number>();
  for (const match of tables.flatMap(({ chains }) =>
    chains.flatMap(({ rules }) => rules.flatMap(({ matches }) => matches)),
  )) {
    if (match.kind === "protocol") protocols.add(match.number);
    if (match.kind === "transport")
      for (const test of [match.source, match.destination]) if (test !== null) ports.add(test.range.first);
    if (match.kind === "multiport") for (const { first } of match.ranges) ports.add(first);
    if ((match.kind === "source" || match.kind === "destination") && match.address !== null) {
      const { address, mask } = match.address;
      const host = [...address];
      const last = host.length - 1;
      if ((mask[last]! & 1) === 0) host[last] = host[last]! | 1;
      (match.kind === "source" ? sources : destinations).set(host.join(), host);
    }
  }
  return {
    protocols: [...protocols],
    ports: [...ports],
    sources: [...sources.values()],
    destinations: [...destinations.values()],
  };
}
