/**
 * Packets for a complete enumeration: one from each set of packets that two small tables can't tell apart.
 *
 * Why that is complete. Rules read a packet's header only through their matches, and each match reads one group of fields (below). Every match that `tables.ts` writes
 * is constant between the values listed for its group: each boundary of a network, range, port or header length in its vocabulary, and what a mutation can make of one, has a
 * value on either side. So every combination of answers that the matches of one group can give is given by some listed value, or combination of values, of that group; those that
 * give the same answers to all matches of both tables, and are alike to connection tracking (exists.ts), are one atom, and one of them stands for all. Groups share no field, so
 * all combinations of their atoms, times all values of what rules may change (marks, states), are all packets, and some that do not exist.
 */
import type { Match, Rule, Table } from "../../../src/model/types.ts";
import { interpret, type NaivePacket } from "../naive.ts";
import { comesByLoopback, isTrackable } from "./exists.ts";

type Part = Partial<NaivePacket>;

const PLAIN: NaivePacket = {
  in: "",
  out: "",
  source: [0xc0000201],
  destination: [0xc0000202],
  protocol: 47,
  sport: 0,
  dport: 0,
  flags: 0,
  options: [],
  icmpType: 0,
  icmpCode: 0,
  states: ["NEW"],
  mark: 0,
  connmark: 0,
  mac: null,
  fragmentOffset: 0,
  headerLength: Number.POSITIVE_INFINITY,
  brokenExtensions: false,
  backend: "legacy",
  answers: false,
  exceptions: [],
};

/** 10.x.0.0 to 10.x.0.63, and one address for each larger network around them. */
function addresses(second: number): readonly (readonly number[])[] {
  const base = 0x0a000000 + second * 0x10000;
  const near = Array.from({ length: 64 }, (_, host) => [base + host]);
  const far = [base + 64, base + 128, base + 256, base + 512, base + 0x8000];
  return [...near, ...far.map((word) => [word]), [0x0a090909], [0x0ac80001], [0x0b000001], [0xc0000201]];
}

/** A port, and its neighbours. */
const around = (ports: readonly number[]): readonly number[] => [
  ...new Set(ports.flatMap((port) => [port - 1, port, port + 1])),
];

const DPORTS = [0, ...around([22, 24, 80, 443]), 1023, 1024, 65535];
const SPORTS = [0, ...around([53]), 1023, 1024, 65535];
/** SYN, ACK and nothing: the two tests of flags are never true at once. */
const FLAGS = [2, 16, 0];
const ICMP = [
  [0, 0],
  [3, 0],
  [3, 1],
  [8, 0],
] as const;

/** Each length at which something begins to be readable, and 0. */
const HEADERS = [0, 2, 4, 8, 12, 14, 20, Number.POSITIVE_INFINITY];

function transportParts(backends: readonly NaivePacket["backend"][]): readonly Part[] {
  const ports = DPORTS.flatMap((dport) => SPORTS.map((sport) => ({ dport, sport })));
  const headers: readonly Part[] = [
    ...ports.flatMap((part) => FLAGS.map((flags) => ({ ...part, protocol: 6, flags }))),
    ...ports.map((part) => ({ ...part, protocol: 17 })),
    ...ICMP.map(([icmpType, icmpCode]) => ({ protocol: 1, icmpType, icmpCode })),
    { protocol: 47 },
  ];
  // A whole packet is the first of its atom where there is one.
  const states = backends.flatMap((backend) =>
    [0, 1, 2].flatMap((fragmentOffset) =>
      [...HEADERS].reverse().map((headerLength) => ({ backend, fragmentOffset, headerLength })),
    ),
  );
  return states.flatMap((state) => headers.map((header) => ({ ...header, ...state })));
}

const BOTH = ["legacy", "nft"] as const;

const PARTS = {
  source: addresses(0).map((source) => ({ source })),
  destination: addresses(1).map((destination) => ({ destination })),
  legacy: transportParts(["legacy"]),
  nft: transportParts(["nft"]),
  both: transportParts(BOTH),
  mac: [null, "00:11:22:33:44:55", "other"].map((mac) => ({ mac })),
} satisfies Readonly<Record<string, readonly Part[]>>;

const TRANSPORT_KINDS: readonly Match["kind"][] = ["protocol", "transport", "multiport", "icmp", "fragment"];

/** What is asked for. */
export interface AtomPlace {
  readonly tables: readonly [Table, Table];
  readonly hook: string;
  readonly backend: "legacy" | "nft" | null;
}

/** The atoms of every group, the connection states and marks aside; of each, one value. */
export function atomsOf({ tables, hook, backend }: AtomPlace): readonly (readonly Part[])[] {
  const matches = tables.flatMap(({ chains }) =>
    chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches)),
  );
  const of = (isWanted: (match: Match) => boolean): readonly Match[] => [
    ...new Map(matches.filter(isWanted).map((match) => [match.text, match])).values(),
  ];
  const byKind = (kinds: readonly Match["kind"][]) => of(({ kind }) => kinds.includes(kind));
  const readsSource = (match: Match) =>
    match.kind === "source" || (match.kind === "iprange" && match.source !== null);
  const readsDestination = (match: Match) =>
    match.kind === "destination" || (match.kind === "iprange" && match.destination !== null);
  return [
    reduce(PARTS.source, of(readsSource)),
    reduce(PARTS.destination, of(readsDestination)),
    reduce(PARTS[backend ?? "both"], byKind(TRANSPORT_KINDS), isTrackable),
    reduce(insides(hook), byKind(["in"]), comesByLoopback),
    reduce(outsides(hook), byKind(["out"])),
    reduce(hasEthernet(hook) ? PARTS.mac : [{ mac: null }], byKind(["mac"])),
  ];
}

/** Every name that the vocabulary has, one that only the pattern `eth+` fits, one that nothing fits; the empty name where the hook has no such interface. */
const NAMES = ["eth0", "eth1", "lo", "eth", "eth7", "ppp0"];

function insides(hook: string): readonly Part[] {
  const names = hook === "OUTPUT" ? [""] : hook === "POSTROUTING" ? ["", ...NAMES] : NAMES;
  return names.map((name) => ({ in: name }));
}

function outsides(hook: string): readonly Part[] {
  const names = hook === "PREROUTING" || hook === "INPUT" ? [""] : NAMES;
  return names.map((name) => ({ out: name }));
}

function hasEthernet(hook: string): boolean {
  return hook !== "OUTPUT" && hook !== "POSTROUTING";
}

/** What each value answers, by match and list of values: the same matches come again in the next table. */
const answered = new Map<string, readonly string[]>();

/** One value for each combination of answers and of what `tells` says. */
function reduce(
  parts: readonly Part[],
  matches: readonly Match[],
  tells: (packet: NaivePacket) => boolean = () => true,
): readonly Part[] {
  const columns = matches.map((match) => {
    const key = `${match.text} ${parts.length} ${parts[0]!.backend}`;
    const column = answered.get(key) ?? parts.map((part) => answerOf(match, { ...PLAIN, ...part }));
    answered.set(key, column);
    return column;
  });
  const atoms = new Map<string, Part>();
  parts.forEach((part, at) => {
    const key = `${columns.map((column) => column[at]!).join("")} ${tells({ ...PLAIN, ...part })}`;
    if (!atoms.has(key)) atoms.set(key, part);
  });
  return [...atoms.values()];
}

/** `T`, `F`, or `D` where the match drops the packet: what the naive interpreter does with one rule that has this match alone. */
function answerOf(match: Match, packet: NaivePacket): string {
  const target = { kind: "verdict", verdict: "QUEUE", text: "-j QUEUE" } as const;
  const rule: Rule = {
    chain: "c",
    line: 1,
    text: "",
    matches: [match],
    target,
    comment: null,
    counters: null,
  };
  const chain = { name: "c", policy: "ACCEPT", line: 0, rules: [rule] } as const;
  const table = { name: "filter", firstLine: 0, lastLine: 0, chains: [chain] };
  const { verdict } = interpret(table, "c", packet);
  return verdict === "QUEUE" ? "T" : verdict === "DROP" ? "D" : "F";
}

/** All combinations of one part from each group, on top of a plain packet. */
export function* combine(groups: readonly (readonly Part[])[]): Generator<NaivePacket> {
  const at = groups.map(() => 0);
  for (;;) {
    yield Object.assign({}, PLAIN, ...groups.map((group, number) => group[at[number]!]!)) as NaivePacket;
    let place = groups.length - 1;
    while (place >= 0 && ++at[place]! === groups[place]!.length) at[place--] = 0;
    if (place < 0) return;
  }
}
