/**
 * The variables and names for all tables on one way, and for what assertions name beside them.
 */
import type { Family, Match, Rule, Table } from "../../model/types.ts";
import { ConditionMaker } from "../symbolic/conditions.ts";
import { Diagram, type DiagramBudget } from "../symbolic/diagram.ts";
import { numberBits } from "../symbolic/encode.ts";
import { Outcomes } from "../symbolic/outcomes.ts";
import { hasOddMasks } from "../symbolic/prove.ts";
import { Sequencer } from "../symbolic/sequence.ts";
import type { ProofPair } from "../symbolic/table-proof.ts";
import { type Fields, HEADER_BYTES } from "../symbolic/variables.ts";
import { readVocabulary, trackChange, type Vocabulary } from "../symbolic/vocabulary.ts";
import { reachedChains, type Stage } from "./stages.ts";

/** A field that has one value in all packets that are looked at, as its first bits. */
export type Pin = readonly [field: keyof Fields, bits: readonly number[]];

/** What the tables are turned into diagrams with. */
export interface WayTerms extends Pick<Vocabulary, "interfaces" | "macs"> {
  readonly join: Sequencer;
  readonly conditions: ConditionMaker;
  /** Whether matches that are not modelled may answer otherwise from one moment to the next. */
  readonly answersChange: boolean;
  /** The filter table, and all that is named beside it: values to choose packets with. */
  readonly pair: ProofPair;
}

/** Makes them. `matches` name what assertions name; packets are whole, and as the pins say. Throws ProofGap for tables that can't be proved about. */
export function makeTerms(
  stages: readonly Stage[],
  family: Family,
  matches: readonly Match[],
  pins: readonly Pin[],
  budget: DiagramBudget,
): WayTerms {
  const named = tableOf("assertions", [ruleOf(matches)]);
  const tables = [...new Set(stages.map(({ table }) => table))];
  const filter = tables.find(({ name }) => name === "filter") ?? tableOf("filter", []);
  const others = tables.filter((table) => table !== filter).flatMap(({ chains }) => chains);
  const rest = { ...named, chains: [...named.chains, ...others] };
  const order = hasOddMasks({ old: filter, new: rest }) ? "interleaved" : "destination-first";
  const words = readVocabulary([filter, rest], family, order);
  const { variables, interfaces, macs } = words;
  const diagram = new Diagram(budget);
  const whole = [
    ["fragment", [0, 0]],
    ["header", numberBits(HEADER_BYTES.length - 1, variables.fields.header.length)],
    ["broken", [0]],
  ] as const satisfies readonly Pin[];
  for (const [field, bits] of [...whole, ...pins])
    bits.forEach((bit, at) => {
      const level = variables.fields[field][at];
      if (level !== undefined) diagram.fix(level, bit === 1 ? 1 : 0);
    });
  const join = new Sequencer(diagram, new Outcomes(), variables, writtenBits(tables));
  if (words.tracks) join.trackChange = trackChange(join);
  return {
    join,
    interfaces,
    macs,
    conditions: new ConditionMaker(join, interfaces.names, macs),
    answersChange: words.changesState || asksOnSeveralHooks(stages),
    pair: { name: "filter", family, old: filter, new: rest },
  };
}

function tableOf(name: string, rules: readonly Rule[]): Table {
  const chains = rules.length === 0 ? [] : [{ name, policy: null, line: 0, rules }];
  return { name, firstLine: 0, lastLine: 0, chains };
}

function ruleOf(matches: readonly Match[]): Rule {
  const target = { kind: "none", text: "" } as const;
  return { chain: "assertions", line: 0, text: "", matches, target, comment: null, counters: null };
}

/** Bits that MARK sets: those that chains of groups test again and again. */
function writtenBits(tables: readonly Table[]): number {
  let bits = 0;
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { target } of rules) if (target.kind === "mark") bits |= target.flip;
  return bits;
}

/** The same text may answer otherwise on another hook: what it reads (a route, a bridge port) may not be there yet. */
function asksOnSeveralHooks(stages: readonly Stage[]): boolean {
  const hooks = new Map<string, string>();
  for (const stage of stages)
    for (const { rules } of reachedChains(stage))
      for (const { matches } of rules)
        for (const match of matches) {
          if (match.kind !== "pure") continue;
          if ((hooks.get(match.text) ?? stage.hook) !== stage.hook) return true;
          hooks.set(match.text, stage.hook);
        }
  return false;
}
