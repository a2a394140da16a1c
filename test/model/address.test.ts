/** Addresses: the fast path against ip-cidr, and printing against what it was read from. */
import fc from "fast-check";
import IPCIDR from "ip-cidr";
import { describe, expect, test } from "vitest";
import {
  isInvertedRange,
  maskOfPrefix,
  parseAddress,
  parseAddressRange,
  parseHost,
  printAddress,
  printHost,
} from "../../src/model/address.ts";

/** First and last address of a network as numbers, from ip-cidr. */
function boundsByLibrary(text: string): readonly [bigint, bigint] {
  return new IPCIDR(text).toRange<bigint>({ type: "bigInteger" });
}

function toNumber(words: readonly number[]): bigint {
  return words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}

const octet = fc.integer({ min: 0, max: 255 });
const v4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join("."));
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const v6Words = fc.array(group, { minLength: 8, maxLength: 8 });
/** The same address with and without a gap, upper and lower case, leading zeros. */
const v6 = fc.tuple(v6Words, fc.boolean(), fc.boolean(), fc.nat(7)).map(([groups, pad, upper, gapAt]) => {
  const hex = groups.map((value) => value.toString(16).padStart(pad ? 4 : 1, "0"));
  let end = gapAt;
  while (end < 8 && groups[end] === 0) end += 1;
  const text = end > gapAt ? `${hex.slice(0, gapAt).join(":")}::${hex.slice(end).join(":")}` : hex.join(":");
  return upper ? text.toUpperCase() : text;
});

describe("networks agree with ip-cidr", () => {
  const check = (family: "v4" | "v6") => (host: string, prefix: number) => {
    const parsed = parseAddress(`${host}/${prefix}`, family);
    if (typeof parsed === "string") throw new Error(`${host}: ${parsed}`);
    const all = family === "v4" ? 0xffffffffn : (1n << 128n) - 1n;
    const first = toNumber(parsed.address);
    expect([first, first | (all & ~toNumber(parsed.mask))]).toEqual(boundsByLibrary(`${host}/${prefix}`));
    expect(parsed.prefix).toBe(prefix);
  };

  test("IPv4", () => {
    fc.assert(fc.property(v4, fc.nat(32), check("v4")), { numRuns: 500 });
  });

  test("IPv6", () => {
    fc.assert(fc.property(v6, fc.nat(128), check("v6")), { numRuns: 500 });
  });

  test("what one refuses the other refuses", () => {
    const text = fc.oneof(
      v6,
      fc.string({ unit: fc.constantFrom(..."0123456789abcdefg:"), minLength: 2, maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, (host) => {
        fc.pre(host.includes(":"));
        expect(typeof parseHost(host, "v6") !== "string").toBe(IPCIDR.isValidAddress(host));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("printing", () => {
  test("reads back as the same address", () => {
    fc.assert(
      fc.property(v6Words, fc.nat(128), (groups, prefix) => {
        const words = [0, 2, 4, 6].map((at) => groups[at]! * 0x10000 + groups[at + 1]!);
        expect(parseHost(printHost(words), "v6")).toEqual(words);
        const parsed = parseAddress(`${printHost(words)}/${prefix}`, "v6");
        if (typeof parsed === "string") throw new Error(parsed);
        expect(parseAddress(printAddress(parsed), "v6")).toEqual(parsed);
      }),
    );
  });

  // As inet_ntop of glibc prints them.
  test.each([
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
    ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    ["::102:304", "::1.2.3.4"],
    ["::ffff:102:304", "::ffff:1.2.3.4"],
    ["::1:ffff:102:304", "::1:ffff:102:304"],
  ])("%s is printed as %s", (text, printed) => {
    const words = parseHost(text, "v6");
    if (typeof words === "string") throw new Error(words);
    expect(printHost(words)).toBe(printed);
    expect(parseHost(printed, "v6")).toEqual(words);
  });
});

describe("parseAddress", () => {
  test.each<[string, "v4" | "v6", string]>([
    ["10", "v4", "10.0.0.0/32"],
    ["10.1/16", "v4", "10.1.0.0/16"],
    ["1.2.3.4/255.255.255.0", "v4", "1.2.3.0/24"],
    ["1.2.3.4/255.0.255.0", "v4", "1.0.3.0/255.0.255.0"],
    ["1.2.3.4/0.0.0.0", "v4", "0.0.0.0/0"],
    ["::1/ffff:ffff::", "v6", "::/32"],
    ["1.2.3.256", "v4", "malformed"],
    ["1.2.3.4.5", "v4", "malformed"],
    ["1..2", "v4", "malformed"],
    ["1.2.3.", "v4", "malformed"],
    ["010.0.0.1", "v4", "malformed"],
    ["1.2.3.4/33", "v4", "malformed"],
    ["1.2.3.4/", "v4", "malformed"],
    ["1.2.3.4/255.255", "v4", "malformed"],
    ["1.2.3.4/x", "v4", "malformed"],
    ["::1", "v4", "foreign"],
    ["1.2.3.4", "v6", "foreign"],
    ["::/129", "v6", "malformed"],
    ["1::2::3", "v6", "malformed"],
    ["1:2:3:4:5:6:7::8", "v6", "malformed"],
    [":1::2", "v6", "malformed"],
    ["::1.2.3", "v6", "malformed"],
    ["1:2:3:4:5:6:7:1.2.3.4", "v6", "malformed"],
    ["fe80::1%eth0", "v6", "malformed"],
    ["host.example", "v4", "name"],
    ["<private_ip>", "v4", "name"],
    ["host", "v6", "name"],
  ])("%s (%s) is %s", (text, family, expected) => {
    const parsed = parseAddress(text, family);
    expect(typeof parsed === "string" ? parsed : printAddress(parsed)).toBe(expected);
  });

  test("masks of all prefixes", () => {
    expect(maskOfPrefix(0, "v4")).toEqual([0]);
    expect(maskOfPrefix(25, "v4")).toEqual([0xffffff80]);
    expect(maskOfPrefix(65, "v6")).toEqual([0xffffffff, 0xffffffff, 0x80000000, 0]);
  });

  test("ranges keep their direction", () => {
    const up = parseAddressRange("10.0.0.1-10.0.0.2", "v4");
    const down = parseAddressRange("::2-::1", "v6");
    if (typeof up === "string" || typeof down === "string") throw new Error("no range");
    expect([isInvertedRange(up), isInvertedRange(down)]).toEqual([false, true]);
    expect(parseAddressRange("10.0.0.1-x", "v4")).toBe("name");
  });
});
