/** Kept chains are as they are live, in what a plan was made from and in what it makes; everything else is as the plan has it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainPattern, meansChain } from "../../src/apply/chain-pattern.ts";
import { compareLive } from "../../src/apply/compare-live.ts";
import { keepChains } from "../../src/apply/keep-chains.ts";
import { normalTable } from "../../src/apply/normal-lists.ts";
import { importRuleset } from "../../src/import/import.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { decodeSource, type SourceFile } from "../../src/text/source.ts";
import { EFFORT } from "../support/seed.ts";
import { rulesetOf } from "../verify/samples.ts";
import { filterRules, proveNothing, rulesOfTables, tableText } from "./texts.ts";

const SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT";
const CALL = "-A FORWARD -j DOCKER";
const PORT = (port: number): string => `-A DOCKER -d 172.17.0.2/32 -p tcp -m tcp --dport ${port} -j ACCEPT`;

function keep(input: Ruleset, live: Ruleset, meant: Ruleset, ...patterns: readonly string[]) {
  return keepChains({ input, live, meant, patterns: patterns.map(chainPattern) });
}

function read(file: SourceFile): Ruleset {
  const { ruleset, diagnostics } = importRuleset(file, { family: "v4" });
  expect(diagnostics.map(({ code }) => code)).toEqual([]);
  return ruleset!;
}

function rulesIn(ruleset: Ruleset, table: string, chain: string): readonly string[] | undefined {
  return normalTable(ruleset, table).chains.get(chain)?.rules;
}

describe("patterns", () => {
  test.each<[string, string, string, boolean]>([
    ["DOCKER*", "filter", "DOCKER", true],
    ["DOCKER*", "nat", "DOCKER-USER", true],
    ["DOCKER*", "filter", "MYDOCKER", false],
    ["DOCKER", "filter", "DOCKER-USER", false],
    ["f2b-?", "filter", "f2b-a", true],
    ["f2b-?", "filter", "f2b-ab", false],
    ["*", "filter", "sub", true],
    ["*", "filter", "INPUT", false],
    ["IN*", "filter", "INPUT", false],
    ["INPU?", "filter", "INPUT", false],
    ["INPUT", "filter", "INPUT", true],
    // Not a base chain in that table.
    ["PRE*", "filter", "PREROUTING", true],
    ["a.c", "filter", "abc", false],
    ["a[b]+", "filter", "a[b]+", true],
    ["P-FORWARD/*", "filter", "P-FORWARD/S", true],
  ])("%s in %s: %s", (pattern, table, chain, means) => {
    expect(meansChain(chainPattern(pattern), table, chain)).toBe(means);
  });
});

describe("kept chains", () => {
  const input = filterRules(SSH, CALL, PORT(80));
  const meant = filterRules(
    "-A INPUT -j P-INPUT",
    "-A P-INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    CALL,
    PORT(80),
  );

  test("have the live rules on both sides", () => {
    const live = filterRules(SSH, CALL, PORT(80), PORT(443));
    const kept = keep(input, live, meant, "DOCKER*");
    expect(kept).toMatchObject({ refusals: [], unused: [], chains: [{ table: "filter", chain: "DOCKER" }] });
    for (const file of [kept.input, kept.meant])
      expect(rulesIn(read(file), "filter", "DOCKER")).toEqual([PORT(80), PORT(443)]);
    expect(rulesIn(read(kept.meant), "filter", "P-INPUT")).toEqual(rulesIn(meant, "filter", "P-INPUT"));
    expect(rulesIn(read(kept.input), "filter", "INPUT")).toEqual([SSH]);
  });

  test("then the plan is not stale", async () => {
    const live = filterRules(SSH, CALL, PORT(80), PORT(443));
    const kept = keep(input, live, meant, "DOCKER*");
    expect((await compareLive(read(kept.input), live, proveNothing)).answer).toBe("same");
  });

  test("come with chains that the plan doesn't know, and go with those that are no longer live", () => {
    const before = filterRules(SSH, CALL, "-A DOCKER -j DOCKER-OLD", "-A DOCKER-OLD -j RETURN");
    const live = filterRules(SSH, CALL, "-A DOCKER -j DOCKER-NEW", "-A DOCKER-NEW -j DROP");
    const kept = keep(before, live, before, "DOCKER*");
    expect(kept.refusals).toEqual([]);
    const now = read(kept.meant);
    expect(rulesIn(now, "filter", "DOCKER-NEW")).toEqual(["-A DOCKER-NEW -j DROP"]);
    expect(rulesIn(now, "filter", "DOCKER-OLD")).toBeUndefined();
    expect(kept.chains.map(({ chain }) => chain)).toEqual(["DOCKER", "DOCKER-OLD", "DOCKER-NEW"]);
  });

  test("keep their counters, and lines stay word for word", () => {
    const live = rulesetOf(tableText("filter", SSH, CALL, `[12:3456] ${PORT(443)}`));
    expect(keep(input, live, meant, "DOCKER*").meant.text).toContain(`\n[12:3456] ${PORT(443)}\n`);
  });

  test("only in tables that the plan has", () => {
    const live = rulesOfTables({
      filter: [SSH, CALL, PORT(80)],
      nat: ["-A PREROUTING -j DOCKER", "-A DOCKER -j RETURN"],
    });
    const kept = keep(input, live, meant, "DOCKER*");
    expect(read(kept.meant).tables.map(({ name }) => name)).toEqual(["filter"]);
    expect(kept.chains).toEqual([{ table: "filter", chain: "DOCKER" }]);
  });

  test("in each table those of that table", () => {
    const nat = (port: number) => [
      "-A PREROUTING -j DOCKER",
      `-A DOCKER -p tcp -m tcp --dport ${port} -j ACCEPT`,
    ];
    const old = rulesOfTables({ nat: nat(1), filter: [SSH, CALL, PORT(80)] });
    const live = rulesOfTables({ filter: [SSH, CALL, PORT(81)], nat: nat(2) });
    const now = read(keep(old, live, old, "DOCKER*").meant);
    expect(rulesIn(now, "nat", "DOCKER")).toEqual([nat(2)[1]]);
    expect(rulesIn(now, "filter", "DOCKER")).toEqual([PORT(81)]);
  });

  test("a base chain by its own name, with its policy", () => {
    const live = filterRules(":INPUT DROP", "-A INPUT -j ACCEPT", CALL, PORT(80));
    const untouched = filterRules(SSH, CALL, PORT(80), ":P-X");
    const now = read(keep(input, live, untouched, "INPUT").meant);
    expect(normalTable(now, "filter").chains.get("INPUT")).toMatchObject({
      policy: "DROP",
      rules: ["-A INPUT -j ACCEPT"],
    });
  });

  test("a pattern that means no chain is told", () => {
    expect(keep(input, input, input, "KUBE-*", "DOCKER*").unused).toEqual(["KUBE-*"]);
  });

  test("nothing to keep leaves the files as they are", () => {
    const kept = keep(input, input, meant, "KUBE-*");
    expect(kept.input).toBe(input.file);
    expect(kept.meant).toBe(meant.file);
  });

  test("bytes of a live comment and characters of the plan come out as the same bytes", () => {
    const comment = (text: string): string => `-A DOCKER -m comment --comment "${text}" -j RETURN`;
    const plan = filterRules('-A INPUT -m comment --comment "büro" -j ACCEPT', CALL, comment("x"));
    const bytes = Buffer.from(tableText("filter", "-A INPUT -j ACCEPT", CALL, comment("\xe9")), "latin1");
    const live = importRuleset(decodeSource("live", bytes), { family: "v4" }).ruleset!;
    const { meant: now } = keep(plan, live, plan, "DOCKER");
    expect(now.encoding).toBe("latin1");
    const written = Buffer.from(now.text, "latin1");
    expect(written.includes(Buffer.from("büro", "utf8"))).toBe(true);
    expect(written.includes(Buffer.from("\xe9", "latin1"))).toBe(true);
  });
});

describe("refused", () => {
  test("a chain that the plan rewrites", () => {
    const input = filterRules(CALL, PORT(80), PORT(81));
    const meant = filterRules(CALL, "-A DOCKER -j P-DOCKER", "-A P-DOCKER -j RETURN");
    const { refusals } = keep(input, input, meant, "DOCKER*");
    expect(refusals).toMatchObject([
      { message: "the plan rewrites a chain that is to be kept", details: ["filter DOCKER"] },
    ]);
  });

  test("a chain that the plan removes", () => {
    const input = filterRules(SSH, CALL, PORT(80));
    const { refusals } = keep(input, input, filterRules(SSH), "DOCKER*");
    expect(refusals.flatMap(({ details }) => details)).toContain("filter DOCKER");
  });

  test("a kept chain that calls one which the plan has not", () => {
    const input = filterRules(CALL, PORT(80));
    const live = filterRules(CALL, "-A DOCKER -j mine", "-A mine -j DROP");
    const { refusals } = keep(input, live, input, "DOCKER*");
    expect(refusals.flatMap(({ details }) => details)).toEqual(["filter: DOCKER calls mine"]);
  });

  test("a call of a kept chain that is no longer live", () => {
    const input = filterRules(CALL, PORT(80));
    const { refusals } = keep(input, filterRules(SSH), input, "DOCKER*");
    expect(refusals.flatMap(({ details }) => details)).toEqual(["filter: FORWARD calls DOCKER"]);
  });
});

describe("random rulesets", () => {
  const names = ["DOCKER", "DOCKER-A", "f2b-x", "mine"];
  const line = fc.record({ port: fc.integer({ min: 1, max: 9 }), drops: fc.boolean() });
  const chain = fc.option(fc.array(line, { maxLength: 4 }), { nil: null });
  const chains = fc.tuple(chain, chain, chain, chain);
  type Chains = readonly (readonly { readonly port: number; readonly drops: boolean }[] | null)[];
  const linesOf = (all: Chains): readonly string[] =>
    names.flatMap((name, at) => {
      const rules = all[at] ?? null;
      if (rules === null) return [];
      const text = rules.map(
        ({ port, drops }) => `-A ${name} -p tcp -m tcp --dport ${port} -j ${drops ? "DROP" : "ACCEPT"}`,
      );
      return [`:${name}`, `-A INPUT -j ${name}`, ...text];
    });

  test("kept chains are exactly the live ones, and the others exactly the plan's", () => {
    fc.assert(
      fc.property(
        chains,
        chains,
        fc.constantFrom("DOCKER*", "DOCKER", "f2b-*", "?????*", "mine"),
        (plan, now, pattern) => {
          const meant = filterRules(...linesOf(plan).filter((text) => !text.startsWith("-A INPUT")));
          const live = filterRules(...linesOf(now).filter((text) => !text.startsWith("-A INPUT")));
          const kept = keep(meant, live, meant, pattern);
          expect(kept.refusals).toEqual([]);
          const result = read(kept.meant);
          for (const name of names) {
            const source = meansChain(chainPattern(pattern), "filter", name) ? live : meant;
            expect(rulesIn(result, "filter", name), name).toEqual(rulesIn(source, "filter", name));
          }
          expect(rulesIn(result, "filter", "INPUT")).toEqual([]);
          // Again, it finds nothing to do.
          const again = keep(result, live, result, pattern);
          expect(normalTable(read(again.meant), "filter")).toEqual(normalTable(result, "filter"));
        },
      ),
      { numRuns: 200 * EFFORT },
    );
  });

  test("calls that would lead nowhere are refused, and nothing else is", () => {
    fc.assert(
      fc.property(chains, chains, (plan, now) => {
        const [meant, live] = [filterRules(...linesOf(plan)), filterRules(...linesOf(now))];
        const { refusals, meant: file } = keep(meant, live, meant, "DOCKER*", "f2b-*");
        const gone = names.filter((name, at) => name !== "mine" && plan[at] !== null && now[at] === null);
        expect(refusals.flatMap(({ details }) => details)).toEqual(
          gone.map((name) => `filter: INPUT calls ${name}`),
        );
        const { diagnostics } = importRuleset(file, { family: "v4" });
        expect(diagnostics.length > 0).toBe(gone.length > 0);
      }),
      { numRuns: 100 * EFFORT },
    );
  });
});
