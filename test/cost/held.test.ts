/** `layout: auto` held against `--layout article`: no packet costs more, unless that one loses too much against the flat rules, and then the choice says so. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backendsOf } from "../../src/cluster/kernel-costs.ts";
import { rewriteChosen } from "../../src/cost/choose-order.ts";
import { chainKey, type PacketClass } from "../../src/cost/estimate.ts";
import { measureRewrite } from "../../src/cost/measure-rewrite.ts";
import { ARTICLE_SLACK, MOST_LOSS } from "../../src/cost/types.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import type { Plan } from "../../src/plan/types.ts";
import { describeChoices } from "../../src/report/cost-words.ts";
import { viewCosts } from "../../src/report/cost-view.ts";
import { counted } from "../support/counted.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { runPipeline } from "../support/pipeline.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, planOf, product, readRuleset } from "../support/small-tables.ts";

const keyOf = ({ table, chain, likeness, line }: PacketClass) => `${table} ${chain} ${likeness} ${line}`;

/** What auto chose, and which of its chains break the promise. */
function hold(ruleset: Ruleset, plan: Plan) {
  const auto = rewriteChosen(ruleset, { ...plan, layout: "auto" }, 0, null);
  const article = rewriteChosen(ruleset, { ...plan, layout: "article" }, 0, null);
  const owners = new Set(auto.choices.map(({ table, chain }) => chainKey(table, chain)));
  const usual = new Map(measureRewrite(article.rewritten!, { owners }).map((each) => [keyOf(each), each]));
  const now = measureRewrite(auto.rewritten!, { owners });
  const backends = backendsOf(ruleset);
  const compare = (
    table: string,
    chain: string,
    isMore: (pay: readonly [number, number, number]) => boolean,
  ) =>
    now.flatMap((each) => {
      const other = usual.get(keyOf(each));
      if (each.table !== table || other === undefined) return [];
      const [own, theirs, flat] = [each.new, other.new, each.old].map((walk) => walk.byOwner.get(chain));
      return backends.filter((backend) =>
        isMore([own?.[backend] ?? 0, theirs?.[backend] ?? 0, flat?.[backend] ?? 0]),
      );
    }).length;
  /** What the chain costs on the whole in the article's layout (1), or flat (2). */
  const costs = (table: string, chain: string, side: 1 | 2) =>
    now.reduce((sum, each) => {
      const walk = side === 1 ? usual.get(keyOf(each))?.new : each.old;
      if (each.table !== table || walk === undefined) return sum;
      return backends.reduce(
        (all, backend) => all + each.weight * (walk.byOwner.get(chain)?.[backend] ?? 0),
        sum,
      );
    }, 0);
  const isBehind = ([own, theirs]: readonly [number, number, number]) =>
    own - theirs > Math.max(ARTICLE_SLACK.ns, ARTICLE_SLACK.part * theirs) + 1;
  const laidOut = auto.choices.filter(({ form, unknown }) => form !== "flat" && unknown === undefined);
  const broken = laidOut.filter(({ table, chain, conflict }) => {
    const isSlower = compare(table, chain, isBehind) > 0;
    // Who says that there is a conflict has to have one.
    const isDear = (pay: readonly [number, number, number]) => pay[1] - pay[2] > MOST_LOSS;
    const isTorn = compare(table, chain, isDear) > 0 || costs(table, chain, 1) >= costs(table, chain, 2);
    return conflict === undefined ? isSlower : !isTorn;
  });
  return { auto, broken: broken.map(({ chain, form }) => `${chain} ${form}`), forms: laidOut.length };
}

const hosts = (option: string, net: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${option} 10.${net}.${at + 1}/32`);

const policy = (at: number, size: number): string[] =>
  product(
    "-A FORWARD",
    hosts("-s", `1.${at}`, size),
    hosts("-d", `2.${at}`, size),
    ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"],
    "-j ACCEPT",
  );

describe("files of the corpus", () => {
  const files = listOwnCorpus().filter(({ name }) => /example|office|branch|-1k|mixed|article/.test(name));

  test.each(files.map((file) => [file.name, file] as const))(
    "%s",
    (_, file) => {
      const { ruleset, plan } = runPipeline(readCorpusFile(file), file.family);
      expect(hold(ruleset, plan).broken).toEqual([]);
    },
    120_000,
  );

  test("where both demands can't be met, the report says so for the chain", () => {
    const file = listOwnCorpus().find(({ name }) => name.endsWith("campus-3k.rules"))!;
    const { ruleset, plan } = runPipeline(readCorpusFile(file), file.family);
    const { auto, broken } = hold(ruleset, plan);
    expect(broken).toEqual([]);
    const { form, conflict } = auto.choices.find(({ chain }) => chain === "FORWARD")!;
    expect(form).toBe("article");
    expect(conflict!.loss.nft).toBeGreaterThan(MOST_LOSS);
    // The rules that are used most come as far to the front as they can without that.
    const moved = auto.orders.find(({ chain }) => chain === "FORWARD")!;
    expect(moved).toMatchObject({ order: "used", isLimited: true });
    expect(moved.used.nft).toBeLessThan(moved.written.nft);
    for (const { old, new: now } of measureRewrite(auto.rewritten!))
      expect(now.costs.nft - old.costs.nft).toBeLessThanOrEqual(MOST_LOSS);
    const { choices: layouts, orders } = auto;
    const said = describeChoices(viewCosts([auto.rewritten!], [{ layouts, orders, traffic: null }]));
    expect(said.find((line) => line.startsWith("layout of filter FORWARD"))).toMatch(
      /some packet costs \d+\/\d+ more than with --layout article, in which another one would lose \d+\/\d+/,
    );
    expect(said.find((line) => line.startsWith("order of filter FORWARD"))).toMatch(
      /by use, as far as no packet loses too much, which saves the chain \d+\/\d+ -> \d+\/\d+/,
    );
  }, 120_000);
});

test("what the article's layout gains by the order of use, auto gains, too", () => {
  const rules = [0, 1, 2, 3, 4, 5].flatMap((at) => policy(at, 9));
  const each = rules.length / 6;
  // The last one is used most.
  const text = counted(filterTable(rules), (at) => (at >= 5 * each ? 1000 : 1));
  const ruleset = readRuleset(text);
  const { auto, broken } = hold(ruleset, planOf(ruleset));
  expect(broken).toEqual([]);
  const [{ form, conflict }] = auto.choices as [(typeof auto.choices)[number]];
  expect(form).not.toBe("flat");
  expect(conflict).toBeUndefined();
});

describe.each<Family>(["v4", "v6"])("random policies over many networks, %s", (family) => {
  test("with counters and without", () => {
    let laidOut = 0;
    const saved = fc.constantFrom("", "(legacy)", "(nf_tables)");
    const property = fc.property(saved, randomPolicies(family), fc.nat(9), (backend, text, busy) => {
      const head =
        backend === "" ? "" : `# Generated by iptables-save v1.8.9 ${backend} on Mon Jan  1 00:00:00 2024\n`;
      let at = 0;
      const use = text.replace(/^-A /gm, () => `[${(at++ * 7) % 10 === busy ? 5000 : 1}:0] -A `);
      for (const each of [text, use]) {
        const ruleset = readRuleset(head + each, family);
        const { broken, forms } = hold(ruleset, planOf(ruleset));
        laidOut += forms;
        expect(broken, each).toEqual([]);
      }
    });
    fc.assert(property, { numRuns: 12 * EFFORT });
    expect(laidOut).toBeGreaterThan(3);
  }, 600_000);
});
