#!/usr/bin/env node
/**
 * Reads mutated rulesets and random words until so many bytes were read, or so many minutes have passed. A text that breaks something is made smaller and
 * written to a file; texts that take long for their size are told, and stop the run when they take very long.
 *
 *     npm run fuzz:bytes -- [--bytes 10000000] [--minutes 10] [--seed N] [--into FOLDER] [FILE...]
 *
 * Seeds are the FILEs, else `corpus/` and the shared corpus beside the project where it is there. Runs the built library: `npm run build` first.
 */
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as library from "../dist/index.js";
import { checkRead } from "./fuzz/check-read.mjs";
import { minimise } from "./fuzz/minimise.mjs";
import { mutate, randomTokens } from "./fuzz/mutate.mjs";
import { startWatchdog } from "./fuzz/watchdog.mjs";
import { makeRandom } from "./generate/random.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bytes: { type: "string", default: "10000000" },
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(randomInt(1, 2 ** 31)) },
    into: { type: "string", default: "fuzz-findings" },
  },
});

const root = fileURLToPath(new URL("..", import.meta.url));
const SAVE_NAMES = /\.(?:rules|fw)$|ip6?tables-save|iptables\.up\.rules/;
/** Larger files are cut: many small runs find more than few large ones. */
const LARGEST_SEED = 20_000;
/** Whatever the machine does beside this: a small text that takes so many milliseconds is a finding, one that takes so many more hangs. */
const SLOW = 20_000;
const HANGS = 120_000;

function readSeeds() {
  const folders = [join(root, "corpus"), join(root, "../shared/corpus")].filter(existsSync);
  const found = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, name)),
  );
  const paths =
    positionals.length > 0
      ? positionals
      : found.filter((path) => SAVE_NAMES.test(path) && statSync(path).isFile());
  return paths.sort().map((path) => readFileSync(path).toString("latin1"));
}

/** A piece of a seed: its beginning, or some of its lines inside a table. */
function pieceOf(seed, random) {
  if (seed.length <= LARGEST_SEED) return seed;
  if (random.below(2) === 0) return seed.slice(0, random.below(LARGEST_SEED));
  const start = random.below(seed.length - LARGEST_SEED);
  return `*filter\n:INPUT ACCEPT [0:0]\n${seed.slice(seed.indexOf("\n", start) + 1, start + random.below(LARGEST_SEED))}\nCOMMIT\n`;
}

/** What is wrong with a text, or null. */
function faultOf(text) {
  try {
    const start = performance.now();
    const bytes = Buffer.from(text, "latin1");
    watch(bytes);
    checkRead(bytes, library);
    const took = performance.now() - start;
    return took > SLOW ? `took ${Math.round(took)} ms` : null;
  } catch (error) {
    return String(error.stack ?? error);
  }
}

/** The first line and the first place of ours: the same fault, however the text changes. */
function kindOf(fault) {
  return fault === null
    ? null
    : /^[^\n]*/.exec(fault)[0].replace(/\d+/g, "N") + (/\n +at [^\n]*dist[^\n]*/.exec(fault)?.[0] ?? "");
}

const random = makeRandom(values.seed);
const watch = startWatchdog(values.into, values.seed, HANGS);
const seeds = readSeeds();
const end = Date.now() + Number(values.minutes) * 60_000;
console.log(`seed ${values.seed}, ${seeds.length} files`);
let [bytes, texts, slowest] = [0, 0, { perByte: 0, text: "" }];
const known = new Set();
while (bytes < Number(values.bytes) && Date.now() < end) {
  const text =
    random.below(4) === 0
      ? randomTokens(random)
      : mutate(pieceOf(random.pick(seeds), random), pieceOf(random.pick(seeds), random), random);
  const start = performance.now();
  const fault = faultOf(text);
  const perByte = (performance.now() - start) / Math.max(1000, text.length);
  if (perByte > slowest.perByte && texts > 100) slowest = { perByte, text };
  bytes += text.length;
  texts += 1;
  if (fault === null || known.has(kindOf(fault))) continue;
  known.add(kindOf(fault));
  const small = minimise(text, (smaller) => kindOf(faultOf(smaller)) === kindOf(fault));
  mkdirSync(values.into, { recursive: true });
  const path = join(values.into, `${values.seed}-${known.size}.rules`);
  writeFileSync(path, small, "latin1");
  console.log(`\n${path}: ${fault}\n${JSON.stringify(small.slice(0, 500))}`);
}
// Measured again, since other programs may have had the processor.
const again = performance.now();
faultOf(slowest.text);
slowest.perByte = (performance.now() - again) / Math.max(1000, slowest.text.length);
console.log(
  `${texts} texts, ${bytes} bytes; slowest ${(slowest.perByte * 1000).toFixed(1)} µs a byte; ${known.size} faults`,
);
if (known.size > 0) process.exit(1);
