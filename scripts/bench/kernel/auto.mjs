/**
 * `bench kernel --auto` and `--corpus`: what packets cost in what `--layout auto` made of each file, beside the flat rules and the article's layout, chain by chain. A file in which auto
 * keeps every rule is counted and not measured: it is the same file.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { CLASSES, chooseAims } from "./aims.mjs";
import { emptyForm, filterTable } from "./contestants.mjs";
import { compareClasses, confirm, describeForms, isSuspect, LIMIT, summarise } from "./limit.mjs";
import { short } from "./ratios.mjs";
import { judge, send } from "./send.mjs";

/** As many rounds in the second time. */
const AGAIN = 2;
const NO_AIM = "no rule of it that a packet from outside can be aimed at";

/** The files of a folder that have a filter table to restore. */
export function listRulesets(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
      return /^\*filter\r?$/m.test(text) && /^COMMIT\s*$/m.test(text);
    })
    .sort();
}

/** What auto chose, and what it and the article's layout write; or why not. */
function rewrite({ markify, folder }, path) {
  const call = (...words) =>
    spawnSync(process.execPath, [markify, ...words], { encoding: "utf8", maxBuffer: 2 ** 30 });
  const why = ({ stderr }) => stderr.trim().split("\n").at(-1) ?? "";
  const plan = join(folder, "plan.yaml");
  const output = join(folder, "new.rules");
  const imported = call("import", path, "-o", plan, "--overwrite");
  if (imported.status !== 0) return { left: `import: ${why(imported)}` };
  const apply = (layout) =>
    call("apply", plan, "-o", output, "--packets", "1000", "--layout", layout, "--json");
  const read = (name) => ({ name, form: "iptables", rules: filterTable(readFileSync(output, "latin1")) });
  const applied = apply("auto");
  if (applied.status !== 0) return { left: `apply: ${why(applied)}` };
  const choices = JSON.parse(applied.stdout).costs.flatMap(({ layouts = [] }) => layouts);
  if (choices.every(({ form }) => form === "flat")) return { choices, forms: [] };
  const auto = read("auto");
  // Where the article's layout alone is refused there is nothing to be slower than.
  const forms = apply("article").status === 0 ? [auto, read("article")] : [auto];
  return { choices, forms };
}

/** One chain on one backend. */
function measureChain({ chain, backends }, backend, { ruleset, forms, chains, rounds }) {
  const place = { chain, backend, isOwn: backends.includes(backend) };
  const chosen = chooseAims(chains, ruleset.family, chain);
  if (chosen === null) return { ...place, error: NO_AIM };
  try {
    const flat = { name: "flat", form: "iptables", rules: filterTable(ruleset.file.text) };
    const all = [flat, ...forms];
    const answer = send([...all, emptyForm("passed"), emptyForm("dropped")], chosen.aims, {
      ...{ backend, family: ruleset.family, rounds, loads: 1 },
    });
    const { rows } = judge(all, chosen.aims, answer);
    const { error } = rows.find(({ name }) => name === "auto");
    return error ? { ...place, error: `auto ${error}` } : { ...place, classes: compareClasses(rows) };
  } catch (problem) {
    return { ...place, error: problem.message };
  }
}

/** What a file comes to, and how to measure a chain of it once more. */
function holdOne(path, name, tools, { backends, rounds }) {
  const leave = (left) => ({ held: { name, left } });
  const ruleset = tools.read(path);
  if (!ruleset) return leave("can't be read: markify lint says why");
  const filter = ruleset.tables.find((table) => table.name === "filter");
  if (filter === undefined) return leave("no filter table");
  const { left, choices, forms } = rewrite(tools, path);
  if (left !== undefined) return leave(left);
  const own = choices.filter(({ table }) => table === "filter");
  const measure = (choice, backend, times) =>
    measureChain(choice, backend, { ruleset, forms, chains: filter.chains, rounds: times });
  const measured = own
    .filter(({ form }) => form !== "flat")
    .flatMap((choice) => backends.map((backend) => measure(choice, backend, rounds)));
  const choiceOf = (chain) => own.find((choice) => choice.chain === chain);
  return {
    held: { name, choices: own, measured },
    again: ({ chain, backend }) => measure(choiceOf(chain), backend, AGAIN * rounds),
  };
}

/** The same with each chain that broke a promise measured again, now that some minutes have gone by. */
function holdAgain({ held, again }) {
  if (!held.measured?.some(isSuspect)) return held;
  const measured = held.measured.map((each) => (isSuspect(each) ? confirm(each, again(each)) : each));
  const suspects = measured.filter((_, at) => isSuspect(held.measured[at]));
  printOne({ ...held, name: `${held.name}, again`, measured: suspects });
  return { ...held, measured };
}

const signed = (value) => `${value > 0 ? "+" : ""}${short(value)}`;

function printOne({ name, left, choices, measured }) {
  console.log(`\n${name}: ${left ?? describeForms(choices)}`);
  for (const { chain, backend, isOwn, error, classes } of measured ?? []) {
    const title = `${chain}, ${backend}${isOwn ? "" : " (not what the file is from)"}`;
    if (error) {
      console.log(`  ${title}: ${error}`);
      continue;
    }
    const line = (first, of) =>
      console.log(first.padEnd(44) + CLASSES.map((each) => of(each).padStart(9)).join(""));
    const show = (key, format) => (each) => {
      const value = classes.find((own) => own.class === each)?.[key] ?? null;
      return value === null ? "-" : format(value);
    };
    line(`  ${title}`, (each) => each);
    for (const key of ["flat", "article", "auto"]) line(`    ${key}, ns`, show(key, short));
    line("    auto less flat", show("difference", signed));
    if (classes.some(({ isBroken }) => isBroken)) console.log(`    loses more than ${LIMIT} ns`);
  }
}

function printSummary(summary) {
  const place = ({ name, chain, backend, isOwn, class: which }) =>
    `${name}, ${chain}, ${backend}${isOwn ? "" : " (not what the file is from)"}, ${which}`;
  const { files, left, nothing, flat, changed, partlyFlat, measured, classes, worst } = summary;
  console.log(
    `\n${files} files: ${left.length} left out, ${nothing} with nothing to rewrite, ${flat} in which auto keeps all rules flat, ${changed} rewritten (${partlyFlat} in part), ${measured} of them measured`,
  );
  for (const { name, why } of left) console.log(`  left out: ${name}: ${why}`);
  const reasons = new Map();
  for (const { name, chain, backend, why } of summary.unmeasured) {
    const places = reasons.get(`${name}: ${why}`) ?? [];
    reasons.set(`${name}: ${why}`, [...places, `${chain} (${backend})`]);
  }
  for (const [reason, places] of reasons) console.log(`  not measured: ${reason}: ${places.join(", ")}`);
  if (worst !== null)
    console.log(
      `${classes} classes; the one that loses most: ${place(worst)}: ${signed(worst.difference)} ns`,
    );
  console.log(`${summary.broken.length} classes lose more than ${LIMIT} ns`);
  for (const each of summary.broken) console.log(`  ${place(each)}: ${signed(each.difference)} ns`);
  console.log(`${summary.behindArticle.length} classes are slower than in the article's layout`);
  for (const each of summary.behindArticle)
    console.log(`  ${place(each)}: ${short(each.article)} ns there, ${short(each.auto)} here`);
}

/** Prints each file and the counts, and returns both. */
export function benchAuto(paths, tools, options) {
  const first = paths.map((path) => {
    const name = relative(process.cwd(), path);
    let one;
    try {
      one = holdOne(path, name, tools, options);
    } catch (problem) {
      one = { held: { name, left: problem.message } };
    }
    printOne(one.held);
    return one;
  });
  const files = first.map(holdAgain);
  const summary = summarise(files);
  printSummary(summary);
  return { files, summary };
}
