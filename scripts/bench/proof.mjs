/**
 * How long a proof takes: `markify verify OLD NEW` with next to no samples, both sides read and proved, for rewritten dumps and for cases that are made to be hard.
 *
 * For scale: fffuu, a verified analysis of one ruleset (it does not compare two), published 172 s and 260 MB for the 5,556-rule file that is measured here.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { bitMasks, randomMasks, randomPrefixes } from "./hard-cases.mjs";
import { format, measure, printRow, RUNS, summarise } from "./measure.mjs";

const CHAIR = "net-network/configs_chair_for_Network_Architectures_and_Services";

function chooseFiles(root, files) {
  if (files.length > 0) return files;
  const wanted = [
    `${CHAIR}/iptables-save-2015-05-13_10-53-20`,
    `${CHAIR}/iptables-save-2016-06-27_16-29-01`,
    "generated/flat-10k-a.rules",
    "generated/flat-100k-a.rules.gz",
  ].map((path) => join(root, "../shared/corpus", path));
  const found = wanted.filter(existsSync);
  return found.length > 0 ? found : [join(root, "corpus/generated/campus-10k.rules")];
}

function run(command) {
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}

/** A dump and its rewritten form. */
function rewritten(path, markify, folder) {
  const old = join(folder, "old.rules");
  const bytes = readFileSync(path);
  writeFileSync(old, path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  const [plan, now] = [join(folder, "plan.yaml"), join(folder, "new.rules")];
  run([markify, "import", old, "-o", plan]);
  run([markify, "apply", plan, "-o", now]);
  return [old, now];
}

/** Prints one row a case. */
export function benchProof(markify, root, files) {
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  const cases = chooseFiles(root, files).map((path) => [
    basename(path),
    () => rewritten(path, markify, folder),
  ]);
  if (files.length === 0) {
    cases.push(["32 rules of one address bit each", () => bitMasks(folder)]);
    cases.push(["10,000 random prefixes, split up", () => randomPrefixes(folder)]);
    cases.push(["400 rules of two address bits each, certified", () => randomMasks(folder)]);
    cases.push(["100,000 random prefixes, certified", () => randomPrefixes(folder, 100_000), 1]);
    // Proved in slices, by one worker for each core. Takes a minute on two cores, so it runs once.
    cases.push(["100,000 random prefixes, in slices", () => randomPrefixes(folder, 100_000, true), 1]);
  }
  printRow(["verify, proved", "markify", "memory"]);
  try {
    for (const [name, make, runs = RUNS] of cases) {
      const pair = make();
      const command = [process.execPath, markify, "verify", ...pair, "--packets", "0", "--budget", "600"];
      const measured = summarise(Array.from({ length: runs }, () => measure(command)));
      printRow([name, format.seconds(measured.seconds), format.megabytes(measured.megabytes)]);
      for (const path of [...pair, join(folder, "plan.yaml")]) rmSync(path, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
