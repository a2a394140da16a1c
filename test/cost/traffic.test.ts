/** Files of traffic: which packets their lines are, what is wrong in them, and what they say of a ruleset. */
import { describe, expect, test } from "vitest";
import { measureClasses } from "../../src/cost/estimate.ts";
import { choosePackets } from "../../src/cost/traffic/place-packet.ts";
import { readTraffic } from "../../src/cost/traffic/read-traffic.ts";
import { printHost } from "../../src/model/address.ts";
import type { Family } from "../../src/model/types.ts";
import { locate, makeSourceFile } from "../../src/text/source.ts";
import { FIELD } from "../../src/verify/sample/packet.ts";
import { Routes } from "../../src/cost/traffic/routes.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";

const read = (lines: readonly string[], family: Family = "v4") =>
  readTraffic(makeSourceFile("traffic.txt", `${lines.join("\n")}\n`), family);

/** Each packet in each hook, in words. */
function packetsOf(lines: readonly string[], family: Family = "v4"): readonly string[] {
  const { traffic, diagnostics } = read(lines, family);
  expect(diagnostics).toEqual([]);
  return traffic.packets.flatMap((each) =>
    each.hooks.map((hook) => {
      const { fields, interfaces, unset } = each.packetIn(hook);
      const address = (name: "source" | "destination", place: number) =>
        unset.has(name)
          ? "?"
          : printHost(
              [...fields.subarray(place, place + (family === "v4" ? 1 : 4))].map((word) => word >>> 0),
            );
      const port = (place: number) => (fields[place] === 0 ? "" : `:${fields[place]}`);
      const ends = [
        `${address("source", FIELD.SOURCE)}${port(FIELD.SPORT)}`,
        `${address("destination", FIELD.DESTINATION)}${port(FIELD.DPORT)}`,
      ];
      const places = [interfaces[fields[FIELD.IN]!], interfaces[fields[FIELD.OUT]!]].map(
        (name) => name || "-",
      );
      return `${each.line} ${each.weight} ${hook} ${places.join(">")} ${fields[FIELD.PROTOCOL]} ${ends.join(">")} ${fields[FIELD.CTSTATE]}`;
    }),
  );
}

const ROUTES = [
  "default via 203.0.113.1 dev wan0 proto static",
  "10.1.0.0/24 dev lan0 proto kernel scope link src 10.1.0.1",
  "10.2.0.0/16 via 10.1.0.9 dev lan0",
  "10.2.7.0/24 dev dmz0 proto kernel scope link src 10.2.7.1",
  "local 203.0.113.7 dev wan0 table local proto kernel scope host src 203.0.113.7",
  "broadcast 10.1.0.255 dev lan0 table local proto kernel scope link src 10.1.0.1",
  "10.2.0.0/16 dev vpn0 table 100",
  "unreachable 192.168.0.0/16 metric 4278198272",
];

describe("lines of packets", () => {
  test("in the hooks that they meet, with what is known of them", () => {
    expect(
      packetsOf([
        "# a comment",
        "",
        "120 in=lan0 out=wan0 src=10.1.0.7 dst=192.0.2.5 proto=tcp dport=443   # web",
        "0.5 in=lan0 src=10.1.0.8 proto=udp sport=53",
        "out=wan0 dst=192.0.2.9 state=ESTABLISHED",
        "3 hook=POSTROUTING out=wan0",
      ]),
    ).toEqual([
      "3 120 PREROUTING lan0>- 6 10.1.0.7>192.0.2.5:443 8",
      "3 120 FORWARD lan0>wan0 6 10.1.0.7>192.0.2.5:443 8",
      "3 120 POSTROUTING lan0>wan0 6 10.1.0.7>192.0.2.5:443 8",
      "4 0.5 PREROUTING lan0>- 17 10.1.0.8:53>? 8",
      "4 0.5 INPUT lan0>- 17 10.1.0.8:53>? 8",
      "5 1 OUTPUT ->wan0 0 ?>192.0.2.9 2",
      "5 1 POSTROUTING ->wan0 0 ?>192.0.2.9 2",
      "6 3 POSTROUTING ->wan0 0 ?>? 8",
    ]);
  });

  test("routes say where a packet is, and lines of the other family are passed over", () => {
    expect(
      packetsOf([
        ...ROUTES,
        "src=10.1.0.7 dst=10.2.7.3",
        "src=10.1.0.7 dst=203.0.113.7",
        "src=2001:db8::1 dst=2001:db8::2",
      ]),
    ).toEqual([
      "9 1 PREROUTING lan0>- 0 10.1.0.7>10.2.7.3 8",
      "9 1 FORWARD lan0>dmz0 0 10.1.0.7>10.2.7.3 8",
      "9 1 POSTROUTING lan0>dmz0 0 10.1.0.7>10.2.7.3 8",
      "10 1 PREROUTING lan0>- 0 10.1.0.7>203.0.113.7 8",
      "10 1 INPUT lan0>- 0 10.1.0.7>203.0.113.7 8",
    ]);
    expect(packetsOf(["in=eth0 src=2001:db8::1", "in=eth0 src=10.1.0.7"], "v6")).toEqual([
      "1 1 PREROUTING eth0>- 0 2001:db8::1>? 8",
      "1 1 INPUT eth0>- 0 2001:db8::1>? 8",
    ]);
  });

  test.each([
    ["12 in=eth0 src=10.0.0.300", "1:12 src=10.0.0.300: that is no address"],
    ["in=eth0 color=red", "1:9 'color=red' says nothing of a packet"],
    ["in=eth0 dport=80", "1:9 dport= needs proto=tcp or proto=udp, and there is no proto="],
    ["in=eth0 in=eth1", "1:9 in= stands here twice"],
    ["src=10.0.0.1", "1:1 nothing says where the packet is"],
    ["in=eth0 src=", "1:9 src= has no value"],
    ["12", "1:1 a weight, and no packet behind it"],
    ["10.0.0.0/33 dev eth0", "1:1 10.0.0.0/33 is no destination of a route"],
    [
      "tcp 6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2",
      "1:1 a connection has two directions, each with src= and dst=",
    ],
  ])("a fault has a place: %s", (line, expected) => {
    const { diagnostics } = read([line]);
    const { line: at, column } = locate(diagnostics[0]!.span!.file, diagnostics[0]!.span!.start);
    expect(diagnostics.map(({ args }) => `${at}:${column} ${args.problem}`)).toEqual([expected]);
  });
});

describe("lines of conntrack", () => {
  const WEB =
    "tcp      6 431999 ESTABLISHED src=10.1.0.7 dst=203.0.113.7 sport=40112 dport=80 packets=10 bytes=900 src=10.2.7.3 dst=10.1.0.7 sport=8080 dport=40112 packets=7 bytes=9 [ASSURED] mark=0 use=1";

  test("both directions, the first packet as a new one, translated addresses as each hook sees them", () => {
    const found = packetsOf([...ROUTES, WEB]).map((line) => line.slice(2));
    expect(found).toEqual([
      "1 PREROUTING lan0>- 6 10.1.0.7:40112>203.0.113.7:80 8",
      "1 FORWARD lan0>dmz0 6 10.1.0.7:40112>10.2.7.3:8080 8",
      "1 POSTROUTING lan0>dmz0 6 10.1.0.7:40112>10.2.7.3:8080 8",
      "9 PREROUTING lan0>- 6 10.1.0.7:40112>203.0.113.7:80 2",
      "9 FORWARD lan0>dmz0 6 10.1.0.7:40112>10.2.7.3:8080 2",
      "9 POSTROUTING lan0>dmz0 6 10.1.0.7:40112>10.2.7.3:8080 2",
      "7 PREROUTING dmz0>- 6 10.2.7.3:8080>10.1.0.7:40112 2",
      "7 FORWARD dmz0>lan0 6 10.2.7.3:8080>10.1.0.7:40112 2",
      "7 POSTROUTING dmz0>lan0 6 10.2.7.3:8080>10.1.0.7:40112 2",
    ]);
  });

  test("of this host, of /proc/net/nf_conntrack, icmp, without accounting", () => {
    const { traffic } = read([
      ...ROUTES,
      "ipv4     2 udp      17 25 src=203.0.113.7 dst=192.0.2.53 sport=5000 dport=53 [UNREPLIED] src=192.0.2.53 dst=203.0.113.7 sport=53 dport=5000 mark=0 use=1",
      "icmp     1 29 src=10.1.0.7 dst=10.1.0.1 type=8 code=0 id=1 src=10.1.0.1 dst=10.1.0.7 type=0 code=0 id=1 mark=0 use=1",
      "udp      17 25 src=10.1.0.7 dst=192.168.9.9 sport=5000 dport=53 src=192.168.9.9 dst=10.1.0.7 sport=53 dport=5000",
      "conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.",
    ]);
    expect(traffic.packets.map(({ line, weight, hooks }) => `${line} ${weight} ${hooks.join(" ")}`)).toEqual([
      "9 1 OUTPUT POSTROUTING",
      "10 1 PREROUTING INPUT",
    ]);
    expect(traffic.packets[1]!.packetIn("INPUT").fields[FIELD.ICMP_TYPE]).toBe(8);
    expect(traffic.notes).toEqual([
      "1 of 3 connections are left out, since no route leads to one of their ends",
      "3 of 3 connections say nothing of packets (net.netfilter.nf_conntrack_acct is 0): the first packet of each stands for it",
    ]);
  });

  test("without routes nobody can say where connections go", () => {
    const [fault] = read([WEB]).diagnostics;
    expect(fault!.args.problem).toContain("a connection says nothing of interfaces");
    expect(fault!.help).toContain("ip route show table all");
  });
});

describe("in an estimate", () => {
  const rules = [
    "-A FORWARD -i ppp+ -s 10.1.0.0/16 -j ACCEPT",
    "-A FORWARD -s 10.1.0.7/32 -p tcp -m tcp --dport 443 -j ACCEPT",
    "-A FORWARD -s 10.1.0.8/32 -j ACCEPT",
  ];
  const classes = (lines: readonly string[]) =>
    measureClasses(
      readRuleset(filterTable(rules)),
      readRuleset(filterTable([...rules, "-A FORWARD -p udp -j DROP"]), "v4", "new.rules"),
      0,
      { traffic: read(lines).traffic },
    ).filter(({ chain }) => chain === "FORWARD");

  test("the packets of the file are the traffic; which of them matches what, the rules say", () => {
    const found = classes([
      "60 in=ppp3 out=eth1 src=10.1.2.3",
      "30 in=eth0 out=eth1 src=10.1.0.7 proto=tcp dport=443",
      "10 in=eth0 out=eth1 src=10.1.0.8",
    ]);
    expect(found[0]!.basis).toMatchObject({ kind: "traffic", packets: 100 });
    const given = found.filter(({ likeness }) => likeness === "traffic");
    expect(given.map(({ line, weight, old }) => [line, weight, old.decidedBy])).toEqual([
      [1, expect.closeTo(0.6), expect.any(Number)],
      [2, expect.closeTo(0.3), given[0]!.old.decidedBy + 1],
      [3, expect.closeTo(0.1), given[0]!.old.decidedBy + 2],
    ]);
    // All other kinds are only asked what they cost at most.
    expect(found.filter(({ likeness }) => likeness !== "traffic").every(({ weight }) => weight === 0)).toBe(
      true,
    );
  });

  test("a base chain that none of them meets is estimated as without the file", () => {
    const found = classes(["in=eth0 src=10.1.0.7"]);
    expect(found[0]!.basis).toMatchObject({ kind: "rules" });
  });
});

test("of very many packets some are followed, which stand for equal parts of all", () => {
  const { traffic } = read(
    Array.from(
      { length: 5000 },
      (_, at) => `${at === 77 ? 5000 : 1} in=eth0 src=10.0.${at >> 8}.${at & 255}`,
    ),
  );
  const chosen = choosePackets(traffic.packets);
  expect(chosen.length).toBeLessThan(410);
  expect(chosen.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(9999);
  expect(chosen.find(({ line }) => line === 78)!.weight).toBeGreaterThan(4900);
});

test("a default route is of the family of its router", () => {
  const v4 = new Routes("v4");
  v4.read("default via fe80::1 dev eth9 proto ra metric 100");
  expect(v4.deviceOf("198.51.100.7")).toBeNull();
  v4.read("default via 192.0.2.254 dev eth0");
  expect(v4.deviceOf("198.51.100.7")).toBe("eth0");
  const v6 = new Routes("v6");
  v6.read("default via 192.0.2.254 dev eth0");
  v6.read("default via fe80::1 dev eth9 proto ra metric 100");
  expect(v6.deviceOf("2001:db8::7")).toBe("eth9");
});
