/**
 * Whether a rule may bring about packets of a connection whose headers connection tracking never saw.
 */
import type { Ruleset } from "../model/types.ts";

/**
 * True where packets are handed to a program, which may send them back shorter, or where CT is used: its templates count as NEW, and before Linux 4.16 fragments that a socket
 * with IP_NODEFRAG sends kept them (net/netfilter/nf_conntrack_proto.c, ipv4_conntrack_local).
 */
export function cutsHeaders(rulesets: readonly Ruleset[]): boolean {
  return rulesets.some(({ tables }) =>
    tables.some(({ chains }) =>
      chains.some(({ rules }) =>
        rules.some(({ target }) =>
          target.kind === "extension"
            ? target.name === "NFQUEUE" || (target.name === "CT" && !/ --notrack\b/.test(target.text))
            : target.kind === "verdict" && target.verdict === "QUEUE",
        ),
      ),
    ),
  );
}
