/**
 * Runs real iptables in network namespaces of their own: a fresh one for each load, gone when the command ends, so that nothing of the machine's
 * own firewall is read or changed. Tests that need it skip loudly where something is missing; under CI they fail instead.
 */
import { spawnSync } from "node:child_process";
import { describe } from "vitest";

/** The two implementations of iptables: on ip_tables of old, and on nf_tables. */
export type Backend = "legacy" | "nft";

export const BACKENDS: readonly Backend[] = ["legacy", "nft"];

/** One ruleset to load. */
export interface Load {
  readonly family: "v4" | "v6";
  readonly backend: Backend;
  readonly text: string;
  /** What `ipset restore` reads before, so that `-m set` finds its sets. */
  readonly ipsets?: string;
}

/** What came of it. */
export interface Loaded {
  readonly ok: boolean;
  /** What iptables-save printed; empty when the load failed. */
  readonly saved: string;
  /** What the commands complained about. */
  readonly errors: string;
}

const PROGRAMS = [
  "unshare",
  "ip",
  "ipset",
  "python3",
  ...BACKENDS.flatMap((name) => [`iptables-${name}-restore`, `ip6tables-${name}-restore`]),
];

/** Everything that the kernel tests need and that is not here; empty when they can run. */
function findMissing(): readonly string[] {
  if (process.platform !== "linux") return ["Linux"];
  const missing = PROGRAMS.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  if (process.getuid?.() !== 0) return ["root", ...missing];
  if (missing.includes("unshare")) return missing;
  for (const backend of BACKENDS.filter((name) => !missing.includes(`iptables-${name}-restore`))) {
    const empty = { family: "v4", backend, text: "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n" } as const;
    if (!loadAndSave(empty).ok)
      missing.push(`a kernel that lets iptables-${backend}-restore load into a network namespace`);
  }
  return missing;
}

let missing: readonly string[] | null = null;

/** `describe` for tests that need the kernel. Skips and names what is missing; with CI=true that is a failure. */
export function describeKernel(name: string, fn: () => void): void {
  missing ??= findMissing();
  if (missing.length === 0) {
    describe(name, fn);
    return;
  }
  const sentence = `needs ${missing.join(", ")}`;
  if (process.env.CI === "true")
    throw new Error(`${name}: ${sentence}; with CI=true the kernel tests must run`);
  console.warn(`SKIPPED: ${name}: ${sentence}`);
  describe.skip(`${name} (${sentence})`, fn);
}

/** Loads a restore text into a fresh network namespace and saves what is there then. */
export function loadAndSave(load: Load): Loaded {
  const command = `${load.family === "v6" ? "ip6tables" : "iptables"}-${load.backend}`;
  const sets = load.ipsets ?? "";
  // Both inputs come on standard input, the sets first, cut by their length: no file, nothing to clean up.
  const program = [
    "set -e",
    sets === "" ? "" : `head -c ${Buffer.byteLength(sets)} | ipset restore`,
    `${command}-restore`,
    `${command}-save`,
  ].join("\n");
  const run = spawnSync("unshare", ["-n", "sh", "-c", program], {
    input: sets + load.text,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const ok = run.status === 0;
  return { ok, saved: ok ? run.stdout : "", errors: run.stderr || (run.error?.message ?? "") };
}

/** A save file as far as two saves can be compared: table, then chain, then its lines; the policy is a chain's first line. */
export type NormalSave = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Brings a save or restore text into a form to compare: comments, blank lines, counters and trailing blanks dropped; tables and chains by name,
 * since each backend has its own order of them. Tables without rules and with accepting policies only are left out: some saves list them, some don't.
 */
export function normaliseSaved(text: string): NormalSave {
  const tables: Record<string, Record<string, string[]>> = {};
  let table: Record<string, string[]> = {};
  for (const raw of text.split("\n")) {
    const line = raw.trim().replace(/^\[\d+:\d+\] /, "");
    const chain = /^:(\S+) (\S+)/.exec(line);
    const rule = /^(?:-A|--append) (\S+)/.exec(line);
    if (line.startsWith("*")) {
      table = {};
      tables[line.slice(1)] = table;
    } else if (chain !== null) table[chain[1]!] = [`policy ${chain[2]}`];
    else if (rule !== null) {
      const lines = table[rule[1]!] ?? [];
      lines.push(line);
      table[rule[1]!] = lines;
    }
  }
  const isEmpty = (chains: Record<string, string[]>) =>
    Object.values(chains).every((lines) => lines.join() === "policy ACCEPT");
  return Object.fromEntries(Object.entries(tables).filter(([, chains]) => !isEmpty(chains)));
}

/** How many rules each chain has, as `filter/INPUT`; only chains that have any. */
export function countRules(save: NormalSave): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [table, chains] of Object.entries(save)) {
    for (const [chain, lines] of Object.entries(chains)) {
      const rules = lines.filter((line) => line.startsWith("-")).length;
      if (rules > 0) counts[`${table}/${chain}`] = rules;
    }
  }
  return counts;
}
