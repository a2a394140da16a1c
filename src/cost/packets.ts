/**
 * Packets that stand for the traffic of a base chain: for rules of the old ruleset that end a walk, one that this rule decides, one from the same source to a stranger, and one
 * of its source and destination with another service; and one that is like none of them.
 */
import { CTSTATE } from "../model/types.ts";
import { LOOPBACK } from "../verify/sample/interfaces.ts";
import { normalisePacket } from "../verify/sample/normalise.ts";
import { FIELD, makePacket, MODE } from "../verify/sample/packet.ts";
import { type CompiledHook, type CompiledTable, KIND, OP, TRUTH } from "../verify/sample/program.ts";
import { Random } from "../verify/sample/random.ts";
import { satisfy } from "../verify/sample/steer.ts";
import { evaluateConditions, makeTruth } from "../verify/sample/truth.ts";

/** How a packet is like a rule: in all, in its source, in source and destination; or like none; or it is one of a file of traffic. */
export type Likeness = "rule" | "source" | "addresses" | "none" | "traffic";

/** One packet. */
export interface Representative {
  readonly likeness: Likeness;
  /** The rule, as the old program numbers it; -1 for none. */
  readonly rule: number;
  /** Whether it stands for itself alone: it is like the first rule of a chain that is replaced, in all. */
  readonly isFirst: boolean;
  readonly packet: Int32Array;
}

/** Rules of a hook that get packets, about: enough for every part of a long chain. */
const MOST_RULES = 48;

/** The fewest of a chain that is rewritten, beside its first. */
const LEAST_RULES = 5;

/** Addresses and ports that are tried for the packet that is like no rule. */
const STRANGERS = 24;

const SYN = 2;

/** Rules of the old side that end a walk. */
export function findEnds({ programs }: CompiledTable, { sides }: CompiledHook): readonly number[] {
  return [...sides[0].anchors].filter((rule) => programs[0].ops[rule] === OP.END);
}

/** A rule that stands for several. */
export interface ChosenRule {
  readonly rule: number;
  readonly rules: readonly number[];
  readonly isFirst: boolean;
}

/**
 * Some of these rules, spread over all; `weights` says which of neighbours is the one (ties: the first). Of the rules of one chain that are replaced the first is always there, since its
 * packets have the shortest way in the old ruleset, and the last, and some between them.
 */
export function chooseRules(
  ends: readonly number[],
  { programs }: CompiledTable,
  replaced: ReadonlySet<number>,
  weights: Float64Array | null,
): readonly ChosenRule[] {
  const { chainOf } = programs[0];
  const others: number[] = [];
  const byChain = new Map<number, number[]>();
  for (const rule of ends) {
    const own = replaced.has(rule) ? (byChain.get(chainOf[rule]!) ?? []) : others;
    own.push(rule);
    if (own !== others) byChain.set(chainOf[rule]!, own);
  }
  const share = (rules: readonly number[]): number => Math.ceil((MOST_RULES * rules.length) / ends.length);
  const chains = [...byChain.values()].flatMap(([first, ...rest]) => [
    { rule: first!, rules: [first!], isFirst: true },
    ...spread(rest, Math.max(LEAST_RULES, share(rest)), weights),
  ]);
  return [...chains, ...spread(others, share(others), weights)];
}

function spread(
  rules: readonly number[],
  wanted: number,
  weights: Float64Array | null,
): readonly ChosenRule[] {
  const count = Math.min(wanted, rules.length);
  return Array.from({ length: count }, (_, at) => {
    const own = rules.slice(
      Math.floor((at * rules.length) / count),
      Math.floor(((at + 1) * rules.length) / count),
    );
    if (weights === null)
      return { rule: at === count - 1 ? own.at(-1)! : own[0]!, rules: own, isFirst: false };
    const most = own.reduce((max, rule) => Math.max(max, weights[rule]!), 0);
    return { rule: own.find((rule) => weights[rule] === most)!, rules: own, isFirst: false };
  });
}

/** Draws packets of one hook; the same each time. A class because it guards its random numbers. */
export class PacketMaker {
  readonly #table: CompiledTable;
  readonly #hook: CompiledHook;
  readonly #stranger: Int32Array;

  constructor(table: CompiledTable, hook: CompiledHook) {
    this.#table = table;
    this.#hook = hook;
    this.#stranger = findStranger(table, hook);
  }

  /** The packet that is like no rule. */
  get stranger(): Representative {
    return { likeness: "none", rule: -1, isFirst: false, packet: this.finish(this.#stranger.slice()) };
  }

  /** The three that are like a rule. */
  like({ rule, isFirst }: Pick<ChosenRule, "rule" | "isFirst">): readonly Representative[] {
    const path = this.#pathTo(rule);
    const make = (likeness: Likeness, isAsked: (kind: number) => boolean): Representative => {
      const packet = this.#stranger.slice();
      const random = new Random(rule);
      const { first, terms } = this.#table.programs[0];
      const { kinds } = this.#table.conditions;
      for (const step of path) {
        for (let at = first[step]!; at < first[step + 1]!; at++)
          if (isAsked(kinds[terms[at]!]!)) satisfy(this.#table, packet, terms[at]!, random);
      }
      return { likeness, rule, isFirst: isFirst && likeness === "rule", packet: this.finish(packet) };
    };
    return [
      make("rule", () => true),
      make("source", (kind) => kind === KIND.SOURCE || kind === KIND.IN),
      make("addresses", (kind) => kind <= KIND.OUT),
    ];
  }

  /** Calls that lead to the rule, the base chain's first, and the rule. */
  #pathTo(rule: number): readonly number[] {
    const { chainOf } = this.#table.programs[0];
    const { chain: base, callers, callerStart } = this.#hook.sides[0];
    const path = [rule];
    for (let chain = chainOf[rule]!; chain !== base; chain = chainOf[path[0]!]!)
      path.unshift(callers[callerStart[chain]!]!);
    return path;
  }

  /** Makes it one that the hook can see, and gives it back. */
  finish(packet: Int32Array): Int32Array {
    normalisePacket(this.#table, this.#hook, packet);
    // Own bits are 0 on entry, which is what mark tests on the way to a rule would set.
    packet[FIELD.MARK]! &= ~this.#table.ownBits;
    return packet;
  }
}

/** A new tcp connection on interfaces that nothing names, from and to addresses in as few conditions as can be. */
function findStranger(table: CompiledTable, hook: CompiledHook): Int32Array {
  const random = new Random(1);
  const truth = makeTruth(table);
  const { firstOfKind } = table.conditions;
  let best = makePacket();
  let least = Number.POSITIVE_INFINITY;
  for (let left = STRANGERS; left > 0; left--) {
    const packet = makePacket();
    for (let word = 0; word < table.words; word++) {
      packet[FIELD.SOURCE + word] = random.bits();
      packet[FIELD.DESTINATION + word] = random.bits();
    }
    // Behind the names of the rules stands one that none of them fits; the loopback device's may be last.
    const other = table.interfaces.findLastIndex((name) => name !== LOOPBACK);
    packet[FIELD.IN] = packet[FIELD.OUT] = other;
    packet[FIELD.PROTOCOL] = 6;
    packet[FIELD.SPORT] = 40_000 + random.below(9000);
    packet[FIELD.DPORT] = 50_000 + random.below(15_000);
    packet[FIELD.FLAGS] = SYN;
    packet[FIELD.CTSTATE] = CTSTATE.NEW;
    packet[FIELD.MODE] = MODE.FALSE;
    normalisePacket(table, hook, packet);
    evaluateConditions(table, packet, truth);
    let count = 0;
    for (let id = firstOfKind[KIND.SOURCE]!; id < firstOfKind[KIND.NAMED_ADDRESS]!; id++)
      if (truth.values[id] === TRUTH.TRUE && table.conditions.negated[id] === 0) count++;
    if (count < least) [best, least] = [packet, count];
  }
  return best;
}
