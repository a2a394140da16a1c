#!/usr/bin/env node
/**
 * Benchmarks of the built command, as whole processes: medians of five runs, times and the most memory. Machines are noisy: compare within one run.
 *
 *   npm run bench                          all sections, on the shared corpus beside the project where it is there, else on corpus/
 *   npm run bench -- import [FILE...]      import + apply, beside import-ferm (Debian's package ferm), run in turn
 *   npm run bench -- proof [FILE...]       verify OLD NEW without samples: both sides parsed and proved; and cases made to be hard
 *   npm run bench -- groups [FILE...]      quality, time and memory of the search, planted rulesets of 1,000 to 300,000 rules
 *   npm run bench -- parse [FILE...]       parse, model and print back 300,000 rules
 *   npm run bench -- replay [FILE...]      replays of captures through a ruleset and its rewritten form
 *   npm run bench -- kernel [FILE...]      what a packet costs in the kernel, flat and rewritten, beside what people write by hand; options in bench/kernel.mjs (root, Linux)
 *   npm run bench -- kernel --corpus       whether --layout auto makes any packet slower than it may, over both corpora
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { benchGroups } from "./bench/groups.mjs";
import { benchImport } from "./bench/import.mjs";
import { benchKernel } from "./bench/kernel.mjs";
import { RUNS } from "./bench/measure.mjs";
import { benchParse } from "./bench/parse.mjs";
import { benchProof } from "./bench/proof.mjs";
import { benchReplay } from "./bench/replay.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The built command; builds it, so that what is measured is what is there. */
function buildMarkify() {
  const build = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, encoding: "utf8" });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
  return join(root, JSON.parse(readFileSync(join(root, "package.json"), "utf8")).bin.markify);
}

const SECTIONS = {
  import: benchImport,
  groups: benchGroups,
  proof: benchProof,
  parse: benchParse,
  replay: benchReplay,
  kernel: benchKernel,
};
const [first, ...rest] = process.argv.slice(2);
const names = first in SECTIONS ? [first] : Object.keys(SECTIONS);
const words = first in SECTIONS || first === undefined ? rest : [first, ...rest];
const files = words.map((path) => resolve(path));
const markify = buildMarkify();
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}; medians of ${RUNS} runs`,
);
for (const name of names) await SECTIONS[name](markify, root, name === "kernel" ? words : files);
