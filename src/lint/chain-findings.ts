/**
 * Chains that nothing uses: called by nobody, called from nowhere that packets come to, or empty and called all the same.
 */
import type { Chain, Rule, Table } from "../model/types.ts";
import { isUnparsed } from "../model/unparsed.ts";
import type { TableRoles } from "./rule-roles.ts";
import { type Draft, linesOf, nameLines } from "./drafts.ts";

/** The findings. `roles`: what was found out about the table's rules. */
export function findIdleChains(table: Table, { unreached, rules: idle }: TableRoles): readonly Draft[] {
  // A rule that can't be read may call any chain.
  if (table.chains.some(({ rules }) => rules.some(isUnparsed))) return [];
  const callers = findCallers(table);
  const led = findLed(table);
  const free = new Set(idle.filter(({ isFree }) => isFree === true).map(({ rule }) => rule));
  return table.chains.flatMap((chain): readonly Draft[] => {
    if (chain.policy !== null) return [];
    const calls = callers.get(chain.name) ?? [];
    const place = { table: table.name, chain: chain.name, lines: [chain.line] };
    if (calls.length === 0) {
      const message = `no rule calls chain ${chain.name}`;
      const rules = chain.rules.length === 0 ? "" : ` with its ${countRules(chain.rules.length)}`;
      const advice = `take the chain out${rules}, or call it`;
      return [{ ...place, kind: "unused-chain", severity: "note", message, advice, removes: chain.rules }];
    }
    if (!led.has(chain.name)) {
      const message = `no base chain leads to chain ${chain.name}: what calls it (${nameLines(linesOf(calls))}) is in chains that no packet comes to`;
      const advice = `take the chain out with ${nameLines(linesOf(calls))}`;
      const removes = [...calls, ...chain.rules];
      return [
        { ...place, kind: "unreached-chain", severity: "note", message, advice, removes, because: calls },
      ];
    }
    if (unreached.includes(chain)) {
      const message = `no packet gets into chain ${chain.name}: none gets to ${nameLines(linesOf(calls))} and matches`;
      const advice = "look at the rules that call it";
      return [{ ...place, kind: "unreached-chain", severity: "warning", message, advice, because: calls }];
    }
    return chain.rules.length > 0 ? [] : [emptyChain(table, chain, calls, free)];
  });
}

function emptyChain(table: Table, chain: Chain, calls: readonly Rule[], free: ReadonlySet<Rule>): Draft {
  const lines = nameLines(linesOf(calls));
  const message = `chain ${chain.name} is empty: ${lines} ${calls.length === 1 ? "sends" : "send"} packets there for nothing`;
  const removes = calls.filter((rule) => free.has(rule));
  const advice = "leave it where another program fills it; else take it out with what calls it";
  const place = { table: table.name, chain: chain.name, rules: calls, removes };
  return { ...place, kind: "empty-chain", severity: "note", message, advice };
}

function countRules(count: number): string {
  return count === 1 ? "rule" : `${count} rules`;
}

function findCallers({ chains }: Table): ReadonlyMap<string, readonly Rule[]> {
  const callers = new Map<string, Rule[]>();
  for (const { rules } of chains) {
    for (const rule of rules) {
      if (rule.target.kind !== "jump" && rule.target.kind !== "goto") continue;
      const list = callers.get(rule.target.chain);
      if (list === undefined) callers.set(rule.target.chain, [rule]);
      else list.push(rule);
    }
  }
  return callers;
}

/** Chains to which the jumps of a base chain lead. */
function findLed({ chains }: Table): ReadonlySet<string> {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const led = new Set(chains.filter(({ policy }) => policy !== null).map(({ name }) => name));
  // A set grows while it is walked.
  for (const name of led)
    for (const { target } of byName.get(name)?.rules ?? [])
      if (target.kind === "jump" || target.kind === "goto") led.add(target.chain);
  return led;
}
