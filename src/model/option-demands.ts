/**
 * Options that an extension can't do without, that exclude each other, or that stand once: what iptables-restore 1.8.9 refuses before it asks the
 * kernel. The modelled extensions ask for theirs where they are built.
 *
 * Source: iptables 1.8.9, `extensions/`, the flags, `excl` and `also` of the option tables, and the `x6_fcheck` functions; `test/model/demands.test.ts` asks
 * iptables.
 */
import type { MatchUse, OptionUse, TargetUse } from "./rule-parts.ts";

/** `one`: at least one of these. `lone`: at most one of them. `with`: the first needs the second. */
interface Demand {
  readonly kind: "one" | "lone" | "with";
  readonly names: readonly string[];
}

/** `a|b` is one of them, `a^b` at most one, `a>b` a only with b. */
function readDemands(text: string): readonly Demand[] {
  return text.split(" ").map((item) => {
    if (item.includes("^")) return { kind: "lone", names: item.split("^") };
    if (item.includes(">")) return { kind: "with", names: item.split(">") };
    return { kind: "one", names: item.split("|") };
  });
}

function table(rows: Readonly<Record<string, string>>): ReadonlyMap<string, readonly Demand[]> {
  return new Map(Object.entries(rows).map(([name, text]) => [name, readDemands(text)]));
}

const MATCHES = table({
  addrtype: "src-type|dst-type limit-iface-in^limit-iface-out",
  cgroup: "path|cgroup path^cgroup",
  cluster:
    "cluster-total-nodes cluster-hash-seed cluster-local-node|cluster-local-nodemask cluster-local-node^cluster-local-nodemask",
  connbytes: "connbytes connbytes-dir connbytes-mode",
  connlabel: "label",
  connlimit: "connlimit-upto|connlimit-above connlimit-upto^connlimit-above connlimit-saddr^connlimit-daddr",
  cpu: "cpu",
  devgroup: "src-group|dst-group",
  dscp: "dscp|dscp-class dscp^dscp-class",
  ecn: "ecn-tcp-cwr|ecn-tcp-ece|ecn-ip-ect",
  frag: "fragmore^fraglast",
  hashlimit: "hashlimit-name hashlimit-upto|hashlimit-above hashlimit-upto^hashlimit-above",
  helper: "helper",
  hl: "hl-eq|hl-lt|hl-gt hl-eq^hl-lt^hl-gt",
  ipv6header: "header",
  length: "length",
  nfacct: "nfacct-name",
  osf: "genre",
  owner: "uid-owner|gid-owner|socket-exists|pid-owner|sid-owner|cmd-owner suppl-groups>gid-owner",
  physdev: "physdev-in|physdev-out|physdev-is-in|physdev-is-out|physdev-is-bridged",
  pkttype: "pkt-type",
  policy: "dir next>strict",
  quota: "quota",
  rateest: "rateest|rateest1",
  realm: "realm",
  recent: "set|rcheck|update|remove set^rcheck^update^remove rttl^set rttl^remove reap>seconds",
  set: "match-set",
  statistic: "mode every^probability packet^probability every>packet packet>every",
  string: "algo string|hex-string string^hex-string",
  tcpmss: "mss",
  time: "utc^kerneltz utc^localtz",
  tos: "tos",
  ttl: "ttl-eq|ttl-lt|ttl-gt ttl-eq^ttl-lt^ttl-gt",
  u32: "u32",
});

const TARGETS = table({
  AUDIT: "type",
  CHECKSUM: "checksum-fill",
  CLASSIFY: "set-class",
  CONNSECMARK: "save|restore save^restore",
  DNAT: "to-destination",
  DNPT: "src-pfx dst-pfx",
  DSCP: "set-dscp|set-dscp-class set-dscp^set-dscp-class",
  ECN: "ecn-tcp-remove|ecn-tcp-cwr|ecn-tcp-ece|ecn-ip-ect ecn-tcp-remove^ecn-tcp-cwr ecn-tcp-remove^ecn-tcp-ece",
  HL: "hl-set|hl-dec|hl-inc hl-set^hl-dec^hl-inc",
  HMARK: "hmark-mod",
  IDLETIMER: "timeout label",
  LED: "led-trigger-id",
  NETMAP: "to",
  NFLOG: "nflog-range^nflog-size",
  NFQUEUE: "queue-num^queue-balance queue-cpu-fanout>queue-balance",
  RATEEST: "rateest-name rateest-interval rateest-ewmalog",
  SECMARK: "selctx",
  SET: "add-set|del-set|map-set",
  SNAT: "to-source",
  SNPT: "src-pfx dst-pfx",
  TCPMSS: "set-mss|clamp-mss-to-pmtu",
  TEE: "gateway",
  TOS: "set-tos|and-tos|or-tos|xor-tos set-tos^and-tos^or-tos^xor-tos",
  TPROXY: "on-port",
  TTL: "ttl-set|ttl-dec|ttl-inc ttl-set^ttl-dec^ttl-inc",
});

/** A policy has several elements, and what the parsers of the sets' extensions take twice is not worth telling apart. */
const REPEATABLE: ReadonlySet<string> = new Set(["-m policy", "-m set", "-j SET"]);

/** What is wrong with the options of a match or target, and which option shows it; null when nothing is. */
export function findUnmetDemand(
  use: MatchUse | TargetUse,
  kind: "-m" | "-j",
): { readonly option: OptionUse | null; readonly why: string } | null {
  const twice = REPEATABLE.has(`${kind} ${use.name}`) ? undefined : use.options.find(isRepeated);
  if (twice !== undefined) return { option: twice, why: "it can stand once" };
  for (const demand of (kind === "-m" ? MATCHES : TARGETS).get(use.name) ?? []) {
    const [first, second] = demand.names.flatMap(
      (name) => use.options.find(({ row }) => row.name === name) ?? [],
    );
    const all = demand.names.map((name) => `--${name}`);
    if (demand.kind === "one" && first === undefined)
      return { option: null, why: `it needs ${all.join(" or ")}` };
    if (demand.kind === "lone" && first !== undefined && second !== undefined)
      return { option: second, why: `it excludes --${first.row.name}` };
    if (demand.kind === "with" && first?.row.name === demand.names[0] && second === undefined)
      return { option: first ?? null, why: `it needs ${all[1]}` };
  }
  return null;
}

function isRepeated({ row }: OptionUse, at: number, options: readonly OptionUse[]): boolean {
  return options.findIndex((other) => other.row.name === row.name) < at;
}
