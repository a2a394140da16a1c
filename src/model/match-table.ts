/**
 * The match modules that markify knows, one row each, with their options.
 *
 * Source: iptables-extensions(8) and the `x6_entry` and `getopt` tables of iptables 1.8.9, `extensions/`; older spellings where dumps have them.
 * A module is `pure` only when the kernel's match reads nothing but packet metadata or the IP header, keeps no state and never drops.
 */
import { type MatchModel, type MatchRow, type Origin, optionTable } from "./options.ts";
import type { Family } from "./types.ts";

type Row = readonly [name: string, model: MatchModel, options: string, family?: Family];

const PORTS = "!sport/source-port=1 !dport/destination-port=1";

const TYPED: readonly Row[] = [
  ["tcp", "typed", `${PORTS} !syn !tcp-flags=2 !tcp-option=1`],
  ["udp", "typed", PORTS],
  ["udplite", "typed", PORTS],
  ["sctp", "typed", `${PORTS} !chunk-types=2`],
  ["dccp", "typed", `${PORTS} !dccp-types=1 !dccp-option=1`],
  ["multiport", "typed", "!sports/source-ports=1 !dports/destination-ports=1 !ports=1"],
  ["icmp", "typed", "!icmp-type=1", "v4"],
  ["icmp6", "typed", "!icmpv6-type=1", "v6"],
  ["state", "typed", "!state=1"],
  [
    "conntrack",
    "typed",
    `!ctstate=1 !ctproto=1 !ctorigsrc=1 !ctorigdst=1 !ctreplsrc=1 !ctrepldst=1 !ctorigsrcport=1 !ctorigdstport=1
     !ctreplsrcport=1 !ctrepldstport=1 !ctstatus=1 !ctexpire=1 ctdir=1`,
  ],
  ["mark", "typed", "!mark=1"],
  ["connmark", "typed", "!mark=1"],
  ["mac", "typed", "!mac-source=1"],
  ["iprange", "typed", "!src-range=1 !dst-range=1"],
  ["comment", "typed", "comment=1"],
];

const PURE: readonly Row[] = [
  ["addrtype", "pure", "!src-type=1 !dst-type=1 limit-iface-in limit-iface-out"],
  ["cgroup", "pure", "!path=1 !cgroup=1"],
  ["cpu", "pure", "!cpu=1"],
  ["devgroup", "pure", "!src-group=1 !dst-group=1"],
  ["dscp", "pure", "!dscp=1 !dscp-class=1"],
  ["helper", "pure", "!helper=1"],
  ["hl", "pure", "!hl-eq/hl=1 hl-lt=1 hl-gt=1", "v6"],
  ["length", "pure", "!length=1"],
  [
    "owner",
    "pure",
    "!uid-owner=1 !gid-owner=1 !socket-exists suppl-groups !pid-owner=1 !sid-owner=1 !cmd-owner=1",
  ],
  ["physdev", "pure", "!physdev-in=1 !physdev-out=1 !physdev-is-in !physdev-is-out !physdev-is-bridged"],
  ["pkttype", "pure", "!pkt-type=1"],
  ["policy", "pure", "dir=1 pol=1 strict !reqid=1 !spi=1 !proto=1 !mode=1 !tunnel-src=1 !tunnel-dst=1 next"],
  ["realm", "pure", "!realm=1", "v4"],
  ["rpfilter", "pure", "loose validmark accept-local invert"],
  ["tos", "pure", "!tos=1"],
  ["ttl", "pure", "!ttl-eq/ttl=1 ttl-lt=1 ttl-gt=1", "v4"],
];

/** Read behind the IP header: a short packet is dropped, or answered in a way that depends on the backend. */
const HEADERS: readonly Row[] = [
  ["ah", "header", "!ahspi=1 !ahlen=1 ahres"],
  ["bpf", "header", "bytecode=1 object-pinned=1"],
  ["dst", "header", "!dst-len=1 dst-opts=1 dst-not-strict", "v6"],
  ["ecn", "header", "!ecn-tcp-cwr !ecn-tcp-ece !ecn-ip-ect=1"],
  ["esp", "header", "!espspi=1"],
  ["eui64", "header", "", "v6"],
  ["frag", "header", "!fragid=1 !fraglen=1 fragres fragfirst fragmore fraglast", "v6"],
  ["hbh", "header", "!hbh-len=1 hbh-opts=1 hbh-not-strict", "v6"],
  ["ipcomp", "header", "!ipcompspi=1 compres"],
  ["ipv6header", "header", "!header=1 soft", "v6"],
  ["mh", "header", "!mh-type=1", "v6"],
  ["osf", "header", "!genre=1 ttl=1 log=1", "v4"],
  ["rt", "header", "!rt-type=1 !rt-segsleft=1 !rt-len=1 rt-0-res rt-0-addrs=1 rt-0-not-strict", "v6"],
  ["socket", "header", "transparent nowildcard restore-skmark"],
  [
    "srh",
    "header",
    `!srh-next-hdr=1 !srh-hdr-len-eq=1 !srh-hdr-len-gt=1 !srh-hdr-len-lt=1 !srh-segs-left-eq=1 !srh-segs-left-gt=1
     !srh-segs-left-lt=1 !srh-last-entry-eq=1 !srh-last-entry-gt=1 !srh-last-entry-lt=1 !srh-tag=1 !srh-psid=1 !srh-nsid=1 !srh-lsid=1`,
    "v6",
  ],
  ["string", "header", "from=1 to=1 algo=1 icase !string=1 !hex-string=1"],
  ["tcpmss", "header", "!mss=1"],
  ["u32", "header", "!u32=1"],
];

/** Keep state, count, or ask something that changes between two packets. */
const STATEFUL: readonly Row[] = [
  [
    "cluster",
    "stateful",
    "cluster-total-nodes=1 !cluster-local-node=1 !cluster-local-nodemask=1 cluster-hash-seed=1",
  ],
  ["condition", "stateful", "!condition=1"],
  ["connbytes", "stateful", "!connbytes=1 connbytes-dir=1 connbytes-mode=1"],
  ["connlabel", "stateful", "!label=1 set"],
  [
    "connlimit",
    "stateful",
    "!connlimit-upto=1 !connlimit-above=1 connlimit-mask=1 connlimit-saddr connlimit-daddr",
  ],
  [
    "hashlimit",
    "stateful",
    `!hashlimit-upto/hashlimit=1 !hashlimit-above=1 hashlimit-burst=1 hashlimit-srcmask=1 hashlimit-dstmask=1 hashlimit-mode=1
     hashlimit-name=1 hashlimit-htable-size=1 hashlimit-htable-max=1 hashlimit-htable-expire=1 hashlimit-htable-gcinterval=1
     hashlimit-rate-match hashlimit-rate-interval=1`,
  ],
  ["ipvs", "stateful", "!ipvs !vproto=1 !vaddr=1 !vport=1 vdir=1 !vmethod=1 !vportctl=1"],
  ["limit", "stateful", "limit=1 limit-burst=1"],
  ["nfacct", "stateful", "nfacct-name=1"],
  ["quota", "stateful", "!quota=1"],
  [
    "rateest",
    "stateful",
    `rateest=1 rateest1=1 rateest2=1 rateest-bps=? rateest-bps1=? rateest-bps2=? rateest-pps=? rateest-pps1=? rateest-pps2=?
     rateest-delta !rateest-lt !rateest-gt !rateest-eq`,
  ],
  [
    "recent",
    "stateful",
    "!set !rcheck !update !remove seconds=1 reap hitcount=1 rttl name=1 rsource rdest mask=1",
  ],
  [
    "set",
    "stateful",
    `!match-set/set=2 return-nomatch !update-counters !update-subcounters !packets-eq=1 packets-lt=1 packets-gt=1
     !bytes-eq=1 bytes-lt=1 bytes-gt=1`,
  ],
  ["statistic", "stateful", "mode=1 !probability=1 !every=1 packet=1"],
  [
    "time",
    "stateful",
    "datestart=1 datestop=1 timestart=1 timestop=1 !monthdays=1 !weekdays=1 kerneltz localtz utc contiguous",
  ],
];

/** Not in iptables 1.8. */
const ORIGINS: ReadonlyMap<string, Origin> = new Map([
  ["udplite", "old"],
  ["condition", "add-on"],
]);

/** All rows by module name. */
export const MATCH_ROWS: ReadonlyMap<string, MatchRow> = new Map(
  [...TYPED, ...PURE, ...HEADERS, ...STATEFUL].map(([name, model, options, family = null]) => [
    name,
    { name, model, origin: ORIGINS.get(name) ?? "iptables", options: optionTable(options), family },
  ]),
);
