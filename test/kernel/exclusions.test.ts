/**
 * What the proof leaves out (src/verify/symbolic/universe.ts, EXCLUSIONS) does not exist: rules that only such packets match tell of none, whatever is sent through
 * their hooks, while rules beside them do tell.
 */
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { big, hexDigits } from "../../src/verify/kernel/bytes.ts";
import { drawPackets, type Drawn } from "../../src/verify/kernel/draw-packets.ts";
import { packetBytes } from "../../src/verify/kernel/packet-bytes.ts";
import { KernelFailure, type PacketRequest } from "../../src/verify/kernel/session.ts";
import { Tally } from "../../src/verify/kernel/tally.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { readRuleset } from "../support/small-tables.ts";
import { type Backend, BACKENDS, describeKernel } from "./harness.ts";
import {
  DEVICES,
  type Hook,
  HOOKS,
  sendThrough,
  TABLES,
  tableText,
  tell,
  type Told,
} from "./telling-worlds.ts";

const NAMES = [...DEVICES, "mk-loopback"];
const STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"];
const FLAGS = ["SNAT", "DNAT"];

/** What there is in tables that do not see everything. In nat, what SNAT does is done behind the last rule. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  raw: ["INVALID", "UNTRACKED"],
  nat: ["NEW", "RELATED", "DNAT"],
};

/** A chain that tells of packets with an interface, or of those without. */
function interfaceChain(chain: string, side: "i" | "o", isNamed: boolean, name: string): readonly string[] {
  const each = NAMES.map((device) => `-A ${chain} -${side} ${device} ${isNamed ? tell(name) : "-j RETURN"}`);
  return isNamed ? each : [...each, `-A ${chain} ${tell(name)}`];
}

/** Interfaces: what each hook's packets have, and what they lack. */
function interfaceRules(table: string, hook: Hook): readonly string[] {
  const isEmpty = { i: hook === "OUTPUT", o: hook === "PREROUTING" || hook === "INPUT" };
  // A forwarded packet may show its in-interface in POSTROUTING, or not.
  const sides = hook === "POSTROUTING" ? (["o"] as const) : (["i", "o"] as const);
  const rules = sides.flatMap((side) => {
    const [no, ok] = [`no-${side}-${hook}`, `ok-${side}-${hook}`];
    return [
      `-A ${hook} -j ${no}`,
      `-A ${hook} -j ${ok}`,
      ...interfaceChain(no, side, isEmpty[side], `no ${table} ${hook} -${side}`),
      ...interfaceChain(ok, side, !isEmpty[side], `ok ${table} ${hook} -${side}`),
    ];
  });
  const negated = `-A any-${hook} ! -i + ${tell(`no ${table} ${hook} ! -i +`)}`;
  return [...rules, `-A ${hook} -j any-${hook}`, negated];
}

const state = (name: string) => `-m conntrack --ctstate ${name}`;

/** States: two at once, flags without a connection, and in nat what is no beginning. */
function stateRules(table: string, hook: Hook): readonly string[] {
  const pairs = STATES.flatMap((one, at) => STATES.slice(at + 1).map((other) => [one, other]));
  const bare = ["INVALID", "UNTRACKED"].flatMap((name) => FLAGS.map((flag) => [name, flag]));
  const later = table === "nat" ? [["ESTABLISHED"], ["INVALID"], ["UNTRACKED"]] : [];
  return [
    ...[...pairs, ...bare, ...later].map(
      (list) => `-A ${hook} ${list.map(state).join(" ")} ${tell(`no ${table} ${hook} ${list.join(" ")}`)}`,
    ),
    ...(SEEN[table] ?? [...STATES, ...FLAGS]).map(
      (name) => `-A ${hook} ${state(name)} ${tell(`ok ${table} ${name}`)}`,
    ),
  ];
}

/** Rules that give the sampler something to draw around. */
const DRAWN = [
  "-p tcp -m tcp --dport 80 -j ACCEPT",
  "-p udp -m udp --sport 53 -j ACCEPT",
  "-p sctp -m sctp --dport 80 -j ACCEPT",
  "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  "-m conntrack --ctstate NEW,SNAT -j ACCEPT",
  "-m conntrack --ctstate UNTRACKED,DNAT -j ACCEPT",
  "-m conntrack --ctstate INVALID -m mark --mark 0x1/0x3 -j ACCEPT",
];

/** Packets of all hooks, some of them also spoiled and untracked although there is a connection for them. */
function drawRequests(family: Family, backend: Backend, isTranslated: boolean): readonly PacketRequest[] {
  const icmp = family === "v4" ? "-p icmp -m icmp --icmp-type 3" : "-p ipv6-icmp -m icmp6 --icmpv6-type 1";
  const rules = HOOKS.flatMap((hook) => [...DRAWN, `${icmp} -j ACCEPT`].map((rule) => `-A ${hook} ${rule}`));
  for (const hook of ["PREROUTING", "INPUT", "FORWARD"])
    rules.push(`-A ${hook} -i eth0 -j ACCEPT`, `-A ${hook} -i eth1 -j ACCEPT`);
  for (const hook of ["FORWARD", "OUTPUT", "POSTROUTING"])
    rules.push(`-A ${hook} -o eth0 -j ACCEPT`, `-A ${hook} -o eth1 -j ACCEPT`);
  const text = ["*mangle", ...HOOKS.map((hook) => `:${hook} ACCEPT [0:0]`), ...rules, "COMMIT", ""].join(
    "\n",
  );
  const mangle = readRuleset(text, family).tables[0]!;
  const table = compileTable({ name: "mangle", family, old: mangle, new: mangle }, 0);
  const drawn: { tap: Drawn[]; tun: Drawn[] } = { tap: [], tun: [] };
  for (const [at, hook] of table.hooks.entries()) {
    const block = { table, hook, first: 0, packets: 100 * EFFORT, seed: SEED + at, backend, isTranslated };
    drawPackets(block, drawn, new Tally());
  }
  expect(table.interfaces.slice(1).every((name) => DEVICES.includes(name))).toBe(true);
  return drawn.tap.flatMap(({ packet, request }) => {
    if (request.connection === undefined) return [request];
    const connection = { ...request.connection, translated: ["source", "destination"] as const };
    const bytes = hexDigits(packetBytes(packet, table.words, true));
    return [
      request,
      { ...request, untracked: true },
      { ...request, untracked: true, ...(isTranslated ? {} : { connection }) },
      { ...request, bytes, ...(isTranslated ? {} : { connection }) },
    ];
  });
}

/** No rule told of what does not exist, and every one beside it did. */
function expectOnlyControls(text: string, { counts, answers }: Told): void {
  const names = new Set([...text.matchAll(/--nflog-prefix "([^"]+)"/g)].map(([, name]) => name!));
  const rules = [...names].filter((name) => name.startsWith("no ")).length;
  if (rules > 0)
    console.log(`exclusions: ${answers.length} packets past ${rules} rules that no packet matches`);
  const impossible = Object.entries(counts).filter(([name]) => name.startsWith("no "));
  expect(impossible, "these packets exist").toEqual([]);
  const silent = [...names].filter((name) => name.startsWith("ok ") && counts[name] === undefined);
  expect(silent, "nothing got here").toEqual([]);
}

describeKernel(`packets that do not exist (seed ${SEED})`, () => {
  const worlds = (["v4", "v6"] as const).flatMap((family) =>
    BACKENDS.flatMap((backend) => (["tap", "tun"] as const).map((kind) => ({ family, backend, kind }))),
  );

  test.each(worlds)(
    "without their interfaces, or with two states: $family, $backend, $kind",
    async ({ family, backend, kind }) => {
      const tables = Object.keys(TABLES).filter((table) => table !== "nat");
      const rules = (table: string, hook: Hook) => [
        ...interfaceRules(table, hook),
        ...stateRules(table, hook),
      ];
      const text = tables.map((table) => tableText(table, rules)).join("");
      const requests = drawRequests(family, backend, false);
      const told = await sendThrough({ family, backend, kind, tracked: true, text }, requests);
      expectOnlyControls(text, told);
    },
  );

  test.each(worlds)(
    "in nat, other than the first of a connection: $family, $backend, $kind",
    async ({ family, backend, kind }) => {
      const rules = (table: string, hook: Hook) => [
        ...interfaceRules(table, hook),
        ...stateRules(table, hook),
      ];
      const here = family === "v4" ? "198.18.255.254" : "fdee::254";
      const changed = (table: string, hook: Hook) =>
        hook === "PREROUTING"
          ? [...rules(table, hook), `-A ${hook} -p udp -j DNAT --to-destination ${here}`]
          : rules(table, hook);
      const text = tableText("nat", changed);
      const requests = drawRequests(family, backend, true);
      const told = await sendThrough({ family, backend, kind, tracked: true, text }, requests);
      expectOnlyControls(text, told);
    },
  );

  test.each(worlds.filter(({ kind }) => kind === "tap"))(
    "with an Ethernet header in OUTPUT or POSTROUTING: $family, $backend",
    async (world) => {
      const { family, backend } = world;
      const requests = drawRequests(family, backend, false);
      for (const hook of ["OUTPUT", "POSTROUTING"] as const) {
        const control = `-A macs ${tell(`ok ${hook}`)}`;
        const macs = [
          `-A macs -m mac --mac-source 02:00:6d:6b:fe:01 ${tell(`no ${hook} mac`)}`,
          `-A macs -m mac ! --mac-source 02:00:6d:6b:fe:02 ${tell(`no ${hook} other mac`)}`,
        ];
        const send = async (rules: readonly string[]) => {
          const text = tableText("mangle", (_, at) => (at === hook ? [`-A ${hook} -j macs`, ...rules] : []));
          expectOnlyControls(text, await sendThrough({ ...world, tracked: true, text }, requests));
        };
        await send([control]);
        try {
          await send([...macs, control]);
        } catch (error) {
          // That the kernel takes no such rule is an answer too.
          if (!(error instanceof KernelFailure)) throw error;
          expect(error.message).toMatch(/line \d+ failed|RULE_APPEND failed|CHAIN_ADD failed/);
        }
      }
    },
  );
});

/** A later IPv6 fragment: anything in its first word and its source address, and perhaps another extension header before the fragment's. */
function fragment(
  random: Random,
  protocol: number,
): { readonly request: PacketRequest; readonly flags: number } {
  const bytes = (count: number) => Array.from({ length: count }, () => random.below(256));
  const source = [0x20, 1, 0xd, 0xb8, ...bytes(12)];
  const destination = [0x20, 1, 0xd, 0xb8, ...bytes(12)];
  const offset = random.percent(50) ? 1 : random.between(1, 8191);
  const header = [protocol, 0, ...big((offset << 3) | random.below(2), 2), ...bytes(4)];
  const before = random.percent(30) ? [44, 0, 1, 4, 0, 0, 0, 0] : [];
  const body = [...before, ...header, ...bytes(random.between(1, 5) * 8)];
  const next = before.length > 0 ? 60 : 44;
  const all = [
    0x60 | random.below(16),
    ...bytes(3),
    ...big(body.length, 2),
    next,
    64,
    ...source,
    ...destination,
    ...body,
  ];
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((destination[2 * at]! << 8) | destination[2 * at + 1]!).toString(16),
  );
  const request = {
    in: "eth0",
    out: "eth1",
    destination: groups.join(":"),
    bytes: hexDigits(all),
    mark: 0,
    mac: "02006d6bfe01",
  };
  return { request, flags: source[5]! & 63 };
}

const BITS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

describeKernel("later IPv6 fragments that do not exist", () => {
  const FRAGMENTS = 300 * EFFORT;
  const make = (protocol: number) => {
    const random = new Random(SEED + protocol);
    return Array.from({ length: FRAGMENTS }, () => fragment(random, protocol));
  };
  const send = (backend: Backend, rules: readonly string[], protocol: number) => {
    const text = tableText("filter", (_, hook) => (hook === "FORWARD" ? rules : []));
    const world = { family: "v6", backend, kind: "tap", tracked: false, text } as const;
    const fragments = make(protocol);
    return sendThrough(
      world,
      fragments.map(({ request }) => request),
    ).then((told) => ({ text, told, fragments }));
  };

  test.each(BACKENDS)("at an offset of 1, which -m tcp drops: %s", async (backend) => {
    const rules = [
      `-A FORWARD ${tell("ok all")}`,
      "-A FORWARD -p tcp -m tcp --dport 0:65535 -m mark --mark 0x1 -j ACCEPT",
      "-A FORWARD -p tcp -m multiport --dports 1:65535 -m mark --mark 0x1 -j ACCEPT",
      `-A FORWARD -p tcp ${tell("ok tcp")}`,
    ];
    const { text, told } = await send(backend, rules, 6);
    expectOnlyControls(text, told);
    expect(told.counts["ok all"]).toBe(FRAGMENTS);
    expect(told.counts["ok tcp"]).toBe(FRAGMENTS);
  });

  test.each([
    ["tcp", 6],
    ["udp", 17],
  ] as const)("with a %s source port other than 0x6000 to 0x6fff, to nft", async (name, protocol) => {
    const port = (range: string) => `-A FORWARD -p ${name} -m ${name} --sport ${range}`;
    const rules = [
      `${port("0:24575")} ${tell("no lower")}`,
      `${port("28672:65535")} ${tell("no higher")}`,
      `-A FORWARD -p ${name} -m ${name} ! --sport 24576:28671 ${tell("no other")}`,
      `${port("24576:28671")} ${tell("ok version")}`,
      ...(name === "tcp"
        ? BITS.map((bit) => `-A FORWARD -p tcp -m tcp --tcp-flags ${bit} ${bit} ${tell(`ok ${bit}`)}`)
        : []),
    ];
    const { text, told, fragments } = await send("nft", rules, protocol);
    expectOnlyControls(text, told);
    expect(told.counts["ok version"]).toBe(FRAGMENTS);
    if (name === "udp") return;
    // The flags are the sixth byte of the source address.
    for (const [at, { flags }] of fragments.entries()) {
      const seen = BITS.filter((bit) =>
        told.answers[at]!.events!.some((event) => event.told === `ok ${bit}`),
      );
      expect(seen).toEqual(BITS.filter((_, bit) => (flags & (1 << bit)) !== 0));
    }
  });
});
