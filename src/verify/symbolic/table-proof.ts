/**
 * Both sides of one table in one set of diagrams: for each hook, the packets that fare differently.
 */
import type { Family, Table } from "../../model/types.ts";
import { nameOccurrences, namesUnder, type Pairing } from "../occurrences.ts";
import { addCalled, type ChainContext, hookDiagram } from "./chains.ts";
import { Comparer, SAME } from "./compare.ts";
import { ConditionMaker } from "./conditions.ts";
import { dependsOn, Diagram, type DiagramBudget } from "./diagram.ts";
import { Outcomes } from "./outcomes.ts";
import type { RuleContext } from "./rules.ts";
import { Sequencer } from "./sequence.ts";
import { universe } from "./universe.ts";
import type { AddressOrder } from "./variables.ts";
import { readVocabulary, trackChange, type Vocabulary } from "./vocabulary.ts";

/** The old and the new form of one table; both have the same base chains, no chain is missing and no base chain reaches a loop. */
export interface ProofPair {
  readonly name: string;
  readonly family: Family;
  readonly old: Table;
  readonly new: Table;
  /** Whether packets of a connection may have lost a part of their headers (../header-cutters.ts); without it they have not. */
  readonly cutsHeaders?: boolean;
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
  /** Whether occurrences of counting matches are told apart (occurrences.ts), or all of one text count as one. */
  readonly pairing: Pairing;
  readonly order: AddressOrder;
  /** Part of all packets that is looked at: the first bits of the destination. */
  readonly slice: readonly (0 | 1)[];
}

/** The packets of a hook that fare differently. */
export interface HookDifferences {
  readonly comparer: Comparer;
  /** Leaves are SAME or pairs of outcomes. */
  readonly node: number;
  /** The same for people: with packets that do not exist, where only the flags of address translation tell them apart. */
  readonly shown: number;
}

/** Rules of both sides. */
export function countRules({ old, new: now }: Pick<ProofPair, "old" | "new">): number {
  return [...old.chains, ...now.chains].reduce((sum, { rules }) => sum + rules.length, 0);
}

/** Diagrams of one table; a class because they grow from hook to hook. */
export class TableProof {
  readonly pair: ProofPair;
  readonly join: Sequencer;
  readonly interfaces: Vocabulary["interfaces"];
  readonly macs: readonly string[];
  readonly #settings: ProofSettings;
  readonly #contexts: readonly [ChainContext, ChainContext];
  readonly #chains = [new Map<string, number>(), new Map<string, number>()] as const;
  readonly #hooks = new Map<string, readonly [number, number]>();

  /**
   * `extra`: other tables whose chains are asked for by `extraSide`. Throws ProofGap for tables that can't be proved about; this and every method BudgetSpent.
   */
  constructor(pair: ProofPair, settings: ProofSettings, budget: DiagramBudget, extra: readonly Table[] = []) {
    this.pair = pair;
    this.#settings = settings;
    const { family } = pair;
    const words = readVocabulary([pair.old, pair.new, ...extra], family, settings.order);
    const { variables, changesState } = words;
    this.interfaces = words.interfaces;
    this.macs = words.macs;
    const rules = countRules(pair);
    const diagram = new Diagram(budget, rules);
    settings.slice.forEach((bit, at) => {
      diagram.fix(variables.fields.destination[at]!, bit);
    });
    this.join = new Sequencer(diagram, new Outcomes(), variables, settings.ownBits);
    if (words.tracks) this.join.trackChange = trackChange(this.join);
    const conditions = new ConditionMaker(this.join, this.interfaces.names, this.macs);
    const occurrence = namesUnder(settings.pairing, pair.old, pair.new);
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

  /** What a hook of another table does with every packet. */
  extraSide(table: Table, hook: string): number {
    const occurrence = nameOccurrences(table, table);
    return hookDiagram(table, hook, new Map(), { ...this.#contexts[0], occurrence });
  }

  /** Condition on the packets that exist in a hook; `flags` as in UniversePlace. */
  existing(hook: string, flags: boolean): number {
    const { name: table, family, cutsHeaders = false } = this.pair;
    const { backend } = this.#settings;
    const [interfaces, macs] = [this.interfaces.names.length, this.macs.length];
    const { loopback } = this.interfaces;
    const place = { family, table, hook, interfaces, macs, loopback, cutsHeaders, backend, flags };
    return universe(place, this.join);
  }

  /** Whether it is about a part of all packets. */
  get isSlice(): boolean {
    return this.#settings.slice.length > 0;
  }

  /** Bits of the mark that packets bring as 0. */
  get ownBits(): number {
    return this.#settings.ownBits;
  }

  /** What the chains of a hook are to one side. */
  reachContext(hook: string, side: 0 | 1) {
    const table = side === 0 ? this.pair.old : this.pair.new;
    addCalled(table, hook, this.#chains[side], this.#contexts[side]);
    return { table, hook, chains: this.#chains[side], rules: this.#contexts[side] };
  }

  /** What the rules of one side refer to; the chains among it are those of the hooks that `reachContext` was asked for. */
  ruleContext(side: 0 | 1): RuleContext {
    return { ...this.#contexts[side], chains: this.#chains[side] };
  }

  /** The packets that fare differently, with a comparer that knows what the leaves mean. */
  differences(hook: string, anyMark: boolean): HookDifferences {
    const { ownBits, connmarkBits } = this.#settings;
    const hidden = ~ownBits;
    const comparer = new Comparer(this.join, {
      zeroMarkBits: anyMark ? 0 : ownBits,
      zeroConnmarkBits: connmarkBits,
      markBits: anyMark ? hidden : -1,
      droppedMarkBits: hidden,
      connmarkBits: anyMark ? hidden : -1,
      shownBits: anyMark ? hidden : -1,
    });
    const node = comparer.differences(...this.sides(hook));
    if (node === SAME) return { comparer, node, shown: node };
    const within = (flags: boolean): number => this.join.choose(this.existing(hook, flags), node, SAME);
    const exact = within(true);
    const { snat, dnat } = this.join.variables.fields;
    const asksFlags = exact !== SAME && dependsOn(this.join.diagram, node, [...snat, ...dnat]);
    return { comparer, node: exact, shown: asksFlags || exact === SAME ? exact : within(false) };
  }
}
