/** Lists of ports that are split where single ports, or other lists, say parts of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findCandidates } from "../../src/cluster/candidates.ts";
import { makeSegment } from "../../src/cluster/dependencies.ts";
import { scheduleRuns } from "../../src/cluster/schedule.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import { findSplits, withParts } from "../../src/cluster/split-lists.ts";
import type { Clustering, Product } from "../../src/cluster/types.ts";
import type { PortRange, Ruleset } from "../../src/model/types.ts";
import { findParts } from "../../src/cluster/port-parts.ts";
import { joinRanges } from "../../src/cluster/port-tokens.ts";
import { auditPlan } from "../../src/plan/audit.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import type { Plan, PlanGroup } from "../../src/plan/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { verify } from "../../src/verify/verify.ts";
import { randomLists } from "../support/random-lists.ts";
import {
  NO_OPTIONS,
  planOf,
  readRuleset,
  product,
  rewriteOf,
  rewriteText,
  filterTable,
} from "../support/small-tables.ts";

const FAMILIES = ["v4", "v6"] as const;

/** All products among parts of lists, whether they pay or not; lists may be split in part. */
function everyPart(ruleset: Ruleset): Clustering {
  const products: Product[] = [];
  for (const table of ruleset.tables) {
    for (const { chain, pieces } of cutTable(table, ruleset, NO_OPTIONS)) {
      for (const piece of pieces) {
        if (piece.kind !== "segment") continue;
        const segment = makeSegment(piece.rules);
        for (const { items } of scheduleRuns(withParts(segment, findSplits(segment))))
          for (const product of findCandidates(items))
            products.push({ table: table.name, chain: chain.name, ...product });
      }
    }
  }
  return { ruleset, products, flat: [] };
}

async function expectEqual(old: Ruleset, text: string): Promise<void> {
  const now = readRuleset(text, old.family, "new.rules");
  const result = await verify(old, now, { packets: 2000, demandAnyMark: true });
  expect(result.result).toBe("equal");
}

describe.each(FAMILIES)("random tables (%s)", (family) => {
  test("every product of parts is proved, and what is left of a list stays", async () => {
    let split = 0;
    await fc.assert(
      fc.asyncProperty(randomLists(family), fc.infiniteStream(fc.boolean()), async (text, choices) => {
        const ruleset = readRuleset(text, family);
        const source = { path: "t.rules", digest: "sha256:test", clustering: everyPart(ruleset) };
        const { plan } = makePlan([source], NO_OPTIONS);
        // Some are refused, so that lists are merged in part.
        const edited: Plan = {
          ...plan,
          layout: [...choices.take(1)][0]! ? "hoisted" : "article",
          policyRules: plan.policyRules.map((rule) => ({ ...rule, accept: [...choices.take(1)][0]! })),
        };
        split += edited.policyRules.filter((rule) => rule.accept && rule.combinations !== undefined).length;
        await expectEqual(ruleset, rewriteOf(ruleset, edited).text);
      }),
      { numRuns: 80 },
    );
    expect(split).toBeGreaterThan(30);
  });

  test("a member that is removed is gone from every list of its policy rules", async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(randomLists(family), fc.infiniteStream(fc.nat(99)), async (text, choices) => {
        const ruleset = readRuleset(text, family);
        const source = { path: "t.rules", digest: "sha256:test", clustering: everyPart(ruleset) };
        const { plan } = makePlan([source], NO_OPTIONS);
        const large = plan.groups.filter(({ members }) => members.length > 1);
        const group = large[[...choices.take(1)][0]! % Math.max(1, large.length)];
        if (group === undefined) return;
        const at = [...choices.take(1)][0]! % group.members.length;
        const less = { members: group.members.toSpliced(at, 1), removed: [group.members[at]!] };
        const groups = plan.groups.map((each) => (each === group ? { ...each, ...less } : each));
        const { rewritten, text: now } = rewriteOf(ruleset, { ...plan, groups });
        const { before, after } = rewritten.policyChange!;
        changed += rewritten.partLines.size + plan.policyRules.filter((rule) => rule.combinations).length;
        expect((await verify(ruleset, before, { packets: 500 })).result).toBe("equal");
        await expectEqual(after, now);
      }),
      { numRuns: 40 },
    );
    expect(changed).toBeGreaterThan(10);
  });

  test("what is chosen is proved, makes the file no longer, and leaves nothing to do", async () => {
    let split = 0;
    await fc.assert(
      fc.asyncProperty(randomLists(family), async (text) => {
        const ruleset = readRuleset(text, family);
        const plan = planOf(ruleset);
        const { rewritten, text: now } = rewriteOf(ruleset, plan);
        expect(rewritten.rulesAfter).toBeLessThanOrEqual(rewritten.rulesBefore);
        if (!plan.policyRules.some(({ combinations }) => combinations !== undefined)) return;
        split++;
        await expectEqual(ruleset, now);
        expect(rewriteText(now, family).rewritten.changed).toBe(false);
      }),
      { numRuns: 120 },
    );
    expect(split).toBeGreaterThan(5);
  });
});

const hosts = (side: string, net: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `-${side} 10.${net}.0.${at + 1}/32`);

const NEW = "-m conntrack --ctstate NEW";
const LISTS = hosts("s", 1, 8);
const SINGLES = hosts("s", 2, 8);
const TARGETS = hosts("d", 9, 6);

/** Some hosts have a list, others a rule for each port. */
const mixture = (guard: string, chain = "FORWARD"): string[] => [
  ...product(`-A ${chain}`, LISTS, TARGETS, `-p tcp ${guard}-m multiport --dports 80,443 -j ACCEPT`),
  ...product(
    `-A ${chain}`,
    SINGLES,
    TARGETS,
    [80, 443].map((port) => `-p tcp ${guard}-m tcp --dport ${port} -j ACCEPT`),
  ),
];

const membersOf = ({ groups }: Plan, axis: PlanGroup["axis"]): readonly (readonly string[])[] =>
  groups.filter((group) => group.axis === axis).map(({ members }) => members);

describe("lists beside single ports", () => {
  test("are one policy rule where only packets of connections get to them", async () => {
    const { old, plan, text } = rewriteText(filterTable(mixture(`${NEW} `)));
    expect(plan.policyRules).toHaveLength(1);
    expect(membersOf(plan, "service")).toEqual([["tcp dport 80", "tcp dport 443"]]);
    expect(plan.policyRules[0]!.combinations).toBe(192);
    await expectEqual(old, text);
  });

  test.each([
    ["nobody says where packets are from", mixture("")],
    ["the state is asked too late", mixture("").map((rule) => rule.replace(" -j", ` ${NEW} -j`))],
    ["the state may be none", mixture("-m conntrack --ctstate NEW,UNTRACKED ")],
    ["the state may be any other", mixture("-m conntrack ! --ctstate INVALID ")],
    ["this host may be talking to itself", mixture(`${NEW} `, "INPUT")],
    [
      "a program may send packets back",
      [...mixture(`${NEW} `), "-A OUTPUT -p icmp -j NFQUEUE --queue-num 0"],
    ],
    [
      "a chain is called for any packet, too",
      [`-A FORWARD ${NEW} -j WEB`, "-A FORWARD -i eth3 -j WEB", ...mixture("", "WEB")],
    ],
  ])("are apart where %s", (_, rules) => {
    const plan = planOf(readRuleset(filterTable(rules)));
    expect(plan.policyRules.map(({ combinations }) => combinations)).toEqual([undefined, undefined]);
  });

  test.each([
    ["loopback is accepted before", ["-A INPUT -i lo -j ACCEPT", ...mixture(`${NEW} `, "INPUT")]],
    [
      "they come from elsewhere",
      mixture(`${NEW} `, "INPUT").map((rule) => rule.replace(" -p", " -i eth0 -p")),
    ],
    ["their chain is called for packets of connections", [`-A FORWARD ${NEW} -j WEB`, ...mixture("", "WEB")]],
    [
      "a chain between them says so",
      [`-A FORWARD ${NEW} -j OUTER`, "-A OUTER -i eth1 -j WEB", ...mixture("", "WEB")],
    ],
    ["no other state is left", mixture("-m conntrack ! --ctstate INVALID,UNTRACKED ")],
  ])("are together where %s", async (_, rules) => {
    const { old, plan, text } = rewriteText(filterTable(rules));
    expect(plan.policyRules.map(({ combinations }) => combinations)).toEqual([192]);
    await expectEqual(old, text);
  });
});

describe("parts that are not ports alone", () => {
  const rules = (one: string, other: readonly string[]): string[] => [
    ...product("-A FORWARD", LISTS, TARGETS, `${one} -j ACCEPT`),
    ...product(
      "-A FORWARD",
      SINGLES,
      TARGETS,
      other.map((each) => `${each} -j ACCEPT`),
    ),
  ];
  const LIST = "-p tcp -m multiport --dports";

  test.each([
    ["lists", rules(`${LIST} 80,443`, [`${LIST} 80`, `${LIST} 443`]), ["tcp dports 80", "tcp dports 443"]],
    [
      "a range and its parts",
      rules("-p tcp -m tcp --dport 8000:8100", [
        "-p tcp -m tcp --dport 8000:8050",
        "-p tcp -m tcp --dport 8051:8100",
      ]),
      ["tcp dport 8000:8050", "tcp dport 8051:8100"],
    ],
    [
      "ports that stay together",
      rules(`${LIST} 80,443,8080`, [`${LIST} 443,80`, `${LIST} 8080`]),
      ["tcp dports 443,80", "tcp dports 8080"],
    ],
    [
      "either side",
      rules("-p udp -m multiport --ports 53,123", [
        "-p udp -m multiport --ports 53",
        "-p udp -m multiport --ports 123",
      ]),
      ["udp ports 53", "udp ports 123"],
    ],
    [
      "source ports",
      rules("-p sctp -m multiport --sports 1,2", [
        "-p sctp -m multiport --sports 1",
        "-p sctp -m multiport --sports 2",
      ]),
      ["sctp sports 1", "sctp sports 2"],
    ],
    [
      "destination ports behind a source port",
      rules("-p tcp -m tcp --sport 20 -m multiport --dports 80,443", [
        "-p tcp -m tcp --sport 20 -m multiport --dports 80",
        "-p tcp -m tcp --sport 20 -m multiport --dports 443",
      ]),
      ["tcp sport 20 dports 80", "tcp sport 20 dports 443"],
    ],
  ])("%s are split", async (_, lines, members) => {
    const { old, plan, text } = rewriteText(filterTable(lines));
    expect(membersOf(plan, "service")).toEqual([members]);
    await expectEqual(old, text);
  });

  test.each([
    ["what a list leaves out", rules("-p tcp -m multiport ! --dports 80,443", [`${LIST} 80`, `${LIST} 443`])],
    [
      "all ports",
      rules("-p tcp -m tcp --dport 0:65535", [
        "-p tcp -m tcp --dport 0:99",
        "-p tcp -m tcp --dport 100:65535",
      ]),
    ],
    [
      "lists of another protocol",
      rules("-p udp -m multiport --dports 80,443", [`${LIST} 80`, `${LIST} 443`]),
    ],
    ["lists of the other side", rules("-p tcp -m multiport --sports 80,443", [`${LIST} 80`, `${LIST} 443`])],
    ["lists that say more", rules(`${LIST} 80,443,8080`, [`${LIST} 80`, `${LIST} 443`])],
    ["rules that count", rules(`${LIST} 80,443 -m limit --limit 6/min`, [`${LIST} 80`, `${LIST} 443`])],
    [
      "rules that go on",
      rules(`${LIST} 80,443`, [`${LIST} 80`, `${LIST} 443`]).map((rule) => rule.replace("ACCEPT", "LOG")),
    ],
  ])("%s stay as they are", (_, lines) => {
    const plan = planOf(readRuleset(filterTable(lines)));
    expect(plan.policyRules.map(({ combinations }) => combinations)).not.toContainEqual(expect.anything());
  });

  test("more ports than one match takes are several members", async () => {
    const ports = Array.from({ length: 15 }, (_, at) => 1000 + 2 * at);
    const others = ports.map((port) => `-p tcp ${NEW} -m tcp --dport ${port}`);
    const { old, plan, text } = rewriteText(
      filterTable(rules(`-p tcp ${NEW} -m multiport --dports ${ports.join(",")}`, others)),
    );
    expect(membersOf(plan, "service")[0]).toHaveLength(15);
    await expectEqual(old, text);
  });
});

describe("a plan with lists that are split", () => {
  const old = readRuleset(filterTable(mixture(`${NEW} `)));
  const made = planOf(old);
  const plan = {
    ...made,
    inputs: made.inputs.map((input) => ({ ...input, digest: `sha256:${"0".repeat(64)}` })),
  };
  const read = (text: string): Plan => {
    const { plan: parsed, place } = parsePlan({ ...old.file, path: "plan.yaml", text });
    expect(auditPlan(parsed!, place, [old])).toEqual([]);
    return parsed!;
  };
  const withServices = (change: (group: PlanGroup) => Partial<PlanGroup>): Plan => ({
    ...plan,
    groups: plan.groups.map((group) => (group.axis === "service" ? { ...group, ...change(group) } : group)),
  });

  test("is read back as it was, and is sound", () => {
    expect(read(printPlan(plan)).policyRules).toEqual(plan.policyRules);
  });

  test("a port that is taken out stays in narrower lists", async () => {
    const edited = withServices(() => ({ members: ["tcp dport 80"] }));
    const { text, rewritten } = rewriteOf(old, edited);
    expect(text.match(/--dports 443 -j ACCEPT$/gm)).toHaveLength(LISTS.length * TARGETS.length);
    expect(text.match(/-s .*--dport 443 -j ACCEPT$/gm)).toHaveLength(SINGLES.length * TARGETS.length);
    expect(text).not.toContain("80,443");
    expect(rewritten.partLines.size).toBe(LISTS.length * TARGETS.length);
    expect(readRuleset(text).tables[0]!.chains.flatMap(({ rules }) => rules)).toHaveLength(
      rewritten.rulesAfter,
    );
    await expectEqual(old, text);
  });

  test("a host that is taken out keeps its list word for word", async () => {
    const edited: Plan = {
      ...plan,
      groups: plan.groups.map((group) =>
        group.axis === "source" ? { ...group, members: group.members.slice(1) } : group,
      ),
    };
    const { text } = rewriteOf(old, edited);
    expect(text.match(/^-A FORWARD -s 10.1.0.1\/32 .*--dports 80,443 -j ACCEPT$/gm)).toHaveLength(
      TARGETS.length,
    );
    await expectEqual(old, text);
  });

  test("a port that is removed is gone from lists, too, and nothing else is", async () => {
    const edited = withServices(() => ({ members: ["tcp dport 80"], removed: ["tcp dport 443"] }));
    const { rewritten, text } = rewriteOf(old, edited);
    const { before, after, removed } = rewritten.policyChange!;
    expect((await verify(old, before, { packets: 2000 })).result).toBe("equal");
    await expectEqual(after, text);
    expect(removed).toHaveLength((LISTS.length + SINGLES.length) * TARGETS.length);
    expect(removed.every((line) => / --dports? 443 /.test(line))).toBe(true);
  });
});

test("the parts of sets of ports, against every port for itself", () => {
  const range = fc
    .tuple(fc.nat(12), fc.nat(4))
    .map(([first, more]): PortRange => ({ first, last: first + more }));
  const sets = fc.array(fc.array(range, { minLength: 1, maxLength: 3 }).map(joinRanges), { maxLength: 6 });
  const has = (ranges: readonly PortRange[], port: number) =>
    ranges.some(({ first, last }) => first <= port && port <= last);
  fc.assert(
    fc.property(sets, (all) => {
      const kin = findParts(all);
      const seen = new Set<string>();
      for (const { members, parts } of kin) {
        for (const { ranges, holders } of parts) {
          expect(ranges).toEqual(joinRanges(ranges));
          expect(members).toEqual(expect.arrayContaining([...holders]));
          // Coarsest: no two parts have the same holders.
          expect(seen.has(holders.join())).toBe(false);
          seen.add(holders.join());
          for (let port = 0; port < 20; port++)
            if (has(ranges, port))
              expect(all.flatMap((set, at) => (has(set, port) ? [at] : []))).toEqual(holders);
        }
        for (const member of members)
          for (let port = 0; port < 20; port++) {
            const own = parts.filter(({ ranges }) => has(ranges, port));
            expect(own.length).toBe(members.some((at) => has(all[at]!, port)) ? 1 : 0);
            expect(own.some(({ holders }) => holders.includes(member))).toBe(has(all[member]!, port));
          }
      }
      const found = new Set(kin.flatMap(({ members }) => members));
      all.forEach((set, at) => {
        const shares = all.some(
          (other, place) =>
            place !== at &&
            set.some(({ first, last }) => other.some((r) => r.first <= last && first <= r.last)),
        );
        expect(found.has(at)).toBe(shares);
      });
    }),
    { numRuns: 2000 },
  );
});
