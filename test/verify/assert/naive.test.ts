/** Assertions against the naive interpreter on random rulesets: no packet contradicts what holds, and what is shown for a broken one happens there too. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHost } from "../../../src/model/address.ts";
import type { Family, Ruleset } from "../../../src/model/types.ts";
import { checkAssertions } from "../../../src/verify/assert/check.ts";
import type { AssertionWitness } from "../../../src/verify/assert/types.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import { EFFORT } from "../../support/seed.ts";
import type { NaivePacket } from "../naive.ts";
import { randomTable } from "../random-rules.ts";
import { rulesetOf } from "../samples.ts";
import { type NaiveFate, walkNaively } from "./naive-way.ts";
import { assertionOf } from "./support.ts";

const PACKETS = 250;

function choose<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

/** A ruleset of up to four tables that a packet of one way meets. */
function randomRuleset(random: Random, way: string, family: Family): Ruleset {
  const seed = () => random.below(1 << 30);
  const base = (name: string, hook: string): string => {
    const text = randomTable(seed(), family)
      .replace("*filter", `*${name}`)
      .replaceAll(/-j REJECT .*/g, "-j DROP");
    return text.replaceAll("INPUT", hook);
  };
  const filter = randomTable(seed(), family).replaceAll("INPUT", way === "OUTPUT" ? "INPUT" : way);
  const mangle = base("mangle", way === "OUTPUT" ? "PREROUTING" : choose(random, ["PREROUTING", way]));
  const raw = base("raw", "PREROUTING").replaceAll(
    "STRANGE --option 1",
    choose(random, ["CT --notrack", "CT --zone 1", "NOTRACK"]),
  );
  const tables = [filter];
  if (random.percent(60)) tables.unshift(mangle);
  if (random.percent(50)) tables.unshift(raw);
  if (random.percent(20)) tables.push(base("security", way === "OUTPUT" ? "INPUT" : way));
  return rulesetOf(tables.join(""), family);
}

const HOSTS: Readonly<Record<Family, readonly string[]>> = {
  v4: [
    "10.0.0.1",
    "10.0.0.7",
    "10.0.0.130",
    "10.0.0.255",
    "10.9.0.1",
    "10.0.1.0",
    "192.168.1.7",
    "8.8.8.1",
    "9.255.255.251",
  ],
  v6: ["2001:db8::1", "2001:db8::7", "2001:db8::ff", "2001:db8:0:1::7", "2001:db9::1", "fe80::1"],
};

/** How a sentence writes a set of addresses, and the hosts that are in it. */
const SETS: Readonly<Record<Family, readonly (readonly [text: string, hosts: RegExp])[]>> = {
  v4: [
    ["any", /./],
    ["10.0.0.1", /^10\.0\.0\.1$/],
    ["10.0.0.0/24", /^10\.0\.0\./],
    ["10.0.0.0-10.0.0.200", /^10\.0\.0\.(1|7|130)$/],
    ["[192.168.1.7, 10.9.0.0/16]", /^(192|10\.9)/],
  ],
  v6: [
    ["any", /./],
    ["2001:db8::/64", /^2001:db8::/],
    ["2001:db8::1-2001:db8::50", /^2001:db8::[17]$/],
    ["[fe80::/10, 2001:db9::1]", /^(fe80|2001:db9)/],
  ],
};

/** A sentence with the choices that packets of it have. */
function randomSentence(random: Random, way: string, family: Family) {
  const side = () => choose(random, SETS[family]);
  const [source, destination] = [side(), side()];
  const icmp = family === "v4" ? 1 : 58;
  const protocols = [6, 6, 17, icmp, 132, 47];
  const [service, protocol, ports] = choose(random, [
    ["", null, null],
    ["tcp", 6, null],
    ["tcp/22", 6, [22]],
    ["tcp/79-81,1023", 6, [79, 80, 81, 1023]],
    ["udp/53,80", 17, [53, 80]],
    [family === "v4" ? "icmp" : "icmpv6", icmp, null],
  ] as const);
  const [state, states] = choose(random, [
    ["", ["NEW"]],
    ["", ["NEW"]],
    [", state any", ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]],
    [", state INVALID,ESTABLISHED", ["INVALID", "ESTABLISHED"]],
  ] as const);
  const [interfaceText, names] =
    way === "OUTPUT"
      ? ["", [""]]
      : choose(random, [
          ["", ["eth0", "eth7", "wan0"]],
          [", in eth0", ["eth0"]],
          [", in eth+", ["eth0", "eth7", "eth"]],
          [", in lo", ["lo"]],
        ] as const);
  const from = way === "OUTPUT" ? "this host" : source[0];
  const to = way === "INPUT" ? "this host" : destination[0];
  const hosts = ([, pattern]: readonly [string, RegExp], isHost: boolean) =>
    HOSTS[family].filter((host) => isHost || pattern.test(host));
  const text = `"${choose(random, ["never", "always"])}: ${from} -> ${to} ${service}${interfaceText}${state}"`;
  return {
    text: text.replace(/^"(\w+): (.*)"$/, '$1: "$2"'),
    sources: hosts(source, way === "OUTPUT"),
    destinations: hosts(destination, way === "INPUT"),
    protocols: protocol === null ? protocols : [protocol],
    ports: ports ?? [22, 23, 53, 80, 85, 443, 1023, 1024, 65535],
    names,
    states,
  };
}

type Sentence = ReturnType<typeof randomSentence>;

const CONNECTED = new Set(["NEW", "ESTABLISHED", "RELATED"]);

/** A packet that a sentence speaks of. */
function randomPacket(random: Random, sentence: Sentence, way: string, family: Family): NaivePacket {
  const host = (hosts: readonly string[]) => parseHost(choose(random, hosts), family) as readonly number[];
  const state = choose(random, sentence.states);
  const flags = CONNECTED.has(state) ? choose(random, [[], [], ["DNAT"], ["SNAT"], ["SNAT", "DNAT"]]) : [];
  const isOlder = state === "ESTABLISHED" || state === "RELATED";
  return {
    in: choose(random, sentence.names),
    out: way === "INPUT" ? "" : choose(random, ["eth0", "wan0"]),
    source: host(sentence.sources),
    destination: host(sentence.destinations),
    protocol: choose(random, sentence.protocols),
    sport: choose(random, [22, 53, 80, 1023, 1024, 40000]),
    dport: choose(random, sentence.ports),
    flags: choose(random, [2, 16, 18, 0, 63]),
    options: choose(random, [[], [5], [8, 200]]),
    icmpType: choose(random, [3, 8, 128]),
    icmpCode: choose(random, [0, 1]),
    states: [state, ...flags],
    mark: 0,
    connmark: isOlder ? choose(random, [0, 1, 3, 0x80000000]) : 0,
    mac: way === "OUTPUT" ? null : choose(random, [null, "00:11:22:33:44:55", "00:11:22:33:44:66"]),
    fragmentOffset: 0,
    headerLength: Number.POSITIVE_INFINITY,
    brokenExtensions: false,
    backend: choose(random, ["legacy", "nft"]),
    answers: random.percent(50),
    exceptions: random.percent(50) ? choose(random, EXCEPTIONS) : [],
  };
}

const EXCEPTIONS = [
  ["-m limit --limit 5/sec"],
  ["-m pkttype --pkt-type unicast"],
  ["STRANGE --option 1", "-m strange --thing 1"],
];

/** Whether the fate is one that the assertion forbids. */
function contradicts(text: string, { verdict, passedFilter }: NaiveFate): boolean {
  if (text.startsWith("never")) return passedFilter;
  return /^(DROP|REJECT)/.test(verdict);
}

/** The packet of a witness; null where it gives one text two answers, which the naive interpreter can't. */
function packetOf({ packet: { fields } }: AssertionWitness, family: Family): NaivePacket | null {
  const told = (fields.otherMatches ?? "").split(", ").filter((item) => item !== "");
  const answers = new Map<string, string>();
  for (const item of told) {
    const [, name, answer] = /^(.*?)(?: again)? (true|false)$/.exec(item)!;
    if ((answers.get(name!) ?? answer) !== answer) return null;
    answers.set(name!, answer!);
  }
  const [type, code] = (fields.icmpType ?? "0/0").split("/");
  const flags = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
  const words = (fields.tcpFlags ?? "").split(",");
  return {
    in: fields.in ?? "",
    out: fields.out ?? "",
    source: parseHost(fields.source!, family) as readonly number[],
    destination: parseHost(fields.destination!, family) as readonly number[],
    protocol: PROTOCOLS[fields.protocol!] ?? Number(fields.protocol),
    sport: Number(fields.sourcePort ?? 0),
    dport: Number(fields.destinationPort ?? 0),
    flags:
      fields.tcpFlags === "ALL"
        ? 63
        : flags.reduce((sum, name, bit) => sum + (words.includes(name) ? 1 << bit : 0), 0),
    options: (fields.tcpOption ?? "")
      .split(",")
      .filter((option) => option !== "")
      .map(Number),
    icmpType: Number(type),
    icmpCode: Number(code),
    states: fields.ctstate!.split(","),
    mark: Number(fields.mark),
    connmark: Number(fields.connmark ?? 0),
    mac: fields.mac ?? null,
    fragmentOffset: 0,
    headerLength: Number.POSITIVE_INFINITY,
    brokenExtensions: false,
    backend: fields.backend === "nft" ? "nft" : "legacy",
    answers: false,
    exceptions: [...answers].filter(([, answer]) => answer === "true").map(([text]) => text),
  };
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  "ipv6-icmp": 58,
  sctp: 132,
  esp: 50,
};

function checkOne(seed: number, family: Family): string {
  const random = new Random(seed);
  const way = choose(random, ["INPUT", "FORWARD", "OUTPUT"]);
  const ruleset = randomRuleset(random, way, family);
  const sentence = randomSentence(random, way, family);
  const assertion = assertionOf(sentence.text);
  const { results } = checkAssertions(ruleset, [assertion]);
  const { result, witness } = results[0]!;
  const shown = `${ruleset.file.text}\n${sentence.text}\n${JSON.stringify(results)}`;
  for (let count = 0; count < PACKETS; count++) {
    const packet = randomPacket(random, sentence, way, family);
    if (!contradicts(assertion.text, walkNaively(ruleset, way, packet))) continue;
    // Where something unknown might change what rules read, nothing is proved (symbolic/gaps.ts).
    const isGap = /might write the mark/.test(results[0]!.reason ?? "");
    if (!isGap) expect(result, `${shown}\n${JSON.stringify(packet)}`).toBe("broken");
    break;
  }
  const packet = witness === undefined ? null : packetOf(witness, family);
  if (packet !== null) {
    const fate = walkNaively(ruleset, way, packet);
    expect(contradicts(assertion.text, fate), `${shown}\n${JSON.stringify({ packet, fate })}`).toBe(true);
  }
  return result;
}

test.each(["v4", "v6"] as const)(
  "no %s packet contradicts what is proved",
  (family) => {
    const answers = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const answer = checkOne(seed, family);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }),
      { numRuns: 120 * EFFORT },
    );
    // Both answers have to be met often enough to mean something.
    for (const answer of ["holds", "broken"]) expect(answers.get(answer)).toBeGreaterThan(15);
  },
  60_000,
);
