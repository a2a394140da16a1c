/**
 * Packets of a connection have whole headers and are no fragments (src/verify/symbolic/universe.ts, trackedHeaders): whatever is cut has no connection in any hook, also where there
 * is one for it; what is as short and may have one, has it; and this host's own packets to itself are cut and have one.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CTSTATE, type Family } from "../../src/model/types.ts";
import { big, checksum, hexDigits } from "../../src/verify/kernel/bytes.ts";
import { connectionFor } from "../../src/verify/kernel/connection.ts";
import { packetBytes } from "../../src/verify/kernel/packet-bytes.ts";
import type { PacketRequest } from "../../src/verify/kernel/session.ts";
import { FIELD, makePacket, PROTOCOL } from "../../src/verify/sample/packet.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { BACKENDS, describeKernel } from "./harness.ts";
import { type Hook, sendThrough, tableText, tell } from "./telling-worlds.ts";

const STATES = ["NEW", "ESTABLISHED", "RELATED"] as const;
type State = (typeof STATES)[number];

/** Bytes that connection tracking needs of each protocol; of tcp the options that it promises too. */
const needed = (family: Family): Readonly<Record<number, number>> => ({
  [PROTOCOL.TCP]: 21,
  [PROTOCOL.UDP]: 8,
  [family === "v4" ? PROTOCOL.ICMP : PROTOCOL.ICMP6]: 8,
});

const WAYS = [
  { in: "eth0", out: "eth1" },
  { in: "eth0" },
  { out: "eth1" },
] as const satisfies readonly Partial<PacketRequest>[];

const ADDRESSES = {
  v4: { source: "192.0.2.7", destination: "198.51.100.7", words: [[0xc0000207], [0xc6336407]] },
  v6: {
    source: "2001:db8:0:0:0:0:0:7",
    destination: "2001:db8:0:0:0:0:0:8",
    words: [
      [0x20010db8, 0, 0, 7],
      [0x20010db8, 0, 0, 8],
    ],
  },
} as const;

type Fields = Partial<Record<keyof typeof FIELD, number>>;

/** One packet of a kind, and the connection that it would belong to. */
function requestOf(family: Family, way: (typeof WAYS)[number], state: State, fields: Fields): PacketRequest {
  const packet = makePacket();
  const { source, destination, words } = ADDRESSES[family];
  packet.set(words[0], FIELD.SOURCE);
  packet.set(words[1], FIELD.DESTINATION);
  packet[FIELD.CTSTATE] = CTSTATE[state];
  Object.assign(
    packet,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [FIELD[name as keyof Fields], value])),
  );
  const bytes = packetBytes(packet, words[0].length === 1 ? 1 : 4, false);
  // The connection of a fragment is that of the whole packet.
  packet[FIELD.FRAGMENT] = 0;
  const connection = connectionFor(packet, { source, destination, isTranslated: false });
  const rest = { destination, mark: 0, mac: "02006d6bfe01", ...(connection === null ? {} : { connection }) };
  return { ...way, ...rest, bytes: hexDigits(bytes) };
}

/** The fields of some packet of a protocol. */
function drawFields(random: Random, family: Family, protocol: number): Fields {
  const errors = family === "v4" ? [3, 11] : [1, 3];
  const requests = family === "v4" ? [8, 0] : [128, 129];
  const isIcmp = protocol === PROTOCOL.ICMP || protocol === PROTOCOL.ICMP6;
  return {
    PROTOCOL: protocol,
    ...(isIcmp ? { ICMP_TYPE: pick(random, [...errors, ...requests]) } : { SPORT: 1000, DPORT: 2000 }),
    ...(protocol === PROTOCOL.TCP ? { FLAGS: pick(random, [2, 16, 18, 1, 4, 17]) } : {}),
  };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

/** The same as the first fragment of something longer. */
function asFirstFragment(family: Family, { bytes: digits, ...rest }: PacketRequest): PacketRequest {
  const bytes = [...Buffer.from(digits, "hex")];
  if (family === "v4") {
    bytes.splice(6, 2, 0x20, 0);
    bytes.splice(10, 2, 0, 0);
    bytes.splice(10, 2, ...big(checksum(bytes.slice(0, 20)), 2));
    return { ...rest, bytes: hexDigits(bytes) };
  }
  const header = [bytes[6]!, 0, 0, 1, 1, 2, 3, 4];
  const body = [...header, ...bytes.slice(40)];
  const start = [...bytes.slice(0, 4), ...big(body.length, 2), 44, ...bytes.slice(7, 40)];
  return { ...rest, bytes: hexDigits([...start, ...body]) };
}

/** Random bytes behind the ports. */
function scrambled(random: Random, family: Family, { bytes: digits, ...rest }: PacketRequest): PacketRequest {
  const bytes = [...Buffer.from(digits, "hex")];
  for (let at = (family === "v4" ? 20 : 40) + 4; at < bytes.length; at++) bytes[at] = random.below(256);
  return { ...rest, bytes: hexDigits(bytes) };
}

/** Packets that are cut somewhere, or fragments. */
function drawCut(random: Random, family: Family): PacketRequest {
  const protocols = needed(family);
  const protocol = Number(pick(random, Object.keys(protocols)));
  const fields = drawFields(random, family, protocol);
  const [way, state] = [pick(random, WAYS), pick(random, STATES)];
  const length = random.below(protocols[protocol]!);
  const choice = random.below(10);
  if (choice < 2) {
    const FRAGMENT = family === "v4" && choice === 0 ? 1 : 2;
    return requestOf(family, way, state, { ...fields, FRAGMENT });
  }
  const request = requestOf(family, way, state, { ...fields, SHORT: 1 + length });
  if (choice < 4) return asFirstFragment(family, request);
  // Of a tcp header that has its 20 bytes, random ones might be whole.
  return choice < 7 && length < 20 ? scrambled(random, family, request) : request;
}

/** Rules that tell of packets with a connection, by state, and of those without. */
function rulesOf(table: string, hook: Hook): readonly string[] {
  if (table === "nat") return [`-A ${hook} ${tell(`tracked nat ${hook}`)}`];
  const state = (name: string, told: string) =>
    `-A ${hook} -m conntrack --ctstate ${name} ${tell(`${told} ${table} ${hook}`)}`;
  return [...STATES.map((name) => state(name, `tracked ${name}`)), state("INVALID", "loose")];
}

/** Everything but the first packets, by who tells. */
function textOf(): string {
  return ["raw", "mangle", "filter", "security", "nat"].map((table) => tableText(table, rulesOf)).join("");
}

/** What each packet was told to be. */
async function tellOf(
  family: Family,
  backend: (typeof BACKENDS)[number],
  requests: readonly PacketRequest[],
): Promise<readonly (readonly string[])[]> {
  const world = { family, backend, kind: "tap", tracked: true, text: textOf() } as const;
  const { answers } = await sendThrough(world, requests);
  return answers.map(({ events = [] }) => events.map(({ told }) => told));
}

const WORLDS = (["v4", "v6"] as const).flatMap((family) => BACKENDS.map((backend) => ({ family, backend })));

describeKernel(`headers of connections (seed ${SEED})`, () => {
  test.each(WORLDS)("what is cut has none: $family, $backend", async ({ family, backend }) => {
    const random = new Random(SEED);
    const requests = Array.from({ length: 600 * EFFORT }, () => drawCut(random, family));
    const told = await tellOf(family, backend, requests);
    const tracked = told.flatMap((list, at) =>
      list.some((one) => one.startsWith("tracked")) ? [{ list, request: requests[at] }] : [],
    );
    expect(tracked, "these packets exist").toEqual([]);
    for (const hook of ["FORWARD", "INPUT", "OUTPUT", "POSTROUTING", "PREROUTING"]) {
      const arrived = told.filter((list) => list.includes(`loose mangle ${hook}`)).length;
      expect(arrived, hook).toBeGreaterThan(50);
    }
  });

  test.each(WORLDS)("what may be short has one: $family, $backend", async ({ family, backend }) => {
    const least = needed(family);
    const generic = 253;
    const cases: (readonly [string, Fields])[] = [
      ["tcp, whole", { PROTOCOL: PROTOCOL.TCP, SPORT: 1000, DPORT: 2000, FLAGS: 2 }],
      ["udp of 8 bytes", { PROTOCOL: PROTOCOL.UDP, SPORT: 1000, DPORT: 2000, SHORT: 9 }],
      ["another protocol, empty", { PROTOCOL: generic, SHORT: 1 }],
      ...(family === "v6" ? [["broken extension headers", { PROTOCOL: 6, BROKEN: 1 }] as const] : []),
    ];
    const icmp = Number(Object.keys(least).find((number) => number !== "6" && number !== "17"));
    const asked = WAYS.flatMap((way) => [
      ...cases.flatMap(([name, fields]) => STATES.map((state) => ({ name, way, state, fields }))),
      ...(["NEW", "ESTABLISHED"] as const).map((state) => ({
        name: "icmp of 8 bytes",
        way,
        state,
        fields: { PROTOCOL: icmp, ICMP_TYPE: family === "v4" ? 8 : 128, SHORT: 9 },
      })),
    ]);
    const requests = asked.map(({ way, state, fields }) => requestOf(family, way, state, fields));
    const told = await tellOf(family, backend, requests);
    for (const [at, { name, way, state }] of asked.entries()) {
      const hook = !("in" in way) ? "OUTPUT" : "out" in way ? "FORWARD" : "INPUT";
      expect(told[at], `${name}, ${state}`).toContain(`tracked ${state} filter ${hook}`);
    }
  });

  const OWN = fileURLToPath(new URL("./own-packets.py", import.meta.url));

  test.each(BACKENDS)("what this host sends to itself is cut and has one: %s", (backend) => {
    const run = spawnSync("unshare", ["-n", "python3", "-B", OWN, backend], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    const { lo, multicast } = JSON.parse(run.stdout) as Readonly<Record<string, readonly string[]>>;
    for (const told of [lo, multicast]) expect(told).toEqual(["raw NEW", "mangle NEW"]);
  });
});
