/**
 * Both sides of one table in one set of diagrams: for each hook, the packets that fare differently.
 */
import type { Family, Match, Table } from "../../model/types.ts";
import { nameOccurrences } from "../occurrences.ts";
import { type ChainContext, hookDiagram } from "./chains.ts";
import { changesOfTables } from "./changes.ts";
import { Comparer, SAME } from "./compare.ts";
import { ConditionMaker, optionText, STATE_CODES } from "./conditions.ts";
import { Diagram, type DiagramBudget } from "./diagram.ts";
import { where } from "./encode.ts";
import { type InterfaceClasses, interfaceClasses } from "./interface-classes.ts";
import { clearedMap } from "./mark-map.ts";
import { Outcomes, TRACK } from "./outcomes.ts";
import { Sequencer } from "./sequence.ts";
import { universe } from "./universe.ts";
import { type AddressOrder, Variables } from "./variables.ts";

/** The old and the new form of one table; both have the same base chains, no chain is missing and no base chain reaches a loop. */
export interface ProofPair {
  readonly name: string;
  readonly family: Family;
  readonly old: Table;
  readonly new: Table;
}

/** What a proof assumes and compares. */
export interface ProofSettings {
  /** Bits that packets bring as 0 in their mark, and in their connection mark. */
  readonly ownBits: number;
  readonly connmarkBits: number;
  /** Packets may bring any own bits, and own bits of marks do not count. */
  readonly anyMark: boolean;
  /** Null: equal means equal under both. */
  readonly backend: "legacy" | "nft" | null;
  readonly counters: boolean;
  readonly order: AddressOrder;
  /** Part of all packets that is looked at: the first bits of the destination. */
  readonly slice: readonly (0 | 1)[];
}

/** Diagrams of one table; a class because they grow from hook to hook. */
export class TableProof {
  readonly pair: ProofPair;
  readonly join: Sequencer;
  readonly interfaces: InterfaceClasses;
  readonly macs: readonly string[];
  readonly #settings: ProofSettings;
  readonly #contexts: readonly [ChainContext, ChainContext];
  readonly #chains = [new Map<string, number>(), new Map<string, number>()] as const;
  readonly #hooks = new Map<string, readonly [number, number]>();

  /** Throws ProofGap for tables that can't be proved about; this and every method BudgetSpent. */
  constructor(pair: ProofPair, settings: ProofSettings, budget: DiagramBudget) {
    this.pair = pair;
    this.#settings = settings;
    const tables = [pair.old, pair.new] as const;
    const matches = tables.flatMap(({ chains }) =>
      chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches)),
    );
    const { changesState, tracks } = changesOfTables(tables);
    this.interfaces = interfaceClasses(tables);
    this.macs = [...new Set(matches.flatMap((match) => (match.kind === "mac" ? [match.address] : [])))];
    const { family } = pair;
    const { order } = settings;
    const sizes = { family, order, interfaces: this.interfaces.names.length, macs: this.macs.length + 2 };
    const variables = new Variables({ ...sizes, changesState: tracks }, fixedAnswers(matches, changesState));
    const diagram = new Diagram(budget);
    settings.slice.forEach((bit, at) => {
      diagram.fix(variables.fields.destination[at]!, bit);
    });
    this.join = new Sequencer(diagram, new Outcomes(), variables, settings.ownBits);
    if (tracks) this.join.trackChange = trackChange(this.join);
    const conditions = new ConditionMaker(this.join, this.interfaces.names, this.macs);
    const occurrence = nameOccurrences(pair.old, pair.new);
    const context = { join: this.join, conditions, occurrence, changesState, counters: settings.counters };
    this.#contexts = [context, context];
  }

  /** What each side does with every packet of a hook, in terms of the marks that packets bring. */
  sides(hook: string): readonly [number, number] {
    const known = this.#hooks.get(hook);
    if (known !== undefined) return known;
    const side = (at: 0 | 1, table: Table): number =>
      hookDiagram(table, hook, this.#chains[at], this.#contexts[at]);
    const sides = [side(0, this.pair.old), side(1, this.pair.new)] as const;
    this.#hooks.set(hook, sides);
    return sides;
  }

  /** The packets that fare differently, with a comparer that knows what the leaves mean. */
  differences(hook: string, anyMark: boolean): { readonly comparer: Comparer; readonly node: number } {
    const { ownBits, connmarkBits, backend } = this.#settings;
    const hidden = ~ownBits;
    const comparer = new Comparer(this.join, {
      markBits: anyMark ? hidden : -1,
      droppedMarkBits: hidden,
      connmarkBits: anyMark ? hidden : -1,
      shownBits: anyMark ? hidden : -1,
    });
    const entry = anyMark ? clearedMap(0, connmarkBits) : clearedMap(ownBits, connmarkBits);
    const start = this.join.outcomes.goingOn({ marks: entry });
    const [old, now] = this.sides(hook).map((side) => this.join.after(start, side)) as [number, number];
    const [interfaces, macs] = [this.interfaces.names.length, this.macs.length];
    const place = { table: this.pair.name, hook, interfaces, macs };
    const all = universe({ ...place, backend }, this.join);
    return { comparer, node: this.join.choose(all, comparer.differences(old, now), SAME) };
  }
}

/** Texts of what has one answer for the whole walk. */
function fixedAnswers(matches: readonly Match[], changesState: boolean): readonly string[] {
  return matches.flatMap((match) => {
    if (match.kind === "pure") return changesState ? [] : [match.text];
    if (match.kind === "source" || match.kind === "destination")
      return match.address === null ? [match.text.replace(/^! /, "")] : [];
    return match.kind === "transport" && match.option !== null ? [optionText(match.option.number)] : [];
  });
}

/** CT and NOTRACK act on packets that no connection tracking has seen (net/netfilter/xt_CT.c, xt_ct_target); those count as INVALID until then. */
function trackChange(join: Sequencer) {
  const { state, snat, dnat } = join.variables.fields;
  const bits = (code: number): readonly number[] => [(code >> 2) & 1, (code >> 1) & 1, code & 1, 0, 0];
  const invalid = STATE_CODES.indexOf(1);
  return {
    untouched: where(join.diagram, state, (code) => code === invalid),
    levels: [...state, ...snat, ...dnat],
    bits: {
      [TRACK.UNTRACKED]: bits(STATE_CODES.indexOf(16)),
      [TRACK.TEMPLATE]: bits(STATE_CODES.indexOf(8)),
    },
  };
}
