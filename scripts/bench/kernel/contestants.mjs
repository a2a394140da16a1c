/**
 * Who runs against whom: the flat ruleset, what markify makes of it, and, for planted policies, what people write by hand.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flatText, ipsetForm, multiportText, nftConcatText, nftSetsText } from "./planted.mjs";

/** @typedef {{ name: string, form: "iptables" | "ipset" | "nft", rules: string, sets?: string, only?: "nft" }} Form What is loaded. */
/** @typedef {{ name: string, why: string }} Skipped */

/** The filter table of a restore text; the other tables are not what is measured. */
export function filterTable(text) {
  const found = /^\*filter\b[\s\S]*?^COMMIT$/m.exec(text);
  if (found === null) throw new Error("there is no filter table");
  return `${found[0]}\n`;
}

/** Ways to call `apply`, with the option that each needs. */
const LAYOUTS = [
  { name: "markify", option: null, words: [], unless: "--layout" },
  { name: "markify, article", option: "--layout", words: ["--layout", "article"] },
  { name: "markify, shared", option: "--layout", words: ["--layout", "shared"] },
  { name: "markify, hoisted", option: "--layout", words: ["--layout", "hoisted"] },
  { name: "markify, auto", option: "--layout", words: ["--layout", "auto"] },
  // Auto would keep flat rules where sets cost more.
  { name: "markify, ipset", option: "--members", words: ["--members", "ipset", "--layout", "article"] },
];

/**
 * What markify makes of a ruleset, in each layout that it has.
 * @returns {{ forms: Form[], skipped: Skipped[] }}
 */
export function rewriteFlat(markify, path, folder) {
  const call = (...words) =>
    spawnSync(process.execPath, [markify, ...words], { encoding: "utf8", maxBuffer: 2 ** 30 });
  const plan = join(folder, "plan.yaml");
  const help = call("apply", "--help").stdout;
  const imported = call("import", path, "-o", plan, "--overwrite");
  const why = ({ stderr }) => stderr.trim().split("\n").at(-1) ?? "";
  if (imported.status !== 0)
    return { forms: [], skipped: [{ name: "markify", why: `import: ${why(imported)}` }] };
  const forms = [];
  const skipped = [];
  for (const { name, option, words, unless } of LAYOUTS) {
    if (unless !== undefined && help.includes(unless)) continue;
    if (option !== null && !help.includes(option)) {
      skipped.push({ name, why: `apply has no ${option}` });
      continue;
    }
    const output = join(folder, "new.rules");
    const applied = call("apply", plan, "-o", output, "--packets", "1000", ...words);
    if (applied.status !== 0) skipped.push({ name, why: `apply: ${why(applied)}` });
    else if (option === "--members")
      forms.push({
        name,
        form: "ipset",
        rules: filterTable(readFileSync(output, "utf8")),
        sets: readFileSync(`${output}.ipset`, "utf8"),
      });
    else forms.push({ name, form: "iptables", rules: filterTable(readFileSync(output, "latin1")) });
  }
  return { forms, skipped };
}

/** The flat form of planted policies, written into the folder for markify to read. */
export function writePlanted(planted, folder) {
  const path = join(folder, "planted.rules");
  writeFileSync(path, flatText(planted));
  return path;
}

/** Forms that people write. @returns {Form[]} */
export function peersOf(planted) {
  const { sets, rules } = ipsetForm(planted);
  return [
    { name: "flat with multiport", form: "iptables", rules: multiportText(planted) },
    { name: "ipset, a set a group", form: "ipset", rules, sets },
    { name: "nft, a set a group", form: "nft", rules: nftSetsText(planted), only: "nft" },
    { name: "nft, one set (nft -o)", form: "nft", rules: nftConcatText(planted), only: "nft" },
  ];
}

/** An empty filter table; what it takes is taken off from everybody. */
export function emptyForm(verdict) {
  const policy = verdict === "passed" ? "ACCEPT" : "DROP";
  return {
    name: `empty, ${verdict}`,
    form: "iptables",
    rules: `*filter\n:INPUT ${policy} [0:0]\n:FORWARD ${policy} [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`,
  };
}

const UNUSED = { v4: "192.0.2.99/32", v6: "2001:db8:ffff::99/128" };

/** The commands that load a form, and one that adds a rule to it. */
export function commandsFor(form, backend, family, hook) {
  const iptables = `${family === "v6" ? "ip6tables" : "iptables"}-${backend}`;
  const restore = [[`${iptables}-restore`, "-w", "60"], form.rules];
  const add = [iptables, "-w", "60", "-A", hook, "-s", UNUSED[family], "-j", "DROP"];
  switch (form.form) {
    case "iptables":
      return { name: form.name, load: [restore], add };
    case "ipset":
      return { name: form.name, load: [[["ipset", "restore"], form.sets], restore], add };
    default:
      return {
        name: form.name,
        load: [[["nft", "-f", "-"], form.rules]],
        add: ["nft", "add", "rule", "ip", "filter", "FORWARD", "ip", "saddr", UNUSED.v4, "drop"],
      };
  }
}

/** Rules of a form: lines that are evaluated, not members of sets. */
export function countLines({ form, rules }) {
  return form === "nft"
    ? (rules.match(/ accept$/gm) ?? []).length
    : (rules.match(/^(?:\[\d+:\d+\] )?-A /gm) ?? []).length;
}
