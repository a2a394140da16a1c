/** What becomes of assertions: tables of cases. */
import { describe, expect, it, test } from "vitest";
import type { AssertionResult } from "../../../src/verify/assert/types.ts";
import { filterOf } from "../samples.ts";
import { checkText } from "./support.ts";

/** A table of rules of base chains and of chains that they name; DROP where a base chain is given with it. */
function table(name: string, bases: readonly string[], rules: readonly string[]): string {
  const names = rules.map((rule) => /-A (\S+)/.exec(rule)![1]!);
  const known = bases.map((base) => base.split(" ")[0]!);
  const own = [...new Set(names)].filter((chain) => !known.includes(chain));
  return [
    `*${name}`,
    ...bases.map((base) => `:${base.includes(" ") ? base : `${base} ACCEPT`} [0:0]`),
    ...own.map((chain) => `:${chain} - [0:0]`),
    ...rules,
    "COMMIT\n",
  ].join("\n");
}

/** The answer, with the line that decides behind a broken one, or the reason. */
function answerText({ result, reason, witness }: AssertionResult): string {
  if (witness === undefined) return reason === undefined ? result : `${result}: ${reason}`;
  const last = witness.walks.at(-1);
  const step = last?.steps.at(-1);
  const place = step === undefined ? "nothing" : step.line === 0 ? step.text : step.text.replace(/^-A /, "");
  return `${result}: ${last?.table} ${place}`;
}

function answer(ruleset: string, sentence: string, family: "v4" | "v6" = "v4"): string {
  return answerText(checkText(ruleset, [sentence], family).results[0]!);
}

const SSH = filterOf(
  [
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -s 10.0.0.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A INPUT -s 10.0.0.0/8 -p tcp -m multiport --dports 80,443 -j ACCEPT",
    "-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 5/sec -j ACCEPT",
    "-A FORWARD -i lan+ -o wan0 -j ACCEPT",
    "-A OUTPUT -d 192.0.2.1/32 -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset",
  ],
  "DROP",
);

describe("a filter table", () => {
  test.each([
    ["always: 10.0.0.5 -> this host tcp/22", "holds"],
    ["always: 10.0.0.0-10.0.1.0 -> this host tcp/22", "broken: filter policy DROP"],
    ["always: 10.0.0.0/24 -> this host tcp/22,80,443", "holds"],
    ["always: 10.0.0.0/24 -> this host tcp/79-80", "broken: filter policy DROP"],
    [
      "never: any -> this host tcp/22",
      "broken: filter INPUT -s 10.0.0.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
    ],
    ["never: any -> this host tcp/23", "holds"],
    ["never: any -> this host tcp/23, in lo", "broken: filter INPUT -i lo -j ACCEPT"],
    [
      "never: any -> this host tcp/23, state any",
      "broken: filter INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ],
    ["never: any -> this host tcp/23, state INVALID,UNTRACKED", "holds"],
    ["always: any -> this host, state ESTABLISHED", "holds"],
    ["always: any -> this host icmp/8", "broken: filter policy DROP"],
    [
      "never: any -> this host icmp/8",
      "broken: filter INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 5/sec -j ACCEPT",
    ],
    ["never: any -> this host icmp/0", "holds"],
    ["always: any -> 198.51.100.1, in lan0, out wan0", "holds"],
    ["always: any -> any, in lan+, out wan0", "holds"],
    ["always: any -> any, in la+, out wan0", "broken: filter policy DROP"],
    ["never: any -> any, in wan0", "holds"],
    ["never: any -> any, in dmz0, out wan0", "holds"],
    ["always: this host -> any udp/53", "holds"],
    [
      "always: this host -> any tcp/25",
      "broken: filter OUTPUT -d 192.0.2.1/32 -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset",
    ],
    ["never: this host -> 192.0.2.1 tcp/25", "holds"],
    ["never: any -> this host icmpv6/128", "not-applicable: the ruleset is IPv4, and icmpv6 is not"],
    [
      "never: 2001:db8::/32 -> any",
      "not-applicable: the ruleset is IPv4, and the assertion's source has no IPv4 address",
    ],
    [
      "never: any -> 2001:db8::1",
      "not-applicable: the ruleset is IPv4, and the assertion's destination has no IPv4 address",
    ],
  ])("%s", (sentence, expected) => {
    expect(answer(SSH, sentence)).toBe(expected);
  });

  it("shows a packet that a person would write, and what was answered for it", () => {
    const [first, second] = checkText(SSH, [
      "never: any -> this host tcp/22",
      "always: any -> this host icmp/8",
    ]).results;
    expect(first!.witness).toMatchObject({
      packet: {
        table: "filter",
        hook: "INPUT",
        fields: {
          in: "wan0",
          source: "10.0.0.1",
          protocol: "tcp",
          destinationPort: "22",
          ctstate: "NEW",
          mark: "0x0",
        },
      },
      verdict: "ACCEPT",
      walks: [{ steps: [{ chain: "INPUT", line: 7 }] }],
    });
    expect(second!.witness?.packet.fields.otherMatches).toBe("-m limit --limit 5/sec false");
  });

  it("accepts where a table or a chain is missing", () => {
    const nat = table("nat", ["PREROUTING"], []);
    expect(answer(nat, "always: any -> this host")).toBe("holds");
    expect(answer(nat, "never: any -> this host tcp/22")).toBe("broken: undefined nothing");
    expect(answer(table("filter", ["FORWARD DROP"], []), "always: any -> this host")).toBe("holds");
  });

  it("has IPv6 alike", () => {
    const rules = SSH.replaceAll("10.0.0.0/24", "2001:db8::/64")
      .replaceAll("10.0.0.0/8", "2001:db8::/32")
      .replace("192.0.2.1/32", "2001:db8::25/128")
      .replace("-p icmp -m icmp --icmp-type 8", "-p ipv6-icmp -m icmp6 --icmpv6-type 128");
    const ask = (sentence: string) => answer(rules, sentence, "v6");
    expect(ask("always: 2001:db8::7 -> this host tcp/22")).toBe("holds");
    expect(ask("never: fe80::/10 -> this host tcp/22")).toBe("holds");
    expect(ask("always: fe80::/10 -> this host icmpv6/128")).toBe("broken: filter policy DROP");
    expect(ask("never: 10.0.0.5 -> this host tcp/22")).toContain("not-applicable");
  });
});

describe("other tables on the way", () => {
  const FILTER = filterOf(
    ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A FORWARD -m mark --mark 0x1 -j ACCEPT"],
    "DROP",
  );
  const SSH_IN = "always: 10.0.0.5 -> this host tcp/22";

  test.each([
    [
      "raw that drops",
      table("raw", ["PREROUTING", "OUTPUT"], ["-A PREROUTING -s 10.0.0.5/32 -j DROP"]),
      SSH_IN,
      "broken: raw PREROUTING -s 10.0.0.5/32 -j DROP",
    ],
    [
      "raw of others",
      table("raw", ["PREROUTING", "OUTPUT"], ["-A PREROUTING -s 10.0.0.6/32 -j DROP"]),
      SSH_IN,
      "holds",
    ],
    ["mangle's policy", table("mangle", ["INPUT DROP"], []), SSH_IN, "broken: mangle policy DROP"],
    [
      "mangle INPUT",
      table("mangle", ["INPUT"], ["-A INPUT -p tcp -j DROP"]),
      SSH_IN,
      "broken: mangle INPUT -p tcp -j DROP",
    ],
    ["mangle FORWARD", table("mangle", ["FORWARD"], ["-A FORWARD -p tcp -j DROP"]), SSH_IN, "holds"],
    ["security", table("security", ["INPUT DROP"], []), SSH_IN, "broken: security policy DROP"],
    [
      "security, which is behind what never asks",
      table("security", ["INPUT DROP"], []),
      "never: any -> this host tcp/22",
      "broken: filter INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    ],
    [
      "raw that drops all that filter accepts",
      table("raw", ["PREROUTING"], ["-A PREROUTING -p tcp -j DROP"]),
      "never: any -> this host tcp/22",
      "holds",
    ],
    [
      "a mark from mangle",
      table("mangle", ["PREROUTING"], ["-A PREROUTING -s 10.0.0.5/32 -j MARK --set-xmark 0x1/0x1"]),
      "always: 10.0.0.5 -> any",
      "holds",
    ],
    [
      "the mark of others",
      table("mangle", ["PREROUTING"], ["-A PREROUTING -s 10.0.0.5/32 -j MARK --set-xmark 0x1/0x1"]),
      "never: 10.0.0.6 -> any",
      "holds",
    ],
    [
      "a mark behind ACCEPT",
      table(
        "mangle",
        ["PREROUTING"],
        ["-A PREROUTING -j ACCEPT", "-A PREROUTING -j MARK --set-xmark 0x1/0x1"],
      ),
      "never: any -> any",
      "holds",
    ],
    ["no mark at all", "", "never: any -> any", "holds"],
    [
      "an out-interface before routing",
      table(
        "mangle",
        ["PREROUTING", "FORWARD"],
        ["-A PREROUTING -j c", "-A c -o wan0 -j MARK --set-xmark 0x1/0x1"],
      ),
      "never: any -> any, out wan0",
      "holds",
    ],
    [
      "HMARK",
      table(
        "mangle",
        ["PREROUTING"],
        ["-A PREROUTING -j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1"],
      ),
      "never: any -> any",
      "unknown: HMARK writes the mark in a way that is not followed (-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 2)",
    ],
    [
      "NFQUEUE",
      table("mangle", ["FORWARD"], ["-A FORWARD -j NFQUEUE --queue-num 1"]),
      "never: any -> any",
      "unknown: what becomes of packets behind NFQUEUE --queue-num 1 is not known",
    ],
    [
      "POSTROUTING",
      table("mangle", ["POSTROUTING DROP"], []),
      "always: this host -> any",
      "broken: mangle policy DROP",
    ],
  ])("%s", (_, other, sentence, expected) => {
    expect(answer(other + FILTER, sentence)).toBe(expected);
  });

  it("gives packets the state that raw leaves them", () => {
    const filter = filterOf(["-A INPUT -m conntrack --ctstate NEW -j ACCEPT"], "DROP");
    const raw = (rule: string) => table("raw", ["PREROUTING"], [`-A PREROUTING ${rule}`]) + filter;
    expect(answer(filter, "always: any -> this host")).toBe("holds");
    expect(answer(raw("-p tcp -j CT --notrack"), "always: any -> this host tcp")).toBe(
      "broken: filter policy DROP",
    );
    expect(answer(raw("-p tcp -j CT --notrack"), "always: any -> this host udp")).toBe("holds");
    expect(answer(raw("-p tcp -j CT --helper ftp"), "always: any -> this host tcp")).toBe("holds");
    expect(answer(raw("-m conntrack --ctstate NEW -j DROP"), "always: any -> this host")).toBe("holds");
    expect(answer(raw("-m conntrack --ctstate INVALID -j DROP"), "never: any -> this host")).toBe("holds");
  });

  it("lets a connection that is there have any mark, and a new one none", () => {
    const rules = filterOf(["-A INPUT -m connmark --mark 0x1 -j DROP"]);
    expect(answer(rules, "always: any -> this host")).toBe("holds");
    expect(answer(rules, "always: any -> this host, state ESTABLISHED")).toContain("--mark 0x1 -j DROP");
  });

  it("says that nat is not followed", () => {
    const nat = table(
      "nat",
      ["PREROUTING", "OUTPUT"],
      [
        "-A PREROUTING -p tcp -m tcp --dport 80 -j c",
        "-A c -j DNAT --to-destination 10.0.0.1",
        "-A c -j REDIRECT",
        "-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1",
      ],
    );
    const limits = (sentence: string) => checkText(nat + FILTER, [sentence]).limits;
    expect(limits("never: any -> any")).toEqual([
      "Assertions do not follow nat: line 6 and 1 more in nat PREROUTING may change destinations, and an assertion speaks of the destination that the filter table sees.",
    ]);
    expect(limits("never: this host -> any")[0]).toContain("line 8 in nat OUTPUT");
    expect(checkText(FILTER, ["never: any -> any"]).limits).toEqual([]);
  });
});

describe("another destination before nat", () => {
  const nat = table(
    "nat",
    ["PREROUTING"],
    ["-A PREROUTING -d 192.0.2.1/32 -j DNAT --to-destination 10.0.0.1"],
  );
  const raw = (rule: string) => table("raw", ["PREROUTING"], [`-A PREROUTING ${rule} -j DROP`]);
  const mark = table("mangle", ["PREROUTING"], ["-A PREROUTING -d 192.0.2.1/32 -j MARK --set-xmark 0x1/0x1"]);
  const accept = filterOf(["-A FORWARD -j ACCEPT"]);
  const marked = filterOf(["-A FORWARD -m mark --mark 0x1 -j ACCEPT"], "DROP");
  const unsure =
    "unknown: raw or mangle decide by a destination that nat may change afterwards, and nat is not followed";

  test.each([
    ["raw drops the later one", raw("-d 10.0.0.1/32") + accept, "holds", unsure],
    ["raw drops its port", raw("-p tcp -m tcp --dport 22") + accept, "holds", unsure],
    ["raw drops the source", raw("-s 8.0.0.0/8") + accept, "holds", "holds"],
    ["mangle marks the earlier one", mark + marked, "holds", unsure],
    ["the mark says nothing", mark + filterOf([], "DROP"), "holds", "holds"],
  ])("%s", (_, ruleset, without, expected) => {
    const never = "never: 8.0.0.0/8 -> 10.0.0.1 tcp/22";
    expect(answer(ruleset, never)).toBe(without);
    expect(answer(nat + ruleset, never)).toBe(expected);
  });

  it("does not count for always", () => {
    expect(answer(nat + raw("-d 192.0.2.7/32") + accept, "always: any -> 10.0.0.1")).toBe("holds");
  });
});

describe("matches that are not modelled", () => {
  const FORWARD = "never: any -> any";

  test.each([
    [
      "the same answer twice",
      ["-m pkttype --pkt-type unicast -j c", "-j ACCEPT"],
      "always: any -> any",
      "holds",
    ],
    [
      "two buckets",
      ["-m limit --limit 5/sec -j ACCEPT", "-m limit --limit 5/sec -j ACCEPT"],
      "always: any -> any",
      "broken: filter policy DROP",
    ],
    [
      "any answer",
      ["-m set --match-set x src -j ACCEPT"],
      FORWARD,
      "broken: filter FORWARD -m set --match-set x src -j ACCEPT",
    ],
    [
      "a target that may end the walk",
      ["-j STRANGE --option 1"],
      FORWARD,
      "unknown: what becomes of packets behind STRANGE --option 1 is not known",
    ],
    [
      "a target that may end the walk, before a drop",
      ["-p tcp -j STRANGE --option 1"],
      "always: any -> any",
      "broken: filter policy DROP",
    ],
  ])("%s", (_, rules, sentence, expected) => {
    const chain = ["-A c -m pkttype --pkt-type unicast -j RETURN", "-A c -j DROP"];
    const forward = rules.map((rule) => `-A FORWARD ${rule}`);
    expect(answer(filterOf([...forward, ...chain], "DROP"), sentence)).toBe(expected);
  });

  // Accepted only where the first answer is true and the second one false.
  const SECOND = filterOf(
    [
      "-A FORWARD -m mark ! --mark 0x1 -j DROP",
      "-A FORWARD -m realm --realm 1 -j DROP",
      "-A FORWARD -j ACCEPT",
    ],
    "DROP",
  );
  const FIRST = "-m realm --realm 1 -j MARK --set-xmark 0x1/0x1";

  test.each([
    ["on another hook", ["-A PREROUTING"], "broken: filter FORWARD -j ACCEPT"],
    ["on the same hook", ["-A FORWARD"], "holds"],
    [
      "behind a target that changes the packet",
      ["-A FORWARD", "-A FORWARD -j TOS --set-tos 0x10"],
      "broken: filter FORWARD -j ACCEPT",
    ],
  ])("answers once more: %s", (_, [chain, ...rest], expected) => {
    const mangle = table("mangle", ["PREROUTING", "FORWARD"], [`${chain} ${FIRST}`, ...rest]);
    expect(answer(mangle + SECOND, FORWARD)).toBe(expected);
  });
});

describe("a budget", () => {
  it("that is spent, or zero, leaves all unknown", () => {
    const ask = (limits: object) => checkText(SSH, ["never: any -> any"], "v4", limits).results[0]!;
    expect(ask({ budget: 0 })).toMatchObject({ result: "unknown", reason: "no time was given for a proof" });
    let now = 0;
    const clock = () => (now += 2000);
    expect(ask({ budget: 1, clock })).toMatchObject({
      result: "unknown",
      reason: "the proof took longer than its budget",
    });
  });

  it("of nodes that all packets together exceed may do for the packets of one assertion", () => {
    const rules = Array.from({ length: 3000 }, (_, at) => {
      const [one, other] = [(at * 2654435761) >>> 0, (at * 40503 * 65537) >>> 0];
      const address = (word: number) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".");
      return `-A FORWARD -s ${address(one)}/32 -d ${address(other)}/32 -j ${at % 2 === 0 ? "ACCEPT" : "DROP"}`;
    });
    const sentences = [
      "never: 10.0.0.1 -> 10.0.0.2 tcp/22",
      "never: any -> any",
      "always: 192.0.2.1 -> 192.0.2.2",
    ];
    const ask = (nodes: number) =>
      checkText(filterOf(rules, "ACCEPT"), sentences, "v4", { nodes }).results.map(({ result }) => result);
    expect(ask(1_000_000)).toEqual(["broken", "broken", "holds"]);
    expect(ask(16_384)).toEqual(["broken", "unknown", "holds"]);
  });
});
