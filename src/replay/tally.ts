/**
 * Counts what becomes of packets. Only what is counted is kept, and a limited number of packets that were judged before: how long a capture is does not matter.
 */
import type { Family, Rule } from "../model/types.ts";
import { memberLines } from "../verify/explain/groups.ts";
import type { Evaluator, Fate, Judgement, Traveller } from "./evaluator.ts";
import { describeTraveller } from "./describe.ts";
import type { Fold } from "./fold.ts";
import type { SideNumber } from "./table-walk.ts";
import type { TableWalk } from "./table-walk.ts";

/** Distinct packets that are remembered at once. */
const MOST_KEPT = 100_000;

/** Packets that ended by the same rules in the same ways. */
export interface Row {
  readonly fates: readonly Fate[];
  readonly open: readonly string[];
  /** One of them, in words; null where nothing differs. */
  readonly packet: Readonly<Record<string, string>> | null;
  packets: number;
}

interface Kept {
  readonly judgement: Judgement;
  readonly traveller: Traveller;
  packets: number;
}

/** Counts packets of one family; a class because it guards the counts. */
export class Tally {
  readonly rows = new Map<string, Row>();
  readonly unjudged = new Map<string, number>();
  readonly groups = new Map<string, number>();
  /** By the numbers of the rules: packets that match, and packets that are decided. */
  readonly matched: readonly [Float64Array, Float64Array];
  readonly decided: readonly [Float64Array, Float64Array];
  distinct = 0;
  readonly #family: Family;
  readonly #evaluator: Evaluator;
  readonly #fold: Fold;
  readonly #kept = new Map<string, Kept>();
  /** By the number of the rule of the new ruleset: table and chain of the group that it is a line of. */
  readonly #groupOf: ReadonlyMap<number, string>;

  constructor(family: Family, evaluator: Evaluator, fold: Fold) {
    this.#family = family;
    this.#evaluator = evaluator;
    this.#fold = fold;
    const make = (): [Float64Array, Float64Array] => [
      new Float64Array(evaluator.numbers.count(0)),
      new Float64Array(evaluator.numbers.count(1)),
    ];
    this.matched = make();
    this.decided = make();
    this.#groupOf = findGroups(evaluator);
  }

  /** Takes packets that are alike; the traveller is good until this returns. */
  add(traveller: Traveller, packets: number): void {
    const key = this.#fold(traveller);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      kept.packets += packets;
      return;
    }
    if (this.#kept.size >= MOST_KEPT) this.flush();
    const own = { ...traveller, fields: traveller.fields.slice() };
    this.#kept.set(key, { judgement: this.#evaluator.judge(own), traveller: own, packets });
    this.distinct++;
  }

  /** Counts what is remembered, and forgets it. */
  flush(): void {
    for (const kept of this.#kept.values()) this.#count(kept);
    this.#kept.clear();
  }

  #count({ judgement, traveller, packets }: Kept): void {
    const { fates, why, open, hits } = judgement;
    if (why !== null) {
      this.unjudged.set(why, (this.unjudged.get(why) ?? 0) + packets);
      return;
    }
    this.#countRow(fates, open, traveller, packets);
    for (const side of [0, 1] as const) {
      for (const number of hits[side]) this.matched[side][number]! += packets;
      const decider = deciderOf(fates, side);
      if (decider >= 0) this.decided[side][decider]! += packets;
    }
    const groups = new Set(hits[1].map((number) => this.#groupOf.get(number)));
    for (const group of groups)
      if (group !== undefined) this.groups.set(group, (this.groups.get(group) ?? 0) + packets);
  }

  #countRow(fates: readonly Fate[], open: readonly string[], traveller: Traveller, packets: number): void {
    const words = fates.map(
      ({ old, new: now, differs }) =>
        `${differs} ${old.decider} ${now.decider} ${old.verdict}\n${now.verdict}`,
    );
    const key = `${words.sort().join("\n")}\n${open.join("\n")}`;
    const row = this.rows.get(key);
    if (row !== undefined) {
      row.packets += packets;
      return;
    }
    const isSame = fates.every(({ differs }) => differs === 0);
    const packet = isSame ? null : describeTraveller(this.#family, traveller);
    this.rows.set(key, { fates, open, packet, packets });
  }
}

/** The rule that decides in all ways; -1 where it is not always the same. */
function deciderOf(fates: readonly Fate[], side: SideNumber): number {
  const deciders = new Set(fates.map((fate) => (side === 0 ? fate.old : fate.new).decider));
  return deciders.size === 1 ? [...deciders][0]! : -1;
}

function findGroups({ numbers, tables }: Evaluator): ReadonlyMap<number, string> {
  const groups = new Map<number, string>();
  tables.forEach((walk: TableWalk, table) => {
    const lines: ReadonlyMap<Rule, string> = memberLines(walk.tables[1]);
    walk.rules[1].forEach((rule, at) => {
      const group = rule === undefined ? undefined : lines.get(rule);
      if (group !== undefined) groups.set(numbers.numberOf(1, table, at), `${walk.compiled.name} ${group}`);
    });
  });
  return groups;
}
