/**
 * Takes back what no packet has, and gives what every packet has: fields drawn one by one don't know of each other.
 */
import { CTSTATE } from "../../model/types.ts";
import { LOOPBACK } from "./interfaces.ts";
import { clearOptions, FIELD, hasPorts, headerBytes, PROTOCOL } from "./packet.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";

/** Clears fields that a packet of that protocol, in that hook, does not have. */
export function normalisePacket(table: CompiledTable, hook: CompiledHook, packet: Int32Array): void {
  if (table.backend !== -1) packet[FIELD.NFT] = table.backend;
  // POSTROUTING shows the in-interface of forwarded packets to newer kernels only (measured on 6.18): both are drawn.
  if (hook.name === "OUTPUT") packet[FIELD.IN] = 0;
  if (hook.name === "OUTPUT" || hook.name === "POSTROUTING") packet[FIELD.MAC] = -1;
  if (hook.name === "PREROUTING" || hook.name === "INPUT") packet[FIELD.OUT] = 0;
  const protocol = packet[FIELD.PROTOCOL]!;
  if (!hasPorts(protocol)) packet[FIELD.SPORT] = packet[FIELD.DPORT] = 0;
  if (protocol !== 6) {
    packet[FIELD.FLAGS] = 0;
    clearOptions(packet);
  }
  if (protocol !== (table.words === 1 ? 1 : 58)) packet[FIELD.ICMP_TYPE] = packet[FIELD.ICMP_CODE] = 0;
  if (table.words === 1) packet[FIELD.BROKEN] = 0;
  else if (packet[FIELD.FRAGMENT] !== 0) normaliseIpv6Fragment(packet);
  const states = packet[FIELD.CTSTATE]!;
  if ((states & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0) {
    packet[FIELD.CTSTATE] = states & (CTSTATE.INVALID | CTSTATE.UNTRACKED);
    packet[FIELD.CONNMARK] = 0;
  }
  // The nat table sees the first packet of a connection only (net/netfilter/nf_nat_core.c, nf_nat_inet_fn).
  if (table.name === "nat" && (states & (CTSTATE.NEW | CTSTATE.RELATED)) === 0)
    packet[FIELD.CTSTATE] = CTSTATE.NEW | (states & (CTSTATE.SNAT | CTSTATE.DNAT));
  if (isTracked(packet) && !table.cutsHeaders && isCut(table, packet) && !mayBeOwn(table, hook, packet))
    mend(table, packet);
}

/** Whether the packet has a connection. */
export function isTracked(packet: Int32Array): boolean {
  return (packet[FIELD.CTSTATE]! & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) === 0;
}

/** Bytes without which connection tracking calls a packet INVALID (net/netfilter/nf_conntrack_proto_tcp.c, _udp.c); of tcp the promised options too. */
const TRACKED_BYTES: Readonly<Record<number, number>> = { [PROTOCOL.TCP]: 21, [PROTOCOL.UDP]: 8 };
/** The same of each family's own icmp (nf_conntrack_proto_icmp.c, _icmpv6.c). */
const TRACKED_ICMP_BYTES = 8;

/** Whether connection tracking would not take the packet as it is: it puts fragments together, too. */
export function isCut({ words }: Pick<CompiledTable, "words">, packet: Int32Array): boolean {
  const protocol = packet[FIELD.PROTOCOL]!;
  const isIcmp = protocol === (words === 1 ? PROTOCOL.ICMP : PROTOCOL.ICMP6);
  const least = isIcmp ? TRACKED_ICMP_BYTES : (TRACKED_BYTES[protocol] ?? 0);
  return packet[FIELD.FRAGMENT] !== 0 || headerBytes(packet) < least;
}

/**
 * Whether this host may have sent the packet to itself: by lo, or to an IPv6 multicast address, from where it may be forwarded. Such a packet was tracked on its way out, and may come
 * back in fragments or cut to the length that its IPv6 header names (net/ipv6/ip6_input.c, ip6_rcv_core; net/ipv6/netfilter/nf_defrag_ipv6_hooks.c, ipv6_defrag).
 */
function mayBeOwn({ words, interfaces }: CompiledTable, hook: CompiledHook, packet: Int32Array): boolean {
  if (hook.name === "OUTPUT") return false;
  if (words === 4 && packet[FIELD.DESTINATION]! >>> 24 === 255) return true;
  const comesIn = hook.name === "PREROUTING" || hook.name === "INPUT";
  return comesIn && interfaces[packet[FIELD.IN]!] === LOOPBACK;
}

/** Out of the connection; where all packets have one, whole. */
function mend(table: CompiledTable, packet: Int32Array): void {
  if (table.name === "nat") {
    packet[FIELD.FRAGMENT] = packet[FIELD.SHORT] = 0;
    return;
  }
  packet[FIELD.CTSTATE] = CTSTATE.INVALID;
  packet[FIELD.CONNMARK] = 0;
}

/**
 * In IPv6 the offset of a fragment counts bytes and is never 1 (net/ipv6/exthdrs_core.c, ipv6_find_hdr), so `-m tcp` never drops one. What nft reads as the
 * ports and flags of a later fragment stands at the beginning of the IPv6 header: nobody found another place (net/ipv6/netfilter, nft_set_pktinfo_ipv6;
 * measured on Linux 6.18).
 */
function normaliseIpv6Fragment(packet: Int32Array): void {
  packet[FIELD.FRAGMENT] = 2;
  const protocol = packet[FIELD.PROTOCOL]!;
  if (packet[FIELD.NFT] !== 1 || !hasPorts(protocol)) return;
  // The version, 6, then traffic class and flow label; flags from the sixth byte of the source address.
  packet[FIELD.SPORT] = 0x6000 | (packet[FIELD.SPORT]! & 0xfff);
  if (protocol === PROTOCOL.TCP) packet[FIELD.FLAGS] = (packet[FIELD.SOURCE + 1]! >>> 16) & 63;
}
