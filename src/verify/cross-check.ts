/**
 * A packet through both checkers: what the evaluator does with it has to be what the diagrams say. Any disagreement is a fault of markify.
 */
import { answerKey, packetBits } from "./bridge.ts";
import { type Trace, Walker } from "./sample/evaluate.ts";
import { FIELD } from "./sample/packet.ts";
import { type CompiledHook, type CompiledTable, KIND } from "./sample/program.ts";
import { evaluateConditions, makeTruth, unmodelled } from "./sample/truth.ts";
import type { TableProof } from "./symbolic/table-proof.ts";

/** An outcome in words that both checkers can say. */
export interface PlainOutcome {
  readonly verdict: string;
  readonly mark: number;
  readonly connmark: number;
  /** `text` or `text @mark`. */
  readonly effects: readonly string[];
}

/** What the evaluator does, and what the diagram of one side says about the same packet. */
export interface CrossCheck {
  readonly evaluated: PlainOutcome;
  readonly proved: PlainOutcome;
}

/** Walks packets of one table in both ways; a class because it guards the walkers. */
export class CrossChecker {
  readonly #proof: TableProof;
  readonly #table: CompiledTable;
  readonly #truth;
  readonly #walkers: readonly [Walker, Walker];

  constructor(proof: TableProof, table: CompiledTable) {
    this.#proof = proof;
    this.#table = table;
    this.#truth = makeTruth(table);
    this.#walkers = [new Walker(table, 0, this.#truth), new Walker(table, 1, this.#truth)];
  }

  /** Both outcomes of one side. */
  check(hook: CompiledHook, packet: Int32Array, side: 0 | 1): CrossCheck {
    const table = this.#table;
    const effects: string[] = [];
    const answers = this.#namedAnswers(packet);
    const trace: Trace = {
      step: () => {},
      hotdrop: () => {},
      effect: (text, mark) =>
        effects.push(mark === null ? table.texts[text]! : `${table.texts[text]!} @${mark >>> 0}`),
      answer: (text, times, answer) => answers.set(answerKey(table.texts[text]!, times), answer),
    };
    evaluateConditions(table, packet, this.#truth);
    const walker = this.#walkers[side];
    walker.walk(hook, packet, trace);
    const { mark, connmark } = walker;
    const verdict = table.texts[walker.verdict]!;
    const evaluated = { verdict, mark: mark >>> 0, connmark: connmark >>> 0, effects };
    return { evaluated, proved: this.#proved(hook.name, packet, side, answers) };
  }

  /** Addresses by name are answered before the walk. */
  #namedAnswers(packet: Int32Array): Map<string, number> {
    const { conditions, texts } = this.#table;
    const answers = new Map<string, number>();
    for (let id = 0; id < conditions.kinds.length; id++) {
      if (conditions.kinds[id] !== KIND.NAMED_ADDRESS) continue;
      const text = conditions.data[conditions.at[id]!]!;
      answers.set(answerKey(texts[text]!, 0), unmodelled(packet, text, 0));
    }
    return answers;
  }

  #proved(hook: string, packet: Int32Array, side: 0 | 1, answers: ReadonlyMap<string, number>): PlainOutcome {
    const { join } = this.#proof;
    const bits = packetBits(this.#proof, this.#table, packet, answers);
    const leaf = join.diagram.evaluate(this.#proof.sides(hook)[side], bits);
    const outcome = join.outcomes.of(leaf);
    const [m, c] = [packet[FIELD.MARK]!, packet[FIELD.CONNMARK]!];
    const markOf = ({ mm, mc, mk }: typeof outcome.marks): number => ((m & mm) ^ (c & mc) ^ mk) >>> 0;
    // What effects show of packets that came with any own bits is compared without those.
    const shown = packet[FIELD.ANY_MARK] === 1 ? ~this.#table.ownBits : -1;
    const { cm, cc, ck } = outcome.marks;
    return {
      verdict: join.outcomes.verdictText(outcome.control),
      mark: markOf(outcome.marks),
      connmark: ((m & cm) ^ (c & cc) ^ ck) >>> 0,
      effects: join.outcomes.effects
        .of(outcome.effects)
        .map(({ kind, marks }) =>
          kind.showsMark ? `${kind.text} @${(markOf(marks) & shown) >>> 0}` : kind.text,
        ),
    };
  }
}
