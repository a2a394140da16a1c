/** Sampled packets as bytes: written out by hand from the RFCs, checksums checked by summing up. */
import { describe, expect, test } from "vitest";
import { CTSTATE } from "../../../src/model/types.ts";
import { checksum, crc32c } from "../../../src/verify/kernel/bytes.ts";
import { connectionFor } from "../../../src/verify/kernel/connection.ts";
import { packetBytes } from "../../../src/verify/kernel/packet-bytes.ts";
import { canCarryOptions } from "../../../src/verify/kernel/transport-bytes.ts";
import { FIELD, makePacket, PROTOCOL, setOption } from "../../../src/verify/sample/packet.ts";

type Fields = Partial<Record<keyof typeof FIELD, number>>;

/** From 10.0.0.1 to 10.0.0.2, or 2001:db8::1 to 2001:db8::2. */
function packetOf(fields: Fields, options: readonly number[] = [], words: 1 | 4 = 1): Int32Array {
  const packet = makePacket();
  packet[FIELD.SOURCE] = packet[FIELD.DESTINATION] = words === 1 ? 0x0a000000 : 0x20010db8;
  packet[FIELD.SOURCE + words - 1]! += 1;
  packet[FIELD.DESTINATION + words - 1]! += 2;
  for (const [name, value] of Object.entries(fields)) packet[FIELD[name as keyof typeof FIELD]] = value;
  for (const option of options) setOption(packet, option, true);
  return packet;
}

const TCP: Fields = { PROTOCOL: 6, SPORT: 0x1234, DPORT: 80, FLAGS: 0x12 };
const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString("hex");

/** 0 for a right checksum over pseudo header and transport part. */
function sumOf(bytes: readonly number[], words: 1 | 4): number {
  const start = words === 1 ? 20 : 40;
  const body = bytes.slice(start);
  const ends = words === 1 ? bytes.slice(12, 20) : bytes.slice(8, 40);
  const protocol = words === 1 ? bytes[9]! : bytes[6]!;
  const pseudo =
    protocol === PROTOCOL.ICMP && words === 1
      ? []
      : [...ends, 0, protocol, body.length >> 8, body.length & 255];
  return checksum([...pseudo, ...body]);
}

describe("a packet's bytes", () => {
  test("tcp over IPv4: header, ports, flags", () => {
    const bytes = packetBytes(packetOf(TCP), 1, false);
    expect(hex(bytes)).toMatch(
      /^450000286d6b00004006....0a0000010a00000212340050000000010000000050121000....0000$/,
    );
    expect(checksum(bytes.slice(0, 20))).toBe(0);
    expect(sumOf(bytes, 1)).toBe(0);
  });

  test.each([6, 17, 136, 33])(
    "protocol %i has a right checksum, in both families, and a wrong one when asked",
    (protocol) => {
      for (const words of [1, 4] as const) {
        const packet = packetOf({ ...TCP, PROTOCOL: protocol }, [], words);
        expect(sumOf(packetBytes(packet, words, false), words)).toBe(0);
        expect(sumOf(packetBytes(packet, words, true), words)).not.toBe(0);
      }
    },
  );

  test.each([
    [1, 1, 8],
    [1, 1, 3],
    [58, 4, 128],
    [58, 4, 1],
  ] as const)("icmp %i: type %3$i has a right checksum", (protocol, words, type) => {
    const bytes = packetBytes(
      packetOf({ PROTOCOL: protocol, ICMP_TYPE: type, ICMP_CODE: 4 }, [], words),
      words,
      false,
    );
    const start = words === 1 ? 20 : 40;
    expect(bytes.slice(start, start + 2)).toEqual([type, 4]);
    expect(sumOf(bytes, words)).toBe(0);
  });

  test("the check value of CRC-32C", () => {
    expect(hex(crc32c([...Buffer.from("123456789")]))).toBe("839206e3");
  });

  test.each([
    [[], "5012", ""],
    [[2], "6012", "02040000"],
    [[2, 8], "6012", "02020802"],
    [[1], "6012", "01010101"],
    [[0, 1], "6012", "01000000"],
    [[0, 1, 2], "6012", "02020100"],
    [[3, 4, 5], "7012", "030204020504" + "0000"],
  ])("tcp options %j", (options, offset, bytes) => {
    const all = hex(packetBytes(packetOf(TCP, options), 1, false));
    expect(all.slice(64, 68)).toBe(offset);
    expect(all.slice(80)).toBe(bytes);
  });

  test("more than 20 options don't fit", () => {
    const options = Array.from({ length: 21 }, (_, at) => at + 2);
    expect([canCarryOptions(options), canCarryOptions(options.slice(1))]).toEqual([false, true]);
  });

  test("a short header is cut; one that is cut behind 20 bytes promises options", () => {
    expect(packetBytes(packetOf({ ...TCP, SHORT: 1 + 3 }), 1, false)).toHaveLength(23);
    const cut = packetBytes(packetOf({ ...TCP, SHORT: 1 + 20 }), 1, false);
    expect([cut.length, cut[32]]).toEqual([40, 0x60]);
  });

  test("fragments: the offset, and in IPv6 a header of their own", () => {
    expect(hex(packetBytes(packetOf({ ...TCP, FRAGMENT: 1 }), 1, false)).slice(12, 16)).toBe("0001");
    const bytes = packetBytes(
      packetOf({ ...TCP, FRAGMENT: 2, SPORT: 0x6abc, DPORT: 0xdef0 }, [], 4),
      4,
      false,
    );
    expect(hex(bytes).slice(0, 16)).toBe("6abcdef0001c2c40");
    expect(hex(bytes).slice(80, 96)).toBe("0600020000006d6b");
  });

  test("broken extension headers are promised and not there", () => {
    const bytes = packetBytes(packetOf({ ...TCP, BROKEN: 1, CTSTATE: CTSTATE.INVALID }, [], 4), 4, false);
    expect([bytes.length, bytes[6]]).toEqual([40, 60]);
  });

  test("of a connection, they are a routing header of two bytes, and the connection is of what it names next", () => {
    const packet = packetOf({ ...TCP, BROKEN: 1, CTSTATE: CTSTATE.ESTABLISHED }, [], 4);
    const bytes = packetBytes(packet, 4, false);
    expect([bytes[6], ...bytes.slice(40)]).toEqual([43, 253, 0]);
    const ends = { source: "2001:db8::1", destination: "2001:db8::2", isTranslated: false };
    expect(connectionFor(packet, ends)).toMatchObject({ protocol: 253, status: 6 });
  });

  test("udp and icmp that are cut behind 8 bytes say so in length and checksum", () => {
    const udp = packetBytes(packetOf({ PROTOCOL: 17, SPORT: 1, DPORT: 2, SHORT: 9 }), 1, false);
    expect(hex(udp.slice(20))).toMatch(/^000100020008....$/);
    expect(sumOf(udp, 1)).toBe(0);
    const icmp = packetBytes(packetOf({ PROTOCOL: 1, ICMP_TYPE: 8, SHORT: 9 }), 1, false);
    expect(icmp).toHaveLength(28);
    expect(sumOf(icmp, 1)).toBe(0);
  });
});

describe("the connection of a packet", () => {
  const ends = { source: "10.0.0.1", destination: "10.0.0.2", isTranslated: false };
  const cases: readonly (readonly [name: string, fields: Fields, expected: object | null])[] = [
    ["a first packet needs none", { ...TCP, FLAGS: 2, CTSTATE: CTSTATE.NEW }, null],
    [
      "a first packet with a connection mark has one",
      { ...TCP, FLAGS: 2, CTSTATE: CTSTATE.NEW, CONNMARK: 5 },
      { mark: 5, status: 0, tcpState: 2 },
    ],
    ["a reset is never a first packet", { ...TCP, FLAGS: 4, CTSTATE: CTSTATE.NEW }, { status: 0 }],
    [
      "an established one was answered",
      { ...TCP, CTSTATE: CTSTATE.ESTABLISHED },
      { status: 6, sourcePort: 0x1234, destinationPort: 80 },
    ],
    ["a related one has a master", { ...TCP, CTSTATE: CTSTATE.RELATED }, { related: true }],
    [
      "an echo reply answers",
      { PROTOCOL: 1, ICMP_TYPE: 0, CTSTATE: CTSTATE.ESTABLISHED },
      { source: "10.0.0.2", type: 8, replyType: 0 },
    ],
    [
      "an error quotes its connection",
      { PROTOCOL: 1, ICMP_TYPE: 3, CTSTATE: CTSTATE.RELATED },
      { source: "10.0.0.2", protocol: 17 },
    ],
    [
      "translation shows in the flags",
      { ...TCP, CTSTATE: CTSTATE.ESTABLISHED | CTSTATE.SNAT },
      { translated: ["source"] },
    ],
    ["INVALID and UNTRACKED have none", { ...TCP, CTSTATE: CTSTATE.INVALID }, null],
    ["a fragment has none", { ...TCP, CTSTATE: CTSTATE.ESTABLISHED, FRAGMENT: 1 }, null],
  ];
  test.each(cases)("%s", (_name, fields, expected) => {
    const found = connectionFor(packetOf(fields), ends);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  });
});
