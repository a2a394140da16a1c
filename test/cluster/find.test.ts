/** What is found and what is not: rules that may not move, sets that are shared, reasons. */
import { describe, expect, test } from "vitest";
import { makeSegment } from "../../src/cluster/dependencies.ts";
import { findGroups } from "../../src/cluster/find.ts";
import { scheduleRuns } from "../../src/cluster/schedule.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import type { Family } from "../../src/model/types.ts";
import { filterTable, NO_OPTIONS, product, readRuleset } from "../support/small-tables.ts";

/** The runs of FORWARD's first segment, as numbers of rules (from 0). */
function runsOf(rules: readonly string[], family: Family = "v4"): number[][] {
  const ruleset = readRuleset(filterTable(rules.map((rule) => `-A FORWARD ${rule}`)), family);
  const chain = cutTable(ruleset.tables[0]!, ruleset, NO_OPTIONS).find(
    (cut) => cut.chain.name === "FORWARD",
  )!;
  const first = chain.pieces[0]!;
  if (first.kind !== "segment") return [];
  return scheduleRuns(makeSegment(first.rules)).map((run) => run.items.map(({ index }) => index));
}

describe("runs", () => {
  test.each<[string, string[], number[][]]>([
    [
      "disjoint rules pass each other",
      ["-s 10.0.0.1/32 -j ACCEPT", "-s 10.0.0.2/32 -j DROP", "-s 10.0.0.3/32 -j ACCEPT"],
      [[0, 2], [1]],
    ],
    [
      "overlapping ones with another verdict don't",
      ["-s 10.0.0.1/32 -j ACCEPT", "-s 10.0.0.0/8 -j DROP", "-s 10.0.0.3/32 -j ACCEPT"],
      [[0], [1], [2]],
    ],
    [
      "an exception that comes first does not split the rest",
      ["-s 10.0.0.1/32 -j DROP", "-s 10.0.0.1/32 -p tcp -j ACCEPT", "-s 10.0.0.2/32 -p tcp -j ACCEPT"],
      [[0], [1, 2]],
    ],
    [
      "REJECT types are different verdicts",
      [
        "-p tcp -j REJECT --reject-with tcp-reset",
        "-p tcp -j REJECT --reject-with icmp-port-unreachable",
        "-p tcp -j REJECT --reject-with tcp-reset",
      ],
      [[0], [1], [2]],
    ],
    [
      "ports and protocols keep rules apart",
      [
        "-p tcp -m tcp --dport 22 -j ACCEPT",
        "-p tcp -m tcp --dport 23 -j DROP",
        "-p udp -m udp --dport 22 -j ACCEPT",
      ],
      [[0, 2], [1]],
    ],
    [
      "states keep rules apart",
      [
        "-m conntrack --ctstate NEW -j ACCEPT",
        "-m conntrack --ctstate INVALID -j DROP",
        "-s 10.0.0.1/32 -m conntrack --ctstate ESTABLISHED -j ACCEPT",
      ],
      [[0, 2], [1]],
    ],
    [
      "SNAT and DNAT stand beside the other states",
      [
        "-m conntrack --ctstate DNAT -j ACCEPT",
        "-m conntrack --ctstate NEW -j DROP",
        "-m conntrack --ctstate DNAT -s 10.0.0.1/32 -j ACCEPT",
      ],
      [[0], [1], [2]],
    ],
    [
      "interfaces with + overlap what they match",
      ["-i eth0 -j ACCEPT", "-i eth+ -j DROP", "-i eth1 -j ACCEPT", "-i ppp0 -j ACCEPT"],
      [[0, 3], [1], [2]],
    ],
    [
      "a rule that reads headers drops short packets: it does not pass one that decides them",
      ["-s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT", "-s 10.0.0.1/32 -j ACCEPT"],
      [[0], [1]],
    ],
    [
      "unless both drop them",
      ["-s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j DROP", "-s 10.0.0.1/32 -j DROP"],
      [[0, 1]],
    ],
    [
      "an inverted range rules nothing out",
      [
        "-p tcp -m tcp --dport 60000:29 -j ACCEPT",
        "-p tcp -m tcp --dport 22 -j DROP",
        "-p tcp -m tcp --dport 60000:29 -s 10.0.0.1/32 -j ACCEPT",
      ],
      [[0], [1], [2]],
    ],
    [
      "odd masks are compared bit by bit",
      ["-s 0.0.0.1/0.0.0.1 -j ACCEPT", "-s 0.0.0.0/0.0.0.1 -j DROP", "-s 10.0.0.3/32 -j ACCEPT"],
      [[0, 2], [1]],
    ],
  ])("%s", (_name, rules, runs) => expect(runsOf(rules)).toEqual(runs));

  test("in ip6tables -p alone drops packets with broken headers", () => {
    const rules = ["-s 2001:db8::1/128 -p tcp -j ACCEPT", "-s 2001:db8::1/128 -j ACCEPT"];
    expect(runsOf(rules, "v6")).toEqual([[0], [1]]);
  });
});

const HOSTS = [1, 2, 3, 4, 5, 6, 7, 8].map((host) => `-s 10.0.0.${host}/32`);
const PORTS = [22, 80, 443].map((port) => `-p tcp -m tcp --dport ${port}`);

function find(rules: readonly string[], options = NO_OPTIONS) {
  return findGroups(readRuleset(filterTable(rules), "v4"), options);
}

describe("groups", () => {
  test("every rule is in a product or flat, with its reason", () => {
    const { products, flat, ruleset } = find([
      ...product("-A FORWARD", HOSTS, PORTS, "-j ACCEPT"),
      "-A FORWARD -j LOG",
      "-A FORWARD -m limit --limit 1/sec -j ACCEPT",
      "-A FORWARD -m nosuch --thing -j ACCEPT",
      "-A FORWARD -d 10.9.9.9/32 -j DROP",
      "-A FORWARD -j sub",
      "-A sub -i eth0 -j ACCEPT",
      "-A sub -i eth1 -j ACCEPT",
      "-A DOCKER -i eth1 -j ACCEPT",
    ]);
    expect(products).toHaveLength(1);
    const reasons = flat.map(({ rule, reason }) => [rule.text.replace(/^-A \S+ /, "").slice(0, 12), reason]);
    expect(reasons).toEqual([
      ["-j LOG", "effect"],
      ["-m limit --l", "stateful"],
      ["-m nosuch --", "unknown"],
      ["-d 10.9.9.9/", "alone"],
      ["-j sub", "jump"],
      ["-i eth0 -j A", "not-worth-it"],
      ["-i eth1 -j A", "not-worth-it"],
      ["-i eth1 -j A", "kept-chain"],
    ]);
    expect(products[0]!.rules.length + flat.length).toBe(
      ruleset.tables[0]!.chains.reduce((sum, { rules }) => sum + rules.length, 0),
    );
  });

  test("a set that two chains use is one group; the order of its members does not matter", () => {
    const { products } = find([
      ...product("-A FORWARD", HOSTS, PORTS, "-j ACCEPT"),
      ...product("-A INPUT", [...HOSTS].reverse(), PORTS, "-j ACCEPT"),
    ]);
    const sets = products.flatMap((found) => found.sets.filter(({ axis }) => axis === "source"));
    expect(sets.map(({ members }) => [...members].sort().join())).toEqual(
      [sets[0], sets[0]].map((set) => [...set!.members].sort().join()),
    );
    expect(products).toHaveLength(2);
  });

  test("a LOG between them keeps rules apart", () => {
    const rules = product("-A FORWARD", HOSTS, PORTS, "-j ACCEPT");
    const { products } = find([...rules.slice(0, 12), "-A FORWARD -j LOG", ...rules.slice(12)]);
    const log = 5 + 12;
    for (const { rules: merged } of products) {
      expect(merged.every(({ line }) => line < log) || merged.every(({ line }) => line > log)).toBe(true);
    }
  });

  test("interfaces, iprange and icmp types are members too", () => {
    const { products } = find(
      product(
        "-A FORWARD",
        ["-i eth0", "-i eth1", "-i tun+"],
        [
          "-m iprange --src-range 10.0.0.1-10.0.0.9",
          "-m iprange --src-range 10.0.1.1-10.0.1.9",
          "-m iprange --src-range 10.0.2.1-10.0.2.9",
        ].map((range) => range),
        "-j ACCEPT",
      ),
    );
    const all = find(
      product(
        "-A FORWARD",
        ["-i eth0", "-i eth1", "-i tun+", "-i eth2"],
        HOSTS,
        ["-p icmp -m icmp --icmp-type 8", "-p icmp -m icmp --icmp-type 0", "-p tcp"],
        "-j ACCEPT",
      ),
    ).products;
    expect(products).toHaveLength(0); // nine rules, twelve lines to say it with groups
    // Rules that read a header and those that don't are apart: short packets fare differently.
    expect(all.map(({ sets }) => sets.map(({ axis }) => axis))).toEqual([
      ["source", "service", "in"],
      ["source", "in"],
    ]);
    expect(all[0]!.sets[1]!.members).toEqual(["icmp type 8", "icmp type 0"]);
  });

  test("the file never gets more rules; a ruleset where nothing is worth it stays as it is", () => {
    expect(find(product("-A FORWARD", HOSTS.slice(0, 3), PORTS.slice(0, 2), "-j ACCEPT")).products).toEqual(
      [],
    );
    expect(find(product("-A FORWARD", HOSTS, "-j ACCEPT")).products).toEqual([]);
  });

  test("patterns keep chains, or give them up", () => {
    const rules = [
      ...product("-A f2b-sshd", HOSTS, PORTS, "-j DROP"),
      ...product("-A mine", HOSTS, PORTS, "-j DROP"),
    ];
    expect(find(rules).products.map(({ chain }) => chain)).toEqual(["mine"]);
    expect(
      find(rules, { keepChains: ["mi*"], rewriteChains: ["f2b-*"] }).products.map(({ chain }) => chain),
    ).toEqual(["f2b-sshd"]);
  });

  test("a loop that no base chain reaches, and a chain of chains too long to recurse", () => {
    const rules = ["-A A -j B", "-A B -j A", ...product("-A FORWARD", HOSTS, PORTS, "-j ACCEPT")];
    expect(find(rules).products).toHaveLength(1);
    const links = Array.from({ length: 30_000 }, (_, at) => `-A c${at} -j c${at + 1}`);
    expect(find([...links, "-A c30000 -j ACCEPT"]).products).toEqual([]);
  });

  test("chains too deep for nft stay as they are", () => {
    const links = Array.from(
      { length: 14 },
      (_, at) => `-A ${at === 0 ? "FORWARD" : `c${at}`} -j c${at + 1}`,
    );
    const { products, flat } = find([
      ...links,
      ...product("-A c13", HOSTS, PORTS, "-s 0.0.0.0/0 -j DROP").map((rule) =>
        rule.replace(" -s 0.0.0.0/0", ""),
      ),
      ...product("-A c14", HOSTS, PORTS, "-j DROP"),
    ]);
    expect(products.map(({ chain }) => chain)).toEqual(["c13"]);
    expect(flat.filter(({ reason }) => reason === "too-deep")).toHaveLength(24);
  });
});
