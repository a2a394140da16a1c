/** What an explanation says: verdicts, the steps that led there, stops where nobody can tell, and options that say nothing possible. */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import type { ExplainOptions, Explanation } from "../../src/verify/explain/types.ts";
import { filterOf, rulesetOf } from "./samples.ts";

const PACKET: ExplainOptions = {
  in: "eth0",
  source: "10.0.0.1",
  destination: "10.0.0.9",
  protocol: "tcp",
  dport: "22",
};

function explained(text: string, options: ExplainOptions = PACKET, family: Family = "v4"): Explanation {
  const found = explain(rulesetOf(text, family), options);
  if (found.kind === "refused") throw new Error(JSON.stringify(found.faults));
  return found.explanation;
}

function faultsOf(
  options: ExplainOptions,
  text = filterOf(["-A INPUT -j DROP"]),
  family: Family = "v4",
): string {
  const found = explain(rulesetOf(text, family), options);
  return found.kind === "refused" ? found.faults.map(({ message }) => message).join("; ") : "none";
}

/** `verdict by line`, or `? condition` where it stopped. */
function answerOf({ verdict, decidedBy, unknown }: Explanation): string {
  return unknown === null ? `${verdict} by ${decidedBy?.line || "policy"}` : `? ${unknown.condition}`;
}

describe("one packet, one rule before a DROP", () => {
  const cases: readonly (readonly [rule: string, options: ExplainOptions, answer: string])[] = [
    ["-p tcp -m tcp --dport 22", {}, "ACCEPT by 5"],
    ["-p tcp -m tcp --dport 23", {}, "DROP by 6"],
    ["-p tcp -m tcp --sport 1024:65535 --dport 22", {}, "? -m tcp --sport 1024:65535 --dport 22"],
    ["-p tcp -m tcp --sport 1024:65535 --dport 23", {}, "DROP by 6"],
    ["-p tcp -m tcp --sport 1024:65535 --dport 22", { sport: "5000" }, "ACCEPT by 5"],
    ["-p tcp -m multiport --dports 22,80", {}, "ACCEPT by 5"],
    ["-p tcp -m multiport --ports 22,80", {}, "? -m multiport --ports 22,80"],
    ["-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN", {}, "ACCEPT by 5"],
    ["-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN", { state: "ESTABLISHED" }, "DROP by 6"],
    ["-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK", { tcpFlags: "syn,ack" }, "ACCEPT by 5"],
    ["-s 10.0.0.0/8", {}, "ACCEPT by 5"],
    ["! -s 10.0.0.0/8", {}, "DROP by 6"],
    ["-s host.example", {}, "? -s host.example"],
    ["! -s host.example", { match: ["-s host.example=false"] }, "ACCEPT by 5"],
    ["-m iprange --src-range 10.0.0.0-10.0.0.5", {}, "ACCEPT by 5"],
    ["-i eth+", {}, "ACCEPT by 5"],
    ["-i eth1", {}, "DROP by 6"],
    ["-m mac --mac-source 00:11:22:33:44:55", {}, "? -m mac --mac-source 00:11:22:33:44:55"],
    ["-m mac --mac-source 00:11:22:33:44:55", { mac: "00:11:22:33:44:55" }, "ACCEPT by 5"],
    ["-m mac ! --mac-source 00:11:22:33:44:55", { mac: "00:11:22:33:44:56" }, "ACCEPT by 5"],
    ["-m conntrack --ctstate NEW", {}, "ACCEPT by 5"],
    ["-m conntrack --ctstate DNAT", { state: "new,dnat" }, "ACCEPT by 5"],
    ["-m mark --mark 0x1/0x1", { mark: "0x3" }, "ACCEPT by 5"],
    ["-m connmark --mark 0x1", { connmark: "1" }, "ACCEPT by 5"],
    ["-m connmark ! --mark 0x1", { state: "INVALID" }, "DROP by 6"],
    ["-m limit --limit 5/min", {}, "? -m limit --limit 5/min"],
    ["-m limit --limit 5/min", { match: ["-m limit --limit 5/min=true"] }, "ACCEPT by 5"],
    ["-m limit --limit 5/min", { match: [" -m limit  --limit 5/min=false"] }, "DROP by 6"],
    ["-m limit --limit 5/minute", { match: ["-m limit --limit 5/minute=true"] }, "ACCEPT by 5"],
    ["-m limit --limit 5/minute", { match: ["-m limit --limit 5/min=true"] }, "ACCEPT by 5"],
    ["-m limit --limit 5/min", { match: ["-m limit --limit-burst 5 --limit 5/m=true"] }, "ACCEPT by 5"],
    ["-m addrtype --dst-type local", { match: ["-m addrtype --dst-type LOCAL=false"] }, "DROP by 6"],
    ["-m u32 --u32 0x0=0", { match: ["-m u32 --u32 0=0=true"] }, "ACCEPT by 5"],
    ["-p udp -m limit --limit 5/min", {}, "DROP by 6"],
    // The answer of limit does not matter where a later match is false.
    ["-p tcp -m limit --limit 5/min -m tcp --dport 23", {}, "DROP by 6"],
    ["-p tcp -m tcp --dport 22", { fragment: true, protocol: "tcp" }, "DROP by 6"],
    ["-p tcp -m tcp --dport 22", { fragment: true, backend: "nft" }, "? -m tcp --dport 22"],
    ["-p tcp -m multiport --dports 22", { fragment: true, backend: "nft" }, "DROP by 6"],
    ["-f", { fragment: true }, "ACCEPT by 5"],
    ["-p icmp -m icmp --icmp-type 8", { protocol: "icmp", icmpType: "echo-request" }, "ACCEPT by 5"],
    ["-p icmp -m icmp --icmp-type 3/4", { protocol: "icmp", icmpType: "3" }, "? -m icmp --icmp-type 3/4"],
    ["-p icmp -m icmp --icmp-type 3/4", { protocol: "icmp", icmpType: "3/4" }, "ACCEPT by 5"],
    ["-p icmp -m icmp --icmp-type 3/4", { protocol: "icmp", icmpType: "8" }, "DROP by 6"],
    ["-p icmp -m icmp --icmp-type 8", { protocol: "icmp" }, "? -m icmp --icmp-type 8"],
  ];
  test.each(cases)("%s with %j: %s", (rule, options, answer) => {
    const { dport, ...rest } = PACKET;
    const hasPorts = (options.protocol ?? "tcp") === "tcp" && options.fragment !== true;
    const packet = { ...rest, ...(hasPorts ? { dport: dport! } : {}), ...options };
    expect(answerOf(explained(filterOf([`-A INPUT ${rule} -j ACCEPT`, "-A INPUT -j DROP"]), packet))).toBe(
      answer,
    );
  });

  test.each([
    ["source", "-s 10.0.0.0/8"],
    ["destination", "-d 10.0.0.0/8"],
    ["protocol", "-p tcp"],
  ] as const)("without %s, %s stops the walk", (option, match) => {
    const { [option]: _left, dport: _port, ...rest } = PACKET;
    expect(answerOf(explained(filterOf([`-A INPUT ${match} -j DROP`]), rest))).toMatch(/^\? -[sdp] /);
  });

  test("IPv6: addresses, icmpv6 types", () => {
    const text = filterOf(["-A INPUT -s 2001:db8::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j DROP"]);
    const packet = { in: "eth0", source: "2001:db8::1", protocol: "icmpv6", icmpType: "128" };
    expect(explained(text, packet, "v6")).toMatchObject({
      verdict: "DROP",
      packet: { source: "2001:db8::1", protocol: "ipv6-icmp", icmpType: "128" },
    });
  });
});

describe("the walk", () => {
  const CHAINS = filterOf(
    [
      "-A INPUT -j a",
      "-A INPUT -m mark --mark 0x1 -j LOG --log-prefix x",
      "-A a -s 10.9.0.0/16 -j ACCEPT",
      "-A a -j MARK --set-xmark 0x1/0x1",
      "-A a -g b",
      "-A a -j DROP",
      "-A b -p tcp -j RETURN",
    ],
    "DROP",
  );

  test("shows every rule tested, chains by depth, marks as they change", () => {
    const walk = explained(CHAINS);
    const shown = walk.steps.map((step) => {
      if (step.kind === "rule")
        return `${step.depth} ${step.line} ${step.result} ${step.condition} ${step.mark}`;
      return step.kind === "enter"
        ? `${step.depth} enter ${step.chain} by ${step.by}`
        : `${step.depth} leave ${step.chain} by ${step.by} to ${step.to}`;
    });
    expect(shown).toEqual([
      "0 enter INPUT by hook",
      "0 7 matched null null",
      "1 enter a by jump",
      "1 9 failed -s 10.9.0.0/16 null",
      "1 10 matched null 0x1",
      "1 11 matched null null",
      "1 enter b by goto",
      "1 13 matched null null",
      "1 leave b by rule to INPUT",
      "0 8 matched null null",
      "0 leave INPUT by end to null",
    ]);
    expect(walk).toMatchObject({
      verdict: "DROP",
      decidedBy: { chain: "INPUT", line: 0, text: "policy DROP" },
      mark: "0x1",
      effects: [{ line: 8, text: "LOG --log-prefix x", mark: "0x1", perhaps: false }],
      groups: { matched: [], notMatched: [] },
      assumed: ["mark"],
    });
  });

  test("goes on past a LOG that nobody knows about, and says perhaps", () => {
    const walk = explained(filterOf(["-A INPUT -m limit --limit 5/min -j LOG", "-A INPUT -j DROP"]));
    expect(walk).toMatchObject({ result: "decided", verdict: "DROP", unknown: null });
    expect(walk.effects.map(({ text, perhaps }) => [text, perhaps])).toEqual([
      ["-m limit --limit 5/min", false],
      ["LOG", true],
    ]);
  });

  test("rules with one limit have answers of their own where they are given", () => {
    const limit = "-m limit --limit 5/min";
    const text = filterOf([`-A INPUT ${limit} -j ACCEPT`, `-A INPUT ${limit} -j DROP`]);
    const match = [`${limit}=false`, `${limit} #2=true`];
    expect(answerOf(explained(text, { ...PACKET, match }))).toBe("DROP by 6");
    const written = ["-m limit --limit 5/minute=false", "-m limit --limit 5/minute #2=true"];
    expect(answerOf(explained(text, { ...PACKET, match: written }))).toBe("DROP by 6");
    expect(answerOf(explained(text, { ...PACKET, match: match.slice(0, 1) }))).toBe("ACCEPT by policy");
    expect(faultsOf({ ...PACKET, match: [`${limit} #3=true`] }, text)).toContain(
      "no match without an answer",
    );
  });

  test("stops at a target that may end the walk, and takes an answer for it", () => {
    const text = filterOf(["-A INPUT -j STRANGE --way 1", "-A INPUT -j DROP"]);
    expect(explained(text).unknown).toMatchObject({
      line: 5,
      condition: "-j STRANGE --way 1",
      settle: [
        ["--match", "-j STRANGE --way 1=true"],
        ["--match", "-j STRANGE --way 1=false"],
      ],
    });
    expect(answerOf(explained(text, { ...PACKET, match: ["-j STRANGE --way 1=true"] }))).toBe(
      "STRANGE --way 1 by 5",
    );
    expect(answerOf(explained(text, { ...PACKET, match: ["-j STRANGE --way 1=false"] }))).toBe("DROP by 6");
  });

  test.each([
    "HMARK --hmark-tuple src --hmark-mod 10",
    "SET --map-set a src --map-mark",
    "CONNMARK --restore-mark --left-shift-mark 1",
  ])("stops at -j %s, which sets an unknown mark", (target) => {
    const text = `*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -j ${target}\nCOMMIT\n`;
    expect(explained(text, { ...PACKET, table: "mangle" }).unknown).toMatchObject({ line: 3, settle: [] });
  });

  test("gives up on chains that call each other without end", () => {
    const links = Array.from({ length: 30 }, (_, at) => [
      `-A c${at} -j c${at + 1}`,
      `-A c${at} -j c${at + 1}`,
    ]);
    const walk = explained(filterOf(["-A INPUT -j c0", ...links.flat(), "-A c30 -s 1.1.1.1/32"]));
    expect(walk.unknown?.why).toBe("chains call each other too many times");
  });
});

describe("groups", () => {
  const text = filterOf([
    "-A INPUT -j S",
    "-A INPUT -j D",
    "-A INPUT -m mark ! --mark 0x3/0x3 -g CLEAR",
    "-A INPUT -j ACCEPT",
    "-A S -s 10.0.0.0/24 -j MARK --set-xmark 0x1/0x1",
    "-A S -s 10.1.0.0/24 -j MARK --set-xmark 0x1/0x1",
    "-A D -d 10.2.0.0/24 -j MARK --set-xmark 0x2/0x2",
    "-A CLEAR -j MARK --set-xmark 0x0/0x3",
    "-A OTHER -j MARK --set-xmark 0x4/0x4",
  ]);

  test("are named where they were asked, and CLEAR is none", () => {
    expect(explained(text).groups).toEqual({ matched: ["S"], notMatched: ["D"] });
    expect(explained(text, { ...PACKET, destination: "10.2.0.1" })).toMatchObject({
      verdict: "ACCEPT",
      groups: { matched: ["S", "D"], notMatched: [] },
      mark: "0x3",
    });
  });

  test("a tree of chains is one group, which has matched where one of its members has", () => {
    const tree = text
      .replace("-A S -s 10.0.0.0/24 ", "-A S -s 10.0.0.0/16 -j PART\n-A PART -s 10.0.0.0/24 ")
      .replace(":INPUT", ":PART - [0:0]\n:INPUT");
    expect(explained(tree).groups).toEqual({ matched: ["S"], notMatched: ["D"] });
    const outside = { ...PACKET, source: "10.0.9.9" };
    expect(explained(tree, outside).groups).toEqual({ matched: [], notMatched: ["S", "D"] });
  });

  test.each([
    ["a chain that also returns", "-A S -j RETURN"],
    ["a chain that sets bits outside its mask", "-A S -j MARK --set-xmark 0x8/0x0"],
  ])("%s is none", (_name, rule) => {
    expect(explained(text.replace("COMMIT", `${rule}\nCOMMIT`)).groups.matched).toEqual([]);
  });
});

describe("hooks and tables", () => {
  const table = (name: string, ...lines: readonly string[]) => [`*${name}`, ...lines, "COMMIT"];
  const ALL = [
    ...table(
      "filter",
      ":INPUT DROP [0:0]",
      ":FORWARD DROP [0:0]",
      ":OUTPUT ACCEPT [0:0]",
      "-A OUTPUT -d 10.7.0.0/16 -j DROP",
    ),
    ...table(
      "nat",
      ":PREROUTING ACCEPT [0:0]",
      ":INPUT ACCEPT [0:0]",
      ":OUTPUT ACCEPT [0:0]",
      "-A OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.7.0.1",
    ),
    ...table(
      "mangle",
      ":INPUT ACCEPT [0:0]",
      ":OUTPUT ACCEPT [0:0]",
      "-A OUTPUT -j MARK --set-xmark 0x5/0xff",
    ),
    ...table(
      "raw",
      ":PREROUTING ACCEPT [0:0]",
      ":OUTPUT ACCEPT [0:0]",
      "-A OUTPUT -m conntrack --ctstate NEW -j DROP",
      "-A OUTPUT -p udp -j NOTRACK",
    ),
    "",
  ].join("\n");
  const tablesOf = ({ tables }: Explanation) => tables.map((walk) => walk.table).join(" ");

  test.each([
    [{ in: "eth0" }, "INPUT"],
    [{ out: "eth0" }, "OUTPUT"],
    [{ in: "eth0", out: "eth1" }, "FORWARD"],
    [{ hook: "forward" }, "FORWARD"],
  ])("%j is %s", (options, hook) => {
    expect(explained(filterOf([]), options).hook).toBe(hook);
  });

  test("all walks the tables in the kernel's order", () => {
    const walk = explained(ALL, {
      out: "eth0",
      protocol: "tcp",
      dport: "22",
      destination: "10.1.0.1",
      table: "all",
    });
    expect(tablesOf(walk)).toBe("raw mangle nat filter");
    expect(walk).toMatchObject({ verdict: "ACCEPT", mark: "0x5" });
    expect(walk.notes.join()).toContain("routes anew");
    expect(tablesOf(explained(ALL.replace("INPUT DROP", "INPUT ACCEPT"), { in: "eth0", table: "all" }))).toBe(
      "mangle filter nat",
    );
  });

  test("the first table that drops ends it", () => {
    const walk = explained(ALL.replace("-m conntrack --ctstate NEW", "-m conntrack --ctstate INVALID"), {
      out: "eth0",
      table: "all",
    });
    expect([tablesOf(walk), walk.verdict]).toEqual(["raw", "DROP"]);
  });

  test("nat is for new connections, and raw comes before their state is known", () => {
    const walk = explained(ALL, {
      out: "eth0",
      protocol: "tcp",
      dport: "80",
      destination: "10.1.0.1",
      state: "ESTABLISHED",
      table: "all",
    });
    expect([tablesOf(walk), walk.verdict]).toEqual(["raw mangle filter", "ACCEPT"]);
    expect(walk.notes.join()).toMatch(/in raw the state is INVALID.*nat is left out/);
  });

  test("NOTRACK of raw holds in the tables after it", () => {
    const text = ALL.replace(
      "-A OUTPUT -d 10.7.0.0/16 -j DROP",
      "-A OUTPUT -m conntrack --ctstate UNTRACKED -j DROP",
    );
    const walk = explained(text, { out: "eth0", protocol: "udp", dport: "53", table: "all" });
    expect([tablesOf(walk), walk.verdict]).toEqual(["raw mangle filter", "DROP"]);
  });

  test("what DNAT changed is not known after it", () => {
    const walk = explained(ALL, {
      out: "eth0",
      protocol: "tcp",
      dport: "80",
      destination: "10.1.0.1",
      table: "all",
    });
    expect(answerOf(walk)).toBe("? -d 10.7.0.0/16");
    expect(walk.unknown).toMatchObject({
      why: "line 11 of nat (DNAT --to-destination 10.7.0.1) may have changed it",
    });
  });
});

describe("options that say nothing possible", () => {
  const cases: readonly (readonly [options: ExplainOptions, message: string])[] = [
    [{}, "nothing says where the packet is"],
    [{ hook: "FORWRD" }, "there is no such hook"],
    [{ in: "eth0", table: "fliter" }, "there is no such table"],
    [{ hook: "PREROUTING" }, "the table filter has no PREROUTING"],
    [{ in: "eth0", table: "mangle" }, "has no table mangle"],
    [{ in: "eth0", hook: "OUTPUT" }, "a packet in OUTPUT has no in-interface"],
    [{ out: "eth0", hook: "INPUT" }, "a packet in INPUT has no out-interface"],
    [{ in: "a234567890123456" }, "15 characters at most"],
    [{ in: "eth+" }, "that is a pattern"],
    [{ in: "" }, "that is no interface's name"],
    [{ in: "eth0", source: "10.0.0.300" }, "that is no address"],
    [{ in: "eth0", source: "2001:db8::1" }, "-s 2001:db8::1 is an IPv6 address, and the ruleset is IPv4"],
    [{ in: "eth0", destination: "10.0.0.0/8" }, "that is a network"],
    [{ in: "eth0", destination: "host" }, "that is no address"],
    [{ in: "eth0", protocol: "tpc" }, "there is no such protocol"],
    [{ in: "eth0", protocol: "all" }, "is every protocol"],
    [{ in: "eth0", protocol: "icmpv6" }, "is not for IPv4"],
    [{ in: "eth0", dport: "22" }, "--dport needs -p tcp or -p udp, and there is no -p"],
    [{ in: "eth0", protocol: "icmp", sport: "22" }, "-p icmp has none"],
    [{ in: "eth0", protocol: "tcp", dport: "65536" }, "that is no port"],
    [{ in: "eth0", protocol: "tcp", dport: "1:2" }, "that is a range"],
    [{ in: "eth0", protocol: "tcp", dport: "nosuch" }, "there is no such service"],
    [{ in: "eth0", protocol: "tcp", icmpType: "8" }, "--icmp-type needs -p icmp"],
    [{ in: "eth0", protocol: "icmp", icmpType: "any" }, "that is no type"],
    [{ in: "eth0", protocol: "udp", tcpFlags: "SYN" }, "--tcp-flags needs -p tcp"],
    [{ in: "eth0", protocol: "tcp", tcpFlags: "SYN,FOO" }, "FOO is no flag"],
    [{ in: "eth0", state: "NEWW" }, "NEWW is no state"],
    [{ in: "eth0", state: "NEW,INVALID" }, "a packet is in one state"],
    [{ in: "eth0", state: "SNAT" }, "a packet is in one state"],
    [{ in: "eth0", state: "INVALID,SNAT" }, "neither SNAT nor DNAT"],
    [{ in: "eth0", mark: "0x1/0x1" }, "that is no mark"],
    [{ in: "eth0", state: "INVALID", connmark: "1" }, "no connection mark"],
    [{ in: "eth0", mac: "zz" }, "that is no hardware address"],
    [{ out: "eth0", mac: "00:11:22:33:44:55" }, "no hardware address of its sender"],
    [{ in: "eth0", protocol: "tcp", dport: "22", fragment: true }, "a later fragment has no --dport"],
    [{ in: "eth0", match: ["-m limit"] }, "does not end in =true or =false"],
    [{ in: "eth0", match: ["-m limit=true"] }, "no match without an answer of its own"],
    [{ in: "eth0 x", source: "x y", mark: "z" }, "no interface's name; -s x y: that is no address; --mark z"],
  ];
  test.each(cases)("%j: %s", (options, message) => {
    expect(faultsOf(options)).toContain(message);
  });

  test("an answer that is both, and one of a match that has its own", () => {
    const text = filterOf(["-A INPUT -p tcp -m limit --limit 5/min -j DROP"]);
    const key = "-m limit --limit 5/min";
    expect(faultsOf({ in: "eth0", match: [`${key}=true`, `${key}=false`] }, text)).toContain(
      "both true and false",
    );
    expect(faultsOf({ in: "eth0", match: ["-p tcp=true"] }, text)).toContain(
      "no match without an answer of its own",
    );
  });

  test("a base chain that the file does not declare, a state that nat never sees, the other family", () => {
    const nat = "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n";
    expect(faultsOf({ in: "eth0", hook: "INPUT", table: "nat" }, nat)).toContain(
      "does not declare INPUT in nat",
    );
    expect(faultsOf({ in: "eth0", hook: "INPUT", table: "all" }, nat)).toContain("no table with INPUT");
    expect(faultsOf({ hook: "PREROUTING", table: "nat", state: "INVALID" }, nat)).toContain(
      "first packet of a connection",
    );
    expect(faultsOf({ in: "eth0", source: "10.0.0.1", protocol: "icmp" }, undefined, "v6")).toMatch(
      /is an IPv4 address, and the ruleset is IPv6; -p icmp is not for IPv6/,
    );
  });
});

test("a group in which the walk stops is none that does not match: nobody knows", () => {
  const mark = (bit: string) => `-j MARK --set-xmark ${bit}/${bit}`;
  const rules = [
    ...["-A INPUT -j S-ONE", "-A INPUT -j S-TWO", "-A INPUT -j ACCEPT"],
    ...[
      `-A S-ONE -s 10.9.9.9/32 ${mark("0x1")}`,
      `-A S-TWO -m mac --mac-source 02:00:5e:10:00:01 ${mark("0x2")}`,
    ],
  ];
  const { unknown, groups } = explained(filterOf(rules));
  expect(unknown?.chain).toBe("S-TWO");
  expect(groups).toEqual({ matched: [], notMatched: ["S-ONE"] });
});
