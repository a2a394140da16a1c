/**
 * The packets that exist in a hook: what no packet has is outside, so that no difference rests on it.
 *
 * Sources: include/net/netfilter/nf_conntrack.h and net/netfilter/xt_conntrack.c for states and flags; net/netfilter/nf_nat_core.c, nf_nat_inet_fn: the nat table sees the first
 * packet of a connection only; net/netfilter/nf_conntrack_proto_tcp.c, _udp.c, _icmp.c and _icmpv6.c for the headers that connection tracking does not take.
 */
import { CTSTATE, type Family } from "../../model/types.ts";
import { masked, where } from "./encode.ts";
import { LEAF } from "./outcomes.ts";
import { hasConnection, PORT_PROTOCOLS, STATE_CODES } from "./conditions.ts";
import type { Sequencer } from "./sequence.ts";
import { HEADER_BYTES } from "./variables.ts";

/** What a universe is made for. */
export interface UniversePlace {
  readonly family: Family;
  readonly table: string;
  readonly hook: string;
  /** Number of interface classes, the empty name included, and of hardware addresses that rules name. */
  readonly interfaces: number;
  readonly macs: number;
  /** Class of the name of the loopback device. */
  readonly loopback: number;
  /** Whether packets of a connection may have lost a part of their headers (../header-cutters.ts). */
  readonly cutsHeaders: boolean;
  /** Null: packets as both backends treat them. */
  readonly backend: "legacy" | "nft" | null;
  /** Whether the flags of address translation may be told apart: without them, states without a connection need no line of their own. */
  readonly flags: boolean;
}

/** Condition that is TRUE for packets that exist. */
export function universe(place: UniversePlace, join: Sequencer): number {
  const { diagram } = join;
  const { fields } = join.variables;
  const { hook, interfaces, macs, backend } = place;
  const named = (code: number): boolean => code > 0 && code < interfaces;
  const empty = (code: number): boolean => code === 0;
  const inside = { PREROUTING: named, INPUT: named, FORWARD: named, OUTPUT: empty };
  const outside = { PREROUTING: empty, INPUT: empty };
  // POSTROUTING shows the in-interface of forwarded packets to newer kernels only (measured on 6.18): both are there.
  const any = (code: number): boolean => code < interfaces;
  const parts = [
    where(diagram, fields.in, inside[hook as keyof typeof inside] ?? any),
    where(diagram, fields.out, outside[hook as keyof typeof outside] ?? named),
    where(diagram, fields.fragment, (code) => code <= 2),
    place.family === "v6" ? ipv6Fragments(join) : LEAF.TRUE,
    where(diagram, fields.mac, (code) =>
      hook === "OUTPUT" || hook === "POSTROUTING" ? code === 0 : code < macs + 2,
    ),
    backend === null ? LEAF.TRUE : where(diagram, fields.nft, (bit) => (bit === 1) === (backend === "nft")),
    states(place, join),
    place.cutsHeaders ? LEAF.TRUE : trackedHeaders(place, join),
  ];
  return parts.reduce<number>((all, part) => join.and(all, part), LEAF.TRUE);
}

/**
 * In IPv6 the offset of a fragment counts bytes and is never 1 (net/ipv6/exthdrs_core.c, ipv6_find_hdr). What nft reads as ports and flags of a later fragment stands at the
 * beginning of the IPv6 header: the version, 6, in the source port, and the sixth byte of the source address in the flags (measured on Linux 6.18).
 */
function ipv6Fragments(join: Sequencer): number {
  const { diagram } = join;
  const { fragment, nft, protocol, sport, flags, source } = join.variables.fields;
  const is = (levels: readonly number[], test: (value: number) => boolean) => where(diagram, levels, test);
  const isLater = is(fragment, (code) => code === 2);
  const isNft = is(nft, (bit) => bit === 1);
  const version = is(sport.slice(0, 4), (nibble) => nibble === 6);
  const sameFlags = flags.reduce<number>((all, level, at) => {
    const flag = diagram.make(level, LEAF.FALSE, LEAF.TRUE);
    const byte = diagram.make(source[32 + 10 + at]!, LEAF.FALSE, LEAF.TRUE);
    return join.and(all, join.choose(byte, flag, join.not(flag)));
  }, LEAF.TRUE);
  const tcp = is(protocol, (number) => number === 6);
  const ports = is(protocol, (number) => PORT_PROTOCOLS.includes(number));
  const read = join.choose(ports, join.and(version, join.choose(tcp, sameFlags, LEAF.TRUE)), LEAF.TRUE);
  const later = join.choose(isNft, read, LEAF.TRUE);
  return join.choose(
    isLater,
    later,
    is(fragment, (code) => code !== 1),
  );
}

/** One state, and the flags of address translation only beside a connection. */
function states({ table, flags }: UniversePlace, join: Sequencer): number {
  const { diagram } = join;
  const { state, snat, dnat } = join.variables.fields;
  const isSeen = (code: number): boolean =>
    code < STATE_CODES.length &&
    (table !== "nat" || STATE_CODES[code] === CTSTATE.NEW || STATE_CODES[code] === CTSTATE.RELATED);
  if (!flags) return where(diagram, state, isSeen);
  const connected = where(diagram, state, (code) => isSeen(code) && hasConnection(code));
  const plain = join.and(
    where(diagram, snat, (bit) => bit === 0),
    where(diagram, dnat, (bit) => bit === 0),
  );
  const others = where(diagram, state, (code) => isSeen(code) && !hasConnection(code));
  return join.or(connected, join.and(plain, others));
}

/**
 * A packet of a connection is no fragment and has a whole tcp, udp or icmp header: connection tracking puts fragments together and calls the rest INVALID. Other protocols are tracked
 * whatever they carry where the kernel was built without their trackers, and so is what ip6tables takes for broken: a routing header of two bytes (net/ipv6/exthdrs_core.c,
 * ipv6_skip_exthdr). What this host sends to itself keeps its connection, and may come back in fragments, or cut to the length that its IPv6 header names.
 */
function trackedHeaders(place: UniversePlace, join: Sequencer): number {
  const { diagram } = join;
  const { state, fragment, protocol, header } = join.variables.fields;
  const least = { 6: 21, 17: 8, [place.family === "v4" ? 1 : 58]: 8 } as Readonly<Record<number, number>>;
  const headers = Object.entries(least).map(([number, bytes]) =>
    join.choose(
      where(diagram, protocol, (value) => value === Number(number)),
      where(diagram, header, (code) => HEADER_BYTES[code]! >= bytes),
      LEAF.TRUE,
    ),
  );
  const whole = headers.reduce<number>(
    (all, part) => join.and(all, part),
    where(diagram, fragment, (code) => code === 0),
  );
  const isLoose = where(diagram, state, (code) => !hasConnection(code));
  return join.or(isLoose, join.or(whole, mayBeOwn(place, join)));
}

/**
 * Packets that this host may have sent to itself and got back otherwise: by lo; in IPv6 to a multicast address, too, and then they may be forwarded. IPv4 sends multicast back before it
 * makes fragments (net/ipv4/ip_output.c, ip_mc_output; net/ipv6/ip6_output.c, ip6_finish_output2).
 */
function mayBeOwn({ family, hook, loopback }: UniversePlace, join: Sequencer): number {
  if (hook === "OUTPUT") return LEAF.FALSE;
  const { diagram } = join;
  const { destination, in: inside } = join.variables.fields;
  // ff00::/8
  const multicast = family === "v4" ? LEAF.FALSE : masked(diagram, destination.slice(0, 8), ONES, ONES);
  if (hook !== "PREROUTING" && hook !== "INPUT") return multicast;
  return join.or(
    multicast,
    where(diagram, inside, (code) => code === loopback),
  );
}

const ONES = new Array<number>(8).fill(1);

/** What the universe leaves out, as sentences. */
export const EXCLUSIONS: readonly string[] = [
  "Packets that no hook sees: without the interfaces that its packets have, or with one that they lack.",
  "Packets with two connection states at once, or with translated addresses but no connection; in the nat table, packets that are not NEW or RELATED.",
  "Packets with an Ethernet header in OUTPUT and POSTROUTING.",
  "Packets of a connection (NEW, ESTABLISHED, RELATED) that are fragments or lack a part of their tcp, udp or icmp header, unless this host may have sent them to itself (by lo, or to an IPv6 multicast address) or a rule has NFQUEUE, QUEUE or CT: no other device is taken to bring a packet back with its connection (netkit pairs and VXLAN within one network namespace do), and nothing else to cut or unpack packets behind connection tracking.",
];
