#!/usr/bin/env node
/**
 * How many wrong rewrites the checkers find: rulesets of the corpus are rewritten, the result is changed in one place at random, and the proof, the samples alone and the naive
 * interpreter of the tests say what they think of it. Any contradiction between them is printed in full and ends the run with exit code 1.
 *
 *   npm run build && node scripts/mutants.mjs [--seed N] [--mutants N] [FILE...]
 *
 * --mutants is for all files together; large ones get fewer. The default is 1,000 over the corpus here and, where it is there, the shared one beside the project.
 */
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DAEMON_CHAINS } from "../dist/cluster/segments.js";
import {
  decodeSource,
  emitRestoreFile,
  findGroups,
  importRuleset,
  makePlan,
  makeSourceFile,
  rewriteRuleset,
} from "../dist/index.js";
import { Random } from "../dist/verify/sample/random.js";
import { askBoth, askSamples, judgeWitness, searchNaively, timed } from "./mutants/check.mjs";
import { loadTests } from "./mutants/load-tests.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = join(root, "../shared/corpus");
const real =
  "net-network/configs_chair_for_Network_Architectures_and_Services/iptables-save-2015-05-13_10-53-20";

const FILES = [
  ...["example", "generated/office-60", "generated/dmz-1k", "generated/mixed-1k-v6", "generated/campus-3k"],
  ...["kernel/dmz-gotos.legacy", "kernel/home-router.nft", "kernel/policy-routing.legacy"],
].map((name) => join(root, "corpus", `${name}.rules`));
const SHARED = [
  ...["a", "b", "c", "d-v6"].map((name) => `generated/flat-1k-${name}.rules`),
  "generated/flat-10k-a.rules",
  real,
].map((name) => join(shared, name));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, mutants: { type: "string", default: "1000" } },
});
const seed = Number(values.seed ?? randomInt(1, 2 ** 31));
const files = positionals.length > 0 ? positionals.map((path) => resolve(path)) : [...FILES, ...SHARED];

/** Milliseconds of naive search for a mutant that is said to be equal. */
const NAIVE_MILLISECONDS = 300;
/** Every so many of them are sampled with a million packets, too, where the ruleset is small. */
const MANY_PACKETS_EVERY = 10;

function importText(file, family) {
  const { ruleset, diagnostics } = importRuleset(file, { family });
  return { ruleset, errors: diagnostics.filter(({ severity }) => severity === "error") };
}

/** The ruleset and its rewritten text. */
function rewriteFile(path) {
  const family = /ip6tables|-v6\./.test(path) ? "v6" : "v4";
  const source = decodeSource(relative(root, path), readFileSync(path));
  const { ruleset } = importText(source, family);
  if (ruleset === null) throw new Error(`${path} is refused`);
  const options = { keepChains: DAEMON_CHAINS, rewriteChains: [] };
  const clustering = findGroups(ruleset, options);
  const { plan } = makePlan([{ path: source.path, digest: "sha256:0", clustering }], options);
  const { rewritten } = rewriteRuleset(ruleset, plan, 0);
  if (rewritten === null) throw new Error(`${path} can't be rewritten`);
  return { ruleset, family, text: emitRestoreFile(rewritten, []), rules: countRules(ruleset) };
}

function countRules({ tables }) {
  return tables.reduce(
    (sum, { chains }) => sum + chains.reduce((all, { rules }) => all + rules.length, 0),
    0,
  );
}

/** How many mutants a file gets. */
function shareOf(rules, total, count) {
  const share = Math.ceil((total * 1.06) / count);
  return rules > 3500 ? Math.ceil(share * 0.8) : share;
}

const empty = () => ({ mutants: 0, different: 0, equal: 0, unknown: 0, bySamples: 0, proof: 0, samples: 0 });
const kinds = new Map();
const contradictions = [];

function count(into, field, amount = 1) {
  into[field] += amount;
}

function contradict(what, details) {
  contradictions.push(what);
  console.log(`CONTRADICTION: ${what}\n${JSON.stringify(details, null, 1)}`);
}

/** One mutant: counts what everybody says. */
async function judgeMutant(place, mutant, rows) {
  const { judge, random, run } = place;
  const { ruleset: now } = importText(makeSourceFile("mutant.rules", mutant.text), run.family);
  if (now === null) return false;
  const { was, is, line, kind } = mutant;
  const details = { file: place.name, kind, line, was, is, seed: random.bits() };
  let answers;
  try {
    answers = await askBoth(run.ruleset, now, details.seed);
  } catch (error) {
    contradict(`an error: ${error.stack}`, details);
    return true;
  }
  const { proof, samples } = answers;
  const found = proof.value.result;
  for (const row of rows) {
    count(row, "mutants");
    count(row, found);
    count(row, "proof", proof.seconds);
    count(row, "samples", samples.seconds);
    if (found === "different" && samples.value.result === "different") count(row, "bySamples");
  }
  if (found === "different") {
    const seen = judgeWitness(judge, run.ruleset, now, proof.value);
    if (seen.join() !== proof.value.witness.differs.join())
      contradict(`the naive interpreter sees [${seen}] in the witness`, {
        ...details,
        witness: proof.value.witness,
      });
    if (samples.value.result !== "different") console.log(`  missed by samples: ${JSON.stringify(details)}`);
    return true;
  }
  if (samples.value.result === "different")
    contradict(`proof ${found} (${proof.value.reason ?? ""}), samples different`, {
      ...details,
      witness: samples.value.witness,
    });
  if (found === "equal") await searchHard(place, now, proof.value, details, rows[0].equal);
  return true;
}

/** Mutants that the proof calls equal: the naive interpreter and more samples look for a packet that says otherwise. */
async function searchHard({ judge, run }, now, { ownBits }, details, number) {
  const { ruleset } = run;
  const naive = searchNaively(judge, ruleset, now, ownBits, details.seed, NAIVE_MILLISECONDS);
  naivePackets += naive.packets;
  if (naive.difference !== null)
    contradict("proof equal, naive interpreter different", { ...details, ...naive });
  if (number % MANY_PACKETS_EVERY !== 0 || run.rules > 1500) return;
  const { result, witness } = await askSamples(ruleset, now, details.seed + 1, 1_000_000);
  millions++;
  if (result === "different") contradict("proof equal, a million samples different", { ...details, witness });
}

let naivePackets = 0;
let millions = 0;

function printRow(name, row) {
  const share = row.different === 0 ? "-" : `${((100 * row.bySamples) / row.different).toFixed(1)} %`;
  const cells = [row.mutants, row.different, row.equal, row.unknown, row.bySamples, share].map(String);
  const seconds = [row.proof, row.samples].map((value) => (value / Math.max(1, row.mutants)).toFixed(3));
  console.log(name.slice(-44).padEnd(46) + [...cells, ...seconds].map((cell) => cell.padStart(10)).join(""));
}

function printHead(name) {
  const columns = ["mutants", "different", "equal", "unknown", "samples", "share", "s proof", "s samples"];
  console.log(name.padEnd(46) + columns.map((column) => column.padStart(10)).join(""));
}

async function main() {
  console.log(`seed ${seed}`);
  const judge = await loadTests();
  const random = new Random(seed);
  const present = files.filter((path) => existsSync(path));
  const table = [];
  for (const path of present) {
    const name = relative(root, path);
    const run = rewriteFile(path);
    const { ruleset: rewritten } = importText(makeSourceFile("new.rules", run.text), run.family);
    const { value, seconds } = await timed(() => askBoth(run.ruleset, rewritten, random.bits()));
    const { proof, samples } = value;
    console.log(
      `${name}: ${run.rules} rules, rewritten ${countRules(rewritten)}; proof ${proof.value.result} in ${proof.seconds.toFixed(2)} s, samples ${samples.value.result} (${seconds.toFixed(1)} s)`,
    );
    if (proof.value.result !== "equal") contradict("the rewritten ruleset is not proved equal", proof.value);
    const draw = judge.makeMutator(run.text);
    const row = empty();
    const wanted = shareOf(run.rules, Number(values.mutants), present.length);
    for (let tries = 0; row.mutants < wanted && tries < 20 * wanted; tries++) {
      const mutant = draw(random);
      if (mutant.text === run.text) continue;
      if (!kinds.has(mutant.kind)) kinds.set(mutant.kind, empty());
      await judgeMutant({ judge, random, run, name }, mutant, [row, kinds.get(mutant.kind)]);
    }
    table.push([name, row]);
    printHead("");
    printRow(name, row);
  }
  console.log("");
  printHead("file");
  for (const [name, row] of table) printRow(name, row);
  console.log("");
  printHead("kind");
  for (const [name, row] of [...kinds].sort()) printRow(name, row);
  console.log(
    `seed ${seed}; ${contradictions.length} contradictions; for mutants said to be equal: ${naivePackets} packets walked naively, ${millions} times a million samples`,
  );
  if (contradictions.length > 0) process.exitCode = 1;
}

await main();
