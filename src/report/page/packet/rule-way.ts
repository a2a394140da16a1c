/**
 * How packets get to a rule, by the lines alone: its table, its hook, and the rules that call one chain from another on the way.
 */
import { baseChains, isBaseChain } from "../../../model/tables.ts";

/** A line that appends a rule. */
export interface RuleLine {
  readonly chain: string;
  /** All behind the chain's name. */
  readonly words: string;
  /** What it jumps or goes to. */
  readonly target: string | null;
}

const RULE = /^(?:\[\d+:\d+\]\s+)?(?:-A|--append)\s+(\S+)\s*(.*)$/u;

/** Reads one; null where it is none. */
export function readLine(text: string): RuleLine | null {
  const [, chain, words] = RULE.exec(text) ?? [];
  if (chain === undefined || words === undefined) return null;
  const target = /\s(?:-j|-g|--jump|--goto)\s+(\S+)/u.exec(` ${words}`)?.[1] ?? null;
  return { chain, words, target };
}

/** The way to a rule. */
export interface RuleWay {
  readonly table: string;
  readonly hook: string;
  /** Lines (from 1) of the rules that lead from the hook to the rule's chain, the last one first. */
  readonly callers: readonly number[];
}

/** The shortest way to a line (from 1) that is a rule; where nothing leads there, a hook that the table has. */
export function findWay(lines: readonly string[], line: number): RuleWay | null {
  const rule = readLine(lines[line - 1] ?? "");
  if (rule === null) return null;
  const start = lines.findLastIndex((text, at) => at < line && text.startsWith("*"));
  const table = start === -1 ? "filter" : lines[start]!.slice(1).trim();
  const callers = listCallers(lines, start);
  const ways = new Map<string, readonly number[]>([[rule.chain, []]]);
  // A map grows while it is walked: every caller is asked for its callers, too.
  for (const [chain, way] of ways) {
    if (isBaseChain(table, chain)) return { table, hook: chain, callers: way };
    for (const { from, line: at } of callers.get(chain) ?? [])
      if (!ways.has(from)) ways.set(from, [...way, at]);
  }
  const bases = baseChains(table);
  const hook = bases.includes("FORWARD") ? "FORWARD" : bases[0];
  return hook === undefined ? null : { table, hook, callers: [] };
}

interface Caller {
  readonly from: string;
  readonly line: number;
}

/** The rules that call each chain, in the table that begins at an index. */
function listCallers(lines: readonly string[], start: number): ReadonlyMap<string, readonly Caller[]> {
  const callers = new Map<string, Caller[]>();
  for (let at = start + 1; at < lines.length && lines[at] !== "COMMIT"; at++) {
    const rule = readLine(lines[at]!);
    if (rule?.target == null) continue;
    const caller = { from: rule.chain, line: at + 1 };
    const list = callers.get(rule.target);
    if (list === undefined) callers.set(rule.target, [caller]);
    else list.push(caller);
  }
  return callers;
}
