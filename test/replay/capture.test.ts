/** Capture files to records: both byte orders, both clocks, both formats; files that are cut off or lie about lengths. */
import { expect, test } from "vitest";
import { CaptureReader, isCapture } from "../../src/replay/capture/reader.ts";
import { MOST_FRAME } from "../../src/replay/capture/record.ts";
import { be16, be32, pcap, pcapng } from "./packet-bytes.ts";

interface Read {
  readonly records: readonly string[];
  readonly fault: string | null;
}

function readAll(bytes: Uint8Array, piece = bytes.length): Read {
  const records: string[] = [];
  const reader = new CaptureReader((record) => {
    const { start, captured, length, time, link, device, direction } = record;
    const data = [...record.bytes.subarray(start, start + captured)].join(".");
    records.push(`${time.toFixed(6)} ${link} ${device} ${direction} ${length}: ${data}`);
  });
  for (let at = 0; at < bytes.length; at += Math.max(1, piece))
    reader.push(bytes.subarray(at, at + Math.max(1, piece)));
  return { records, fault: reader.end() };
}

const RECORDS = [
  { bytes: [1, 2, 3, 4, 5], time: 7.000002 },
  { bytes: [], time: 8 },
  { bytes: [9], length: 1500, time: 8.5 },
];
const EXPECTED = [
  "7.000002 1 null null 5: 1.2.3.4.5",
  "8.000000 1 null null 0: ",
  "8.500000 1 null null 1500: 9",
];

test.each([
  [true, false],
  [true, true],
  [false, false],
  [false, true],
])("a classic file, little-endian %s, nanoseconds %s", (isLittle, isNano) => {
  const bytes = pcap(RECORDS, { isLittle, isNano });
  for (const piece of [1, 3, 17, bytes.length])
    expect(readAll(bytes, piece)).toEqual({ records: EXPECTED, fault: null });
});

const DEVICES = [{ link: 1, name: "eth0" }, { link: 113 }];
const BLOCKED = [
  { bytes: [1, 2, 3], device: 0, direction: 1, time: 7.000002 },
  { bytes: [4, 5, 6, 7], device: 1, time: 5_000_000.25 },
  { bytes: [8], device: 0, direction: 2, length: 99, time: 8 },
];
const EXPECTED_BLOCKS = [
  "7.000002 1 eth0 in 3: 1.2.3",
  "5000000.250000 113 null null 4: 4.5.6.7",
  "8.000000 1 eth0 out 99: 8",
];

test.each([true, false])("a file of blocks, little-endian %s", (isLittle) => {
  const bytes = pcapng(DEVICES, BLOCKED, isLittle);
  for (const piece of [1, 5, bytes.length])
    expect(readAll(bytes, piece)).toEqual({ records: EXPECTED_BLOCKS, fault: null });
});

test("simple packets, unknown blocks and a second section", () => {
  const block = (type: number, body: readonly number[]) => {
    const long = (value: number) => [...be32(value)].reverse();
    return [...long(type), ...long(12 + body.length), ...body, ...long(12 + body.length)];
  };
  const second = pcapng([{ link: 101 }], [{ bytes: [7], time: 0.001 }], false);
  const bytes = Uint8Array.from([
    ...pcapng([{ link: 1 }], []),
    ...block(0x0bad, [1, 2, 3, 4]),
    ...block(3, [3, 0, 0, 0, 5, 6, 7, 0]),
    ...second,
  ]);
  expect(readAll(bytes)).toEqual({
    records: ["0.000000 1 null null 3: 5.6.7", "0.001000 101 null null 1: 7"],
    fault: null,
  });
});

test.each([
  ["a classic file", pcap(RECORDS), EXPECTED],
  ["a file of blocks", pcapng(DEVICES, BLOCKED), EXPECTED_BLOCKS],
])("%s, cut off anywhere", (_, bytes, expected) => {
  for (let length = 4; length < bytes.length; length++) {
    const { records, fault } = readAll(bytes.subarray(0, length));
    expect(records).toEqual(expected.slice(0, records.length));
    // Where a record ends, nobody can tell that more should follow.
    if (fault !== null) expect(fault).toMatch(/^it is cut off after byte \d+$/);
    else expect(readAll(bytes.subarray(0, length + 1)).fault).not.toBeNull();
  }
});

test("lengths that lie stop the reading, and nothing is kept for them", () => {
  const bytes = pcap(RECORDS);
  const lying = Uint8Array.from(bytes);
  lying.set([0xff, 0xff, 0xff, 0xff], 24 + 8);
  expect(readAll(lying)).toEqual({
    records: [],
    fault: "it is damaged at byte 24: a record claims to hold 4294967295 bytes",
  });
  const long = pcap([], { snapLength: 0xffffffff });
  const claimed = Uint8Array.from([
    ...long,
    ...new Array(8).fill(0),
    ...be32(MOST_FRAME).slice().reverse(),
    0,
    0,
    0,
    0,
  ]);
  expect(readAll(claimed).fault).toBe("it is cut off after byte 24");
});

test.each([
  ["a size that is no multiple of four", 28 + 4, [13, 0, 0, 0], /claims to have 13 bytes/],
  ["a huge size", 28 + 4, [0xfc, 0xff, 0xff, 0x7f], /claims to have 2147483644 bytes/],
  ["another size at the end", 28 + 16, [24, 0, 0, 0], /two different lengths/],
])("blocks with %s", (_, at, bytes, fault) => {
  const file = Uint8Array.from(pcapng([{ link: 1 }], []));
  file.set(bytes, at);
  expect(readAll(file).fault).toMatch(fault);
});

test("a packet of an interface that is not described, and one that claims more than its block has", () => {
  expect(readAll(pcapng([{ link: 1 }], [{ bytes: [1], device: 3 }])).fault).toMatch(
    /interface 3, which is not described/,
  );
  const file = Uint8Array.from(pcapng([{ link: 1 }], [{ bytes: [1, 2, 3, 4] }]));
  // Block of the section 28, of the interface 20, then type, size, interface, time.
  file.set([5, 0, 0, 0], 28 + 20 + 20);
  expect(readAll(file).fault).toMatch(/claims to hold 5 bytes/);
});

test("every byte of a file set to anything is read without a fault of ours", () => {
  for (const bytes of [pcap(RECORDS), pcapng(DEVICES, BLOCKED)])
    for (let at = 4; at < bytes.length; at++)
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        expect(readAll(changed, 11).records.length).toBeLessThanOrEqual(bytes.length);
      }
});

test("what is no capture", () => {
  expect(isCapture(Buffer.from("tcp      6 431999 ESTABLISHED src="))).toBe(false);
  expect(isCapture(Uint8Array.from(be16(0xa1b2)))).toBe(false);
});
