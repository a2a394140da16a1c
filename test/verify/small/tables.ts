/**
 * Small tables as plain data, from a vocabulary that `atoms.ts` knows: what transformations and mutations work on.
 */
import type { Random } from "../../../src/verify/sample/random.ts";

/** One rule; `matches` are whole conditions (`-p tcp -m tcp --dport 22` is one). */
export interface SmallRule {
  readonly matches: readonly string[];
  readonly target: string;
}

/** A chain; `policy` is null for a user-defined one. */
export interface SmallChain {
  readonly name: string;
  readonly policy: "ACCEPT" | "DROP" | null;
  readonly rules: readonly SmallRule[];
}

/** A table; base chains first. */
export interface SmallTable {
  readonly name: string;
  readonly chains: readonly SmallChain[];
}

/** One element of a list. */
export function choose<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

/** The save file. */
export function printTable({ name, chains }: SmallTable): string {
  return [
    `*${name}`,
    ...chains.map((chain) => `:${chain.name} ${chain.policy ?? "-"} [0:0]`),
    ...chains.flatMap((chain) => chain.rules.map((rule) => printRule(chain.name, rule))),
    "COMMIT",
    "",
  ].join("\n");
}

function printRule(chain: string, { matches, target }: SmallRule): string {
  return [`-A ${chain}`, ...matches, target].filter((word) => word !== "").join(" ");
}

/** The table with other rules in one chain. */
export function withRules(table: SmallTable, name: string, rules: readonly SmallRule[]): SmallTable {
  return {
    ...table,
    chains: table.chains.map((chain) => (chain.name === name ? { ...chain, rules } : chain)),
  };
}

/** The table with one more chain, at a random place among the user-defined ones. */
export function withChain(
  table: SmallTable,
  name: string,
  rules: readonly SmallRule[],
  random: Random,
): SmallTable {
  const chains = [...table.chains];
  const first = chains.filter(({ policy }) => policy !== null).length;
  chains.splice(random.between(first, chains.length), 0, { name, policy: null, rules });
  return { ...table, chains };
}

const HOOKS: Readonly<Record<string, readonly string[]>> = {
  filter: ["FORWARD", "INPUT", "OUTPUT"],
  mangle: ["PREROUTING", "FORWARD", "POSTROUTING"],
  raw: ["PREROUTING", "OUTPUT"],
  nat: ["PREROUTING", "OUTPUT"],
};

/** Kinds of conditions; a table uses few of them, so that its packets can be counted. */
const MATCHES: Readonly<Record<string, readonly string[]>> = {
  source: [
    "-s 10.0.0.1/32",
    "-s 10.0.0.4/30",
    "-s 10.0.0.0/29",
    "-s 10.0.0.0/30",
    "! -s 10.0.0.0/29",
    "! -s 10.0.0.2/31",
    "-s 10.0.0.0/8",
    "-s 10.0.0.1/255.255.255.249",
    "-m iprange --src-range 10.0.0.1-10.0.0.5",
    "-m iprange ! --src-range 10.0.0.2-10.0.0.3",
  ],
  destination: ["-d 10.1.0.0/30", "-d 10.1.0.1/32", "! -d 10.1.0.2/31", "-d 10.1.0.0/31"],
  service: [
    "-p tcp -m tcp --dport 22",
    "-p tcp -m tcp --dport 80:443",
    "-p tcp -m tcp ! --dport 22",
    "-p tcp -m tcp --sport 1024:65535 --dport 443",
    "-p udp -m udp --dport 24",
    "-p udp -m udp --sport 53",
    "-p tcp -m multiport --dports 22,80",
    "-p tcp -m multiport ! --dports 22,80:443",
    "-p tcp",
    "! -p udp",
    "-p icmp",
  ],
  header: [
    "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
    "-p tcp -m tcp ! --tcp-flags ACK ACK",
    "-p icmp -m icmp --icmp-type 8",
    "-p icmp -m icmp ! --icmp-type 3/1",
    "-f",
    "! -f",
    "-p tcp -m tcp --dport 22",
    "-p udp -m udp --dport 24",
  ],
  in: ["-i eth0", "-i eth+", "! -i eth1", "-i lo"],
  out: ["-o eth0", "! -o eth+", "-o eth1"],
  state: [
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m state --state INVALID",
    "-m conntrack ! --ctstate INVALID,UNTRACKED",
    "-m conntrack --ctstate NEW,DNAT",
  ],
  mark: [
    "-m mark --mark 0x1/0x1",
    "-m mark ! --mark 0x2/0x3",
    "-m mark --mark 0x0/0x2",
    "-m mark --mark 0x1",
  ],
  connmark: ["-m connmark --mark 0x1/0x1", "-m connmark ! --mark 0x0/0x2"],
  mac: ["-m mac --mac-source 00:11:22:33:44:55", "-m mac ! --mac-source 00:11:22:33:44:55"],
  asked: ["-m limit --limit 5/min", "-m limit --limit 9/min"],
  pure: ["-m pkttype --pkt-type unicast", "-m addrtype --dst-type LOCAL"],
};

const KINDS = Object.keys(MATCHES);

const MARK_TARGETS = [
  "-j MARK --set-xmark 0x1/0x1",
  "-j MARK --set-mark 0x2/0x3",
  "-j MARK --or-mark 0x2",
  "-j MARK --and-mark 0xfffffffe",
  "-j MARK --xor-mark 0x3",
  "-j MARK --set-mark 0x2",
];

/** The first stays what it is when it is written twice, the second does not. */
const CONSTANT_TARGETS = ["-j TOS --set-tos 0x08/0x0c", "-j TOS --set-tos 0x08/0x04"];

const CONNMARK_TARGETS = [
  "-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x3",
  "-j CONNMARK --restore-mark --nfmask 0x3 --ctmask 0x3",
  "-j CONNMARK --set-xmark 0x1/0x1",
  "-j CONNMARK --restore-mark",
];

const ENDS: Readonly<Record<string, readonly string[]>> = {
  filter: [
    "-j ACCEPT",
    "-j ACCEPT",
    "-j DROP",
    "-j DROP",
    "-j REJECT --reject-with icmp-port-unreachable",
    "-j REJECT --reject-with icmp-host-prohibited",
  ],
  mangle: ["-j ACCEPT", "-j DROP"],
  raw: ["-j ACCEPT", "-j DROP"],
  nat: ["-j ACCEPT", "-j DNAT --to-destination 10.1.0.9", "-j DNAT --to-destination 10.1.0.8"],
};

/** A rule's conditions, from the kinds of the table; seldom none, since nothing behind such a rule counts. */
function matchesOf(random: Random, kinds: readonly string[], hook: string): readonly string[] {
  const matches = drawMatches(random, kinds, hook);
  return matches.length === 0 && random.percent(80) ? drawMatches(random, kinds, hook) : matches;
}

function drawMatches(random: Random, kinds: readonly string[], hook: string): readonly string[] {
  return kinds.flatMap((kind) => {
    if (!random.percent(kind === "source" || kind === "service" ? 60 : 35)) return [];
    const hasIn = !["OUTPUT", "POSTROUTING"].includes(hook);
    if ((kind === "in" || kind === "mac") && !hasIn) return [];
    if (kind === "out" && (hook === "PREROUTING" || hook === "INPUT")) return [];
    return [choose(random, MATCHES[kind]!)];
  });
}

function targetOf(random: Random, table: string, kinds: readonly string[], later: readonly string[]): string {
  const ends = ENDS[table]!;
  const targets = [
    ...ends,
    ...ends,
    "-j RETURN",
    '-j LOG --log-prefix "a"',
    ...(kinds.includes("mark") ? MARK_TARGETS : []),
    ...(kinds.includes("connmark") ? CONNMARK_TARGETS : []),
    ...(table === "raw" && !kinds.includes("pure") ? ["-j CT --notrack", "-j NOTRACK"] : []),
    ...(table === "mangle" && !kinds.includes("pure") ? CONSTANT_TARGETS : []),
    ...later.flatMap((name) => [`-j ${name}`, `-j ${name}`, `-g ${name}`]),
  ];
  return choose(random, targets);
}

/** A random table: one or two base chains, up to two chains that they call. */
export function randomSmallTable(random: Random): SmallTable {
  const name = choose(random, ["filter", "filter", "filter", "mangle", "raw", "nat"]);
  const hooks = HOOKS[name]!;
  const bases = random.percent(70) ? [choose(random, hooks)] : [hooks[0]!, hooks[1]!];
  const wanted = random.between(2, 5);
  const kinds = new Set(random.percent(70) ? ["source"] : []);
  while (kinds.size < wanted) kinds.add(choose(random, KINDS));
  const own = ["c1", "c2"].slice(0, random.below(3));
  const rulesOf = (chain: string, later: readonly string[]): readonly SmallRule[] => {
    const hook = bases.includes(chain) ? chain : bases.length === 1 ? bases[0]! : "OUTPUT";
    return Array.from({ length: random.between(2, 5) }, () => ({
      matches: matchesOf(random, [...kinds], hook),
      target: targetOf(random, name, [...kinds], later),
    }));
  };
  const policy = name === "nat" ? "ACCEPT" : choose(random, ["ACCEPT", "DROP"] as const);
  return {
    name,
    chains: [
      ...bases.map((base) => ({ name: base, policy, rules: rulesOf(base, own) })),
      ...own.map((chain, at) => ({ name: chain, policy: null, rules: rulesOf(chain, own.slice(at + 1)) })),
    ],
  };
}
