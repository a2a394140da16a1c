/**
 * How long `markify import` and `markify apply` take together, beside import-ferm, which turns the same dumps into ferm's language and checks nothing. The two run in turn, so
 * that a busy machine hits both.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { format, measure, measureAll, printRow, RUNS, summarise } from "./measure.mjs";

const CHAIR = "net-network/configs_chair_for_Network_Architectures_and_Services";

/** Dumps that the limits speak of, else our own. */
function chooseFiles(root, files) {
  if (files.length > 0) return files;
  const wanted = ["generated/flat-10k-a.rules", `${CHAIR}/iptables-save-2015-05-13_10-53-20`];
  const found = wanted.map((path) => join(root, "../shared/corpus", path)).filter(existsSync);
  return found.length > 0 ? found : [join(root, "corpus/generated/campus-10k.rules")];
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
  return { ours: summarise(ours), ferm: hasFerm ? summarise(ferm) : null };
}

/** Prints one row a file. */
export function benchImport(markify, root, files) {
  const hasFerm = spawnSync("sh", ["-c", "command -v import-ferm"]).status === 0;
  if (!hasFerm) console.log("import-ferm is not installed (Debian's package ferm): no comparison");
  printRow(["import + apply", "markify", "memory", "import-ferm", "memory", "time ratio"]);
  for (const path of chooseFiles(root, files)) {
    const { ours, ferm } = benchFile(path, markify, hasFerm);
    const ratio = ferm === null ? "-" : (ours.seconds / ferm.seconds).toFixed(2);
    const theirs =
      ferm === null ? ["-", "-"] : [format.seconds(ferm.seconds), format.megabytes(ferm.megabytes)];
    printRow([
      basename(path),
      format.seconds(ours.seconds),
      format.megabytes(ours.megabytes),
      ...theirs,
      ratio,
    ]);
  }
}
