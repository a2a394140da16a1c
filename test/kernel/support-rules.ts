/**
 * Rules for every row of docs/support.md, so that each option stands in one, and once with `!` where it may. `v4 ` or `v6 ` before a rule: for that family
 * alone; `mangle/PREROUTING `: its place, otherwise filter/INPUT.
 */
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import type { MatchRow, TargetRow } from "../../src/model/options.ts";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import type { Family } from "../../src/model/types.ts";
import { MATCHES } from "./support-matches.ts";
import { TARGETS } from "./support-targets.ts";

/** One rule with its place. */
export interface SupportRule {
  readonly family: Family | null;
  readonly table: string;
  readonly chain: string;
  /** Without `-A CHAIN`. */
  readonly rule: string;
}

/** What iptables 1.8.9 or a kernel of now refuses, though old dumps may hold it: rules with such an option are only parsed. */
export const NOT_LOADED: Readonly<Record<string, string>> = {
  "-m udplite": "not in iptables 1.8",
  "-m condition": "of xtables-addons",
  "-m owner --pid-owner": "not in kernels since 2.6.14",
  "-m owner --sid-owner": "not in kernels since 2.6.14",
  "-m owner --cmd-owner": "not in kernels since 2.6.14",
  "-m dst --dst-not-strict": "in manuals alone",
  "-m hbh --hbh-not-strict": "in manuals alone",
  "-m bpf --object-pinned": "needs a pinned program",
  "-m nfacct": "needs an accounting object",
  "-j BALANCE": "not in iptables 1.8",
  "-j MIRROR": "not in iptables 1.8",
  "-j SAME": "not in iptables 1.8",
  "-j TARPIT": "of xtables-addons",
  "-j CT --helper": "needs a loaded helper",
  "-j CT --timeout": "needs a timeout policy",
  "-j CONNSECMARK": "needs SELinux",
  "-j SECMARK": "needs SELinux",
};

/** Sets that rules name. */
export function supportSets(family: Family): string {
  return `create markify hash:ip family ${family === "v4" ? "inet" : "inet6"} counters timeout 0 skbinfo\n`;
}

/** A rule with its family and place before it, as above. */
export function parseRule(text: string): SupportRule {
  const [, family, table = "filter", chain = "INPUT", rule = ""] =
    /^(?:(v4|v6) )?(?:([a-z]+)\/([A-Z]+) )?(.*)$/u.exec(text) ?? [];
  return { family: family === "v4" || family === "v6" ? family : null, table, chain, rule };
}

/** The rules of each row under the name that docs/support.md gives it: `-m tcp`, `-j DNAT`. */
export const SUPPORT_RULES: ReadonlyMap<string, readonly SupportRule[]> = new Map([
  ...Object.entries(MATCHES).map(([name, rules]) => [`-m ${name}`, rules.map(parseRule)] as const),
  ...Object.entries(TARGETS).map(([name, rules]) => [`-j ${name}`, rules.map(parseRule)] as const),
]);

/** The rules of a row for one family. */
export function supportRulesOf(name: string, family: Family): readonly SupportRule[] {
  const only = SUPPORT_ROWS.get(name)?.family ?? null;
  if (only !== null && only !== family) return [];
  return (SUPPORT_RULES.get(name) ?? []).filter((rule) => rule.family === null || rule.family === family);
}

/** The rows of docs/support.md by name. */
export const SUPPORT_ROWS: ReadonlyMap<string, MatchRow | TargetRow> = new Map<string, MatchRow | TargetRow>([
  ...[...MATCH_ROWS.values()].map((row) => [`-m ${row.name}`, row] as const),
  ...[...TARGET_ROWS.values()].map((row) => [`-j ${row.name}`, row] as const),
]);

/** A save file with these rules. */
export function fileOf(rules: readonly SupportRule[]): string {
  const tables = new Map<string, SupportRule[]>();
  for (const rule of rules) tables.set(rule.table, [...(tables.get(rule.table) ?? []), rule]);
  const lines: string[] = [];
  for (const [table, those] of tables) {
    const chains = [...new Set(those.map(({ chain }) => chain))];
    lines.push(`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`));
    lines.push(...those.map(({ chain, rule }) => `-A ${chain} ${rule}`), "COMMIT");
  }
  return `${lines.join("\n")}\n`;
}

/** Why a rule is not for loading; null where it is. */
export function whyNotLoaded(name: string, { rule }: SupportRule): string | null {
  const found = Object.entries(NOT_LOADED).find(([what]) => {
    const option = what.slice(name.length).trim();
    return what.startsWith(name) && (option === "" ? what === name : rule.includes(option));
  });
  return found?.[1] ?? null;
}
