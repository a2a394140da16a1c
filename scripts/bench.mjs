#!/usr/bin/env node
/**
 * How long `markify import` and `markify apply` take, and how much memory: medians of five runs of the whole processes, beside import-ferm (Debian's
 * package ferm), which turns the same dumps into ferm's language and checks nothing. The two run in turn, so that a busy machine hits both.
 *
 *   node scripts/bench.mjs [FILE...]     default: the shared corpus beside the project, or corpus/generated/campus-10k.rules
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { measure, measureAll, median } from "./bench/measure.mjs";

const RUNS = 5;
const root = fileURLToPath(new URL("..", import.meta.url));
const shared = join(root, "../shared/corpus");

/** Dumps to measure: those asked for, else the two of the shared corpus that the limits speak of, else our own. */
function chooseFiles() {
  if (process.argv.length > 2) return process.argv.slice(2).map((path) => resolve(path));
  const chair = "net-network/configs_chair_for_Network_Architectures_and_Services";
  const wanted = ["generated/flat-10k-a.rules", `${chair}/iptables-save-2015-05-13_10-53-20`].map((path) =>
    join(shared, path),
  );
  const found = wanted.filter(existsSync);
  return found.length > 0 ? found : [join(root, "corpus/generated/campus-10k.rules")];
}

/** The built command; builds it, so that what is measured is what is there. */
function buildMarkify() {
  const build = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, encoding: "utf8" });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
  return join(root, JSON.parse(readFileSync(join(root, "package.json"), "utf8")).bin.markify);
}

/** The median time and memory of a list of measurements. */
function summarise(measurements) {
  const memory = measurements.map((item) => item.megabytes).filter((value) => value !== null);
  return {
    seconds: median(measurements.map((item) => item.seconds)),
    megabytes: memory.length === 0 ? null : median(memory),
  };
}

function benchFile(path, markify, hasFerm) {
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  const plan = join(folder, "plan.yaml");
  const commands = [
    [process.execPath, markify, "import", path, "-o", plan, "--overwrite"],
    [process.execPath, markify, "apply", plan, "-o", join(folder, "new.rules")],
  ];
  const ours = [];
  const ferm = [];
  try {
    for (let run = 0; run < RUNS; run++) {
      ours.push(measureAll(commands));
      if (hasFerm) ferm.push(measure(["import-ferm", path]));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { path, ours: summarise(ours), ferm: hasFerm ? summarise(ferm) : null };
}

const format = {
  seconds: (value) => `${value.toFixed(2)} s`,
  megabytes: (value) => (value === null ? "-" : `${value.toFixed(0)} MB`),
};

function printRow(cells) {
  const widths = [40, 10, 10, 14, 14, 12];
  console.log(
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(""),
  );
}

const hasFerm = spawnSync("sh", ["-c", "command -v import-ferm"]).status === 0;
const markify = buildMarkify();
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}; medians of ${RUNS} runs`,
);
if (!hasFerm) console.log("import-ferm is not installed (Debian's package ferm): no comparison");
printRow(["import + apply", "markify", "memory", "import-ferm", "memory", "time ratio"]);
for (const path of chooseFiles()) {
  const { ours, ferm } = benchFile(path, markify, hasFerm);
  const theirs =
    ferm === null
      ? ["-", "-", "-"]
      : [
          format.seconds(ferm.seconds),
          format.megabytes(ferm.megabytes),
          `${(ours.seconds / ferm.seconds).toFixed(2)}`,
        ];
  printRow([basename(path), format.seconds(ours.seconds), format.megabytes(ours.megabytes), ...theirs]);
}
