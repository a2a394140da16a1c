/** Names, row by row. */
import { describe, expect, test } from "vitest";
import { findChainNameProblem } from "../../src/plan/chain-name.ts";
import { NameBook, namePolicyRule, nameSet } from "../../src/plan/names.ts";
import type { Axis } from "../../src/model/types.ts";

describe("sets", () => {
  test.each<[Axis, string[], string]>([
    ["source", ["10.1.4.1/32", "10.1.4.2/32"], "S-10-1-4"],
    ["destination", ["10.1.4.0/24", "10.1.5.0/24"], "D-10-1"],
    ["source", ["10.1.4.1-10.1.4.9", "10.1.4.77/32"], "S-10-1-4"],
    ["source", ["10.1.4.1/32", "192.0.2.1/32"], "S"],
    ["source", ["2001:db8:1::/48", "2001:db8:2::/48"], "S-2001-db8"],
    ["destination", ["2001:db8::1/128", "2001:db8::2/128"], "D-2001-db8-0-0"],
    ["service", ["tcp dport 80", "tcp dport 443"], "SRV-WEB"],
    ["service", ["tcp dport 53", "udp dport 53"], "SRV-DNS"],
    ["service", ["tcp dport 22", "udp dport 5000:5010"], "SRV-SSH-UDP-5000-5010"],
    ["service", ["tcp dports 80,443,8080", "icmp type 8"], "SRV-TCP-80-443-ICMP-8"],
    ["service", ["tcp dport 1", "tcp dport 2", "tcp dport 3", "tcp dport 4"], "SRV-TCP-1-TCP-2-and-2"],
    ["service", ["tcp", "udp"], "SRV-TCP-UDP"],
    ["in", ["eth0", "ppp+"], "I-eth0-pppany"],
    ["out", ["eth0", "eth1", "eth2", "eth3"], "O-eth0-and-3"],
  ])("%s %j: %s", (axis, members, name) => expect(nameSet(axis, members).name).toBe(name));
});

test("names that are taken get a number; a bare prefix always does; all fit into a chain's name", () => {
  const book = new NameBook(["S-10"]);
  expect(["S-10", "S-10", "S", "S"].map((name) => book.take(name))).toEqual([
    "S-10-2",
    "S-10-3",
    "S-1",
    "S-2",
  ]);
  expect(findChainNameProblem(book.take("R-ääääääääääääääää"))).toBeNull();
  const long = "SRV-A-NAME-THAT-IS-MUCH-TOO-LONG-FOR-A-CHAIN";
  for (const name of [book.take(long), book.take(long), book.take(long)])
    expect(findChainNameProblem(name)).toBeNull();
});

test("policy rules are named after their groups, as far as there is room", () => {
  expect(namePolicyRule("FORWARD", ["S-LAN", "D-DB", "SRV-WEB"])).toBe("R-LAN-DB-WEB");
  expect(namePolicyRule("FORWARD", ["S-10-1-4", "D-192-168-200", "SRV-SSH-HTTP"])).toBe("R-10-1-4-SSH-HTTP");
  expect(namePolicyRule("FORWARD", ["S-2001-db8-1111-2222", "SRV-TCP-22-628-TCP-25-465"])).toBe(
    "R-TCP-22-628-TCP-25-465",
  );
});
