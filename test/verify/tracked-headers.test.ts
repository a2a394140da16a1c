/** Packets of a connection have whole headers: differences that rest on others are none, and what may exist still differs. Samples never say otherwise. */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { readRuleset } from "../support/small-tables.ts";

interface Case {
  readonly name: string;
  readonly family?: Family;
  readonly table?: string;
  readonly hook: string;
  readonly old: readonly string[];
  readonly now: readonly string[];
  /** Rules of another table, on both sides. */
  readonly beside?: string;
}

/** The first form asks for a header, and so drops what has none; the second does not ask. */
const asks = (protocol: string, header: string, rest = "-m conntrack --ctstate NEW") => ({
  old: [`${rest} -p ${protocol} ${header} -j ACCEPT`, `${rest} -p ${protocol} -j ACCEPT`],
  now: [`${rest} -p ${protocol} -j ACCEPT`],
});

const PORTS = "-m multiport --dports 80";

function text({ table = "filter", hook, beside = "" }: Case, rules: readonly string[]): string {
  const lines = rules.map((rule) => `-A ${hook} ${rule}`);
  const policy = table === "nat" ? "ACCEPT" : "DROP";
  return `${beside}*${table}\n:${hook} ${policy} [0:0]\n${lines.join("\n")}\nCOMMIT\n`;
}

async function answerOf(one: Case): Promise<string> {
  const { family = "v4" } = one;
  const [old, now] = [one.old, one.now].map((rules, side) =>
    readRuleset(text(one, rules), family, side === 0 ? "old.rules" : "new.rules"),
  );
  const { result } = await verify(old!, now!, { packets: 20_000, seed: 1, crossCheck: true });
  return result;
}

const NFQUEUE = "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p 99 -j NFQUEUE --queue-num 1\nCOMMIT\n";
const CT = "*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p 99 -j CT --zone 1\nCOMMIT\n";
const NOTRACK = "*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p 99 -j CT --notrack\nCOMMIT\n";

describe("packets of a connection that are cut", () => {
  const none: readonly Case[] = [
    { name: "tcp", hook: "FORWARD", ...asks("tcp", PORTS) },
    {
      name: "tcp without the options that it promises",
      hook: "FORWARD",
      ...asks("tcp", "-m tcp --tcp-option 5"),
    },
    { name: "udp", hook: "OUTPUT", ...asks("udp", PORTS, "-m conntrack --ctstate ESTABLISHED") },
    {
      name: "icmp",
      hook: "FORWARD",
      ...asks("icmp", "-m icmp --icmp-type 8", "-m conntrack --ctstate RELATED"),
    },
    { name: "icmpv6", family: "v6", hook: "OUTPUT", ...asks("ipv6-icmp", "-m icmp6 --icmpv6-type 128") },
    {
      name: "by another interface",
      hook: "INPUT",
      ...asks("tcp", PORTS, "! -i lo -m conntrack --ctstate NEW"),
    },
    {
      name: "to IPv4 multicast",
      hook: "INPUT",
      ...asks("tcp", PORTS, "! -i lo -d 224.0.0.1 -m conntrack --ctstate NEW"),
    },
    {
      name: "in nat",
      table: "nat",
      hook: "POSTROUTING",
      old: ["-p udp -m multiport --dports 80 -j MARK --set-mark 1", "-j MARK --set-mark 1"],
      now: ["-j MARK --set-mark 1"],
    },
    { name: "fragments", hook: "FORWARD", old: ["-m conntrack --ctstate NEW -f -j ACCEPT"], now: [] },
    { name: "where a rule has NOTRACK", hook: "FORWARD", beside: NOTRACK, ...asks("tcp", PORTS) },
  ];
  test.each(none)("do not exist: $name", async (one) => {
    expect(await answerOf(one)).toBe("equal");
  });

  const some: readonly Case[] = [
    {
      name: "without a connection",
      hook: "FORWARD",
      ...asks("tcp", PORTS, "-m conntrack --ctstate INVALID"),
    },
    { name: "untracked", hook: "FORWARD", ...asks("udp", PORTS, "-m conntrack --ctstate UNTRACKED") },
    { name: "a protocol whose tracker may be missing", hook: "FORWARD", ...asks("sctp", PORTS) },
    { name: "by lo", hook: "INPUT", ...asks("tcp", PORTS) },
    { name: "by lo, in PREROUTING", table: "mangle", hook: "PREROUTING", ...asks("tcp", PORTS) },
    { name: "to IPv6 multicast", family: "v6", hook: "FORWARD", ...asks("tcp", PORTS) },
    { name: "behind NFQUEUE", hook: "FORWARD", beside: NFQUEUE, ...asks("tcp", PORTS) },
    { name: "where a rule has CT", hook: "FORWARD", beside: CT, ...asks("tcp", PORTS) },
    {
      name: "with broken extension headers",
      family: "v6",
      hook: "OUTPUT",
      old: [
        "-m conntrack --ctstate ESTABLISHED -p 99 -j DROP",
        "-m conntrack --ctstate ESTABLISHED ! -p 99 -j ACCEPT",
      ],
      now: [
        "-m conntrack --ctstate ESTABLISHED -p 99 -j DROP",
        "-m conntrack --ctstate ESTABLISHED -j ACCEPT",
      ],
    },
  ];
  test.each(some)("exist: $name", async (one) => {
    expect(await answerOf(one)).toBe("different");
  });
});
