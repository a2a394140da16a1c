/**
 * A ruleset as the text that is loaded: every line as it was written, except that rules which log become NFLOG rules of the harness, so that it sees them.
 */
import type { Family, Rule, Table, Target } from "../../model/types.ts";
import type { Backend } from "./types.ts";

export { ipsetsText } from "./ipsets.ts";

/** The group that the helper listens to (helper/probes.py). */
const GROUP = 4242;

/** What stands before the number of a logging rule's text. */
const PREFIX = "mk:";

/** Targets that tell of packets. */
export const LOGGING: readonly string[] = ["LOG", "NFLOG"];

/** Targets of logging rules by number; both sides of a comparison share one. A class because it guards its state. */
export class LogTexts {
  readonly #texts: string[] = [];

  number(text: string): number {
    const known = this.#texts.indexOf(text);
    return known === -1 ? this.#texts.push(text) - 1 : known;
  }

  /** The target that an event's prefix stands for, or null for another event. */
  textOf(told: string): string | null {
    return told.startsWith(PREFIX) ? (this.#texts[Number(told.slice(PREFIX.length))] ?? null) : null;
  }
}

/** True for targets that tell of packets and are loaded as NFLOG. */
export function isLogging(target: Target): boolean {
  return target.kind === "extension" && LOGGING.includes(target.name);
}

/** The restore text of a ruleset's tables. */
export function restoreText(tables: readonly Table[], logs: LogTexts): string {
  return tables.map((table) => tableText(table, logs)).join("");
}

function tableText(table: Table, logs: LogTexts): string {
  const lines = [`*${table.name}`];
  for (const { name, policy, line } of table.chains)
    if (line !== 0 || policy === null) lines.push(`:${name} ${policy ?? "-"} [0:0]`);
  for (const chain of table.chains) for (const rule of chain.rules) lines.push(ruleText(rule, logs));
  return `${lines.join("\n")}\nCOMMIT\n`;
}

function ruleText(rule: Rule, logs: LogTexts): string {
  if (!isLogging(rule.target)) return rule.text.trim();
  const matches = rule.matches.map(({ text }) => text);
  const number = logs.number(rule.target.text.replace(/^-j /, ""));
  return ["-A", rule.chain, ...matches, loggingTarget(number)].join(" ");
}

/** The target that tells the harness of a packet; by the number of a text. */
export function loggingTarget(number: number): string {
  return `-j NFLOG --nflog-group ${GROUP} --nflog-prefix ${PREFIX}${number}`;
}

/** Text that empties every one of the tables. */
export function emptyText(tables: readonly Table[]): string {
  return [...new Set(tables.map(({ name }) => name))].map((name) => `*${name}\nCOMMIT\n`).join("");
}

/** The program that loads it. */
export function restoreCommand(family: Family, backend: Backend): string {
  return `${family === "v4" ? "iptables" : "ip6tables"}-${backend}-restore`;
}
