/**
 * How good the groups are, and what finding them takes: planted rulesets, clean and with lines missing at random, and real ones.
 *
 * Products are those that the search covers a table with, before any is judged; the bound is a fooling set: no cover has fewer. Recovered are planted policies and groups that come
 * back with exactly their members.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeRandom } from "../generate/random.mjs";
import { RECIPES } from "../generate/recipes.mjs";
import { generateRuleset } from "../generate/ruleset.mjs";
import { comparePeers } from "./group-peers.mjs";
import { format, measure, printRow, RUNS, summarise } from "./measure.mjs";

const CHAIR = "net-network/configs_chair_for_Network_Architectures_and_Services";

/** Rules, address groups, largest group: groups grow with the ruleset, as networks do. */
const SIZES = [
  [1_000, 15, 8],
  [10_000, 40, 12],
  [100_000, 160, 20],
  [300_000, 300, 30],
];

/** Shares of the policies' lines that are missing. */
const NOISES = [0, 0.002, 0.01, 0.05];

function planted([rules, addressGroups, most], noise) {
  const [office] = RECIPES;
  const name = `groups-${rules}`;
  const recipe = { ...office, name, rules, addressGroups, sizes: [3, most], serviceGroups: 11, noise: 0 };
  const { rules: text, truth } = generateRuleset(recipe);
  const random = makeRandom(`${name} ${noise}`);
  const lines = text.split("\n").filter((line) => !/^-A \S+ -s /.test(line) || !random.chance(noise));
  return { text: lines.join("\n"), truth };
}

async function loadStages(root) {
  const load = (path) => import(pathToFileURL(join(root, "dist", path)).href);
  const [{ importRuleset }, { makeSourceFile }, { findGroups }, { measureCover }] = await Promise.all([
    load("import/import.js"),
    load("text/source.js"),
    load("cluster/find.js"),
    load("cluster/cover-quality.js"),
  ]);
  return { importRuleset, makeSourceFile, findGroups, measureCover };
}

const OPTIONS = { keepChains: [], rewriteChains: [] };

/** Where lines are missing, products may lack that share of their combinations in a second row. */
const TOLERANCE = 0.2;
const setText = (members) => [...members].sort().join(" ");

/** Products, the bound, and what of a truth has come back. */
function judge(stages, path, truth, tolerance) {
  const { ruleset } = stages.importRuleset(stages.makeSourceFile(path, readFileSync(path, "latin1")), {
    family: truth?.family ?? "v4",
  });
  const covers = stages.measureCover(ruleset, OPTIONS);
  const sum = (of) => covers.reduce((total, cover) => total + of(cover), 0);
  const { products } = stages.findGroups(ruleset, { ...OPTIONS, tolerance });
  const quality = {
    products: sum((one) => one.products),
    bound: sum((one) => one.bound.length),
    rules: products.length,
  };
  return truth === null ? quality : { ...quality, ...recovered(products, truth) };
}

function recovered(products, { groups, policies }) {
  const found = new Set(
    products.flatMap(({ sets }) => sets.map(({ axis, members }) => `${axis} ${setText(members)}`)),
  );
  const address = groups.filter(({ axis, members }) => axis !== "service" && members.length > 1);
  const uses = new Map();
  for (const { name, usedBy } of address) uses.set(name, (uses.get(name) ?? 0) + usedBy.length);
  const wanted = [...uses]
    .filter(([, count]) => count > 1)
    .map(([name]) => address.filter((group) => group.name === name));
  const back = wanted.filter((list) =>
    list.some(({ axis, members }) => found.has(`${axis} ${setText(members)}`)),
  );
  const membersOf = new Map(groups.map((group) => [`${group.axis} ${group.name}`, group.members]));
  const sides = (chain, verdict, source, destination) => [chain, verdict, source, destination].join("|");
  const ruled = new Set(
    products.map(({ chain, sets, template }) => {
      const side = (axis, at) =>
        setText(sets.find((set) => set.axis === axis)?.members ?? [template.tokens[at]?.key ?? ""]);
      return sides(chain, template.rule.target.text.split(" ")[1], side("source", 0), side("destination", 1));
    }),
  );
  const planted = policies.map(({ chain, verdict, source, destination }) => {
    const side = (axis, name) => setText(name === null ? [""] : membersOf.get(`${axis} ${name}`));
    return sides(chain, verdict, side("source", source), side("destination", destination));
  });
  return {
    groups: `${back.length}/${wanted.length}`,
    policies: `${planted.filter((text) => ruled.has(text)).length}/${planted.length}`,
  };
}

async function benchFile(name, path, truth, markify, stages, folder, runs, tolerance = 0) {
  const plan = join(folder, "plan.yaml");
  const command = [
    process.execPath,
    markify,
    "import",
    path,
    "-o",
    plan,
    "--overwrite",
    "--tolerance",
    `${tolerance}`,
  ];
  const { seconds, megabytes } = summarise(Array.from({ length: runs }, () => measure(command)));
  const { products, bound, rules, groups = "-", policies = "-" } = judge(stages, path, truth, tolerance);
  printRow([
    name,
    `${products}/${bound}`,
    `${rules}`,
    policies,
    groups,
    format.seconds(seconds),
    format.megabytes(megabytes),
  ]);
}

/** Prints one row a ruleset. */
export async function benchGroups(markify, root, files) {
  const stages = await loadStages(root);
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  printRow(["groups", "products/bound", "policy rules", "planted", "groups >= 2", "import", "memory"]);
  try {
    const real = [`${CHAIR}/iptables-save-2015-05-13_10-53-20`, `${CHAIR}/iptables-save-2016-06-27_16-29-01`]
      .map((path) => join(root, "../shared/corpus", path))
      .filter(existsSync);
    for (const path of files.length > 0 ? files : real) {
      await benchFile(basename(path), path, null, markify, stages, folder, RUNS);
      for (const line of comparePeers(path, join(folder, "nft"))) console.log(line);
    }
    if (files.length > 0) return;
    for (const size of SIZES) {
      for (const noise of NOISES) {
        const { text, truth } = planted(size, noise);
        const path = join(folder, "planted.rules");
        writeFileSync(path, text);
        const name = `planted ${size[0].toLocaleString("en")}${noise === 0 ? "" : `, ${noise * 100} % missing`}`;
        const runs = size[0] > 10_000 ? 1 : RUNS;
        await benchFile(name, path, truth, markify, stages, folder, runs);
        for (const line of comparePeers(path, join(folder, "nft"))) console.log(line);
        if (noise > 0)
          await benchFile(`${name}, tolerated`, path, truth, markify, stages, folder, runs, TOLERANCE);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
