/**
 * Matches that the kernel accepts only beside a protocol in the same rule.
 *
 * Source: `net/netfilter/x_tables.c`, `xt_check_match` ("only valid for protocol"), and `net/netfilter/xt_multiport.c`, `check`.
 */
import type { MatchContext } from "./match-context.ts";
import type { MatchUse } from "./rule-parts.ts";
import type { Match } from "./types.ts";

const MULTIPORT_PROTOCOLS: readonly number[] = [6, 17, 33, 132, 136];
/** In IPv4 alone: in IPv6 ah is an extension header. */
const AH: readonly number[] = [51];
const NEEDS: ReadonlyMap<string, readonly number[]> = new Map([
  ["tcp", [6]],
  ["udp", [17]],
  ["dccp", [33]],
  ["sctp", [132]],
  ["udplite", [136]],
  ["icmp", [1]],
  ["icmp6", [58]],
  ["esp", [50]],
  ["mh", [135]],
  ["multiport", MULTIPORT_PROTOCOLS],
]);

/** False after an error: a module without the protocol that it needs. */
export function checkProtocolNeeds(
  matches: readonly Match[],
  uses: readonly MatchUse[],
  context: MatchContext,
): boolean {
  let good = true;
  for (const use of uses) {
    const needed = use.name === "ah" && context.family === "v4" ? AH : NEEDS.get(use.name);
    if (needed === undefined) continue;
    const protocol = matches.find((match) => match.kind === "protocol");
    if (protocol !== undefined && !protocol.negated && needed.includes(protocol.number)) continue;
    const expected =
      use.name === "multiport" ? "-p tcp, udp, udplite, sctp or dccp" : `-p ${protocolName(use.name)}`;
    context.report("NEEDS_PROTOCOL", use.word, { module: `-m ${use.name}`, expected });
    good = false;
  }
  return good;
}

function protocolName(module: string): string {
  return module === "icmp6" ? "ipv6-icmp" : module === "mh" ? "ipv6-mh" : module;
}
