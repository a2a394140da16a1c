/** Protocols by number, as iptables-save prints those that it has names for (`libxtables/xtables.c`, xtables_chain_protos). */
const NAMES: Readonly<Record<number, string>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  33: "dccp",
  50: "esp",
  51: "ah",
  58: "ipv6-icmp",
  132: "sctp",
  135: "ipv6-mh",
  136: "udplite",
};

/** Name or number. */
export function protocolName(number: number): string {
  return NAMES[number] ?? String(number);
}
