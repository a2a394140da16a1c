/**
 * Where the walk takes place: the hook that the interfaces lead to, and the tables that the packet meets there, in the kernel's order.
 */
import { findNearest } from "../../model/nearest.ts";
import { baseChains, isBaseChain, isTableName } from "../../model/tables.ts";
import type { Ruleset, Table } from "../../model/types.ts";
import type { ExplainOptions, ReportFault } from "./types.ts";

/** A hook, and the tables to walk. */
export interface WalkPlace {
  readonly hook: string;
  /** At least one; each has the base chain. */
  readonly tables: readonly Table[];
}

/**
 * Order of the tables on each hook. nat comes early where it changes destinations, last where it changes sources
 * (include/uapi/linux/netfilter_ipv4.h, nf_ip_hook_priorities; net/netfilter/nf_nat_proto.c).
 */
export const HOOK_TABLES: Readonly<Record<string, readonly string[]>> = {
  PREROUTING: ["raw", "mangle", "nat"],
  INPUT: ["mangle", "filter", "security", "nat"],
  FORWARD: ["mangle", "filter", "security"],
  OUTPUT: ["raw", "mangle", "nat", "filter", "security"],
  POSTROUTING: ["mangle", "nat"],
};

const HOOKS = Object.keys(HOOK_TABLES);

/** True where packets have no in-interface, or no out-interface. */
const LACKS_IN = new Set(["OUTPUT"]);
const LACKS_OUT = new Set(["PREROUTING", "INPUT"]);

/** Finds the place; null after a fault. */
export function findPlace(ruleset: Ruleset, options: ExplainOptions, report: ReportFault): WalkPlace | null {
  const hook = findHook(options, report);
  if (hook === null) return null;
  if (options.in !== undefined && LACKS_IN.has(hook))
    report(`a packet in ${hook} has no in-interface`, "leave --in out");
  if (options.out !== undefined && LACKS_OUT.has(hook))
    report(
      `a packet in ${hook} has no out-interface yet`,
      "leave --out out, or --hook FORWARD with --in and --out",
    );
  const name = (options.table ?? "filter").toLowerCase();
  if (name === "all") return findAll(ruleset, hook, report);
  return isPossible(name, hook, report) ? findOne(ruleset, name, hook, report) : null;
}

/** The hook that is meant; null after a fault. */
export function findHook(options: ExplainOptions, report: ReportFault): string | null {
  if (options.hook !== undefined) {
    const hook = options.hook.toUpperCase();
    if (HOOKS.includes(hook)) return hook;
    const nearest = findNearest(hook, HOOKS);
    report(
      `--hook ${options.hook}: there is no such hook`,
      nearest === null ? `one of ${HOOKS.join(", ")}` : `did you mean ${nearest}?`,
    );
    return null;
  }
  if (options.in !== undefined) return options.out === undefined ? "INPUT" : "FORWARD";
  if (options.out !== undefined) return "OUTPUT";
  report(
    "nothing says where the packet is",
    "--in NAME for one to this host, --in NAME --out NAME for one through it, --out NAME for one from it, or --hook NAME",
  );
  return null;
}

function isPossible(name: string, hook: string, report: ReportFault): boolean {
  if (!isTableName(name)) {
    const names = ["raw", "mangle", "nat", "filter", "security"];
    report(`--table ${name}: there is no such table`, `one of ${names.join(", ")}, or all`);
    return false;
  }
  if (isBaseChain(name, hook)) return true;
  report(
    `the table ${name} has no ${hook}: its hooks are ${baseChains(name).join(", ")}`,
    `--table ${HOOK_TABLES[hook]!.join(" or ")} or all, or --hook ${baseChains(name).join(" or ")}`,
  );
  return false;
}

function findOne(ruleset: Ruleset, name: string, hook: string, report: ReportFault): WalkPlace | null {
  const { tables, file } = ruleset;
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) {
    const there = tables.filter((candidate) => isBaseChain(candidate.name, hook));
    const names = there.map((candidate) => candidate.name);
    report(
      `${file.path} has no table ${name}`,
      names.length === 0 ? "" : `--table ${names.join(" or ")}, which it has`,
    );
    return null;
  }
  if (hasBase(table, hook)) return { hook, tables: [table] };
  report(
    `${file.path} does not declare ${hook} in ${name}: what the kernel has there stays, and is not known`,
  );
  return null;
}

function findAll(ruleset: Ruleset, hook: string, report: ReportFault): WalkPlace | null {
  const tables = HOOK_TABLES[hook]!.flatMap((name) => ruleset.tables.filter((table) => table.name === name));
  const walked = tables.filter((table) => hasBase(table, hook));
  if (walked.length > 0) return { hook, tables: walked };
  report(`${ruleset.file.path} has no table with ${hook}`);
  return null;
}

function hasBase(table: Table, hook: string): boolean {
  return table.chains.some(({ name, policy }) => name === hook && policy !== null);
}
