/**
 * Loads forms into network namespaces, sends the chosen packets through each, and makes rows of what that took.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../measure.mjs";
import { addressText, frameOf } from "./aims.mjs";
import { commandsFor, countLines } from "./contestants.mjs";
import { costsByClass, findUnlike, netCosts } from "./ratios.mjs";

const SENDER = fileURLToPath(new URL("./sender.py", import.meta.url));
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
