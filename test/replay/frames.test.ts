/** Frames to packets: links, extension headers, fragments, headers that were cut by the capture or on the way. */
import { describe, expect, test } from "vitest";
import type { CaptureRecord } from "../../src/replay/capture/record.ts";
import { makeFrame, type Unjudged } from "../../src/replay/frame/frame.ts";
import { readFrame } from "../../src/replay/frame/link.ts";
import { FIELD, optionsOf } from "../../src/verify/sample/packet.ts";
import { be16, be32, cooked, cooked2, ethernet, FLAG, icmp, ipv4, ipv6, tcp, udp } from "./packet-bytes.ts";

interface Read {
  readonly left: Unjudged | null;
  readonly text: string;
  readonly frame: ReturnType<typeof makeFrame>;
}

function read(
  bytes: readonly number[],
  link: number,
  changes: Partial<CaptureRecord> = {},
  needsOptions = true,
): Read {
  const data = Uint8Array.from([0, 0, 0, ...bytes]);
  const record: CaptureRecord = {
    ...{ bytes: data, start: 3, captured: bytes.length, length: bytes.length },
    ...{ time: 0, link, device: null, direction: null, ...changes },
  };
  const frame = makeFrame();
  const left = readFrame(record, frame, needsOptions);
  const { fields, family } = frame;
  const words = [FIELD.SOURCE, FIELD.DESTINATION].map((at) =>
    [...fields.subarray(at, at + (family === "v4" ? 1 : 4))]
      .map((word) => (word >>> 0).toString(16))
      .join(":"),
  );
  const rest = (
    ["PROTOCOL", "SPORT", "DPORT", "FLAGS", "ICMP_TYPE", "ICMP_CODE", "FRAGMENT", "SHORT", "BROKEN"] as const
  )
    .filter((name) => fields[FIELD[name]] !== 0)
    .map((name) => `${name}=${fields[FIELD[name]]}`);
  return { left, text: [family, words.join(">"), ...rest].join(" "), frame };
}

const DATA = ipv4("10.0.0.1", "10.0.0.2", 6, tcp(1000, 22, FLAG.SYN | FLAG.ACK | FLAG.PSH));
const TEXT = "v4 a000001>a000002 PROTOCOL=6 SPORT=1000 DPORT=22 FLAGS=26";
const DATA6 = ipv6("2001:db8::1", "2001:db8::2", 17, udp(53, 5353));
const TEXT6 = "v6 20010db8:0:0:1>20010db8:0:0:2 PROTOCOL=17 SPORT=53 DPORT=5353".replaceAll(
  "20010db8",
  "20010db8",
);

describe("links", () => {
  test.each([
    ["Ethernet", ethernet(0x0800, DATA), 1, TEXT],
    ["Ethernet with a tag", ethernet(0x0800, DATA, [5]), 1, TEXT],
    ["Ethernet with two tags", ethernet(0x86dd, DATA6, [5, 6]), 1, TEXT6],
    ["raw", DATA, 101, TEXT],
    ["raw IPv6", DATA6, 101, TEXT6],
    ["IPv4", DATA, 228, TEXT],
    ["IPv6", DATA6, 229, TEXT6],
    ["cooked", cooked(0, 0x0800, DATA), 113, TEXT],
    ["cooked, second version", cooked2(4, 4, 0x86dd, DATA6), 276, TEXT6],
    ["loopback, big-endian", [0, 0, 0, 2, ...DATA], 0, TEXT],
    ["loopback, little-endian", [30, 0, 0, 0, ...DATA6], 0, TEXT6],
    ["loopback of OpenBSD", [0, 0, 0, 24, ...DATA6], 108, TEXT6],
  ])("%s", (_, bytes, link, text) => {
    const { left, text: found } = read(bytes, link);
    expect(left).toBeNull();
    expect(found).toBe(text);
  });

  test("directions, numbers of interfaces and hardware addresses", () => {
    expect(read(cooked2(4, 4, 0x0800, DATA), 276).frame).toMatchObject({ deviceNumber: 4, direction: "out" });
    expect(read(cooked(2, 0x0800, DATA), 113).frame).toMatchObject({ direction: "in", macAt: 3 + 6 });
    expect(read(ethernet(0x0800, DATA), 1).frame).toMatchObject({ direction: null, macAt: 3 + 6 });
    expect(read(DATA, 101).frame.macAt).toBe(-1);
    // What the file says goes before.
    expect(read(cooked(0, 0x0800, DATA), 113, { direction: "out" }).frame.direction).toBe("out");
  });

  test("what no rule sees", () => {
    expect(read(ethernet(0x0806, new Array(28).fill(0)), 1).left).toMatchObject({
      kind: "passed",
      why: /ARP/,
    });
    expect(read(cooked(3, 0x0800, DATA), 113).left).toMatchObject({ kind: "passed", why: /other hosts/ });
    expect(read(DATA, 195).left).toMatchObject({ kind: "unjudged", why: /link type 195/ });
  });
});

describe("IPv6 extension headers", () => {
  const SEGMENT = tcp(1000, 22, FLAG.ACK);
  const through = (...headers: readonly (readonly number[])[]) => {
    // Each header names the next one: given with its own number in front.
    const numbers = [...headers.map(([number]) => number!), 6];
    const bytes = headers.flatMap(([, ...rest], at) => [numbers[at + 1]!, ...rest]);
    return ipv6("2001:db8::1", "2001:db8::2", numbers[0]!, [...bytes, ...SEGMENT]);
  };
  const ZEROS = new Array<number>(6).fill(0);

  test.each([
    ["hop by hop", through([0, 0, ...ZEROS])],
    ["routing, 16 bytes", through([43, 1, ...ZEROS, ...ZEROS, 0, 0])],
    ["destination options behind hop by hop", through([0, 0, ...ZEROS], [60, 0, ...ZEROS])],
    ["authentication, 24 bytes", through([51, 4, ...ZEROS, ...ZEROS, ...ZEROS, 0, 0, 0, 0])],
    ["a fragment that is whole", through([44, 0, 0, 0, ...be32(9)])],
  ])("%s", (_, bytes) => {
    expect(read(bytes, 101)).toMatchObject({
      left: null,
      text: expect.stringContaining("PROTOCOL=6 SPORT=1000 DPORT=22 FLAGS=16"),
    });
  });

  test("fragments", () => {
    const first = read(through([44, 0, 0, 1, ...be32(9)]), 101);
    expect(first.frame).toMatchObject({ isFirstFragment: true, fragmentId: 9 });
    const later = read(through([44, 0, ...be16(8), ...be32(9)]), 101);
    expect(later.text).toMatch(/PROTOCOL=6 FRAGMENT=2$/);
  });

  test("headers without an end, and a chain that goes on behind the packet", () => {
    const long = ipv6("2001:db8::1", "2001:db8::2", 0, [60, 200, ...ZEROS]);
    expect(read(long, 101)).toMatchObject({ left: null, text: expect.stringMatching(/BROKEN=1$/) });
    const cut = { captured: 41 };
    expect(read(through([0, 0, ...ZEROS]), 101, cut).left).toMatchObject({
      kind: "unjudged",
      why: /cut its headers/,
    });
  });
});

describe("what is missing", () => {
  test("a capture that is cut anywhere says so, or has all that rules ask for", () => {
    const options = tcp(1000, 22, FLAG.SYN, [2, 4, 5, 180, 1, 3, 3, 7]);
    const whole = ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 6, [...options, 1, 2, 3, 4, 5]));
    const all = read(whole, 1);
    expect(optionsOf(all.frame.fields)).toEqual([1, 2, 3]);
    for (let captured = 0; captured < whole.length; captured++) {
      const { left, text } = read(whole, 1, { captured });
      if (captured < 14 + 20 + 28)
        expect(left, `${captured}`).toMatchObject({ kind: "unjudged", why: /cut/ });
      else expect([left, text], `${captured}`).toEqual([null, all.text]);
      const { left: bare } = read(whole, 1, { captured }, false);
      expect(bare === null, `${captured}`).toBe(captured >= 14 + 20 + 20);
    }
  });

  test("headers that were cut on the way have what is there", () => {
    expect(read(ipv4("10.0.0.1", "10.0.0.2", 6, tcp(1000, 22, 2).slice(0, 10)), 101).text).toMatch(
      /SPORT=1000 DPORT=22 SHORT=11$/,
    );
    expect(read(ipv4("10.0.0.1", "10.0.0.2", 17, [3]), 101).text).toMatch(/PROTOCOL=17 SHORT=2$/);
    const noOptions = tcp(1000, 22, 2, [1, 1, 1, 1]).slice(0, 20);
    expect(read(ipv4("10.0.0.1", "10.0.0.2", 6, noOptions), 101).text).toMatch(/FLAGS=2 SHORT=21$/);
  });

  test("an IP header that lies is the kernel's to drop", () => {
    for (const bytes of [
      ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2), { total: 19 }),
      ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2), { total: 4000 }),
      [0x44, ...ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2)).slice(1)],
      ipv6("::1", "::2", 17, udp(1, 2)).slice(0, 45),
      [0x45],
    ])
      expect(read(bytes, 228 + Number(bytes[0] === 0x60)).left).toMatchObject({
        kind: "passed",
        why: /header is broken/,
      });
    // A card that cuts packets into pieces itself is handed those without a length.
    expect(read(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2), { total: 0 }), 101).left).toBeNull();
    expect(read(DATA, 101, { length: DATA.length - 1 }).left).toMatchObject({
      kind: "unjudged",
      why: /more of them was captured/,
    });
  });

  test("an icmp error names the connection that it is about", () => {
    const inner = ipv4("10.0.0.2", "10.0.0.1", 17, udp(5000, 53)).slice(0, 28);
    const { frame } = read(ipv4("10.0.0.9", "10.0.0.2", 1, icmp(3, 3, 0, inner)), 101);
    expect([...frame.about!.subarray(FIELD.SPORT, FIELD.DPORT + 1)]).toEqual([5000, 53]);
    const short = read(ipv4("10.0.0.9", "10.0.0.2", 1, icmp(3, 3, 0, inner.slice(0, 22))), 101);
    expect(short.frame.about).toBeNull();
  });
});
