/**
 * A number for every rule and policy of each ruleset, and which of them a packet matches whatever is not known of it.
 */
import type { SideNumber, TableWalk } from "./table-walk.ts";

/** A rule for people; line 0 stands for a policy. */
export interface RulePlace {
  readonly table: string;
  readonly chain: string;
  readonly line: number;
  readonly text: string;
}

/** Numbers the rules of both sides; a class because it guards what the packet at hand has matched. */
export class RuleNumbers {
  readonly #tables: readonly TableWalk[];
  /** The number of the first rule of each table, by side. */
  readonly #starts: readonly [readonly number[], readonly number[]];
  /** In how many rounds of the packet each rule was matched, and in which one last. */
  readonly #counts: readonly [Int32Array, Int32Array];
  readonly #rounds: readonly [Int32Array, Int32Array];
  readonly #matched: readonly [number[], number[]] = [[], []];
  #round = 0;

  constructor(tables: readonly TableWalk[]) {
    this.#tables = tables;
    const startsOf = (side: SideNumber): number[] => {
      const starts = [0];
      for (const { rules } of tables) starts.push(starts[starts.length - 1]! + rules[side].length);
      return starts;
    };
    this.#starts = [startsOf(0), startsOf(1)];
    const make = (): [Int32Array, Int32Array] => [
      new Int32Array(this.#starts[0][tables.length]!),
      new Int32Array(this.#starts[1][tables.length]!),
    ];
    this.#counts = make();
    this.#rounds = make();
  }

  /** How many there are on a side. */
  count(side: SideNumber): number {
    return this.#counts[side].length;
  }

  numberOf(side: SideNumber, table: number, rule: number): number {
    return this.#starts[side][table]! + rule;
  }

  /** Another packet. */
  begin(): void {
    for (const side of [0, 1] as const) {
      for (const number of this.#matched[side]) this.#counts[side][number] = this.#rounds[side][number] = 0;
      this.#matched[side].length = 0;
    }
    this.#round = 0;
  }

  /** The same packet, with something else of what is not known. */
  nextRound(): void {
    this.#round++;
  }

  match(side: SideNumber, table: number, rule: number): void {
    const number = this.numberOf(side, table, rule);
    if (this.#rounds[side][number] === this.#round) return;
    if (this.#counts[side][number] === 0) this.#matched[side].push(number);
    this.#rounds[side][number] = this.#round;
    this.#counts[side][number]!++;
  }

  /** Those that were matched in every round. */
  certain(): readonly [readonly number[], readonly number[]] {
    const of = (side: SideNumber) =>
      this.#matched[side].filter((number) => this.#counts[side][number] === this.#round);
    return [of(0), of(1)];
  }

  /** The rule for people. */
  describe(side: SideNumber, number: number): RulePlace {
    const starts = this.#starts[side];
    const at = Math.max(0, starts.findIndex((start) => start > number) - 1);
    const table = this.#tables[at];
    const name = table?.compiled.name ?? "";
    if (table === undefined || number < 0) return { table: "", chain: "", line: 0, text: "no table" };
    const inTable = number - starts[at]!;
    const rule = table.rules[side][inTable];
    if (rule !== undefined) return { table: name, chain: rule.chain, line: rule.line, text: rule.text };
    const chain = table.tables[side].chains[table.compiled.programs[side].chainOf[inTable]!]!;
    return { table: name, chain: chain.name, line: 0, text: `policy ${chain.policy ?? "ACCEPT"}` };
  }
}
