/**
 * What a person may call a group or a policy rule: the name becomes a chain's, so iptables, nft and other tools have to take it.
 */

/** Longest chain name, in bytes, on both backends (XT_EXTENSION_MAXNAMELEN, include/uapi/linux/netfilter/x_tables.h). */
export const LONGEST_CHAIN_NAME = 28;

/** What is wrong with a chain name. */
export type ChainNameProblem = "too-long" | "characters" | "reserved";

/** Base chains, verdicts and target extensions: a chain of that name would hide the target, or be refused. */
const RESERVED_IN_ANY_CASE = new Set(
  `PREROUTING INPUT FORWARD OUTPUT POSTROUTING BROUTING ACCEPT DROP RETURN QUEUE CONTINUE JUMP GOTO
  AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DNAT DNPT DSCP ECN HL HMARK IDLETIMER LED LOG MARK MASQUERADE
  MIRROR NETMAP NFLOG NFQUEUE NOTRACK RATEEST REDIRECT REJECT SAME SECMARK SET SNAT SNPT SYNPROXY TCPMSS TCPOPTSTRIP TEE
  TOS TPROXY TRACE TTL ULOG`.split(/\s+/),
);

/** The extension behind verdicts and jumps: a chain of that name keeps iptables from loading them. */
const STANDARD = "standard";

/** Words of nft's own language that its parser then refuses as a chain's name, when the ruleset is listed and loaded again. */
const NFT_KEYWORDS = new Set(
  `add ah arp bridge bypass chain comp counter create ct day delete destroy device dport ecn element elements ether exthdr
  fib flags flow flush fwd hash hook hour icmp icmpv6 igmp inet interval ip ip6 ipsec last length limit list map masquerade
  meta meter netdev numgen osf ports priority protocol quota random replace rt rule ruleset saddr daddr sctp snat socket sport
  table tcp th time to type udp udplite vlan vmap xt`.split(/\s+/),
);

/** The first thing that keeps `name` from being a chain's name; null when it is fine. Whether a chain has it already is asked elsewhere. */
export function findChainNameProblem(name: string): ChainNameProblem | null {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.:+@/-]*$/.test(name)) return "characters";
  if (name.length > LONGEST_CHAIN_NAME) return "too-long";
  if (RESERVED_IN_ANY_CASE.has(name.toUpperCase()) || NFT_KEYWORDS.has(name) || name === STANDARD)
    return "reserved";
  return null;
}
