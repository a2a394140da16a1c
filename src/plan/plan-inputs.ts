/**
 * What a plan says of its inputs beside their groups and policy rules: which they are, and what stays flat in them.
 */
import type { Clustering, FlatReason } from "../cluster/types.ts";
import type { Rule } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import type { PlanFlat, PlanInput, PlanSets } from "./types.ts";

/** One input with what was found in it. */
export interface PlanSource {
  /** As it is to stand in the plan. */
  readonly path: string;
  readonly digest: string;
  /** Set where the plan has to keep the input itself. */
  readonly text?: string;
  readonly madeFrom?: string;
  readonly partial?: readonly string[];
  readonly sets?: PlanSets;
  readonly clustering: Clustering;
}

/** The entry of an input. */
export function makeInput({
  path,
  digest,
  text,
  madeFrom,
  partial,
  sets,
  clustering,
}: PlanSource): PlanInput {
  const { ruleset } = clustering;
  const unparsed = countUnparsed(ruleset);
  return {
    path,
    digest,
    family: ruleset.family,
    rules: ruleset.tables.reduce(
      (sum, { chains }) => sum + chains.reduce((rules, chain) => rules + chain.rules.length, 0),
      0,
    ),
    ...(unparsed === 0 ? {} : { unparsed }),
    tables: ruleset.tables.map(({ name }) => name),
    ...(partial === undefined ? {} : { partial }),
    ...(text === undefined ? {} : { text }),
    ...(madeFrom === undefined ? {} : { madeFrom }),
    ...(sets === undefined ? {} : { sets }),
  };
}

/** The lines of an input that stay flat, by their chains and reasons; `noBits`: there is none for the groups that were found. */
export function collectFlat(clustering: Clustering, input: number, noBits: boolean): PlanFlat[] {
  const groups = new Map<string, { table: string; chain: string; reason: FlatReason; lines: number[] }>();
  const add = (table: string, rule: Rule, reason: FlatReason): void => {
    const key = `${table}\u0000${rule.chain}\u0000${reason}`;
    const entry = groups.get(key) ?? { table, chain: rule.chain, reason, lines: [] };
    entry.lines.push(rule.line);
    groups.set(key, entry);
  };
  for (const { table, rule, reason } of clustering.flat) add(table, rule, reason);
  if (noBits) {
    const merged = new Map<Rule, string>();
    for (const { table, rules } of clustering.products) for (const rule of rules) merged.set(rule, table);
    for (const [rule, table] of merged) add(table, rule, "no-free-bits");
  }
  return [...groups.values()].map(({ table, chain, reason, lines }) => ({
    input,
    table,
    chain,
    reason,
    lines: lines.sort((left, right) => left - right),
  }));
}
