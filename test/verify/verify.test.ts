/** Pairs of small rulesets and what `verify` says about them: one pair for each fact about the kernel that decides. */
import { describe, expect, test } from "vitest";
import type { Ruleset, Table } from "../../src/model/types.ts";
import type { VerifyOptions, VerifyResult } from "../../src/verify/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";

type Rules = readonly string[];

const FEW: Partial<VerifyOptions> = { packets: 6000 };

function check(
  old: Rules,
  now: Rules,
  policy = "ACCEPT",
  options: Partial<VerifyOptions> = {},
): Promise<VerifyResult> {
  const [one, other] = [filterOf(old, policy), filterOf(now, policy)].map((text) => rulesetOf(text));
  return verify(one!, other!, { ...FEW, ...options });
}

const A = "10.0.0.1/32";
const PORT = "-p tcp -m tcp --dport 22";

describe("equal", () => {
  const cases: readonly (readonly [name: string, old: Rules, now: Rules, policy?: string])[] = [
    [
      "RETURN in a base chain is the policy",
      [`-A INPUT -s ${A} -j RETURN`, "-A INPUT -j REJECT"],
      [`-A INPUT -s ${A} -j ACCEPT`, "-A INPUT -j REJECT"],
    ],
    [
      "a goto inside a called chain comes back to the caller of that chain",
      ["-A INPUT -j a", "-A INPUT -j DROP", "-A a -g b", "-A a -j ACCEPT", `-A b -s ${A} -j REJECT`],
      [
        "-A INPUT -j a",
        "-A INPUT -j DROP",
        "-A a -j b",
        "-A a -j RETURN",
        "-A a -j ACCEPT",
        `-A b -s ${A} -j REJECT`,
      ],
    ],
    [
      "a goto from a base chain ends in the policy",
      ["-A INPUT -g a", "-A INPUT -j REJECT", `-A a -s ${A} -j DROP`],
      [`-A INPUT -s ${A} -j DROP`, "-A INPUT -j ACCEPT"],
    ],
    [
      "a negated address is the rest",
      [`-A INPUT ! -s ${A} -j DROP`],
      [`-A INPUT -s ${A} -j RETURN`, "-A INPUT -j DROP"],
    ],
    [
      "--or-mark sets",
      ["-A INPUT -j MARK --or-mark 0x4"],
      ["-A INPUT -m mark --mark 0x0/0x4 -j MARK --xor-mark 0x4"],
    ],
    [
      "--and-mark clears",
      ["-A INPUT -j MARK --and-mark 0xfffffffb"],
      ["-A INPUT -m mark --mark 0x4/0x4 -j MARK --xor-mark 0x4"],
    ],
    [
      "--xor-mark flips",
      ["-A INPUT -j MARK --xor-mark 0x4"],
      [
        "-A INPUT -m mark --mark 0x4/0x4 -g off",
        "-A INPUT -j MARK --set-xmark 0x4/0x4",
        "-A off -j MARK --set-xmark 0x0/0x4",
      ],
    ],
    [
      "--set-mark clears value and mask",
      ["-A INPUT -j MARK --set-mark 0x4/0x3"],
      ["-A INPUT -j MARK --and-mark 0xfffffff8", "-A INPUT -j MARK --or-mark 0x4"],
    ],
    [
      "--set-xmark clears the mask, then flips",
      ["-A INPUT -j MARK --set-xmark 0x6/0x3"],
      ["-A INPUT -j MARK --and-mark 0xfffffffc", "-A INPUT -j MARK --xor-mark 0x6"],
    ],
    [
      "--set-xmark 0x0/0x0 does nothing",
      ["-A INPUT -j MARK --set-xmark 0x0/0x0"],
      ["-A INPUT -s 10.0.0.9/32 -j ACCEPT"],
    ],
    [
      "a mark value outside its mask never matches",
      ["-A INPUT -m mark --mark 0x4/0x3 -j DROP"],
      ["-A INPUT -p 47 -j ACCEPT"],
    ],
    [
      "rules with one verdict may swap",
      [`-A INPUT -s ${A} -j ACCEPT`, "-A INPUT -d 10.0.0.2/32 -j ACCEPT"],
      ["-A INPUT -d 10.0.0.2/32 -j ACCEPT", `-A INPUT -s ${A} -j ACCEPT`],
      "DROP",
    ],
    ["+ alone is every interface", ["-A INPUT -i + -j DROP"], ["-A INPUT -j DROP"]],
    [
      "a lone chain that nothing calls says nothing",
      ["-A INPUT -j DROP", "-A a -j ACCEPT"],
      ["-A INPUT -j DROP"],
    ],
  ];
  test.each(cases.map(([name, ...rest]) => ({ name, rest })))("$name", async ({ rest }) => {
    const [old, now, policy] = rest;
    const found = await check(old, now, policy);
    expect(found.witness).toBeUndefined();
    expect(found).toMatchObject({ result: "equal", basis: "proved", packets: 6000 });
  });
});

describe("different", () => {
  const cases: readonly (readonly [
    name: string,
    old: Rules,
    now: Rules,
    differs: readonly string[],
    policy?: string,
  ])[] = [
    [
      "goto for jump",
      ["-A INPUT -j a", "-A INPUT -j DROP", `-A a -s ${A} -j ACCEPT`],
      ["-A INPUT -g a", "-A INPUT -j DROP", `-A a -s ${A} -j ACCEPT`],
      ["verdict"],
    ],
    [
      "RETURN is the policy, not ACCEPT",
      [`-A INPUT -s ${A} -j RETURN`],
      [`-A INPUT -s ${A} -j ACCEPT`],
      ["verdict"],
      "DROP",
    ],
    [
      "a mask one bit too wide",
      ["-A INPUT -s 10.0.1.0/24 -j DROP"],
      ["-A INPUT -s 10.0.0.0/23 -j DROP"],
      ["verdict"],
    ],
    [
      "a port one too many",
      ["-A INPUT -p tcp -m tcp --dport 22:30 -j DROP"],
      ["-A INPUT -p tcp -m tcp --dport 22:31 -j DROP"],
      ["verdict"],
    ],
    [
      "XOR for OR where members overlap",
      ["-A INPUT -j MARK --set-xmark 0x8/0x8", "-A INPUT -j MARK --set-xmark 0x8/0x8"],
      ["-A INPUT -j MARK --set-xmark 0x8/0x0", "-A INPUT -j MARK --set-xmark 0x8/0x0"],
      ["mark"],
    ],
    [
      "set-mark is not set-xmark",
      ["-A INPUT -j MARK --set-mark 0x4/0x3"],
      ["-A INPUT -j MARK --set-xmark 0x4/0x3"],
      ["mark"],
    ],
    [
      "a saved mark",
      ["-A INPUT -j CONNMARK --save-mark"],
      ["-A INPUT -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xffffffff"],
      ["connmark"],
    ],
    [
      "REJECT types",
      ["-A INPUT -j REJECT"],
      ["-A INPUT -j REJECT --reject-with icmp-host-unreachable"],
      ["verdict"],
    ],
    ["REJECT is not DROP", ["-A INPUT -j REJECT"], ["-A INPUT -j DROP"], ["verdict"]],
    ["log prefixes", ['-A INPUT -j LOG --log-prefix "a"'], ['-A INPUT -j LOG --log-prefix "b"'], ["effects"]],
    [
      "the order of effects",
      ['-A INPUT -j LOG --log-prefix "a"', '-A INPUT -j LOG --log-prefix "b"'],
      ['-A INPUT -j LOG --log-prefix "b"', '-A INPUT -j LOG --log-prefix "a"'],
      ["effects"],
    ],
    ["one effect twice", ["-A INPUT -j LOG"], ["-A INPUT -j LOG", "-A INPUT -j LOG"], ["effects"]],
    [
      "who counts for a limit",
      [`-A INPUT -s ${A} -j ACCEPT`, "-A INPUT -m limit --limit 5/sec -j ACCEPT"],
      ["-A INPUT -m limit --limit 5/sec -j ACCEPT", `-A INPUT -s ${A} -j ACCEPT`],
      ["effects"],
    ],
    [
      "two limits are not one",
      ["-A INPUT -m limit --limit 5/sec -j ACCEPT", "-A INPUT -m limit --limit 5/sec -j ACCEPT"],
      ["-A INPUT -m limit --limit 5/sec -j ACCEPT"],
      ["effects"],
    ],
    [
      "a limit may answer yes once and no the next time",
      [
        "-A INPUT -m limit --limit 5/sec -j MARK --or-mark 0x1",
        "-A INPUT -m limit --limit 5/sec -j MARK --or-mark 0x2",
      ],
      [
        "-A INPUT -m limit --limit 5/sec -j MARK --or-mark 0x1",
        "-A INPUT -m limit --limit 5/sec -j MARK --or-mark 0x2",
        "-A INPUT -m mark --mark 0x1/0x3 -j DROP",
      ],
      ["verdict"],
    ],
    [
      "a pure match after a target that changes the packet",
      ["-A INPUT -m ttl --ttl-eq 5 -j CONNMARK --or-mark 0x1", "-A INPUT -j TOS --set-tos 0x10/0x3f"],
      ["-A INPUT -j TOS --set-tos 0x10/0x3f", "-A INPUT -m ttl --ttl-eq 5 -j CONNMARK --or-mark 0x1"],
      ["connmark"],
    ],
    [
      "mac is false off Ethernet",
      ["-A INPUT -m mac ! --mac-source 00:11:22:33:44:55 -j DROP"],
      ["-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j ACCEPT", "-A INPUT -j DROP"],
      ["verdict"],
    ],
    [
      "UNTRACKED is not INVALID",
      ["-A INPUT -m conntrack --ctstate INVALID -j DROP"],
      ["-A INPUT -m conntrack --ctstate INVALID,UNTRACKED -j DROP"],
      ["verdict"],
    ],
    [
      "a connmark match without a connection",
      ["-A INPUT -m connmark ! --mark 0x1 -j DROP"],
      ["-A INPUT -m connmark --mark 0x1 -j ACCEPT", "-A INPUT -j DROP"],
      ["verdict"],
    ],
  ];
  test.each(cases.map(([name, ...rest]) => ({ name, rest })))("$name", async ({ rest }) => {
    const [old, now, differs, policy] = rest;
    const found = await check(old, now, policy);
    expect(found.result).toBe("different");
    expect(found.witness!.differs).toEqual(differs);
  });

  test("policies", async () => {
    const [old, now] = [rulesetOf(filterOf([])), rulesetOf(filterOf([], "DROP"))];
    const found = await verify(old, now, FEW);
    expect(found).toMatchObject({ result: "different", witness: { differs: ["verdict"] } });
    expect(found.witness!.old.steps.at(-1)).toMatchObject({ line: 0, text: "policy ACCEPT" });
  });
});

describe("headers that can't be read", () => {
  test("legacy drops a short header where the port is asked first", async () => {
    const rules = [`-A INPUT -s ${A} ${PORT} -j ACCEPT`, `-A INPUT -s ${A} -j ACCEPT`];
    const found = await check(rules, rules.toReversed());
    expect(found.result).toBe("different");
    expect(found.witness!.packet.fields.backend).toBeUndefined();
    expect(found.witness!.packet.fields).toHaveProperty(
      found.witness!.packet.fields.fragment === undefined ? "header" : "fragment",
    );
    expect([found.witness!.old.verdict, found.witness!.new.verdict].toSorted()).toEqual(["ACCEPT", "DROP"]);
  });

  test("nft drops for multiport, not for a native port", async () => {
    const old = ["-A INPUT -p udp -m udp --dport 53 -j ACCEPT"];
    const now = ["-A INPUT -p udp -m multiport --dports 53 -j ACCEPT"];
    const found = await check(old, now, "ACCEPT", { backend: "nft" });
    expect(found.witness!.packet.fields).toMatchObject({
      backend: "nft",
      header: expect.stringMatching(/cut short after [0-3] bytes/),
    });
  });

  test("multiport asks for four bytes, udp for eight, tcp for twenty", async () => {
    const multiport = "-p tcp -m multiport --dports 80";
    const rules = [
      `-A INPUT ${PORT.replace("--dport 22", "--dport 9000")} -j REJECT`,
      `-A INPUT ${multiport} -j ACCEPT`,
    ];
    const found = await check(rules, rules.toReversed());
    expect(found.result).toBe("different");
    expect(found.witness!.packet.fields.header).toMatch(/after ([4-9]|1\d) bytes|undefined/);
    expect(
      (
        await check(
          ["-A INPUT -p udp -m udp --dport 53 -j ACCEPT"],
          ["-A INPUT -p udp -m multiport --dports 53 -j ACCEPT"],
        )
      ).result,
    ).toBe("different");
  });

  test("a later fragment has no ports, negated or not", async () => {
    const old = ["-A INPUT -p udp -m udp --dport 53 -j ACCEPT", "-A INPUT -p udp -j DROP"];
    const now = ["-A INPUT -p udp -m udp ! --dport 53 -j DROP"];
    const found = await check(old, now);
    expect(found.result).toBe("different");
    expect(JSON.stringify(found.witness!.packet.fields)).toMatch(/fragment|cut short/);
  });

  test("broken IPv6 extension headers drop where a protocol is asked for", async () => {
    const old = filterOf(["-A INPUT -s fe80::/10 -j ACCEPT", "-A INPUT ! -p tcp -j ACCEPT"]);
    const now = filterOf(["-A INPUT ! -p tcp -j ACCEPT", "-A INPUT -s fe80::/10 -j ACCEPT"]);
    const found = await verify(rulesetOf(old, "v6"), rulesetOf(now, "v6"), FEW);
    expect(found.witness!.packet.fields.extensionHeaders).toBe("broken");
    expect(found.witness!.new.steps.at(-1)!.text).toContain("dropped by a match");
  });
});

describe("the raw table", () => {
  const raw = (rules: Rules): Ruleset =>
    rulesetOf(
      ["*raw", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n"),
    );

  test("NOTRACK makes an INVALID packet UNTRACKED", async () => {
    const old = raw([
      "-A PREROUTING -j CT --notrack",
      "-A PREROUTING -m conntrack --ctstate INVALID -j DROP",
    ]);
    const now = raw(["-A PREROUTING -j CT --notrack"]);
    expect((await verify(old, now, FEW)).result).toBe("equal");
  });

  test("and no longer INVALID", async () => {
    const rules = ["-A PREROUTING -j CT --notrack", "-A PREROUTING -m conntrack --ctstate UNTRACKED -j DROP"];
    const found = await verify(raw(rules), raw([rules[0]!, rules[1]!.replace("UNTRACKED", "INVALID")]), FEW);
    expect(found.witness!.differs).toEqual(["verdict"]);
  });
});

describe("what can't be compared", () => {
  const ruleset = rulesetOf(filterOf([`-A INPUT -s ${A} -j DROP`, "-A INPUT -j a", "-A a -j ACCEPT"]));
  const other = rulesetOf(filterOf(["-A INPUT -j DROP"]));

  test("no packets", async () => {
    expect(await verify(ruleset, other, { packets: 0, budget: 0 })).toMatchObject({
      result: "unknown",
      reason: "no packet was evaluated",
    });
  });

  test.each(["-m set --match-set x src,src", '-m bpf --bytecode "1,6 0 0 1"'])(
    "a mark that comes and goes around what may read it: %s",
    async (match) => {
      const asks = `-A INPUT ${match} -j DROP`;
      const old = rulesetOf(filterOf([asks]));
      const now = rulesetOf(
        filterOf(["-A INPUT -j MARK --set-xmark 0x1/0x1", asks, "-A INPUT -j MARK --set-xmark 0x0/0x1"]),
      );
      expect(await verify(old, now, { ...FEW, packets: 0, budget: 60 })).not.toMatchObject({
        result: "equal",
      });
      const plain = match.replace("src,src", "src");
      if (plain === match) return;
      const single = (rules: readonly string[]) =>
        rulesetOf(filterOf(rules.map((rule) => rule.replace("src,src", "src"))));
      const both = [
        single([asks]),
        single(["-A INPUT -j MARK --set-xmark 0x1/0x1", asks, "-A INPUT -j MARK --set-xmark 0x0/0x1"]),
      ] as const;
      expect(await verify(...both, { ...FEW, packets: 0, budget: 60 })).toMatchObject({ result: "equal" });
    },
  );

  test("no packets, but a proof", async () => {
    const options = { ...FEW, packets: 0, budget: 60 };
    const equal = await verify(ruleset, ruleset, options);
    expect(equal).toMatchObject({ result: "equal", packets: 0 });
    const different = await verify(ruleset, other, options);
    expect(different).toMatchObject({ result: "different", basis: "proved", packets: 0 });
    expect(different.witness).toBeDefined();
    expect(different.checks.map(({ kind }) => kind)).not.toContain("sampled");
  });

  test("two families", async () => {
    const six = rulesetOf(filterOf([]), "v6");
    expect(await verify(ruleset, six, FEW)).toMatchObject({ result: "unknown", packets: 0 });
  });

  test("a chain that is missing, and a loop", async () => {
    const table = ruleset.tables[0]!;
    const without: Table = { ...table, chains: table.chains.filter((chain) => chain.name !== "a") };
    const missing = await verify(ruleset, { ...ruleset, tables: [without] }, FEW);
    expect(missing).toMatchObject({
      result: "unknown",
      reason: "table filter, line 7: chain a does not exist",
    });
    const loop: Table = {
      ...table,
      chains: table.chains.map((chain) =>
        chain.name === "a"
          ? {
              ...chain,
              rules: chain.rules.map((rule) => ({
                ...rule,
                target: { kind: "jump", chain: "a", text: "-j a" } as const,
              })),
            }
          : chain,
      ),
    };
    const looped = await verify(ruleset, { ...ruleset, tables: [loop] }, FEW);
    expect(looped).toMatchObject({
      result: "unknown",
      reason: "table filter, line 8: chain a is part of a loop",
    });
  });

  test("a table that says the same needs no packets, comments and counters aside", async () => {
    const old = rulesetOf(filterOf([`-A INPUT -s ${A} -m comment --comment one -j DROP`]));
    const now = rulesetOf(filterOf([`-A INPUT -s ${A} -j DROP`]));
    const found = await verify(old, now, FEW);
    expect(found).toMatchObject({
      result: "equal",
      packets: 0,
      checks: [{ kind: "identical", table: "filter" }],
    });
  });

  test("a table that one side lacks counts as empty", async () => {
    const none = rulesetOf("*mangle\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
    const found = await verify(rulesetOf(filterOf([])), none, FEW);
    expect(found.result).toBe("equal");
    expect(found.limits).toContain(
      "The new ruleset has no table filter; it counts as empty, with policy ACCEPT.",
    );
  });

  test("accounting rules are not compared, and that is said", async () => {
    const found = await check(["-A INPUT -p tcp", `-A INPUT -s ${A} -j DROP`], [`-A INPUT -s ${A} -j DROP`]);
    expect(found.result).toBe("equal");
    expect(found.limits).toContain("Counters of rules without a target are not compared.");
  });
});

describe("a difference that no packet meets", () => {
  const table = (name: string, ...rules: readonly string[]): string =>
    [`*${name}`, ":PREROUTING ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");
  const raw = table("raw", "-A PREROUTING -s 192.0.2.0/24 -j DROP");
  const filters = [
    filterOf(["-A FORWARD -s 192.0.2.7/32 -j ACCEPT"], "DROP"),
    filterOf(["-A FORWARD -s 192.0.2.7/32 -j REJECT"], "DROP"),
  ];

  test("is a difference, and said to be out of reach", async () => {
    const [old, now] = filters.map((text) => rulesetOf(raw + text));
    const { result, checks } = await verify(old!, now!, FEW);
    expect(result).toBe("different");
    expect(checks.find(({ hook, kind }) => hook === "FORWARD" && kind === "proved")).toMatchObject({
      result: "different",
      scope: "unreachable",
    });
  });

  test.each([
    ["only one side drops before", raw, ""],
    ["only some are dropped", table("raw", "-A PREROUTING -s 192.0.2.7/32 -p udp -j DROP"), null],
    ["the drop depends on a mark", table("raw", "-A PREROUTING -m mark --mark 0x1/0x1 -j DROP"), null],
    ["nat is no drop", table("nat", "-A PREROUTING -s 192.0.2.7/32 -j ACCEPT"), null],
  ])("but not where %s", async (_name, before, other) => {
    const old = rulesetOf(before + filters[0]!);
    const now = rulesetOf((other ?? before) + filters[1]!);
    const { checks } = await verify(old, now, FEW);
    expect(checks.some(({ scope }) => scope !== undefined)).toBe(false);
  });
});
