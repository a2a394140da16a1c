/** Mark groups that are there already: what markify has written is read again as the plan that it was written from, and nothing is left to do. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJoinedRules } from "../../src/cluster/choose-trees.ts";
import { findGroups } from "../../src/cluster/find.ts";
import type { Clustering } from "../../src/cluster/types.ts";
import { AXES, type Family, type Ruleset } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { everyProduct } from "../support/every-product.ts";
import { importRewritten, runPipeline } from "../support/pipeline.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { NO_OPTIONS, planOf, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { everyTree, randomTrees } from "../support/random-trees.ts";

const RUNS = 120 * EFFORT;

function byName<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** All of a plan that does not depend on lines: bits, groups, and policy rules. */
function essence({ markBits, groups, policyRules }: Plan) {
  // A rest stands in the chain of its head, and has none of its own to keep a name.
  const nameOf = ({ name, restOf }: Plan["policyRules"][number]): string =>
    restOf === undefined ? name : `the rest of ${policyRules.find(({ id }) => id === restOf)!.name}`;
  const named = policyRules.map((rule) => ({ ...rule, name: nameOf(rule) }));
  return {
    markBits,
    groups: byName(groups).map(({ id, name, axis, members }) => ({ id, name, axis, members })),
    policyRules: byName(named).map(({ name, table, chain, groups }) => ({
      name,
      table,
      chain,
      groups: AXES.map((axis) => groups[axis] ?? null),
    })),
  };
}

function planFrom(clustering: Clustering): Plan {
  return makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS).plan;
}

/** The plan of the file that a clustering is rewritten to, and what becomes of that file. */
function again(old: Ruleset, clustering: Clustering) {
  const first = planFrom(clustering);
  const one = rewriteOf(old, first);
  const ruleset = readRuleset(one.text, old.family, "new.rules");
  const found = findGroups(ruleset, NO_OPTIONS);
  const second = planFrom(found);
  return { first, one, found, second, two: rewriteOf(ruleset, second) };
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("every product: the policy rules come back, and their chains are written as they are", () => {
    let recognised = 0;
    const property = fc.property(randomFilter(family), (text) => {
      const old = readRuleset(text, family);
      const { first, one, found, second, two } = again(old, everyProduct(old));
      const hint = `${text}\n---\n${one.text}\n${JSON.stringify(found.marks!.odd)}`;
      // What did not pay before may pay now, beside groups that are there; or join them.
      const marked = second.policyRules.filter(({ replaces }) => replaces !== undefined);
      const names = (policyRules: Plan["policyRules"]) => policyRules.map(({ name }) => name).sort();
      expect(names(marked), hint).toEqual(names(first.policyRules));
      recognised += marked.length;
      if (found.products.some((product) => findJoinedRules(product).length > 0)) return;
      expect(essence({ ...second, policyRules: marked }).policyRules, hint).toEqual(
        essence(first).policyRules,
      );
      if (marked.length < second.policyRules.length) return;
      expect(essence(second), hint).toEqual(essence(first));
      expect(two.text, hint).toBe(one.text);
    });
    fc.assert(property, { numRuns: RUNS });
    expect(recognised).toBeGreaterThan(RUNS);
  }, 600_000);

  test("what is renamed is written anew, and equal", async () => {
    const property = fc.asyncProperty(randomFilter(family), fc.nat(), async (text, seed) => {
      const { one, second } = again(readRuleset(text, family), everyProduct(readRuleset(text, family)));
      const old = readRuleset(one.text, family);
      const groups = second.groups.map((group, at) => ({ ...group, name: `GROUP-${at}` }));
      const renamed = rewriteOf(old, { ...second, groups });
      const now = readRuleset(renamed.text, family, "new.rules");
      const { ownBits } = renamed.rewritten;
      const options = { packets: 1000, seed, ownBits, demandAnyMark: true };
      const { result, witness } = await verify(old, now, options);
      const hint = `${one.text}\n---\n${renamed.text}\n${JSON.stringify(witness)}`;
      expect(result, hint).toBe("equal");
      expect(
        now.tables[0]!.chains.some(({ name }) => name.startsWith("S-")),
        hint,
      ).toBe(false);
    });
    await fc.assert(property, { numRuns: RUNS / 4 });
  }, 600_000);

  test("flat rules for a new member, anywhere in the chain: equal, whether or not they join", async () => {
    let joined = 0;
    const property = fc.asyncProperty(
      randomFilter(family),
      fc.nat(),
      fc.nat(),
      async (text, which, where) => {
        const ruleset = readRuleset(text, family);
        const first = planFrom(everyProduct(ruleset));
        const policies = first.policyRules.filter(({ groups }) => groups.source !== undefined);
        if (policies.length === 0) return;
        const policy = policies[which % policies.length]!;
        const [member] = first.groups.find(({ id }) => id === policy.groups.source)!.members;
        const fresh = family === "v4" ? "203.0.113.9/32" : "2001:db8:9::9/128";
        const more = policy.lines
          .map((line) => ruleset.file.text.split("\n")[line - 1]!)
          .filter((rule) => rule.includes(` -s ${member} `))
          .map((rule) => rule.replace(` -s ${member} `, ` -s ${fresh} `));
        const lines = rewriteOf(ruleset, first).text.split("\n");
        const places = lines.flatMap((line, at) => (line.startsWith(`-A ${policy.chain} `) ? [at] : []));
        lines.splice(places[where % places.length]! + 1, 0, ...more);
        const old = readRuleset(lines.join("\n"), family);
        const found = findGroups(old, NO_OPTIONS);
        joined += found.products.flatMap((product) => findJoinedRules(product)).length;
        const { rewritten, text: second } = rewriteOf(old, planFrom(found));
        const now = readRuleset(second, family, "new.rules");
        const options = { packets: 1000, seed: where, ownBits: rewritten.ownBits, demandAnyMark: true };
        const { result, witness } = await verify(old, now, options);
        expect(result, `${lines.join("\n")}\n---\n${second}\n${JSON.stringify(witness)}`).toBe("equal");
      },
    );
    await fc.assert(property, { numRuns: RUNS });
    expect(joined).toBeGreaterThan(RUNS / 4);
  }, 600_000);

  test("trees: the policy rules come back", () => {
    const property = fc.property(randomTrees(family), fc.nat(), (text, seed) => {
      const old = readRuleset(text, family);
      const { first, one, found, second } = again(old, everyTree(old, seed));
      const hint = `${text}\n---\n${one.text}\n${JSON.stringify(found.marks!.odd)}`;
      const marked = second.policyRules.filter(({ replaces }) => replaces?.length === 1);
      const names = marked.map(({ name }) => name);
      expect(names, hint).toEqual(expect.arrayContaining(first.policyRules.map(({ name }) => name)));
    });
    fc.assert(property, { numRuns: RUNS / 2 });
  }, 600_000);

  test("what pays: nothing is left to do", () => {
    const property = fc.property(randomFilter(family), (text) => {
      const old = readRuleset(text, family);
      const { first, one, second, two } = again(old, findGroups(old, NO_OPTIONS));
      expect(essence(second), `${text}\n---\n${one.text}`).toEqual(essence(first));
      expect(two.rewritten.changed).toBe(false);
      expect(two.text).toBe(one.text);
    });
    fc.assert(property, { numRuns: RUNS });
  }, 600_000);
});

test("corpus files: nothing is left to do", () => {
  for (const file of listOwnCorpus()) {
    const run = runPipeline(readCorpusFile(file), file.family);
    const ruleset = importRewritten(run);
    const plan = planOf(ruleset);
    expect(essence(plan), file.name).toEqual(essence(run.plan));
    expect(rewriteOf(ruleset, plan).text, file.name).toBe(run.text);
  }
});
