/**
 * What a packet costs in the kernel: flat rulesets, what markify makes of them, and what people write by hand, in network namespaces, on both backends.
 *
 *   --json FILE         all numbers, too
 *   --policies N[,N]    which of the planted policies: 20, 100, 500 (all of them where no file is named)
 *   --backends NAME     legacy or nft (both)
 *   --rounds N          how often everybody gets every packet (15)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { addressText, CLASSES, chooseAims, frameOf } from "./kernel/aims.mjs";
import {
  commandsFor,
  countLines,
  emptyForm,
  filterTable,
  peersOf,
  rewriteFlat,
  writePlanted,
} from "./kernel/contestants.mjs";
import { plantPolicies, SIZES } from "./kernel/planted.mjs";
import { costsByClass, findUnlike, netCosts, short, showRatio } from "./kernel/ratios.mjs";
import { median } from "./measure.mjs";

const SENDER = fileURLToPath(new URL("./kernel/sender.py", import.meta.url));
const BACKENDS = ["legacy", "nft"];
const LOADS = 4;
/** Of each sample. */
const NANOSECONDS = 3_000_000;

/** What is missing; empty when it can run. */
export function findMissing(backends) {
  if (process.platform !== "linux") return ["Linux"];
  const programs = [
    "python3",
    "ip",
    "ipset",
    "nft",
    ...backends.map((backend) => `iptables-${backend}-restore`),
  ];
  const missing = programs.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  if (process.geteuid?.() !== 0) return ["root", ...missing];
  if (missing.length > 0) return missing;
  const inKernel = spawnSync("python3", [SENDER, "missing"], { encoding: "utf8" });
  const what = inKernel.status === 0 ? inKernel.stdout.trim() : inKernel.stderr.trim().split("\n").at(-1);
  return what === "" ? [] : [what];
}

/** Loads the forms, sends, and returns the sender's answer by the name of a form. */
export function send(
  forms,
  aims,
  { backend, family, rounds, loads = LOADS, pause = 2, nanoseconds = NANOSECONDS },
) {
  const { hook } = aims[0];
  const request = {
    world: {
      family,
      devices: [...new Set(aims.flatMap((aim) => [aim.in, aim.out ?? []].flat()))],
      local: [...new Set(aims.flatMap((aim) => (aim.out === null ? [addressText(aim.destination)] : [])))],
      routes: [
        ...new Map(
          aims.flatMap((aim) => (aim.out === null ? [] : [[addressText(aim.destination), aim.out]])),
        ),
      ],
    },
    contestants: forms.map((form) => commandsFor(form, backend, family, hook)),
    packets: aims.map((aim) => ({ frame: frameOf(aim), in: aim.in })),
    repeats: loads,
    rounds,
    pause,
    nanoseconds,
  };
  const run = spawnSync("python3", [SENDER], {
    input: JSON.stringify(request),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (run.status !== 0) throw new Error(`the sender: ${run.stderr.trim().split("\n").at(-1)}`);
  return JSON.parse(run.stdout);
}

/** Rows of a table, flat first. */
export function judge(forms, aims, answer) {
  const empty = { passed: answer["empty, passed"].samples, dropped: answer["empty, dropped"].samples };
  const [flatForm] = forms;
  const flat = answer[flatForm.name];
  if (flat.error) throw new Error(`flat does not load: ${flat.error}`);
  // A packet that the kernel itself takes for wrong tells nothing about rules.
  const sent = aims.map((_, at) => at).filter((at) => ["passed", "dropped"].includes(flat.fates[at]));
  const pick = (list) => sent.map((at) => list[at]);
  const emptied = { passed: pick(empty.passed), dropped: pick(empty.dropped) };
  const classes = pick(aims).map((aim) => aim.class);
  const fates = pick(flat.fates);
  const flatNets = netCosts(pick(flat.samples), fates, emptied);
  const rows = forms.map((form) => {
    const { error, load, add, fates: own, samples } = answer[form.name];
    if (error) return { name: form.name, error };
    const unlike = findUnlike(pick(own), fates);
    if (unlike.length > 0)
      return {
        name: form.name,
        error: `treats ${unlike.length} of ${sent.length} packets otherwise than flat`,
      };
    const costs = costsByClass(classes, netCosts(pick(samples), fates, emptied), flatNets);
    return { name: form.name, lines: countLines(form), loadMs: median(load), addMs: median(add), costs };
  });
  return { rows, fates: aims.map((aim, at) => ({ class: aim.class, fate: flat.fates[at] })) };
}

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
  };
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
  const rulesets = [];
  const bench = (what) => {
    let results;
    try {
      results = benchOne(what, tools, options);
    } catch (problem) {
      results = { name: what.name, error: problem.message };
    }
    rulesets.push(results);
    printTable(results);
  };
  try {
    for (const size of options.sizes) {
      const planted = plantPolicies(size);
      bench({
        name: `${planted.name}, ${planted.lines} lines`,
        path: writePlanted(planted, folder),
        peers: peersOf(planted),
      });
    }
    for (const path of options.files) bench({ name: basename(path), path, peers: [] });
    if (options.json !== undefined)
      writeFileSync(
        options.json,
        `${JSON.stringify({ machine, rounds: options.rounds, rulesets }, null, 1)}\n`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
