/**
 * What a packet costs in the kernel: flat rulesets, what markify makes of them, and what people write by hand, in network namespaces, on both backends.
 *
 *   --json FILE         all numbers, too
 *   --policies N[,N]    which of the planted policies: 20, 100, 500 (all of them where no file is named)
 *   --backends NAME     legacy or nft (both)
 *   --rounds N          how often everybody gets every packet (15)
 *   --auto              what `--layout auto` makes of the files, beside flat and the article's layout: whether any packet loses more than it may
 *   --corpus            the same for corpus/ and, where it is there, the shared corpus beside the project
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { CLASSES, chooseAims } from "./kernel/aims.mjs";
import { benchAuto, listRulesets } from "./kernel/auto.mjs";
import { emptyForm, filterTable, peersOf, rewriteFlat, writePlanted } from "./kernel/contestants.mjs";
import { plantPolicies, SIZES } from "./kernel/planted.mjs";
import { short, showRatio } from "./kernel/ratios.mjs";
import { findMissing, judge, send } from "./kernel/send.mjs";

const BACKENDS = ["legacy", "nft"];

async function loadImport(root) {
  const load = (path) => import(pathToFileURL(join(root, "dist", path)).href);
  const [{ importRuleset }, { makeSourceFile }] = await Promise.all([
    load("import/import.js"),
    load("text/source.js"),
  ]);
  return (path) => {
    const bytes = readFileSync(path);
    const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
    return importRuleset(makeSourceFile(path, text), {}).ruleset;
  };
}

function benchOne({ name, path, peers }, tools, options) {
  const ruleset = tools.read(path);
  if (!ruleset) return { name, error: "can't be read: markify lint says why" };
  const filter = ruleset.tables.find((table) => table.name === "filter");
  const chosen = filter === undefined ? null : chooseAims(filter.chains, ruleset.family);
  if (chosen === null)
    return { name, error: "no chain that FORWARD or INPUT come to has a rule that a packet can be aimed at" };
  const { forms: ours, skipped } = rewriteFlat(tools.markify, path, tools.folder);
  const flat = { name: "flat", form: "iptables", rules: filterTable(ruleset.file.text) };
  const results = { name, family: ruleset.family, chain: chosen.chain, skipped, backends: {} };
  for (const backend of options.backends) {
    const forms = [flat, ...ours, ...peers.filter(({ only }) => only === undefined || only === backend)];
    const all = [...forms, emptyForm("passed"), emptyForm("dropped")];
    const answer = send(all, chosen.aims, { backend, family: ruleset.family, rounds: options.rounds });
    results.backends[backend] = judge(forms, chosen.aims, answer);
  }
  return results;
}

function printTable({ name, chain, skipped, backends, error }) {
  console.log(`\n${name}${error ? `: ${error}` : ` (chain ${chain})`}`);
  for (const { name: what, why } of skipped ?? []) console.log(`  without ${what}: ${why}`);
  for (const [backend, { rows }] of Object.entries(backends ?? {})) {
    const cells = (first, rest) =>
      console.log(first.padEnd(26) + rest.map((cell) => cell.padStart(9)).join(""));
    cells(`${backend}`, ["lines", ...CLASSES, "load ms", "-A ms"]);
    for (const [at, row] of rows.entries()) {
      if (row.error) {
        cells(row.name, [`  ${row.error}`]);
        continue;
      }
      const costs = CLASSES.map((each) => row.costs[each]);
      const tail = [row.loadMs.toFixed(0), row.addMs.toFixed(0)];
      const show = (of) => costs.map((cost) => (cost === undefined ? "-" : of(cost)));
      cells(row.name, [
        `${row.lines}`,
        ...show((cost) => (at === 0 ? `${short(cost.ns)}ns` : showRatio(cost))),
        ...tail,
      ]);
      if (at > 0) cells("  net ns", ["", ...show((cost) => short(cost.ns))]);
    }
  }
}

function describeMachine(backends) {
  const version = (...words) =>
    spawnSync(words[0], words.slice(1), { encoding: "utf8" }).stdout?.trim().split("\n")[0] ?? "";
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    kernel: release(),
    iptables: Object.fromEntries(backends.map((backend) => [backend, version(`iptables-${backend}`, "-V")])),
    nft: version("nft", "-v"),
    ipset: version("ipset", "-v"),
  };
}

function readOptions(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      json: { type: "string" },
      policies: { type: "string" },
      backends: { type: "string", default: BACKENDS.join() },
      rounds: { type: "string", default: "15" },
      auto: { type: "boolean", default: false },
      corpus: { type: "boolean", default: false },
    },
  });
  const wanted =
    values.policies?.split(",").map(Number) ??
    (positionals.length > 0 ? [] : SIZES.map((size) => size.policies));
  return {
    json: values.json,
    sizes: SIZES.filter((size) => wanted.includes(size.policies)),
    backends: BACKENDS.filter((backend) => values.backends.split(",").includes(backend)),
    rounds: Number(values.rounds),
    files: positionals.map((path) => resolve(path)),
    isAuto: values.auto || values.corpus,
    isCorpus: values.corpus,
  };
}

/** Both corpora, as far as they are there. */
function listCorpus(root) {
  return ["corpus", "../shared/corpus"]
    .map((path) => join(root, path))
    .filter(existsSync)
    .flatMap(listRulesets);
}

/** Prints a table for each ruleset and backend: flat in nanoseconds a packet, the others as the factor by which they are faster. */
export async function benchKernel(markify, root, words) {
  const options = readOptions(words);
  const missing = findMissing(options.backends);
  if (missing.length > 0) {
    console.log(`kernel: not run, it needs ${missing.join(", ")}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  const machine = describeMachine(options.backends);
  console.log(
    `kernel ${machine.kernel}, ${machine.iptables.legacy ?? machine.iptables.nft}, ${machine.nft}; medians of ${options.rounds} interleaved rounds`,
  );
  const tools = { markify, folder, read: await loadImport(root) };
  try {
    const results = options.isAuto
      ? benchAuto([...(options.isCorpus ? listCorpus(root) : []), ...options.files], tools, options)
      : { rulesets: benchAll(tools, options) };
    if (options.json !== undefined)
      writeFileSync(
        options.json,
        `${JSON.stringify({ machine, rounds: options.rounds, ...results }, null, 1)}\n`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function benchAll(tools, options) {
  const bench = (what) => {
    let results;
    try {
      results = benchOne(what, tools, options);
    } catch (problem) {
      results = { name: what.name, error: problem.message };
    }
    printTable(results);
    return results;
  };
  const planted = options.sizes.map((size) => {
    const policies = plantPolicies(size);
    return bench({
      name: `${policies.name}, ${policies.lines} lines`,
      path: writePlanted(policies, tools.folder),
      peers: peersOf(policies),
    });
  });
  return [...planted, ...options.files.map((path) => bench({ name: basename(path), path, peers: [] }))];
}
