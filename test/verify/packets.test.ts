/** What packets there are: pairs of rulesets that only certain packets tell apart, each of which has to be drawn. */
import { describe, expect, test } from "vitest";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { FIELD } from "../../src/verify/sample/packet.ts";
import { interfaceNames } from "../../src/verify/sample/interfaces.ts";
import { filterOf, rulesetOf } from "./samples.ts";

type Rules = readonly string[];

function tableOf(name: string, chains: Rules, rules: Rules, family?: Family): Ruleset {
  return rulesetOf([`*${name}`, ...chains, ...rules, "COMMIT", ""].join("\n"), family);
}

const STATE = "-A FORWARD -m conntrack --ctstate";
const OPTION = "-A INPUT -p tcp -m tcp --tcp-option";

describe("swapped rules that one packet can match both of", () => {
  const cases: readonly (readonly [name: string, rules: Rules, fields: Readonly<Record<string, string>>])[] =
    [
      [
        "a reply of a connection whose destination was rewritten",
        [`${STATE} DNAT -j DROP`, `${STATE} RELATED,ESTABLISHED -j ACCEPT`],
        { ctstate: expect.stringMatching(/^(ESTABLISHED|RELATED),(SNAT,)?DNAT$/) },
      ],
      [
        "a related packet of a connection whose source was rewritten",
        [`${STATE} SNAT -j DROP`, `${STATE} RELATED -j ACCEPT`],
        { ctstate: "RELATED,SNAT" },
      ],
      [
        "both addresses rewritten",
        [`${STATE} SNAT -j DROP`, `${STATE} DNAT -j ACCEPT`],
        { ctstate: "NEW,SNAT,DNAT" },
      ],
      ["two tcp options", [`${OPTION} 2 -j DROP`, `${OPTION} 8 -j ACCEPT`], { tcpOption: "2,8" }],
    ];
  test.each(cases)("%s", async (_name, rules, fields) => {
    const [old, now] = [filterOf(rules), filterOf(rules.toReversed())].map((text) => rulesetOf(text));
    const found = await verify(old!, now!, { packets: 6000 });
    expect(found).toMatchObject({ result: "different", witness: { packet: { fields } } });
  });
});

describe("the in-interface in POSTROUTING", () => {
  const chains = [":POSTROUTING ACCEPT [0:0]", ":a - [0:0]"];
  const reach = "-A POSTROUTING -j a";
  const cases: readonly (readonly [name: string, old: string, now: string])[] = [
    ["may be one", "-A a -i eth0 -j DROP", "-A a -p 200 -i eth0 -j DROP"],
    ["may be none", "-A a ! -i eth+ -j DROP", "-A a -i other+ -j DROP"],
  ];
  test.each(cases)("%s", async (_name, old, now) => {
    const [one, other] = [old, now].map((rule) => tableOf("mangle", chains, [reach, rule]));
    expect((await verify(one!, other!, { packets: 3000 })).result).toBe("different");
  });
});

test("broken IPv6 extension headers: on nft no protocol test holds, negated or not", async () => {
  const old = filterOf(["-A INPUT ! -p tcp -j DROP"], "ACCEPT");
  const now = filterOf(["-A INPUT -p tcp -j ACCEPT", "-A INPUT -j DROP"], "ACCEPT");
  const found = await verify(rulesetOf(old, "v6"), rulesetOf(now, "v6"), { packets: 6000 });
  expect(found.witness!.packet.fields).toMatchObject({ extensionHeaders: "broken", backend: "nft" });
});

describe("interface names", () => {
  const cases: readonly (readonly [patterns: Rules, only: string, without: Rules])[] = [
    [["eth+", "eth", "eth7"], "eth+", ["eth", "eth7"]],
    [["eth+", "eth7+", "eth8"], "eth+", ["eth7+", "eth8"]],
    [
      ["eth+", ...[..."0123456789abcdefghijklmnopqrstuvwxyz"].map((end) => `eth${end}`)],
      "eth+",
      ["eth0", "ethz"],
    ],
  ];
  test.each(cases)("of %j: one that only %s fits", (patterns, only, without) => {
    const rules = patterns.map((name) => `-A INPUT -i ${name} -j DROP`);
    const names = interfaceNames(rulesetOf(filterOf(rules)).tables);
    const fits = (pattern: string, name: string) =>
      pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
    const chosen = names.filter(
      (name) => fits(only, name) && !patterns.some((other) => other !== only && fits(other, name)),
    );
    expect(chosen).not.toEqual([]);
    expect(without.every((other) => !chosen.includes(other))).toBe(true);
  });

  test("a difference that only such a name shows", async () => {
    const named = ["-A INPUT -i eth -j ACCEPT", "-A INPUT -i eth7 -j ACCEPT"];
    const [old, now] = [filterOf([...named, "-A INPUT -i eth+ -j DROP"]), filterOf(named)];
    expect((await verify(rulesetOf(old), rulesetOf(now), { packets: 3000 })).result).toBe("different");
  });
});

describe("one rule of a list of matches that are not modelled", () => {
  const lists = (text: (number: number) => string, changed: number) =>
    Array.from({ length: 40 }, (_, rule) => {
      const isAccept = (rule % 2 === 0) !== (rule === changed);
      return `-A INPUT -m ${text(rule)} -j ${isAccept ? "ACCEPT" : "DROP"}`;
    });
  const cases: readonly (readonly [name: string, text: (number: number) => string])[] = [
    ["sets", (number) => `set --match-set list${number} src`],
    ["negated sets", (number) => `set ! --match-set list${number} src`],
    ["dscp", (number) => `dscp --dscp 0x${number.toString(16).padStart(2, "0")}`],
    ["modules that nobody knows", (number) => `strange --value ${number}`],
  ];
  test.each(cases)("%s", async (_name, text) => {
    const [old, now] = [filterOf(lists(text, -1)), filterOf(lists(text, 30))];
    const found = await verify(rulesetOf(old), rulesetOf(now), { packets: 10_000 });
    expect(found).toMatchObject({ result: "different", witness: { differs: ["verdict"] } });
    expect(found.witness!.packet.fields.otherMatches).toContain(text(30));
  });
});

test("targets that rewrite what rules test, and go on, are named among the limits", async () => {
  const chains = [":POSTROUTING ACCEPT [0:0]"];
  const rules = [
    "-A POSTROUTING -j SNPT --src-pfx fd00::/64 --dst-pfx 2001:db8::/64",
    "-A POSTROUTING -p tcp -j TCPOPTSTRIP --strip-options 8",
  ];
  const [old, now] = [
    tableOf("mangle", chains, rules, "v6"),
    tableOf("mangle", chains, [...rules, "-A POSTROUTING"], "v6"),
  ];
  const { limits } = await verify(old, now, { packets: 1000 });
  expect(limits).toContain("Fields that SNPT, TCPOPTSTRIP rewrite are tested as the packet brought them.");
});

test("later fragments of IPv6: never at offset 1, and with what nft reads in place of ports", () => {
  const table = filterOf(["-A INPUT -p tcp -m tcp --dport 80 --tcp-flags SYN SYN -j DROP"], "ACCEPT");
  const { tables } = rulesetOf(table, "v6");
  const compiled = compileTable({ name: "filter", family: "v6", old: tables[0]!, new: tables[0]! }, 0);
  const sampler = new Sampler(compiled, compiled.hooks[0]!, 1, "some");
  const fragments: Int32Array[] = [];
  for (let at = 0; at < 3000; at++) {
    sampler.draw(at);
    if (sampler.packet[FIELD.FRAGMENT] !== 0) fragments.push(Int32Array.from(sampler.packet));
  }
  const isTcpOnNft = (packet: Int32Array) => packet[FIELD.NFT] === 1 && packet[FIELD.PROTOCOL] === 6;
  expect(fragments.filter(isTcpOnNft).length).toBeGreaterThan(10);
  for (const packet of fragments) {
    expect(packet[FIELD.FRAGMENT]).toBe(2);
    if (!isTcpOnNft(packet)) continue;
    expect(packet[FIELD.SPORT]! >> 12).toBe(6);
    expect(packet[FIELD.FLAGS]).toBe((packet[FIELD.SOURCE + 1]! >>> 16) & 63);
  }
});
