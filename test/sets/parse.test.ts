/** Ipset save files: which addresses a set matches, and which lines are refused where. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printHost } from "../../src/model/address.ts";
import { parseSets } from "../../src/sets/parse.ts";
import type { IpSet } from "../../src/sets/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { EFFORT, SEED } from "../support/seed.ts";

function read(...lines: readonly string[]) {
  return parseSets(makeSourceFile("t.ipset", `${lines.join("\n")}\n`));
}

function setOf(...lines: readonly string[]): IpSet {
  const { sets, diagnostics } = read(...lines);
  expect(diagnostics).toEqual([]);
  return [...sets!.sets.values()].at(-1)!;
}

/** `10.0.0.0-10.0.0.255 10.1.0.1`. */
function print(set: IpSet): string {
  if (set.kind === "list") return set.members.join(" ");
  if (set.kind === "other") return set.why;
  return set.ranges
    .map(({ first, last }) => [...new Set([printHost(first), printHost(last)])].join("-"))
    .join(" ");
}

const SAVED = "family inet hashsize 1024 maxelem 65536";

describe("what sets match", () => {
  test.each([
    [[`create a hash:ip ${SAVED} bucketsize 12 initval 0xa2b0d28c`], ""],
    [["create a hash:ip", "add a 10.0.0.2", "add a 10.0.0.1", "add a 10.0.0.1"], "10.0.0.1-10.0.0.2"],
    [
      ["create a hash:ip", "add a 10.0.0.8-10.0.0.5", "add a 10.0.1.9/30"],
      "10.0.0.5-10.0.0.8 10.0.1.8-10.0.1.11",
    ],
    [
      [`create a hash:ip ${SAVED} netmask 24`, "add a 10.0.2.0", "add a 10.0.4.9"],
      "10.0.2.0-10.0.2.255 10.0.4.0-10.0.4.255",
    ],
    [["create a hash:ip netmask 24", "add a 10.0.2.0-10.0.3.9"], "10.0.2.0-10.0.3.255"],
    [
      [
        "create a hash:ip counters comment skbinfo",
        'add a 10.0.0.1 packets 3 bytes 9 comment "it\'s \\ here" skbmark 0x1/0x2 skbprio 1:2 skbqueue 3',
      ],
      "10.0.0.1",
    ],
    [
      ["create a hash:net", "add a 10.0.0.9/8", "add a 192.0.2.1", "add a 0.0.0.0/1"],
      "0.0.0.0-127.255.255.255 192.0.2.1",
    ],
    [["create a hash:net", "add a 10.0.0.0/30", "add a 10.0.0.1 nomatch"], "10.0.0.0 10.0.0.2-10.0.0.3"],
    [
      ["create a hash:net", "add a 10.0.0.0-10.0.0.9", "add a 10.0.0.4/31 nomatch"],
      "10.0.0.0-10.0.0.3 10.0.0.6-10.0.0.9",
    ],
    [
      ["create a hash:net", "add a 255.255.255.254/31", "add a 0.0.0.0"],
      "0.0.0.0 255.255.255.254-255.255.255.255",
    ],
    [
      ["create a hash:net family inet6", "add a ::/1", "add a ::1 nomatch", "add a ffff::/16"],
      ":: ::2-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ],
    [
      ["create a hash:ip family inet6 netmask 64", "add a 2001:db8::5"],
      "2001:db8::-2001:db8::ffff:ffff:ffff:ffff",
    ],
    [
      ["create a bitmap:ip range 10.0.0.0-10.0.0.255", "add a 10.0.0.7", "add a 10.0.0.128/25"],
      "10.0.0.7 10.0.0.128-10.0.0.255",
    ],
    [
      ["create a bitmap:ip range 10.0.0.0/16 netmask 24", "add a 10.0.7.0", "add a 10.0.9.255-10.0.10.3"],
      "10.0.7.0-10.0.7.255 10.0.9.0-10.0.9.255",
    ],
    [["-N a iphash", "-A a 10.0.0.1 -exist", "# comment", "", "COMMIT"], "10.0.0.1"],
    [
      [
        "create b hash:ip",
        "create c hash:net family inet6",
        "create a list:set size 8",
        "add a b",
        "add a c before b",
      ],
      "b c",
    ],
    [["create a hash:ip timeout 0", "add a 10.0.0.1 timeout 5"], "its members time out"],
    [["create a hash:ip,port", "add a 10.0.0.1,tcp:22"], "an address alone does not decide about it"],
    [["create a bitmap:port range 0-1023", "add a 22"], "an address alone does not decide about it"],
    [
      ["create a hash:net,iface", "add a 10.0.0.0/8,physdev:eth0 wildcard"],
      "an address alone does not decide about it",
    ],
    [["create a hash:ip bitmask 255.0.255.0", "add a 10.0.1.0"], "it looks at some bits of an address only"],
  ])("%j", (lines, expected) => {
    expect(print(setOf(...lines))).toBe(expected);
  });

  test("of networks with nomatch, the smallest that holds an address decides (against trying each entry for each address)", () => {
    const entry = fc.record({
      host: fc.nat(63),
      prefix: fc.integer({ min: 26, max: 32 }),
      nomatch: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const kinds = new Map<string, boolean>();
        for (const { host, prefix, nomatch } of entries) {
          const key = `${host & ~(2 ** (32 - prefix) - 1)}/${prefix}`;
          if (!kinds.has(key)) kinds.set(key, nomatch);
        }
        const lines = [...kinds].map(([net, nomatch]) => `add a 10.0.0.${net}${nomatch ? " nomatch" : ""}`);
        const set = setOf("create a hash:net", ...lines);
        for (let host = 0; host < 64; host++) {
          let expected = false;
          for (let prefix = 32; prefix >= 26; prefix--) {
            const nomatch = kinds.get(`${host & ~(2 ** (32 - prefix) - 1)}/${prefix}`);
            if (nomatch === undefined) continue;
            expected = !nomatch;
            break;
          }
          const value = 0x0a000000 + host;
          const isIn =
            set.kind === "addresses" &&
            set.ranges.some(({ first, last }) => first[0]! <= value && value <= last[0]!);
          expect(isIn, `${lines.join("; ")}: .${host}`).toBe(expected);
        }
      }),
      { seed: SEED, numRuns: 200 * EFFORT },
    );
  });
});

describe("files that do more than save", () => {
  test.each([
    [["create a hash:net -exist", "add a 10.0.0.1", "flush a", "add a 10.0.0.2"], "10.0.0.2"],
    [["create b hash:net", "create a hash:net", "add b 10.0.0.1", "add a 10.0.0.2", "swap b a"], "10.0.0.1"],
    [
      ["create b hash:net", "add b 10.0.0.1", "create a hash:net", "swap a b", "destroy b -exist"],
      "10.0.0.1",
    ],
  ])("%j", (lines, members) => {
    const { sets } = read(...lines);
    expect(print(sets!.sets.get("a")!)).toBe(members);
  });

  test.each([
    [["create a hash:net", "swap a b"], "SET_NOT_CREATED"],
    [["create a hash:net", "destroy a", "add a 10.0.0.1"], "SET_NOT_CREATED"],
    [["create a hash:net", "flush"], "SET_LINE"],
    [["create a hash:net", "rename a b"], "SET_LINE"],
  ])("%j is refused", (lines, code) => {
    expect(read(...lines).diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  test("entries are known one by one where they are prefixes that add", () => {
    const prefixes = (...lines: readonly string[]) => {
      const set = setOf(...lines);
      return set.kind === "addresses" ? set.prefixes : undefined;
    };
    expect(
      prefixes("create a hash:net", "add a 10.0.1.0/24", "add a 10.0.0.0/24", "add a 10.0.1.0/24"),
    ).toEqual(["10.0.1.0/24", "10.0.0.0/24"]);
    expect(prefixes("create a hash:ip", "add a 10.0.0.1")).toEqual(["10.0.0.1/32"]);
    expect(prefixes("create a hash:ip", "add a 10.0.0.1-10.0.0.2")).toBeNull();
    expect(prefixes("create a hash:net", "add a 10.0.0.0/8", "add a 10.1.0.0/16 nomatch")).toBeNull();
    expect(prefixes("create a hash:net family inet6", "add a 2001:db8::/32")).toEqual(["2001:db8::/32"]);
  });
});

describe("what is refused", () => {
  test.each([
    ["add a 10.0.0.1", "1:5 SET_NOT_CREATED"],
    ["hello", "1:1 SET_LINE"],
    ["create", "1:1 SET_LINE"],
    ["create a", "1:8 SET_LINE"],
    ["create a b hash:ip", "1:10 SET_LINE"],
    ["create a hash:ip colour red", "1:18 SET_LINE"],
    ["create a hash:ip netmask", "1:18 SET_LINE"],
    ["create a hash:ip netmask 33", "1:26 SET_LINE"],
    ["create a hash:ip family inet5", "1:25 SET_LINE"],
    ["create a bitmap:ip", "1:10 SET_LINE"],
    ["create a bitmap:ip range 10.0.0.0-x", "1:26 SET_LINE"],
    ['create a"b hash:ip', "1:9 SET_LINE"],
    ["create a hash:ip\ncreate a hash:net", "2:8 SET_TWICE"],
    ["create a hash:ip\nadd a", "2:5 SET_LINE"],
    ["create a hash:ip\nadd a 10.0.0.1 later", "2:16 SET_LINE"],
    ["create a hash:ip\nadd a 10.0.0.1 comment", "2:16 SET_LINE"],
    ["create a hash:ip\nadd a 10.0.0.1 nomatch", "2:7 SET_ENTRY"],
    ["create a hash:ip\nadd a 0.0.0.0", "2:7 SET_ENTRY"],
    ["create a hash:ip\nadd a 2001:db8::1", "2:7 SET_ENTRY"],
    ["create a hash:ip\nadd a 010.0.0.1", "2:7 SET_ENTRY"],
    ["create a hash:ip\nadd a host.example", "2:7 SET_ENTRY"],
    ["create a hash:ip family inet6\nadd a 10.0.0.1", "2:7 SET_ENTRY"],
    ["create a hash:ip family inet6\nadd a 2001:db8::/64", "2:7 SET_ENTRY"],
    ["create a hash:net\nadd a 0.0.0.0/0", "2:7 SET_ENTRY"],
    ["create a hash:net\nadd a 0.0.0.0-255.255.255.255", "2:7 SET_ENTRY"],
    ["create a hash:net\nadd a 10.0.0.0/8\nadd a 10.0.0.0/8 nomatch", "3:7 SET_ENTRY"],
    ["create a bitmap:ip range 10.0.0.0/24\nadd a 10.0.1.0", "2:7 SET_ENTRY"],
    ["create a list:set\nadd a b", "2:7 SET_ENTRY"],
    ["create a list:set\ncreate b list:set\nadd a b", "3:7 SET_ENTRY"],
  ])("%j", (text, expected) => {
    const { sets, diagnostics } = parseSets(makeSourceFile("t.ipset", text));
    expect(sets).toBeNull();
    const { span, code } = diagnostics[0]!;
    const before = text.slice(0, span!.start).split("\n");
    expect(`${before.length}:${before.at(-1)!.length + 1} ${code}`).toBe(expected);
  });
});
