/**
 * The walk of one packet through one side of a table, as the kernel does it (net/ipv4/netfilter/ip_tables.c, ipt_do_table).
 */
import { CTSTATE } from "../../model/types.ts";
import { Candidates } from "./candidates.ts";
import { FIELD } from "./packet.ts";
import {
  type CompiledHook,
  type CompiledTable,
  EFFECT,
  KIND,
  OP,
  type Program,
  TRUTH,
  VERDICT,
} from "./program.ts";
import { mix } from "./random.ts";
import { evaluateCondition, type Truth, unmodelled } from "./truth.ts";

/** What a walk tells whoever wants to show it. */
export interface Trace {
  /** A rule that matched, and the mark after it; rule -1 is the policy. */
  step(rule: number, mark: number): void;
  /** An effect: number of its text, and the mark that it shows, or null. */
  effect(text: number, mark: number | null): void;
  /** What something that is not modelled answered, and how often it, or anything that it may read, was there before. */
  answer?(text: number, times: number, answer: number): void;
  /** The rule whose match dropped the packet. */
  hotdrop(rule: number, mark: number): void;
}

/** Answers for what is not modelled, by text and time: 0, 1, or -1 where the packet decides. */
export type Oracle = (text: number, times: number) => number;

/** Rules that a packet may match on one side before its walk is given up: chains that call each other twice can be walked 2^n times. */
export const MOST_STEPS = 1_000_000;

/** Connection states without a connection: CONNMARK and connmark do nothing there. */
const NO_CONNECTION = CTSTATE.INVALID | CTSTATE.UNTRACKED;

/** One side's walk and its outcome; a class because it guards mutable state that is used again for every packet. */
export class Walker {
  /** Number of the verdict's text. */
  verdict = 0;
  mark = 0;
  connmark = 0;
  /** Rules that the last packet matched; more than MOST_STEPS: given up, and the outcome says nothing. */
  steps = 0;
  /** A chain in which a long walk was on its way. */
  chain = 0;
  /** Two independent hashes over all effects in order. */
  effects = 0;
  effectsCheck = 0;
  readonly #table: CompiledTable;
  readonly #program: Program;
  readonly #side: 0 | 1;
  readonly #truth: Truth;
  readonly #candidates: Candidates;
  readonly #stack: Int32Array;
  /** How often each text was evaluated, and which ones were. */
  readonly #counts: Int32Array;
  readonly #counted: number[] = [];
  #packet: Int32Array = new Int32Array(0);
  #ctstate = 0;
  #history = 0;
  /** How many effects are in the history. */
  #changes = 0;
  /** Text of the constant that was written last, or -1 where something else may have changed the packet since; whether CT or NOTRACK came by. */
  #setting = -1;
  #hasTracked = false;
  /** Set to 1 for every rule that a packet matches, where it is there. */
  matched: Uint8Array | null = null;
  /** Asked before the packet is, where it is there. */
  oracle: Oracle | null = null;
  #trace: Trace | null = null;

  /** `truth` is what evaluateConditions filled for the packet. */
  constructor(table: CompiledTable, side: 0 | 1, truth: Truth) {
    this.#table = table;
    this.#side = side;
    this.#program = table.programs[side];
    this.#truth = truth;
    this.#candidates = new Candidates(this.#program, table.conditions.staticCount);
    this.#stack = new Int32Array(this.#program.marks.length + 1);
    this.#counts = new Int32Array(table.texts.length);
  }

  /** The connection state after the walk: CT and NOTRACK change it. */
  get ctstate(): number {
    return this.#ctstate;
  }

  /** Walks a packet; the outcome is in the fields until the next walk. */
  walk(hook: CompiledHook, packet: Int32Array, trace: Trace | null = null): void {
    this.#packet = packet;
    this.#trace = trace;
    this.mark = packet[FIELD.MARK]!;
    this.connmark = packet[FIELD.CONNMARK]!;
    this.effects = this.effectsCheck = this.#history = this.#changes = 0;
    this.#setting = -1;
    this.#hasTracked = false;
    this.#ctstate = packet[FIELD.CTSTATE]!;
    while (this.#counted.length > 0) this.#counts[this.#counted.pop()!] = 0;
    this.#candidates.load(this.#truth);
    this.verdict = this.#run(hook);
  }

  #run(hook: CompiledHook): number {
    const { ops, a, b, chainStart } = this.#program;
    const stack = this.#stack;
    const { chain, policy } = hook.sides[this.#side];
    let depth = 0;
    this.steps = 0;
    this.chain = chain;
    let rule = chainStart[chain]!;
    for (;;) {
      rule = this.#candidates.next(rule);
      const value = this.#matches(rule);
      if (value === TRUTH.FALSE) {
        rule++;
        continue;
      }
      if (value === TRUTH.HOTDROP) {
        this.#trace?.hotdrop(rule, this.mark);
        return VERDICT.DROP;
      }
      if (this.matched !== null) this.matched[rule] = 1;
      if ((++this.steps & 0xffff) === 0) this.chain = this.#program.chainOf[rule]!;
      if (this.steps > MOST_STEPS) return VERDICT.DROP;
      const op = ops[rule]!;
      if (op === OP.RETURN) {
        this.#traceStep(rule);
        if (depth === 0) {
          this.#trace?.step(-1, this.mark);
          return policy;
        }
        rule = stack[--depth]!;
        continue;
      }
      if (op === OP.JUMP) stack[depth++] = rule + 1;
      else if (op !== OP.GOTO && this.#execute(op, a[rule]!, b[rule]!)) {
        this.#traceStep(rule);
        return a[rule]!;
      }
      this.#traceStep(rule);
      rule = op === OP.JUMP || op === OP.GOTO ? a[rule]! : rule + 1;
    }
  }

  #traceStep(rule: number): void {
    // The closing RETURN of a chain is no rule of anybody's.
    const { chainOf, chainStart } = this.#program;
    if (this.#trace !== null && rule !== chainStart[chainOf[rule]! + 1]! - 1)
      this.#trace.step(rule, this.mark);
  }

  /** The rule's conditions in order, up to the first that is not true. */
  #matches(rule: number): number {
    const { first, terms } = this.#program;
    const { staticCount } = this.#table.conditions;
    const end = first[rule + 1]!;
    for (let at = first[rule]!; at < end; at++) {
      const id = terms[at]!;
      let value = id < staticCount ? this.#truth.values[id]! : this.#live(id);
      if (value === TRUTH.UNKNOWN) {
        value = evaluateCondition(this.#table, this.#packet, id);
        this.#truth.values[id] = value;
      }
      if (value !== TRUTH.TRUE) return value;
    }
    return TRUTH.TRUE;
  }

  /** A condition that depends on the walk. */
  #live(id: number): number {
    const { kinds, at, data, negated } = this.#table.conditions;
    const place = at[id]!;
    switch (kinds[id]) {
      case KIND.MARK:
        return Number((this.mark & data[place + 1]!) === data[place]) ^ negated[id]!;
      case KIND.CONNMARK:
        // Without a connection the match is false for both polarities (net/netfilter/xt_connmark.c, connmark_mt).
        if ((this.#ctstate & NO_CONNECTION) !== 0) return TRUTH.FALSE;
        return Number((this.connmark & data[place + 1]!) === data[place]) ^ negated[id]!;
      case KIND.LIVE_CTSTATE:
        return Number((this.#ctstate & data[place]!) !== 0) ^ negated[id]!;
      case KIND.PURE:
        return this.#answer(data[place]!, this.#changes, this.#history);
      default:
        return this.#stateful(data[place]!, data[place + 1] === 1);
    }
  }

  /** What something that is not modelled says; `history` is all that it may depend on, besides the packet itself. */
  #answer(text: number, times: number, history: number): number {
    const given = this.oracle === null ? -1 : this.oracle(text, times);
    const answer = given === -1 ? unmodelled(this.#packet, text, history) : given;
    this.#trace?.answer?.(text, times, answer);
    return answer;
  }

  /** The same for what may answer otherwise each time. */
  #nextAnswer(text: number): number {
    const count = this.#counts[text]!++;
    if (count === 0) this.#counted.push(text);
    return this.#answer(text, count, mix(this.#history, count + 1));
  }

  /** Evaluating a counting match is an effect, and its answer depends on how often it was asked. */
  #stateful(text: number, showsMark: boolean): number {
    this.#effect(text, showsMark);
    return this.#nextAnswer(text);
  }

  /** Whether an effect does what is done already, so that nobody can tell; remembers what it does. */
  #isRepeated(text: number, bits: number): boolean {
    if ((bits & (EFFECT.NOTRACK | EFFECT.TRACK)) !== 0) {
      if (this.#hasTracked) return true;
      this.#hasTracked = true;
    }
    if ((bits & EFFECT.SETTING) !== 0 && this.#setting === text) return true;
    if ((bits & EFFECT.STATE) !== 0) this.#setting = (bits & EFFECT.SETTING) !== 0 ? text : -1;
    return false;
  }

  #effect(text: number, showsMark: boolean, isRepeated = false): void {
    const hidden = this.#packet[FIELD.ANY_MARK] === 1 ? this.#table.ownBits : 0;
    const mark = showsMark ? this.mark & ~hidden : 0;
    if (!isRepeated) this.#compared(text, mark);
    this.#trace?.effect(text, showsMark ? mark : null);
  }

  /** Takes an effect into the hashes. */
  #compared(text: number, mark: number): void {
    this.effects = mix(mix(this.effects, text + 1), mark);
    this.effectsCheck = mix(mix(this.effectsCheck ^ 0x3c6ef372, mark), text + 1);
  }

  /** Does what a matching rule does; true when the walk ends. */
  #execute(op: number, a: number, b: number): boolean {
    const hasConnection = (this.#ctstate & NO_CONNECTION) === 0;
    switch (op) {
      case OP.END:
        return true;
      case OP.MARK:
        this.mark = (this.mark & ~a) ^ b;
        return false;
      case OP.CONNMARK_SET:
        if (hasConnection) this.connmark = (this.connmark & ~a) ^ b;
        return false;
      case OP.CONNMARK_SAVE:
        if (hasConnection) this.connmark = (this.connmark & ~b) ^ (this.mark & a);
        return false;
      case OP.CONNMARK_RESTORE:
        if (hasConnection) this.mark = (this.mark & ~a) ^ (this.connmark & b);
        return false;
      case OP.EFFECT:
        this.#effect(a, (b & EFFECT.SILENT) === 0, this.#isRepeated(a, b));
        this.#change(a, b);
        return false;
      case OP.MAYBE_END:
        this.#setting = -1;
        this.#effect(a, true);
        this.#change(a, b);
        return this.#nextAnswer(a) === 1;
      default:
        return false;
    }
  }

  /** What a target that is not modelled changes. */
  #change(text: number, bits: number): void {
    if ((bits & EFFECT.STATE) !== 0) {
      this.#history = mix(this.#history, text + 1);
      this.#changes++;
    }
    if ((bits & EFFECT.MARK) !== 0) {
      this.mark = mix(mix(this.#packet[FIELD.SEED]!, text), this.#history) & ~this.#table.ownBits;
    }
    // A packet that has a connection, or is untracked already, keeps it (net/netfilter/xt_CT.c, xt_ct_target).
    if ((bits & (EFFECT.NOTRACK | EFFECT.TRACK)) !== 0 && (this.#ctstate & CTSTATE.INVALID) !== 0) {
      this.#ctstate = (bits & EFFECT.NOTRACK) !== 0 ? CTSTATE.UNTRACKED : CTSTATE.NEW;
    }
  }
}
