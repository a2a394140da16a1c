/**
 * The targets that markify knows, one row each, with their options and whether a packet's walk ends there.
 *
 * Source: iptables-extensions(8), the option tables of iptables 1.8.9, `extensions/`, and what the kernel's target functions return: XT_CONTINUE is `never`.
 */
import { optionTable, type Origin, type TargetRow } from "./options.ts";
import type { Family } from "./types.ts";

type Row = readonly [name: string, options: string, family?: Family];

const ALWAYS: readonly Row[] = [
  ["BALANCE", "to-destination=1"],
  ["DNAT", "to-destination=1 random persistent"],
  ["MASQUERADE", "to-ports=1 random random-fully"],
  ["NETMAP", "to=1"],
  ["NFQUEUE", "queue-num=1 queue-balance=1 queue-bypass queue-cpu-fanout"],
  ["REDIRECT", "to-ports=1 random"],
  ["REJECT", "reject-with=1"],
  ["SAME", "to=1 nodst random"],
  ["SNAT", "to-source=1 random random-fully persistent"],
];

const NEVER: readonly Row[] = [
  ["AUDIT", "type=1"],
  ["CHECKSUM", "checksum-fill"],
  ["CLASSIFY", "set-class=1"],
  [
    "CONNMARK",
    `set-xmark=1 set-mark=1 and-mark=1 or-mark=1 xor-mark=1 save-mark restore-mark ctmask=1 nfmask=1 mask=1
     left-shift-mark=1 right-shift-mark=1`,
  ],
  ["CONNSECMARK", "save restore"],
  ["CT", "notrack helper=1 timeout=1 ctevents=1 expevents=1 zone=1 zone-orig=1 zone-reply=1"],
  ["DNPT", "src-pfx=1 dst-pfx=1", "v6"],
  ["DSCP", "set-dscp=1 set-dscp-class=1"],
  ["ECN", "ecn-tcp-remove ecn-tcp-cwr=1 ecn-tcp-ece=1 ecn-ip-ect=1", "v4"],
  ["HL", "hl-set=1 hl-dec=1 hl-inc=1", "v6"],
  [
    "HMARK",
    `hmark-tuple=1 hmark-mod=1 hmark-offset=1 hmark-src-prefix=1 hmark-dst-prefix=1 hmark-sport=1 hmark-dport=1 hmark-spi=1
     hmark-sport-mask=1 hmark-dport-mask=1 hmark-spi-mask=1 hmark-proto-mask=1 hmark-rnd=1`,
  ],
  ["IDLETIMER", "timeout=1 label=1 alarm"],
  ["LED", "led-trigger-id=1 led-delay=1 led-always-blink"],
  ["LOG", "log-level=1 log-prefix=1 log-tcp-sequence log-tcp-options log-ip-options log-uid log-macdecode"],
  ["MARK", "set-xmark=1 set-mark=1 and-mark=1 or-mark=1 xor-mark=1"],
  ["NFLOG", "nflog-group=1 nflog-range=1 nflog-size=1 nflog-threshold=1 nflog-prefix=1"],
  ["NOTRACK", ""],
  ["RATEEST", "rateest-name=1 rateest-interval=1 rateest-ewmalog=1"],
  ["SECMARK", "selctx=1"],
  ["SET", "add-set=2 del-set=2 map-set=2 timeout=1 exist map-mark map-prio map-queue"],
  ["SNPT", "src-pfx=1 dst-pfx=1", "v6"],
  ["TCPMSS", "set-mss=1 clamp-mss-to-pmtu"],
  ["TCPOPTSTRIP", "strip-options=1"],
  ["TEE", "gateway=1 oif=1"],
  ["TOS", "set-tos=1 and-tos=1 or-tos=1 xor-tos=1"],
  ["TRACE", ""],
  ["TTL", "ttl-set=1 ttl-dec=1 ttl-inc=1", "v4"],
  ["ULOG", "ulog-nlgroup=1 ulog-cprange=1 ulog-qthreshold=1 ulog-prefix=1", "v4"],
];

/** Either may happen, by what the packet or the host is. */
const UNKNOWN: readonly Row[] = [
  ["CLUSTERIP", "new hashmode=1 clustermac=1 total-nodes=1 local-node=1 hash-init=1", "v4"],
  ["MIRROR", "", "v4"],
  ["SYNPROXY", "sack-perm timestamp wscale=1 mss=1 ecn"],
  ["TARPIT", "tarpit honeypot reset"],
  ["TPROXY", "on-port=1 on-ip=1 tproxy-mark=1"],
];

/** Not in iptables 1.8. */
const ORIGINS: ReadonlyMap<string, Origin> = new Map([
  ["BALANCE", "old"],
  ["MIRROR", "old"],
  ["SAME", "old"],
  ["TARPIT", "add-on"],
]);

const TYPED: ReadonlySet<string> = new Set(["MARK", "CONNMARK"]);

function rows(ends: TargetRow["ends"], list: readonly Row[]): readonly TargetRow[] {
  return list.map(([name, options, family = null]) => {
    const origin = ORIGINS.get(name) ?? "iptables";
    return { name, typed: TYPED.has(name), origin, ends, options: optionTable(options), family };
  });
}

/** All rows by target name; verdicts are not among them. */
export const TARGET_ROWS: ReadonlyMap<string, TargetRow> = new Map(
  [...rows("always", ALWAYS), ...rows("never", NEVER), ...rows("unknown", UNKNOWN)].map((row) => [
    row.name,
    row,
  ]),
);

/** True for targets that iptables 1.8.9 lacks, so that a chain may bear their name; every other target's name wins over a chain's. */
export function isObsoleteTarget(name: string): boolean {
  return ORIGINS.has(name);
}

/**
 * True for names that no chain can have: of targets, and `standard`, the extension behind verdicts and jumps; a chain of that name keeps both backends
 * from loading most other rules of its table. Source: tried with both, `test/model/refused.test.ts`.
 */
export function isTakenByTarget(name: string): boolean {
  return name === "standard" || (TARGET_ROWS.has(name) && !isObsoleteTarget(name));
}
