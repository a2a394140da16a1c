#!/usr/bin/env node
/**
 * Records corpus/kernel: runs each script of scripts/kernel-rulesets in a network namespace of its own, once with each backend of iptables, and
 * writes what iptables-save and ip6tables-save print there. Needs root, unshare, and both backends.
 *
 *   node scripts/record-kernel-dumps.mjs [NAME...]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("kernel-rulesets", import.meta.url));
const target = fileURLToPath(new URL("../corpus/kernel", import.meta.url));
const known = readdirSync(sources).map((name) => name.replace(/\.sh$/, ""));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;

/** What COMMAND-BACKEND-save prints after the script ran in a fresh namespace. */
function record(script, command, backend) {
  const program = [
    "set -e",
    `iptables() { iptables-${backend} "$@"; }`,
    `ip6tables() { ip6tables-${backend} "$@"; }`,
    script,
    `${command}-${backend}-save`,
  ].join("\n");
  const run = spawnSync("unshare", ["-n", "sh", "-c", program], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${command} ${backend}: ${run.stderr || run.error}`);
  return run.stdout;
}

for (const name of wanted) {
  if (!known.includes(name)) throw new Error(`no script is called ${name}; there are: ${known.join(", ")}`);
  const script = readFileSync(`${sources}/${name}.sh`, "utf8");
  mkdirSync(target, { recursive: true });
  for (const backend of ["legacy", "nft"]) {
    for (const [command, suffix] of [
      ["iptables", ""],
      ["ip6tables", "-v6"],
    ]) {
      if (!new RegExp(`^\\s*(for .*; do )?${command} |do ${command} `, "m").test(script)) continue;
      const dump = record(script, command, backend);
      writeFileSync(`${target}/${name}${suffix}.${backend}.rules`, dump);
      console.error(
        `${name}${suffix}.${backend}.rules: ${dump.split("\n").filter((line) => line.startsWith("-A ")).length} rules`,
      );
    }
  }
}
