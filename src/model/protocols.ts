/**
 * Names and numbers of IP protocols.
 */
import { parseUint } from "./numbers.ts";
import type { Family } from "./types.ts";

/** Names as in Debian's /etc/protocols and in iptables' own list (`libxtables/xtables.c`, `xtables_chain_protos`), which goes first. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    tcp: 6,
    udp: 17,
    icmp: 1,
    icmpv6: 58,
    "ipv6-icmp": 58,
    esp: 50,
    ah: 51,
    sctp: 132,
    dccp: 33,
    udplite: 136,
    mh: 135,
    "ipv6-mh": 135,
    "mobility-header": 135,
    all: 0,
    ip: 0,
    hopopt: 0,
    igmp: 2,
    ggp: 3,
    ipencap: 4,
    ipip: 94,
    st: 5,
    egp: 8,
    igp: 9,
    pup: 12,
    hmp: 20,
    "xns-idp": 22,
    rdp: 27,
    "iso-tp4": 29,
    xtp: 36,
    ddp: 37,
    "idpr-cmtp": 38,
    ipv6: 41,
    "ipv6-route": 43,
    "ipv6-frag": 44,
    idrp: 45,
    rsvp: 46,
    gre: 47,
    "ipsec-esp": 50,
    "ipsec-ah": 51,
    skip: 57,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    rspf: 73,
    cpu: 73,
    vmtp: 81,
    eigrp: 88,
    ospf: 89,
    ospfigp: 89,
    "ax.25": 93,
    etherip: 97,
    encap: 98,
    pim: 103,
    ipcomp: 108,
    vrrp: 112,
    l2tp: 115,
    isis: 124,
    fc: 133,
    "mpls-in-ip": 137,
    manet: 138,
    hip: 139,
    shim6: 140,
    wesp: 141,
    rohc: 142,
  }),
);

/** Names that iptables brings along. All others it asks the host's /etc/protocols for, which may lack them. */
const PRINTED: ReadonlyMap<number, string> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [1, "icmp"],
  [58, "ipv6-icmp"],
  [50, "esp"],
  [51, "ah"],
  [132, "sctp"],
  [136, "udplite"],
]);

/** The match module that an option of a protocol loads without `-m`, by number. */
const IMPLICIT_MODULES: ReadonlyMap<number, string> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [33, "dccp"],
  [50, "esp"],
  [51, "ah"],
  [132, "sctp"],
  [136, "udplite"],
]);

/** The number of a protocol's name or number as `-p` takes it, 0 for all; null when there is none. */
export function parseProtocol(text: string): number | null {
  return parseUint(text, 255) ?? NUMBERS.get(text.toLowerCase()) ?? null;
}

/**
 * A protocol as iptables-save prints it after `-p`. Outside iptables' own names a number stays a number and a name a name: the host that
 * the rules are for may know other names than this one.
 */
export function printProtocol(number: number, written: string): string {
  return PRINTED.get(number) ?? (NUMBERS.has(written.toLowerCase()) ? written.toLowerCase() : String(number));
}

/** The module that options after `-p` may belong to without `-m`; null when there is none. */
export function implicitModule(number: number, family: Family): string | null {
  if (number === 1) return family === "v4" ? "icmp" : null;
  if (number === 58) return family === "v6" ? "icmp6" : null;
  return IMPLICIT_MODULES.get(number) ?? null;
}
