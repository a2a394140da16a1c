/** Options and values of matches: what they mean, and how they read in canonical form. */
import { describe, expect, test } from "vitest";
import type { Match } from "../../src/model/types.ts";
import { canonicalText, codesOf, importRule, readRuleModel } from "../support/models.ts";

describe("canonical text", () => {
  test.each<[string, string]>([
    ["-s 10.1.2.3 -j ACCEPT", "-s 10.1.2.3/32 -j ACCEPT"],
    ["-s 10.1.2.3/255.255.0.0", "-s 10.1.0.0/16"],
    ["--src 10.1.2.3/255.0.255.0", "-s 10.0.2.0/255.0.255.0"],
    ["! --destination 10/8", "! -d 10.0.0.0/8"],
    ["-s 0.0.0.0/0 -d 1.2.3.4/0", ""],
    ["! -s 0.0.0.0/0", "! -s 0.0.0.0/0"],
    ["-o eth+ ! --in-interface lo", "! -i lo -o eth+"],
    ["-p TCP", "-p tcp"],
    ["-p 0x6 -f", "-p tcp -f"],
    ["-p all", ""],
    ["-p 47", "-p 47"],
    ["-p gre", "-p gre"],
    ["! -p icmpv6", "! -p ipv6-icmp"],
    ["! -f", "! -f"],
    ["-p tcp --dport 22 --sport 1024:", "-p tcp -m tcp --sport 1024:65535 --dport 22"],
    ["-p tcp --dport=ssh", "-p tcp -m tcp --dport 22"],
    ["-p tcp --dport :0x10", "-p tcp -m tcp --dport 0:16"],
    ["-p tcp --dport 0:65535", "-p tcp -m tcp"],
    ["-p tcp ! --dport 0:65535", "-p tcp -m tcp ! --dport 0:65535"],
    ["-p udp -m udp ! --destination-port 53", "-p udp -m udp ! --dport 53"],
    ["-p tcp ! --syn --tcp-option 7", "-p tcp -m tcp --tcp-option 7 ! --tcp-flags FIN,SYN,RST,ACK SYN"],
    ["-p tcp --tcp-flags all none", "-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE"],
    ["-p tcp --tcp-flags NONE NONE", "-p tcp -m tcp"],
    ["-m tcp -p tcp --dport 1 -m tcp --dport 2", "-p tcp -m tcp --dport 1 -m tcp --dport 2"],
    ["-p tcp -m state --state NEW --dport 22", "-p tcp -m state --state NEW -m tcp --dport 22"],
    ["-p sctp --dport 9 --chunk-types any INIT", "-p sctp -m sctp --dport 9 --chunk-types any INIT"],
    ["-p tcp -m multiport ! --ports ssh,80:90", "-p tcp -m multiport ! --ports 22,80:90"],
    ["-p icmp --icmp-type ping", "-p icmp -m icmp --icmp-type 8"],
    ["-p icmp --icmp-type 255", "-p icmp -m icmp --icmp-type any"],
    ["-p icmp ! --icmp-type TOS-host-unreachable", "-p icmp -m icmp ! --icmp-type 3/12"],
    ["-m state --state established,invalid", "-m state --state INVALID,ESTABLISHED"],
    ["-m conntrack --ctstate SNAT,NEW", "-m conntrack --ctstate NEW,SNAT"],
    [
      "-m conntrack ! --ctorigdst 10.0.0.1 --ctdir REPLY",
      "-m conntrack ! --ctorigdst 10.0.0.1 --ctdir REPLY",
    ],
    ["-m mark --mark 16/255", "-m mark --mark 0x10/0xff"],
    ["-m mark ! --mark 0x1/0xffffffff", "-m mark ! --mark 0x1"],
    ["-m connmark --mark 0x010", "-m connmark --mark 0x10"],
    ["-s 10.1.2.3/0x10", "-s 10.1.0.0/16"],
    ["-p icmp --icmp-type 0x3/0x0a", "-p icmp -m icmp --icmp-type 3/10"],
    ["-m mac --mac AA:b:CC:DD:EE:FF", "-m mac --mac-source aa:0b:cc:dd:ee:ff"],
    ["-m mac ! --mac-source XX:XX:XX:XX:XX:XX", "-m mac ! --mac-source XX:XX:XX:XX:XX:XX"],
    [
      "-m iprange ! --dst-range 10.0.0.3 --src-range 10.0.0.1-10.0.0.2",
      "-m iprange --src-range 10.0.0.1-10.0.0.2 ! --dst-range 10.0.0.3-10.0.0.3",
    ],
    ['-m comment --comment "it\'s \\"x\\""', '-m comment --comment "it\\\'s \\"x\\""'],
    ["-m comment --comment -j", "-m comment --comment -j"],
    ["-m set ! --match-set a src,dst", "-m set ! --match-set a src,dst"],
    ["-m set --set a src", "-m set --match-set a src"],
    ["-m limit --limit 3/min -m limit --limit 5/sec", "-m limit --limit 3/min -m limit --limit 5/sec"],
    ["-m ttl --ttl 3", "-m ttl --ttl-eq 3"],
    ['-m foo --bar "a b" ! --baz -s 10.0.0.1', '-s 10.0.0.1/32 -m foo --bar "a b" ! --baz'],
    ["-m foo --bar 1 ! -i lo", "! -i lo -m foo --bar 1"],
    ["-m foo --bar 1 -gsub", "-m foo --bar 1 -g sub"],
    ["-m foo --bar 1 --match=mark --mark 1", "-m foo --bar 1 -m mark --mark 0x1"],
    ["-m foo --bar --dport 1 -mmark --mark 1", "-m foo --bar --dport 1 -m mark --mark 0x1"],
    ["-m string --string ! --algo bm", '-m string --string "!" --algo bm'],
    ["-m string --algo bm ! --string !", '-m string ! --string "!" --algo bm'],
    ["-m string --algo bm --string -j -j DROP", '-m string --string "-j" --algo bm -j DROP'],
    ["-m string --algo bm --string=--icase", '-m string --string "--icase" --algo bm'],
    [
      "-m rateest --rateest a --rateest-bps 8bit ! --rateest-lt",
      "-m rateest --rateest a ! --rateest-lt --rateest-bps 8bit",
    ],
    [
      "-m rateest --rateest1 a --rateest-bps --rateest-eq --rateest2 b -j DROP",
      "-m rateest --rateest1 a --rateest-bps --rateest-eq --rateest2 b -j DROP",
    ],
    [
      "-m rateest --rateest a --rateest-pps ! --rateest-gt",
      "-m rateest --rateest a --rateest-pps ! --rateest-gt",
    ],
  ])("%s", (rule, expected) => {
    expect(canonicalText(readRuleModel(rule))).toBe(expected);
  });

  test.each<[string, string]>([
    ["-s 2001:DB8:0:0::1", "-s 2001:db8::1/128"],
    ["-d 2001:db8::1/32", "-d 2001:db8::/32"],
    ["-s ::ffff:1.2.3.4", "-s ::ffff:1.2.3.4/128"],
    ["-s 64:ff9b::1.2.3.4/96", "-s 64:ff9b::/96"],
    ["-s fe80::1/ffff::ff", "-s fe80::1/ffff::ff"],
    ["-s ::/0", ""],
    ["-p ipv6-icmp -m icmpv6 --icmpv6-type router-advertisement", "-p ipv6-icmp -m icmp6 --icmpv6-type 134"],
    ["-p icmpv6 --icmpv6-type 255", "-p ipv6-icmp -m icmp6 --icmpv6-type 255"],
    ["-m hl --hl-eq 255", "-m hl --hl-eq 255"],
    ["-m hl ! --hl 255", "-m hl ! --hl-eq 255"],
  ])("IPv6: %s", (rule, expected) => {
    expect(canonicalText(readRuleModel(rule, "v6"))).toBe(expected);
  });
});

describe("meaning", () => {
  function matchOf(rule: string): Match {
    return readRuleModel(rule).matches.at(-1)!;
  }

  test.each<[string, object]>([
    [
      "! -s 10.0.0.0/8",
      { kind: "source", negated: true, address: { address: [0x0a000000], mask: [0xff000000], prefix: 8 } },
    ],
    ["-d 10.0.0.1/255.0.255.255", { kind: "destination", address: { mask: [0xff00ffff], prefix: null } }],
    ["-d host.example", { kind: "destination", address: null, text: "-d host.example" }],
    ["-i +", { kind: "in", negated: false, name: "+" }],
    ["-p udplite", { kind: "protocol", negated: false, number: 136 }],
    [
      "-p tcp -m tcp",
      { kind: "transport", module: "tcp", source: null, destination: null, flags: null, option: null },
    ],
    [
      "-p tcp --dport 60000:29",
      { kind: "transport", destination: { negated: false, range: { first: 60000, last: 29 } } },
    ],
    ["-p tcp --syn", { flags: { negated: false, mask: 23, set: 2 } }],
    ["-p tcp ! --tcp-option 8", { option: { negated: true, number: 8 } }],
    [
      "-p udp -m multiport --sports 1,2:3",
      {
        kind: "multiport",
        side: "source",
        ranges: [
          { first: 1, last: 1 },
          { first: 2, last: 3 },
        ],
      },
    ],
    ["-p icmp --icmp-type 3", { kind: "icmp", type: 3, firstCode: 0, lastCode: 255 }],
    ["-p icmp --icmp-type 3/4", { kind: "icmp", type: 3, firstCode: 4, lastCode: 4 }],
    ["-p icmp --icmp-type any", { kind: "icmp", type: null }],
    ["-m state ! --state NEW,UNTRACKED", { kind: "ctstate", negated: true, states: 8 | 16 }],
    ["-m mark --mark 0x10/0xf0", { kind: "mark", value: 16, mask: 240 }],
    ["-m connmark --mark 0xffffffff", { kind: "connmark", value: 0xffffffff, mask: 0xffffffff }],
    [
      "-m iprange --src-range 1.0.0.9-1.0.0.1",
      { kind: "iprange", source: { range: { first: [0x01000009], last: [0x01000001] } }, destination: null },
    ],
    ["-m conntrack --ctstate NEW --ctdir ORIGINAL", { kind: "pure", module: "conntrack" }],
    ["-m conntrack --ctexpire 1:2", { kind: "opaque", module: "conntrack", known: true }],
    ["-m rpfilter --invert", { kind: "pure", module: "rpfilter" }],
    ["-m rpfilter --validmark", { kind: "opaque", module: "rpfilter", known: false }],
    ["-m owner --uid-owner root", { kind: "pure", module: "owner" }],
    ["-m recent --rcheck --name x", { kind: "opaque", module: "recent", known: true }],
    ["-p sctp -m sctp --chunk-types any INIT", { kind: "opaque", module: "sctp", known: true }],
    ["-p tcp --dport no-such-service", { kind: "opaque", module: "tcp", known: false }],
    ["-m foo --x", { kind: "opaque", module: "foo", known: false }],
  ])("%s", (rule, expected) => {
    expect(matchOf(rule)).toMatchObject(expected);
  });

  test("matches stand in the kernel's order, modules as written", () => {
    const rule = readRuleModel("-m mark --mark 1 -f -p tcp -o b -m tcp --dport 1 -i a -d 1.1.1.1 -s 2.2.2.2");
    const kinds = ["source", "destination", "in", "out", "protocol", "fragment", "mark", "transport"];
    expect(rule.matches.map((match) => match.kind)).toEqual(kinds);
  });

  test("comments are joined, and stay matches", () => {
    const rule = readRuleModel('-m comment --comment "a b" -m comment --comment c');
    expect([rule.comment, rule.matches.length]).toEqual(["a b c", 2]);
  });

  test.each(["-c 3 18446744073709551615", "-c 3,18446744073709551615 -j ACCEPT"])("counters: %s", (rule) => {
    expect(readRuleModel(rule).counters).toEqual({ packets: "3", bytes: "18446744073709551615" });
  });
});

describe("errors", () => {
  test.each<[string, string]>([
    // Whether the module has such an option decides about the rule's target.
    ["-m foo --jum DROP", "AMBIGUOUS_OPTION"],
    ["-m foo --x 1 --go=sub", "AMBIGUOUS_OPTION"],
    ["-j FOO --j DROP", "AMBIGUOUS_OPTION"],
    ["-m limit ! --limit 5/sec", "NOT_NEGATABLE"],
    ["-m rateest --rateest a --rateest-bps=8bit", "UNEXPECTED_WORD"],
    ["-m rateest ! --rateest a", "NOT_NEGATABLE"],
    ["-m foo --x 1 -jDROP", "GLUED_VALUE"],
    ["-m foo --x 1 --jump=DROP", "GLUED_VALUE"],
  ])("%s", (rule, code) => {
    expect(codesOf(importRule(rule))).toContain(code);
    expect(importRule(rule).ruleset).toBeNull();
  });
});

describe("warnings keep the rule", () => {
  test.each<[string, string, string]>([
    ["-s ! 10.0.0.1", "OLD_NEGATION", "! -s 10.0.0.1/32"],
    ["-p ! tcp", "OLD_NEGATION", "! -p tcp"],
    ["-p tcp --dport ! 22", "OLD_NEGATION", "-p tcp -m tcp ! --dport 22"],
    ["-s <private_ip>", "UNREADABLE_ADDRESS", "-s <private_ip>"],
    ["-m mac --mac-source XX:XX", "UNREADABLE_MAC", "-m mac --mac-source XX:XX"],
    ["-p tcp --dport 9:1", "INVERTED_RANGE", "-p tcp -m tcp --dport 9:1"],
    ["-m iprange --src-range 1.0.0.9-1.0.0.1", "INVERTED_RANGE", "-m iprange --src-range 1.0.0.9-1.0.0.1"],
    ["-p tcp --dport frob", "UNKNOWN_SERVICE", "-p tcp -m tcp --dport frob"],
    ["-m foo", "UNKNOWN_MATCH_MODULE", "-m foo"],
  ])("%s", (rule, code, text) => {
    const imported = importRule(rule);
    expect(codesOf(imported)).toEqual([code]);
    expect(canonicalText(imported.ruleset!.tables[0]!.chains[0]!.rules[0]!)).toBe(text);
  });
});
