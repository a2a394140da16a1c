/** Which hand-written mark groups are understood, and which only look like one. */
import { describe, expect, test } from "vitest";
import { findMarkRules } from "../../src/cluster/marks/find.ts";
import type { Family } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

/** The article's groups, with bits that stay set when two members fit. */
const GROUPS = [
  "-A S-TRUSTED -s 10.0.0.0/24 -j MARK --or-mark 0x80",
  '-A S-TRUSTED -s 10.0.1.0/24 -m comment --comment "the workshop" -j MARK --set-xmark 0x80/0x80',
  "-A D-DMZ -d 192.0.2.1/32 -j MARK --set-mark 0x40/0x40",
  "-A D-DMZ -d 192.0.2.2/32 -j MARK --or-mark 0x40",
  "-A D-SRV-MGMT -p tcp -m tcp --dport 22 -j MARK --or-mark 0x20",
  "-A D-SRV-MGMT -p tcp -m tcp --dport 80 -j MARK --or-mark 0x20",
];
const RESET = "-A ALLOW -j MARK --set-xmark 0x0/0xe0";
const CLEAR = "-A CLR -j MARK --set-xmark 0x0/0xe0";
const CALL = "-A FORWARD -i eth0 -j ALLOW";
const ASK = ["-A ALLOW -j S-TRUSTED", "-A ALLOW -j D-DMZ", "-A ALLOW -j D-SRV-MGMT"];
const LEAVE = "-A ALLOW -m mark ! --mark 0xe0/0xe0 -g CLR";
const END = ["-A ALLOW -j MARK --set-xmark 0x0/0xe0", '-A ALLOW -m comment --comment "as agreed" -j ACCEPT'];

function read(rules: readonly string[], family: Family = "v4") {
  const ruleset = readRuleset(filterTable(rules), family);
  return { ruleset, marks: findMarkRules(ruleset, NO_OPTIONS) };
}

/** The plan as lines, and whether its rewrite is equal. */
async function describeRules(rules: readonly string[]) {
  const { ruleset, marks } = read(rules);
  const plan = planOf(ruleset);
  const { text, rewritten } = rewriteOf(ruleset, plan);
  const { ownBits } = rewritten;
  const now = readRuleset(text, "v4", "new.rules");
  const options = { ...(ownBits === 0 ? {} : { ownBits, demandAnyMark: true }), packets: 2000 };
  const { result, witness } = await verify(ruleset, now, options);
  expect(result, `${text}\n${JSON.stringify(witness)}`).toBe("equal");
  const policies = plan.policyRules.map(({ name, chain, summary }) => `${chain}: ${name}: ${summary}`);
  return {
    policies,
    text,
    odd: marks.odd.map(({ chain, why }) => `${chain}: ${why}`),
  };
}

/** The article's S-NEGATE. */
const FLIP_CHAIN = "-A S-NEGATE -j MARK --xor-mark 0x80";
const FLIP_CALL = "-A ALLOW -j S-NEGATE";
const FLIP = "-A ALLOW -j MARK --xor-mark 0x80";
/** The beginning of a rule chain that is to negate the first group. */
const NEGATED = ["-A MARKER -j RETURN", ...GROUPS, CLEAR, RESET, ASK[0]!];
const NOT_TRUSTED = "FORWARD: ALLOW: ! -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT";

describe("understood", () => {
  test.each<[string, string[], string, string?]>([
    [
      "as in the article, put right: all groups, then one test",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, CALL],
      "FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT",
    ],
    [
      "a group that asks another one, in any place",
      [
        "-A S-ALL -s 10.9.9.9/32 -j MARK --or-mark 0x80",
        "-A S-ALL -j S-TRUSTED",
        ...[...GROUPS, CLEAR, RESET, "-A ALLOW -j S-ALL", ...ASK.slice(1), LEAVE, ...END, CALL],
      ],
      "FORWARD: ALLOW: -s S-ALL -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT",
    ],
    [
      "a test behind each group, services last",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ASK[1]!,
        "-A ALLOW -m mark ! --mark 0x40/0xe0 -j RETURN",
        ASK[0]!,
        "-A ALLOW -m mark ! --mark 0xc0/0xc0 -g CLR",
        ASK[2]!,
        LEAVE,
        ...END,
        CALL,
      ],
      "FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT",
    ],
    [
      "DROP with a test for all bits, the rest cleared behind it",
      [...GROUPS, RESET, ...ASK.slice(0, 2), "-A ALLOW -m mark --mark 0xc0/0xc0 -j DROP", END[0]!, CALL],
      "FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 -j DROP",
    ],
    [
      "a condition at the call of a group",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ASK[0]!,
        ASK[1]!.replace("-j", "! -o eth3 -j"),
        LEAVE.replaceAll("0xe0", "0xc0"),
        ...END,
        CALL,
      ],
      "FORWARD: ALLOW: ! -o eth3 -s S-TRUSTED -d D-DMZ -i eth0 -j ACCEPT",
    ],
    [
      "more matches at the verdict, and a chain of its own behind it",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ...ASK,
        LEAVE,
        END[0]!,
        "-A ALLOW -m conntrack --ctstate NEW -j LOGGED",
        "-A LOGGED -j LOG",
        "-A LOGGED -j ACCEPT",
        CALL,
      ],
      "FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -m conntrack --ctstate NEW -j LOGGED",
    ],
    [
      "RETURN for the owner",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ...ASK,
        LEAVE,
        "-A FORWARD -j ALLOW",
        "-A FORWARD -m mark --mark 0xe0/0xe0 -g CLR",
        "-A FORWARD -j DROP",
      ],
      "FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ D-SRV-MGMT -j RETURN",
    ],
    [
      "negated as in the article: a chain turns the bit over behind the group",
      [...NEGATED, FLIP_CALL, FLIP_CHAIN],
      NOT_TRUSTED,
    ],
    ["negated, without a chain for it", [...NEGATED, FLIP], NOT_TRUSTED],
    ["turned over twice", [...NEGATED, FLIP, FLIP_CALL, FLIP_CHAIN], NOT_TRUSTED.replace("! ", "")],
    ...["--mark 0x80/0x80", "! --mark 0x0/0xe0", "! --mark 0x0/0x80"].map(
      (test): [string, string[], string] => [
        `negated by who leaves: ${test}`,
        [
          ...[...NEGATED.slice(1), `-A ALLOW -m mark ${test} -g CLR`, ASK[1]!],
          ...[
            "-A ALLOW -m mark ! --mark 0x40/0xe0 -g CLR",
            ASK[2]!,
            LEAVE.replace("0xe0/", "0x60/"),
            ...END,
            CALL,
          ],
        ],
        NOT_TRUSTED,
      ],
    ),
    ["negated by the test of all bits", NEGATED, NOT_TRUSTED, "0x60/0xe0"],
    ["two negated by the test of all bits", NEGATED, NOT_TRUSTED.replace("-d", "! -d"), "0x20/0xe0"],
    [
      "services negated by the test of all bits",
      NEGATED,
      NOT_TRUSTED.replace("! -s", "-s").replace("D-S", "not D-S"),
      "0xc0/0xe0",
    ],
    [
      "all negated",
      NEGATED,
      "FORWARD: ALLOW: ! -s S-TRUSTED ! -d D-DMZ -i eth0 not D-SRV-MGMT -j ACCEPT",
      "0x0/0xe0",
    ],
    [
      "a group that sends its members back, and takes all others",
      [
        ...["-A S-OTHERS -s 10.0.0.0/8 -j RETURN", "-A S-OTHERS -s 192.168.0.0/16 -j RETURN"],
        ...[
          "-A S-OTHERS -j MARK --or-mark 0x80",
          ...NEGATED.filter((rule) => !rule.startsWith("-A S-TRUSTED")),
        ],
      ].map((rule) => rule.replace("-j S-TRUSTED", "-j S-OTHERS")),
      NOT_TRUSTED.replace("S-TRUSTED", "S-894"),
    ],
    [
      "nothing but a negated group",
      [
        "-A S-OTHERS -s 10.0.0.0/8 -j RETURN",
        "-A S-OTHERS -j MARK --or-mark 0x80",
        ...[CLEAR, RESET, "-A ALLOW -j S-OTHERS", "-A ALLOW -m mark ! --mark 0x80/0xe0 -g CLR", ...END, CALL],
      ],
      "FORWARD: ALLOW: ! -s S-10-0-0 -i eth0 -j ACCEPT",
    ],
    [
      "DROP of who is in no group",
      [...GROUPS, RESET, ASK[0]!, "-A ALLOW -m mark --mark 0x0/0x80 -j DROP", END[0]!, CALL],
      "FORWARD: ALLOW: ! -s S-TRUSTED -i eth0 -j DROP",
    ],
  ])("%s", async (_, rules, expected, last = "0xe0/0xe0") => {
    const end = rules.includes(NEGATED[0]!)
      ? [...ASK.slice(1), LEAVE.replace("0xe0/0xe0", last), ...END, CALL]
      : [];
    const { policies, odd } = await describeRules([...rules, ...end]);
    expect({ policies, odd }).toEqual({ policies: [expected], odd: [] });
  });

  test("names, bits and comments stay", async () => {
    const { text } = await describeRules([...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, CALL]);
    expect(text).toMatchSnapshot();
  });
});

describe("only like it", () => {
  test.each<[string, string[], string[]]>([
    [
      "the article's own groups, whose bits flip",
      [
        ...GROUPS.map((rule) => rule.replace(/--(?:or-mark|set-x?mark) (0x..).*/, "--set-xmark $1/0x0")),
        CALL,
        RESET,
      ],
      ["S-TRUSTED", "D-DMZ", "D-SRV-MGMT"].map(
        (chain, at) =>
          `${chain}: line ${9 + 2 * at} flips its bit, so that a packet which matches two members has lost it again`,
      ),
    ],
    [
      "a reset that resets nothing",
      [...GROUPS, CLEAR, RESET.replace("0xe0", "0x0"), ...ASK, LEAVE, ...END, CALL],
      ["ALLOW: line 17 does not clear the groups' bits first"],
    ],
    [
      "bits that stay on accepted packets",
      [...GROUPS, RESET, ...ASK, "-A ALLOW -m mark --mark 0xe0/0xe0 -j ACCEPT", CALL],
      ["ALLOW: line 19 leaves the bits on packets that it decides about"],
    ],
    [
      "a test of the whole mark",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE.replace("0xe0/0xe0", "0xe0"), ...END, CALL],
      ["ALLOW: line 21 tests bits that are not the groups' own"],
    ],
    [
      "a way out with bits set",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE.replace("-g CLR", "-j RETURN"), ...END, CALL],
      ["ALLOW: line 21 leaves without clearing the bits"],
    ],
    [
      "services between the addresses",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ASK[0]!,
        "-A ALLOW -m mark ! --mark 0x80/0xe0 -j RETURN",
        ASK[2]!,
        ASK[1]!,
        LEAVE,
        ...END,
        CALL,
      ],
      ["ALLOW: it asks its services neither before nor after all other groups"],
    ],
    [
      "two calls",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, CALL, "-A INPUT -j ALLOW"],
      ["ALLOW: several rules call it"],
    ],
    [
      "a rule that counts",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, END[0]!, "-A ALLOW -m limit --limit 1/s -j ACCEPT", CALL],
      ["ALLOW: line 23 tests something that may change by being asked"],
    ],
    [
      "a flip of a bit that no group before it has set",
      [...GROUPS, CLEAR, RESET, FLIP, ...ASK, LEAVE, ...END, CALL],
      ["ALLOW: line 18 turns a bit over that is not that of a group before it"],
    ],
    [
      "a flip for some packets only",
      [
        ...GROUPS,
        CLEAR,
        RESET,
        ASK[0]!,
        FLIP.replace("-j", "-i eth1 -j"),
        ...ASK.slice(1),
        LEAVE,
        ...END,
        CALL,
      ],
      ["ALLOW: line 19 turns a bit over that is not that of a group before it"],
    ],
    [
      "a bit that is left on packets in a negated group",
      [
        ...[...GROUPS, CLEAR, RESET, ASK[0]!, "-A ALLOW -m mark --mark 0x80/0x80 -j RETURN", ...ASK.slice(1)],
        ...[LEAVE.replace("0xe0/", "0x60/"), ...END, CALL],
      ],
      ["ALLOW: line 19 leaves without clearing the bits"],
    ],
    [
      "a negated group whose answer the owner gives",
      [
        ...[...GROUPS, CLEAR, RESET, ...ASK, LEAVE.replace("0xe0/", "0x60/"), "-A FORWARD -j ALLOW"],
        ...["-A FORWARD -m mark --mark 0x60/0xe0 -g CLR", "-A FORWARD -j DROP"],
      ],
      ["ALLOW: it asks a negated group, and the rule behind its call decides"],
    ],
    [
      "services that send members back, and read headers in different ways",
      [
        "-A SRV-OTHERS -p tcp -m tcp --dport 22 -j RETURN",
        "-A SRV-OTHERS -p tcp -m multiport --dports 80,443 -j RETURN",
        "-A SRV-OTHERS -j MARK --or-mark 0x20",
        ...[
          ...GROUPS.slice(0, 4),
          CLEAR,
          RESET,
          ...ASK.slice(0, 2),
          "-A ALLOW -j SRV-OTHERS",
          LEAVE,
          ...END,
          CALL,
        ],
      ],
      ["ALLOW: line 21 comes before the bits of all groups are tested"],
    ],
    [
      "a group that asks one with another bit",
      [
        ...GROUPS,
        "-A S-ALL -j D-DMZ",
        "-A S-ALL -s 10.9.9.9/32 -j MARK --or-mark 0x80",
        ...[CLEAR, RESET, "-A ALLOW -j S-ALL", ...ASK.slice(2), LEAVE, ...END, CALL],
      ],
      ["S-ALL: line 17 does not clear the groups' bits first", "ALLOW: line 21 asks no group"],
    ],
    [
      "something behind the verdict",
      [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, "-A ALLOW -j LOG", CALL],
      ["ALLOW: line 24 comes after the verdict"],
    ],
  ])("%s", async (_, rules, expected) => {
    const { policies, odd } = await describeRules(rules);
    expect({ policies, odd }).toEqual({ policies: [], odd: expected });
  });

  const whole = [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, CALL];

  test("beside one that leaves bits, none is taken", async () => {
    const odd = [
      "-A OTHER -j S-TRUSTED",
      "-A OTHER -m mark --mark 0x80/0x80 -j ACCEPT",
      "-A FORWARD -j OTHER",
    ];
    const { odd: found, policies } = await describeRules([...whole, ...odd]);
    expect(policies).toEqual([]);
    expect(found).toEqual([
      "OTHER: line 26 does not clear the groups' bits first",
      "ALLOW: line 27 uses its mark bits, too",
    ]);
  });

  test("beside one that leaves none, the others are taken, and groups that it asks stay where they are", async () => {
    const other = [RESET, ASK[0]!, LEAVE.replaceAll("0xe0", "0x80"), ...END].map((rule) =>
      rule.replace("ALLOW", "OTHER"),
    );
    const { odd, policies, text } = await describeRules([
      ...whole,
      ...other,
      "-A FORWARD -j OTHER",
      "-A INPUT -j OTHER",
    ]);
    expect(odd).toEqual(["OTHER: several rules call it"]);
    expect(policies).toEqual(["FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT"]);
    expect(text).toContain("-A OTHER -j S-TRUSTED");
    expect(text.match(/^-A S-TRUSTED /gm)).toHaveLength(2);
    expect(text.match(/^:S-TRUSTED /gm)).toHaveLength(1);
  });
});

test("other rules may become policy rules beside groups that are there, and share them", async () => {
  const flat = ["INPUT", "OUTPUT"].flatMap((chain) =>
    product(
      `-A ${chain}`,
      ["-s 10.0.0.0/24", "-s 10.0.1.0/24"],
      ["-d 192.0.2.1/32", "-d 192.0.2.2/32"],
      [53, 67, 123, 161, 514].map((port) => `-p udp -m udp --dport ${port}`),
      "-j DROP",
    ),
  );
  const rules = [...GROUPS, CLEAR, RESET, ...ASK, LEAVE, ...END, CALL, ...flat];
  const { policies, text } = await describeRules(rules);
  expect(policies).toHaveLength(3);
  expect(text.match(/^-A S-TRUSTED /gm)).toHaveLength(2);
  expect(text).toContain("the workshop");
});

describe("flat rules that were added since", () => {
  const whole = [...GROUPS, CLEAR, RESET, ASK[0]!, ...ASK.slice(1), LEAVE, ...END, CALL];
  /** Tested one after the other, services last: as flat rules do. */
  const flatOrder = [
    ...GROUPS,
    CLEAR,
    RESET,
    ...ASK.flatMap((ask, at) => [ask, LEAVE.replace("0xe0", ["0x80", "0xc0", "0xe0"][at]!)]),
    END[0]!,
    "-A ALLOW -j ACCEPT",
  ];
  const added = product(
    "-A FORWARD -s 10.7.7.7/32",
    ["-d 192.0.2.1/32", "-d 192.0.2.2/32"],
    "-i eth0",
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80"],
    "-j ACCEPT",
  );
  const joins = (text: string) => text.includes("-A S-TRUSTED -s 10.7.7.7/32 -j MARK --set-xmark 0x80/0x80");

  test.each<[string, string[], boolean]>([
    ["behind the call", [...flatOrder, CALL, ...added], true],
    ["before it", [...flatOrder, ...added, CALL], true],
    [
      "past rules that match nothing of them",
      [...flatOrder, CALL, "-A FORWARD -s 10.7.7.8/32 -j DROP", ...added],
      true,
    ],
    [
      "past rules that decide the same",
      [...flatOrder, CALL, "-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT", ...added],
      true,
    ],
    [
      "not past one that decides otherwise",
      [...flatOrder, CALL, "-A FORWARD -d 192.0.2.2/32 -j DROP", ...added],
      false,
    ],
    ["not past a LOG", [...flatOrder, CALL, "-A FORWARD -j LOG", ...added], false],
    ["not where one is missing", [...flatOrder, CALL, ...added.slice(1)], false],
    [
      "not where they test more",
      [...flatOrder, CALL, ...added.map((rule) => rule.replace("-j", "-m conntrack --ctstate NEW -j"))],
      false,
    ],
    ["not where the services are tested first", [...whole, ...added], false],
    [
      "not where others call the group",
      [
        ...flatOrder,
        CALL,
        "-A FORWARD -j OTHER",
        "-A INPUT -j OTHER",
        RESET.replace("ALLOW", "OTHER"),
        "-A OTHER -j S-TRUSTED",
        "-A OTHER -m mark ! --mark 0x80/0xe0 -j RETURN",
        "-A OTHER -j MARK --set-xmark 0x0/0xe0",
        "-A OTHER -j REJECT",
        ...added,
      ],
      false,
    ],
  ])("%s", async (_, rules, expected) => {
    const { text } = await describeRules(rules);
    expect(joins(text), text).toBe(expected);
  });

  test("a group of two policy rules grows when both have the new member", async () => {
    const chain = flatOrder
      .filter((rule) => rule.startsWith("-A ALLOW"))
      .map((rule) => rule.replace("ALLOW", "TOO"));
    const two = [...flatOrder, ...chain, CALL, "-A FORWARD -o eth9 -j TOO"];
    const more = added.map((rule) => rule.replace("-i eth0", "-o eth9"));
    const both = await describeRules([...two, ...added, ...more]);
    expect(joins(both.text), both.text).toBe(true);
    expect(both.policies).toHaveLength(2);
    expect(joins((await describeRules([...two, ...more])).text)).toBe(false);
    expect(joins((await describeRules([...two, ...added, ...more.slice(1)])).text)).toBe(false);
  });

  test("what has joined is there afterwards, and nothing is left to do", async () => {
    const { text } = await describeRules([...flatOrder, CALL, ...added]);
    const again = await describeRules(text.split("\n").filter((line) => line.startsWith("-A ")));
    expect(again.policies).toEqual(["FORWARD: ALLOW: -s S-TRUSTED -d D-DMZ -i eth0 D-SRV-MGMT -j ACCEPT"]);
    expect(again.text.match(/^-A .*$/gm)!.sort()).toEqual(text.match(/^-A .*$/gm)!.sort());
  });
});
