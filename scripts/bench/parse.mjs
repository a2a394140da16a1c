/**
 * How long a ruleset takes to read: the process of scripts/bench/parse-once.mjs, which parses, models and prints back. The file is a generated one of 300,000 rules, and, where it
 * is there, the shared corpus's 100,000 planted rules in three address spaces.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { RECIPES } from "../generate/recipes.mjs";
import { generateRuleset } from "../generate/ruleset.mjs";
import { format, measure, printRow, RUNS, summarise } from "./measure.mjs";

const RULES = 300_000;

/** The rules of a chain three times in a row, each time with other networks. */
function inThreeSpaces(text) {
  const spaces = [
    (line) => line,
    (line) => line.replaceAll(" 10.", " 100.").replaceAll(" 192.168.", " 198.18."),
    (line) => line.replaceAll(" 10.", " 101.").replaceAll(" 192.168.", " 198.19."),
  ];
  const out = [];
  let rules = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("-A ")) rules.push(line);
    else {
      for (const space of spaces) for (const rule of rules) out.push(space(rule));
      rules = [];
      out.push(line);
    }
  }
  return out.join("\n");
}

function chooseFiles(root, folder, files) {
  if (files.length > 0) return files;
  const recipe = RECIPES.find(({ name }) => name === "campus-10k");
  const made = [join(folder, "campus-300k.rules")];
  writeFileSync(made[0], generateRuleset({ ...recipe, name: "campus-300k", rules: RULES }).rules);
  const shared = join(root, "../shared/corpus/generated/flat-100k-a.rules.gz");
  if (existsSync(shared)) {
    made.push(join(folder, "flat-3x100k.rules"));
    writeFileSync(made[1], inThreeSpaces(gunzipSync(readFileSync(shared)).toString("latin1")), "latin1");
  }
  return made;
}

/** Prints one row a file. */
export function benchParse(_markify, root, files) {
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  printRow(["parse + model + print", "markify", "memory"]);
  try {
    for (const path of chooseFiles(root, folder, files)) {
      const command = [process.execPath, join(root, "scripts/bench/parse-once.mjs"), path];
      const { seconds, megabytes } = summarise(Array.from({ length: RUNS }, () => measure(command)));
      printRow([basename(path), format.seconds(seconds), format.megabytes(megabytes)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
