/**
 * What a packet's walk costs: the rules that it matched are known from the sample evaluator, all that it tested in between have failed, each at its first condition that is not
 * true.
 */
import type { Table } from "../model/types.ts";
import {
  type CompiledHook,
  type CompiledTable,
  KIND,
  OP,
  type Program,
  TRUTH,
} from "../verify/sample/program.ts";
import { MOST_STEPS, type Trace, Walker } from "../verify/sample/evaluate.ts";
import { evaluateCondition, evaluateConditions, makeTruth, type Truth } from "../verify/sample/truth.ts";
import { FIELD } from "../verify/sample/packet.ts";
import {
  BACKENDS,
  type Backend,
  KERNEL_COSTS,
  type KernelCosts,
  priceOfAddress,
  WARM_RULES,
} from "../cluster/kernel-costs.ts";

/** Nanoseconds on each backend. */
export type Costs = Readonly<Record<Backend, number>>;

/** Of all backends that count. */
export function sumCosts(costs: Costs, backends: readonly Backend[]): number {
  return backends.reduce((sum, backend) => sum + costs[backend], 0);
}

/** One walk. */
export interface Metered {
  /** The rule that gave the verdict; -1 for the policy. */
  readonly decidedBy: number;
  /** Rules tested. */
  readonly tests: number;
  readonly costs: Costs;
  /** The part of each owner: what happens in its chain, and in chains called from there that have no other owner. */
  readonly byOwner: ReadonlyMap<string, Costs>;
}

/** Costs of conditions and rules of one side, by backend. */
interface Prices {
  readonly terms: Float64Array;
  /** What is added where a rule has matched. */
  readonly matched: Float64Array;
  readonly costs: KernelCosts;
}

/** No comment in a rule. */
const NO_COMMENT = 255;

interface Step {
  readonly rule: number;
  readonly mark: number;
}

/** Meters walks through one side of a table; a class because it guards buffers that are used again. */
export class Meter {
  readonly #table: CompiledTable;
  readonly #side: 0 | 1;
  readonly #program: Program;
  readonly #truth: Truth;
  readonly #walker: Walker;
  readonly #prices: Readonly<Record<Backend, Prices>>;
  /** Before how many conditions the first comment of each rule stands. */
  readonly #comments: Uint8Array;
  /** The owner that each chain is, or an empty name. */
  readonly #owners: readonly string[];
  #packet: Int32Array = new Int32Array(0);
  #sums = { legacy: 0, nft: 0 };
  #tests = 0;

  /** `rules` is the table of that side, as it was compiled; `owners` are names of chains of which the part is asked. */
  constructor(table: CompiledTable, side: 0 | 1, rules: Table, owners: ReadonlySet<string>) {
    this.#table = table;
    this.#side = side;
    this.#program = table.programs[side];
    this.#truth = makeTruth(table);
    this.#walker = new Walker(table, side, this.#truth);
    this.#prices = { legacy: this.#price("legacy"), nft: this.#price("nft") };
    this.#comments = findComments(rules);
    this.#owners = table.chains[side].map((name) => (owners.has(name) ? name : ""));
  }

  /** Null where the walk was given up. */
  measure(hook: CompiledHook, packet: Int32Array): Metered | null {
    const steps: Step[] = [];
    const step = (rule: number, mark: number): void => void steps.push({ rule, mark });
    const trace: Trace = { step, hotdrop: step, effect: () => {} };
    evaluateConditions(this.#table, packet, this.#truth);
    this.#walker.walk(hook, packet, trace);
    if (this.#walker.steps > MOST_STEPS) return null;
    this.#packet = packet;
    this.#tests = 0;
    const byOwner = this.#follow(hook, packet, steps);
    const costs = { legacy: 0, nft: 0 };
    for (const part of byOwner.values()) for (const backend of BACKENDS) costs[backend] += part[backend];
    return { decidedBy: steps.at(-1)?.rule ?? -1, tests: this.#tests, costs, byOwner };
  }

  /** Goes through the chains as the walk did, from one rule that matched to the next. */
  #follow(hook: CompiledHook, packet: Int32Array, steps: readonly Step[]): ReadonlyMap<string, Costs> {
    const { ops, a, chainOf, chainStart } = this.#program;
    const byOwner = new Map<string, { legacy: number; nft: number }>();
    const stack: { readonly rule: number; readonly owner: string }[] = [];
    const { chain } = hook.sides[this.#side];
    let rule = chainStart[chain]!;
    let owner = this.#owners[chain]!;
    let mark = packet[FIELD.MARK]!;
    let next = 0;
    for (;;) {
      const step = steps[next];
      const last = chainStart[chainOf[rule]! + 1]! - 1;
      // A chain's end is no step: it was come to where the next rule that matched is in another chain, or before this one.
      const found = step !== undefined && step.rule >= rule && step.rule < last ? step.rule : last;
      this.#sums = byOwner.get(owner) ?? { legacy: 0, nft: 0 };
      byOwner.set(owner, this.#sums);
      for (; rule < found; rule++) this.#test(rule, mark, false);
      this.#test(rule, mark, true);
      if (found !== last && step !== undefined) {
        mark = step.mark;
        next++;
      }
      const op = found === last ? OP.RETURN : ops[rule]!;
      if (op === OP.RETURN) {
        const back = stack.pop();
        if (back === undefined) return byOwner;
        ({ rule, owner } = back);
        continue;
      }
      if (next >= steps.length) return byOwner;
      if (op === OP.JUMP) stack.push({ rule: rule + 1, owner });
      if (op === OP.JUMP || op === OP.GOTO) {
        rule = a[rule]!;
        owner = this.#owners[chainOf[rule]!]! || owner;
      } else rule++;
    }
  }

  /** Adds what a rule costs: all of its conditions where it matched, else those up to the first that is not true. */
  #test(rule: number, mark: number, isMatched: boolean): void {
    const { first, terms } = this.#program;
    const isCold = ++this.#tests > WARM_RULES;
    const start = first[rule]!;
    const end = first[rule + 1]!;
    let asked = start;
    while (asked < end) {
      const id = terms[asked++]!;
      if (!isMatched && this.#value(id, mark) !== TRUTH.TRUE) break;
    }
    const hasComment =
      this.#comments[rule]! < asked - start || (isMatched && this.#comments[rule]! !== NO_COMMENT);
    for (const backend of BACKENDS) {
      const { costs, terms: prices, matched } = this.#prices[backend];
      let sum = costs.rule + (isCold ? costs.cold : 0) + (hasComment ? costs.comment : 0);
      for (let at = start; at < asked; at++) sum += prices[terms[at]!]!;
      if (isMatched) sum += matched[rule]!;
      this.#sums[backend] += sum;
    }
  }

  #value(id: number, mark: number): number {
    const { kinds, at, data, negated, staticCount } = this.#table.conditions;
    if (id < staticCount) {
      const known = this.#truth.values[id]!;
      if (known !== TRUTH.UNKNOWN) return known;
      const value = evaluateCondition(this.#table, this.#packet, id);
      this.#truth.values[id] = value;
      return value;
    }
    const place = at[id]!;
    if (kinds[id] === KIND.MARK) return Number((mark & data[place + 1]!) === data[place]) ^ negated[id]!;
    // What else depends on the walk is taken for what made the rule fail.
    return TRUTH.FALSE;
  }

  #price(backend: Backend): Prices {
    const costs = KERNEL_COSTS[backend];
    const { kinds, at, data } = this.#table.conditions;
    const { ops, chainOf, chainStart } = this.#program;
    const terms = Float64Array.from(kinds, (kind, id) =>
      priceOf(costs, kind, data.subarray(at[id], at[id + 1])),
    );
    const matched = Float64Array.from(ops, (op, rule) => {
      const isEnd = rule === chainStart[chainOf[rule]! + 1]! - 1;
      return isEnd ? 0 : costs.matched + priceOfTarget(costs, op);
    });
    return { terms, matched, costs };
  }
}

/** `data`: the parameters of the condition. */
function priceOf(costs: KernelCosts, kind: number, data: Int32Array): number {
  switch (kind) {
    case KIND.ALWAYS:
      return 0;
    case KIND.SOURCE:
    case KIND.DESTINATION:
      return priceOfAddress(costs, data.subarray(data.length / 2));
    case KIND.NAMED_ADDRESS:
      return costs.address;
    case KIND.IN:
    case KIND.OUT:
      return costs.interface;
    case KIND.PROTOCOL:
    case KIND.FRAGMENT:
      return costs.protocol;
    case KIND.TRANSPORT:
      return costs.transport;
    case KIND.MULTIPORT:
      return costs.multiport + (costs.port * (data.length - 1)) / 2;
    case KIND.MARK:
    case KIND.CONNMARK:
      return costs.mark;
    case KIND.ADDRESS_SET:
      return costs.set;
    default:
      return costs.module;
  }
}

function priceOfTarget(costs: KernelCosts, op: number): number {
  switch (op) {
    case OP.CONTINUE:
    case OP.RETURN:
    case OP.END:
      return 0;
    case OP.JUMP:
    case OP.GOTO:
      return costs.call;
    default:
      return costs.target;
  }
}

/** For each rule as programs number them, each chain's end among them. */
function findComments({ chains }: Table): Uint8Array {
  const places: number[] = [];
  for (const { rules } of chains) {
    for (const { matches } of rules) {
      const at = matches.findIndex(({ kind }) => kind === "comment");
      places.push(at === -1 ? NO_COMMENT : at);
    }
    places.push(NO_COMMENT);
  }
  return Uint8Array.from(places);
}
