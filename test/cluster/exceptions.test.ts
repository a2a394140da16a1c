/** Lines for missing combinations, against a walk of single packets. */
import { expect, test } from "vitest";
import {
  type Combinations,
  type Exception,
  type Exceptions,
  findExceptions,
  protocolOf,
} from "../../src/cluster/exceptions.ts";
import { AXES, type Axis } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { SEED } from "../support/seed.ts";

/** A packet, with the last byte of its addresses; `port` null: its header is cut off before the ports. */
interface Packet {
  readonly source: number;
  readonly destination: number;
  readonly in: string;
  readonly out: string;
  readonly protocol: string;
  readonly port: number | null;
}

const ADDRESSES = [
  "10.0.0.0/29",
  "10.0.0.0/30",
  "10.0.0.4/30",
  "10.0.0.2/31",
  "10.0.0.1/32",
  "10.0.0.2/32",
  "10.0.0.7/32",
];
const SERVICES = [
  "tcp dport 1",
  "tcp dport 2",
  "tcp dport 1:3",
  "tcp dports 2,3",
  "udp dport 1",
  "udp dport 2:3",
];
const MEMBERS: Readonly<Record<Axis, readonly string[]>> = {
  source: ADDRESSES,
  destination: ADDRESSES,
  in: ["eth0", "eth1", "eth+"],
  out: ["eth0", "tun0"],
  service: SERVICES,
};

function isIn(axis: Axis, member: string, packet: Packet): boolean {
  if (axis === "in" || axis === "out")
    return member.endsWith("+") ? packet[axis].startsWith(member.slice(0, -1)) : packet[axis] === member;
  if (axis === "service") {
    const [protocol, , ports = ""] = member.split(" ");
    return (
      packet.protocol === protocol &&
      packet.port !== null &&
      ports.split(",").some((part) => {
        const [first, last = first] = part.split(":").map(Number);
        return first! <= packet.port! && packet.port! <= last!;
      })
    );
  }
  const [, first, length] = /^10\.0\.0\.(\d+)\/(\d+)$/.exec(member)!.map(Number);
  return (packet[axis] & ~((1 << (32 - length!)) - 1)) === first;
}

const PACKETS: readonly Packet[] = [0, 1, 2, 3, 4, 7].flatMap((source) =>
  [0, 1, 2, 3, 4, 7].flatMap((destination) =>
    ["eth0", "eth1"].flatMap((input) =>
      ["tcp", "udp", "gre"].flatMap((protocol) =>
        [1, 2, 3, null].map((port) => ({ source, destination, in: input, out: "eth0", protocol, port })),
      ),
    ),
  ),
);

type Fate = "accepted" | "dropped" | "passed";

function combine(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (cells, list) => cells.flatMap((cell) => list.map((member) => [...cell, member])),
    [[]],
  );
}

/** Rule by rule: a test of ports drops a packet that has none. */
function flatFate(axes: readonly Axis[], present: readonly (readonly string[])[], packet: Packet): Fate {
  let fate: Fate = "passed";
  for (const cell of present) {
    const addresses = axes.every((axis, at) => axis === "service" || isIn(axis, cell[at]!, packet));
    if (!addresses) continue;
    const at = axes.indexOf("service");
    if (at !== -1 && packet.port === null && packet.protocol === protocolOf(cell[at]!)) return "dropped";
    if (at === -1 || isIn("service", cell[at]!, packet)) fate = "accepted";
  }
  return fate;
}

/** By bits, and the lines in between. */
function chainFate({ axes, members }: Combinations, { before, after }: Exceptions, packet: Packet): Fate {
  const at = axes.indexOf("service");
  const leaves = (lines: readonly Exception[]): boolean => {
    const hit = lines.find(
      ({ cell, protocol }) =>
        cell.every((member, axis) => member === null || isIn(axes[axis]!, member, packet)) &&
        (protocol === null || packet.protocol === protocol),
    );
    return hit !== undefined && !hit.stays;
  };
  const hasBit = (axis: Axis, place: number): boolean =>
    members[place]!.some((member) => isIn(axis, member, packet));
  if (!axes.every((axis, place) => axis === "service" || hasBit(axis, place))) return "passed";
  if (leaves(before)) return "passed";
  if (at !== -1) {
    if (packet.port === null && members[at]!.some((member) => protocolOf(member) === packet.protocol))
      return "dropped";
    if (!hasBit("service", at)) return "passed";
  }
  return leaves(after) ? "passed" : "accepted";
}

function randomCombinations(random: Random): Combinations {
  const axes = AXES.filter((axis) => random.below(axis === "service" ? 5 : axis === "source" ? 2 : 3) > 0);
  if (axes.length < 2) return randomCombinations(random);
  const members = axes.map((axis) => {
    const some = MEMBERS[axis].filter(() => random.below(5) < 3);
    return some.length === 0 ? [MEMBERS[axis][0]!] : some;
  });
  const share = 1 + random.below(6);
  const missing = combine(members).filter(() => random.below(10) < share);
  return { axes, members, missing };
}

test("packets fare as by the rules alone", () => {
  const seen = { before: 0, after: 0, stays: 0, contained: 0 };
  for (let number = 0; number < 400; number++) {
    const combinations = randomCombinations(new Random(SEED * 1_000_003 + number));
    const lines = findExceptions(combinations);
    const { before, after } = lines;
    seen.before += before.length > 0 ? 1 : 0;
    seen.after += after.length > 0 ? 1 : 0;
    seen.stays += [...before, ...after].some(({ stays }) => stays) ? 1 : 0;
    seen.contained += after.length + before.length < combinations.missing.length ? 1 : 0;
    const { axes, members, missing } = combinations;
    const absent = new Set(missing.map((cell) => cell.join()));
    const present = combine(members).filter((cell) => !absent.has(cell.join()));
    const wrong = PACKETS.find(
      (packet) => chainFate(combinations, lines, packet) !== flatFate(axes, present, packet),
    );
    expect(wrong === undefined ? null : { combinations, lines, wrong }).toBeNull();
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(40);
});

test("what is read from the lines comes to the same lines again", () => {
  for (let number = 0; number < 300; number++) {
    const combinations = randomCombinations(new Random(SEED * 1_000_003 + number));
    const lines = findExceptions(combinations);
    expect(findExceptions({ ...combinations, missing: missingOf(combinations, lines) })).toEqual(lines);
  }
});

/** The combinations that lines let leave. */
function missingOf({ members }: Combinations, { before, after }: Exceptions) {
  const lines = [...before, ...after].filter(({ stays }) => !stays);
  return combine(members).filter((cell) =>
    lines.some(({ cell: tests, protocol }) =>
      tests.every((member, at) =>
        member === null ? protocol === null || protocolOf(cell[at]!) === protocol : member === cell[at],
      ),
    ),
  );
}

test("before the services where the protocol says it all, behind them where it does not", () => {
  const hosts = ["10.0.0.1/32", "10.0.0.2/32"];
  const lines = (missing: readonly (readonly string[])[]) =>
    findExceptions({
      axes: ["source", "destination", "service"],
      members: [hosts, ["10.1.0.1/32", "10.1.0.2/32"], ["tcp dport 53", "udp dport 53", "udp dport 123"]],
      missing,
    });
  expect(lines([["10.0.0.1/32", "10.1.0.1/32", "tcp dport 53"]])).toEqual({
    before: [{ cell: ["10.0.0.1/32", "10.1.0.1/32", null], protocol: "tcp", stays: false }],
    after: [],
  });
  expect(lines([["10.0.0.1/32", "10.1.0.1/32", "udp dport 53"]])).toEqual({
    before: [],
    after: [{ cell: ["10.0.0.1/32", "10.1.0.1/32", "udp dport 53"], protocol: null, stays: false }],
  });
  const all = ["tcp dport 53", "udp dport 53", "udp dport 123"].map((service) => [
    "10.0.0.1/32",
    "10.1.0.1/32",
    service,
  ]);
  expect(lines(all)).toEqual({
    before: [{ cell: ["10.0.0.1/32", "10.1.0.1/32", null], protocol: null, stays: false }],
    after: [],
  });
});
