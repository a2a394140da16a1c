/**
 * How a rule reads the transport header: what decides about packets that are too short for it, or that are fragments.
 *
 * A match whose header isn't there drops the packet, but each needs another length, and on the nft backend some never drop. Legacy: tcp 20 bytes (at fragment offset 1 none will do),
 * udp 8, icmp 8, multiport only 4; `--tcp-option` also needs sound options. nft: ports and flags of tcp and udp are native and just fail, a bare
 * `-m tcp`, multiport and icmp do as in legacy. Source: net/netfilter/xt_tcpudp.c, xt_multiport.c, net/ipv4/netfilter/ip_tables.c (icmp_match).
 */
import type { Match, TransportMatch } from "../model/types.ts";

/**
 * Equal profiles on one protocol: the same short packets are dropped. Empty: no header is read. Rules of different protocols never meet a packet
 * together, so `plain` stands for the usual match of each protocol.
 */
export type HeaderProfile = string;

/** The profile of a rule's header-reading matches, in order. */
export function headerProfile(matches: readonly Match[]): HeaderProfile {
  const parts: string[] = [];
  for (const match of matches) {
    const part = profileOf(match);
    if (part === null) continue;
    // Once ports or flags of a header have been read, its first four bytes are there: multiport behind them drops nothing.
    if (part === "multiport" && parts[0] === "plain" && readsFourBytes(matches)) continue;
    parts.push(part);
  }
  return parts.join("+");
}

/** Whether a match reads the transport header, and so may drop a packet of which it is not there. */
export function readsHeader({ kind }: Match): boolean {
  return kind === "transport" || kind === "multiport" || kind === "icmp";
}

function profileOf(match: Match): string | null {
  switch (match.kind) {
    case "transport":
      if (match.option !== null) return "option";
      return match.source === null && match.destination === null && match.flags === null ? "bare" : "plain";
    case "multiport":
      return "multiport";
    case "icmp":
      return "plain";
    default:
      return null;
  }
}

/** A source port alone is read from the first two bytes (nft). */
function readsFourBytes(matches: readonly Match[]): boolean {
  const first = matches.find((match): match is TransportMatch => match.kind === "transport");
  return first !== undefined && (first.destination !== null || first.flags !== null);
}
