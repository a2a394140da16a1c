/** The hoisted layout: equal to the flat rules it was made from, line by line what it says, and falling back to the article's where it has to. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { chainDepths } from "../../src/cluster/segments.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { everyProduct } from "../support/every-product.ts";
import { runPipeline } from "../support/pipeline.ts";
import { randomPolicies, randomUnions } from "../support/random-networks.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

async function expectEqual(text: string, now: string, family: Family, seed: number): Promise<void> {
  const result = await verify(readRuleset(text, family), readRuleset(now, family, "new.rules"), {
    packets: 1000,
    seed,
    demandAnyMark: true,
  });
  expect(result.result, `${text}\n---\n${now}\n${JSON.stringify(result.witness, null, 1)}`).toBe("equal");
}

/** What was written is read again as the plan that it was written from, and nothing is left to do; what did not pay before may pay now. */
function expectSameAgain(old: Ruleset, first: Plan, text: string, family: Family): void {
  const now = readRuleset(text, family, "new.rules");
  const found = findGroups(now, NO_OPTIONS);
  const { plan } = makePlan([{ path: "new", digest: "sha256:0", clustering: found }], NO_OPTIONS);
  const hint = `${old.file.text}\n---\n${text}\n${JSON.stringify(found.marks!.odd)}`;
  expect(found.marks!.odd, hint).toEqual([]);
  const ours = plan.policyRules.filter(({ replaces }) => replaces !== undefined);
  const names = (rules: Plan["policyRules"]) => rules.map(({ name, chain }) => `${chain} ${name}`).sort();
  expect(names(ours), hint).toEqual(names(first.policyRules));
  if (ours.length < plan.policyRules.length) return;
  const second = rewriteOf(now, plan);
  if (second.rewritten.changed) {
    // Flat rules have joined groups that are there: at worst one member's line came for one of them.
    expect(second.rewritten.rulesAfter, hint).toBeLessThanOrEqual(second.rewritten.rulesBefore);
    const third = readRuleset(second.text, family, "third.rules");
    expect(rewriteOf(third, planOf(third)).rewritten.changed, `${hint}\n---\n${second.text}`).toBe(false);
    return;
  }
  const members = ({ groups }: Plan) =>
    new Map(groups.map(({ name, axis, members: own }) => [name, `${axis} ${[...own].sort().join()}`]));
  expect(members(plan), hint).toEqual(members(first));
}

test("the sources of the first policy rule are found first, wherever they are in the tree", () => {
  const sources = (net: number, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `-s 10.${net}.${at * 7 + 1}.9/32`);
  const servers = (net: number): string[] => [1, 2, 3, 4].map((host) => `-d 192.0.${net}.${host}/32`);
  const services = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];
  // The group with more policy rules is first in name and address.
  const text = filterTable([
    ...product("-A FORWARD", sources(9, 20).reverse(), servers(1), services, "-j ACCEPT"),
    ...product("-A FORWARD", sources(1, 20), servers(2), services, "-j ACCEPT"),
    ...product("-A FORWARD", sources(1, 20), servers(3), "-p udp -m udp --dport 53", "-j ACCEPT"),
  ]);
  const old = readRuleset(text);
  const now = rewriteOf(old, { ...planOf(old), layout: "hoisted" }).text;
  const lines = now.split("\n");
  let chain = "P-FORWARD/S";
  const tested: string[] = [];
  while (chain.startsWith("P-FORWARD/S")) {
    const first = lines.find((line) => line.startsWith(`-A ${chain} `))!;
    tested.push(first.split(" ")[3]!);
    chain = first.split(" ").at(-1)!;
  }
  expect(tested.length).toBeGreaterThan(1);
  // The first flat rule's source.
  expect(tested.at(-1)).toBe("10.9.134.9/32");
  const saved = readRuleset(now);
  expect(rewriteOf(saved, planOf(saved)).rewritten.changed).toBe(false);
});

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("every product of random rules: equal, with stale own bits too", async () => {
    let runs = 0;
    const property = fc.asyncProperty(randomFilter(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const { plan } = makePlan(
        [{ path: "old", digest: "sha256:0", clustering: everyProduct(old) }],
        NO_OPTIONS,
      );
      const { text: now } = rewriteOf(old, { ...plan, layout: "hoisted" });
      runs += [...now.matchAll(/^:P-\S+ /gm)].length;
      await expectEqual(text, now, family, seed);
      expectSameAgain(old, plan, now, family);
    });
    await fc.assert(property, { numRuns: 100 * EFFORT });
    expect(runs).toBeGreaterThan(50);
  }, 600_000);

  test("random policies over many networks: equal", async () => {
    let runs = 0;
    const property = fc.asyncProperty(randomPolicies(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const plan = planOf(old);
      const { text: now } = rewriteOf(old, { ...plan, layout: "hoisted" });
      runs += [...now.matchAll(/^:P-\S+ /gm)].length;
      await expectEqual(text, now, family, seed);
      expectSameAgain(old, plan, now, family);
    });
    await fc.assert(property, { numRuns: 25 * EFFORT });
    expect(runs).toBeGreaterThan(10);
  }, 600_000);

  test("few free bits, groups inside each other, verdicts of all kinds: equal", async () => {
    const seen = { runs: 0, several: 0, unions: 0, later: 0 };
    const property = fc.asyncProperty(randomUnions(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const plan = planOf(old);
      const { text: now } = rewriteOf(old, { ...plan, layout: "hoisted" });
      const runs = [...now.matchAll(/^:P-\S+[^/ ]* /gm)].length;
      seen.runs += runs;
      if (now.includes(":P-FORWARD-2 ")) seen.several++;
      if (now.includes("nothing calls this chain")) seen.unions++;
      if (/^:P-FORWARD\/[SD]-2 /m.test(now)) seen.later++;
      await expectEqual(text, now, family, seed);
      expectSameAgain(old, plan, now, family);
    });
    await fc.assert(property, { numRuns: 60 * EFFORT });
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(3);
  }, 600_000);
});

const hosts = (option: string, net: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${option} ${net}.${at + 1}/32`);
const LAN = hosts("-s", "10.0.1", 6);
const LAB = [...hosts("-s", "10.0.2", 6), "-s 10.0.1.1/32"];
const DMZ = hosts("-d", "192.0.2", 6);
const DB = hosts("-d", "198.51.100", 6);
const WEB = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];
const FLAT = filterTable(
  [
    ...product("-A FORWARD", LAN, DMZ, WEB, "-m conntrack --ctstate NEW -j ACCEPT"),
    ...product("-A FORWARD", LAB, DB, "-j DROP"),
    ...product("-A FORWARD", LAN, DB, WEB, "-j ACCEPT"),
  ],
  { FORWARD: "DROP" },
);

function hoisted(text: string) {
  const old = readRuleset(text);
  return rewriteOf(old, { ...planOf(old), layout: "hoisted" });
}

function rulesOf(text: string, chain: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith(`-A ${chain} `));
}

describe("one run", () => {
  const { text, rewritten } = hoisted(FLAT);

  test("is a call, the objects of one side with a way out behind them, the groups of the other, and a clearing", () => {
    expect(rulesOf(text, "FORWARD")).toEqual(["-A FORWARD -j P-FORWARD"]);
    expect(rulesOf(text, "P-FORWARD")).toMatchSnapshot();
    expect(rulesOf(text, "P-FORWARD/D")).toMatchSnapshot();
  });

  test("a group of the leading side has its policy rules; those that have to wait are in a chain of their own", () => {
    const chains = [...text.matchAll(/^:([SPD]-[^ ]+) /gm)].map((found) => found[1]!);
    expect(
      chains.filter((name) => /^S-|^P-.*S/.test(name)).map((name) => rulesOf(text, name)),
    ).toMatchSnapshot();
  });

  test("each policy rule asks for its services behind its addresses, and clears the bits with its verdict", () => {
    const chains = [...text.matchAll(/^:((?:R|SRV|V)-\S+) /gm)].map((found) => rulesOf(text, found[1]!));
    expect(chains).toMatchSnapshot();
  });

  test("counts its rules, and names all bits", () => {
    expect(rewritten.rulesAfter).toBe(text.match(/^-A /gm)!.length);
    expect(rewritten.newBits).toBe(0x3);
  });

  test.each(["-s 10.0.9.1/32", "-s 10.0.2.1/32", "-s 10.0.0.0/16"])(
    "a line appended to the sources works like a member: %s",
    async (source) => {
      const chains = ["S-10-0-1", "S-10-0-1/2"];
      const roots = ["P-FORWARD/S", "P-FORWARD/S-2"];
      const lines = chains.map((chain, at) => `-A ${roots[at]} ${source} -j ${chain}`);
      const grown = readRuleset(text.replace(/^COMMIT$/m, `${lines.join("\n")}\nCOMMIT`));
      const more = [
        ...product("-A FORWARD", source, DMZ, WEB, "-m conntrack --ctstate NEW -j ACCEPT"),
        ...product("-A FORWARD", source, DB, WEB, "-j ACCEPT"),
      ];
      const wanted = readRuleset(FLAT.replace("COMMIT", `${more.join("\n")}\nCOMMIT`));
      expect((await verify(wanted, grown, { packets: 2000 })).result).toBe("equal");
      const plan = planOf(grown);
      expect(plan.groups.find(({ name }) => name === "S-10-0-1")!.members).toContain(source.slice(3));
      const tidy = readRuleset(rewriteOf(grown, plan).text);
      const options = { packets: 2000, ownBits: 0x3, demandAnyMark: true };
      expect((await verify(grown, tidy, options)).result).toBe("equal");
    },
  );

  test("read again, it can be written in the article's layout, and stays whole", async () => {
    const again = readRuleset(text);
    const article = rewriteOf(again, { ...planOf(again), layout: "article" }).text;
    expect(article).not.toContain("P-FORWARD");
    expect(article).not.toContain("V-ACCEPT");
    const options = { packets: 2000, ownBits: 0x7, demandAnyMark: true };
    expect((await verify(again, readRuleset(article), options)).result).toBe("equal");
  });

  test("its policy rules keep their order, in whatever order a plan names them", () => {
    const again = readRuleset(text);
    const plan = planOf(again);
    const turned = { ...plan, policyRules: [...plan.policyRules].reverse() };
    expect(rewriteOf(again, turned).rewritten.changed).toBe(false);
  });

  test("flat rules that say for a host what all rules of its group say join the group", async () => {
    const source = "-s 10.0.9.1/32";
    const more = [
      ...product("-A FORWARD", source, DMZ, WEB, "-m conntrack --ctstate NEW -j ACCEPT"),
      ...product("-A FORWARD", source, DB, WEB, "-j ACCEPT"),
    ];
    const grown = readRuleset(text.replace(/^COMMIT$/m, `${more.join("\n")}\nCOMMIT`));
    const plan = planOf(grown);
    expect(plan.groups.find(({ name }) => name === "S-10-0-1")!.members).toContain("10.0.9.1/32");
    const { text: tidy } = rewriteOf(grown, plan);
    expect(rulesOf(tidy, "FORWARD")).toEqual(["-A FORWARD -j P-FORWARD"]);
    const options = { packets: 2000, ownBits: 0x3, demandAnyMark: true };
    expect((await verify(grown, readRuleset(tidy), options)).result).toBe("equal");
    // A part of that joins nothing.
    const part = readRuleset(text.replace(/^COMMIT$/m, `${more.slice(1).join("\n")}\nCOMMIT`));
    expect(planOf(part).groups.find(({ name }) => name === "S-10-0-1")!.members).not.toContain("10.0.9.1/32");
  });

  test("its chains may be saved in another order", () => {
    const lines = text.split("\n").filter((line) => !line.startsWith("#"));
    const sorted = (start: string) => lines.filter((line) => line.startsWith(start)).sort();
    // The rules of a chain stay in theirs.
    const rules = lines.filter((line) => line.startsWith("-A"));
    const chains = [...new Set(rules.map((line) => line.split(" ")[1]!))].sort().reverse();
    const saved = [
      "*filter",
      ...sorted(":"),
      ...chains.flatMap((chain) => rulesOf(text, chain)),
      "COMMIT",
      "",
    ];
    const again = readRuleset(saved.join("\n"));
    expect(rewriteOf(again, planOf(again)).rewritten.changed).toBe(false);
  });

  test("all refused, it stays as it is", () => {
    const again = readRuleset(text);
    const plan = planOf(again);
    const refused = { ...plan, policyRules: plan.policyRules.map((rule) => ({ ...rule, accept: false })) };
    expect(rewriteOf(again, refused).text).toBe(text);
  });
});

describe("falls back", () => {
  /** Policy rules from each of some sources to the destination with its number, where three bits are free. */
  const pairs = (...sources: readonly number[]): string =>
    filterTable([
      "-A INPUT -m mark --mark 0x0/0xfffffff8 -j ACCEPT",
      ...sources.flatMap((from, to) =>
        product(
          "-A FORWARD",
          hosts("-s", `10.1.${from}`, 5),
          hosts("-d", `10.2.${to}`, 5),
          [80, 443].map((port) => `-p tcp -m tcp --dport ${port + to}`),
          "-j ACCEPT",
        ),
      ),
    ]);

  test.each([
    ["the other side leads, where it has fewer groups", [1, 1, 1, 1, 1], [/-j P-FORWARD$/]],
    ["the rest is another run", [1, 2, 3, 4, 5], [/-j P-FORWARD$/, /-j P-FORWARD-2$/]],
    ["what is left alone, too", [1, 2, 3, 4], [/-j P-FORWARD$/, /-j R-/]],
  ])("where bits run out: %s", async (_, sources, calls) => {
    const flat = pairs(...sources);
    const { text } = hoisted(flat);
    const found = rulesOf(text, "FORWARD");
    expect(found).toHaveLength(calls.length);
    for (const [at, call] of calls.entries()) expect(found[at]).toMatch(call);
    await expectEqual(flat, text, "v4", 1);
    const again = readRuleset(text);
    expect(rewriteOf(again, planOf(again)).rewritten.changed).toBe(false);
  });

  test("with more groups than bits, the whole mark is never its own, and what is written is known again", () => {
    const flat = filterTable(
      Array.from({ length: 34 }, (_, at) =>
        product("-A FORWARD", hosts("-s", `10.1.${at}`, 6), hosts("-d", `10.2.${at}`, 6), "-j ACCEPT"),
      ).flat(),
    );
    const { text, rewritten } = hoisted(flat);
    expect(rewritten.newBits).toBe(0x7fffffff);
    expect(rewritten.runs).toBe(2);
    const again = readRuleset(text);
    const plan = planOf(again);
    expect(plan.policyRules).toHaveLength(34);
    expect(rewriteOf(again, plan).rewritten.changed).toBe(false);
  });

  test.each([7, 8, 9])("where the owner is too deep for the chains of a run: depth %i", async (depth) => {
    const calls = Array.from(
      { length: depth },
      (_, at) => `-A ${at === 0 ? "FORWARD" : `C${at}`} -j C${at + 1}`,
    );
    const rules = FLAT.split("\n")
      .filter((line) => line.startsWith("-A"))
      .map((line) => line.replace("-A FORWARD", `-A C${depth}`));
    const flat = filterTable([...calls, ...rules]);
    const { text, rewritten } = hoisted(flat);
    const isDeep = depth > 8;
    expect(text.includes(`-A C${depth} -j P-`)).toBe(!isDeep);
    const names = planOf(readRuleset(flat)).policyRules.map(({ name }) => ({ name, why: "deep" }));
    expect(rewritten.unhoisted).toEqual(isDeep ? names : []);
    const [filter] = readRuleset(text).tables;
    expect(Math.max(...chainDepths(filter!).values())).toBeLessThanOrEqual(15);
    await expectEqual(flat, text, "v4", 1);
  });

  test("for RETURN, which is the owner's", () => {
    const { text } = hoisted(
      FLAT.replaceAll("-j DROP", "-j RETURN").replace(":FORWARD DROP", ":FORWARD ACCEPT"),
    );
    expect(rulesOf(text, "FORWARD").some((line) => line.includes("-j P-"))).toBe(false);
  });
});

/** Files of the corpus in which something is hoisted. */
describe("corpus files", () => {
  const files = listOwnCorpus().filter(({ name }) => /example|branch|dmz-1k|mixed/.test(name));

  test.each(files.map((file) => [file.name, file] as const))(
    "%s: equal, and nothing is left to do",
    async (_, file) => {
      const { ruleset, plan } = runPipeline(readCorpusFile(file), file.family);
      const { text, rewritten } = rewriteOf(ruleset, { ...plan, layout: "hoisted" });
      expect(rewritten.runs).toBeGreaterThan(0);
      const now = readRuleset(text, file.family, "new.rules");
      expect((await verify(ruleset, now, { packets: 2000, demandAnyMark: true })).result).toBe("equal");
      const again = runPipeline(now.file, file.family);
      expect(again.plan.layout).toBe("hoisted");
      expect(again.plan.policyRules).toHaveLength(plan.policyRules.length);
      expect(again.rewritten.changed).toBe(false);
    },
  );
});
