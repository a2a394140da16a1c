/**
 * Draws packets around the rules of both sides: a rule as anchor, its conditions and those of one path that leads to it, the other fields
 * from values that the rulesets use, and often one step past a boundary. Uniform packets hardly ever meet a rule of a large ruleset.
 */
import { disturb, drawBase } from "./draw-base.ts";
import { Guide } from "./guide.ts";
import { normalisePacket } from "./normalise.ts";
import { FIELD, makePacket, setAnswer } from "./packet.ts";
import { type CompiledHook, type CompiledTable, type HookSide, OP, type Program } from "./program.ts";
import { Random } from "./random.ts";
import { isCall } from "./reach.ts";
import { leave, satisfy } from "./steer.ts";

/** How far around a rule its chain is searched for jumps to chains that set mark bits. */
const WINDOW = 12;

/** How often a packet that stops before its anchor is turned around what stops it. */
const DETOURS = 3;

/** How many of the rules that a packet matched last may be what stops it. */
const LAST_STEPS = 4;

/** Percent of the packets that step past a boundary. */
const BOUNDARY_SHARE = 40;

/** Percent of the packets that enter with arbitrary own bits, where there are own bits. */
const ANY_MARK_SHARE = 25;

/** Which packets enter with arbitrary own bits: a share of them, or all. */
export type MarkMode = "some" | "all";

/** Draws one packet after the other into `packet`; a class because it guards mutable state. */
export class Sampler {
  /** The packet last drawn. */
  readonly packet: Int32Array = makePacket();
  readonly #table: CompiledTable;
  readonly #hook: CompiledHook;
  readonly #random: Random;
  readonly #markMode: MarkMode;
  readonly #guide: Guide;
  /** Rules of both sides that the hook reaches, and by how many to step so that few packets, too, are spread over all of them. */
  readonly #anchors: number;
  readonly #stride: number;
  /** Rules on the way to the anchor, the anchor first. */
  readonly #path: number[] = [];

  /** A guide for the same table can be handed on from sampler to sampler. */
  constructor(
    table: CompiledTable,
    hook: CompiledHook,
    seed: number,
    markMode: MarkMode,
    guide = new Guide(table),
  ) {
    this.#table = table;
    this.#hook = hook;
    this.#random = new Random(seed);
    this.#markMode = markMode;
    this.#guide = guide;
    this.#anchors = hook.sides[0].anchors.length + hook.sides[1].anchors.length;
    this.#stride = strideFor(this.#anchors);
  }

  /** Draws the packet with that number (in the hook's sequence): the number decides the anchor. */
  draw(number: number): void {
    const random = this.#random;
    drawBase(this.#table, this.packet, random);
    if (this.#hook.name === "POSTROUTING" && random.percent(50)) this.packet[FIELD.IN] = 0;
    if (this.#anchors > 0 && !random.percent(3)) this.#drawAround((number * this.#stride) % this.#anchors);
    // After the anchor, whose port tests ask for a header that is whole.
    disturb(this.packet, random);
    this.#enter(true);
    this.#normalise();
  }

  #drawAround(anchor: number): void {
    const random = this.#random;
    const oldCount = this.#hook.sides[0].anchors.length;
    const index = anchor < oldCount ? 0 : 1;
    const program = this.#table.programs[index];
    const side = this.#hook.sides[index];
    const rule = side.anchors[anchor < oldCount ? anchor : anchor - oldCount]!;
    findPath(program, side, rule, this.#path, random);
    const path = this.#path;
    for (let at = path.length - 1; at >= 0; at--) this.#surround(program, path[at]!);
    for (let at = path.length - 1; at >= 0; at--) this.#satisfyRule(program, path[at]!);
    this.#enter(false);
    for (let left = DETOURS; left > 0 && !this.#guide.reaches(this.#hook, this.packet, index, rule); left--) {
      this.#turn(program);
      for (let at = path.length - 1; at >= 0; at--) this.#satisfyRule(program, path[at]!);
      this.#enter(false);
    }
    if (random.percent(BOUNDARY_SHARE)) {
      const chosen = random.percent(70) ? 0 : random.below(path.length);
      this.#leaveRule(program, path[chosen]!);
    }
  }

  /** Avoids one of the rules that the packet matched last, or meets a RETURN in the chain where it stopped. */
  #turn(program: Program): void {
    const random = this.#random;
    const { steps } = this.#guide;
    if (steps.length === 0) return;
    const stop = steps[steps.length - 1]!;
    const before = Math.max(program.chainStart[program.chainOf[stop]!]!, stop - WINDOW);
    const around = random.between(before, stop);
    if (program.ops[stop] === OP.MAYBE_END && random.percent(50)) setAnswer(this.packet, program.a[stop]!, 0);
    else if (around !== stop && program.ops[around] === OP.RETURN) this.#satisfyRule(program, around);
    else
      this.#leaveRule(program, steps[steps.length - 1 - random.below(Math.min(LAST_STEPS, steps.length))]!);
  }

  /**
   * Meets the conditions of one rule in each chain near `rule` that sets mark bits, and sometimes those of a neighbour: what sets the
   * bits that the rule tests, and rules that overlap it.
   */
  #surround(program: Program, rule: number): void {
    const random = this.#random;
    const chain = program.chainOf[rule]!;
    const from = Math.max(program.chainStart[chain]!, rule - WINDOW);
    const to = Math.min(program.chainStart[chain + 1]! - 1, rule + WINDOW + 1);
    if (random.percent(50)) this.#satisfyRule(program, random.between(from, to - 1));
    for (let near = from; near < to; near++) {
      if (near === rule || !isCall(program, near)) continue;
      const target = program.chainOf[program.a[near]!]!;
      if (program.marks[target] === 1) this.#satisfyRuleOf(program, target);
    }
  }

  /** Meets the conditions of one rule of a chain, and of one in the chain that it calls, and so on. */
  #satisfyRuleOf(program: Program, chain: number): void {
    let start = program.chainStart[chain]!;
    let end = program.chainStart[chain + 1]! - 1;
    while (end > start) {
      const rule = this.#random.between(start, end - 1);
      this.#satisfyRule(program, rule);
      if (!isCall(program, rule)) return;
      const called = program.chainOf[program.a[rule]!]!;
      start = program.chainStart[called]!;
      end = program.chainStart[called + 1]! - 1;
    }
  }

  #satisfyRule(program: Program, rule: number): void {
    for (let at = program.first[rule]!; at < program.first[rule + 1]!; at++) {
      satisfy(this.#table, this.packet, program.terms[at]!, this.#random);
    }
  }

  #leaveRule(program: Program, rule: number): void {
    const first = program.first[rule]!;
    const count = program.first[rule + 1]! - first;
    if (count > 0)
      leave(this.#table, this.packet, program.terms[first + this.#random.below(count)]!, this.#random);
  }

  /** Own bits as assumption A has them, or any where that is allowed. */
  #enter(mayBeAny: boolean): void {
    const { ownBits, connmarkBits } = this.#table;
    const { packet } = this;
    const isAny =
      mayBeAny && (this.#markMode === "all" || (ownBits !== 0 && this.#random.percent(ANY_MARK_SHARE)));
    packet[FIELD.ANY_MARK] = isAny ? 1 : 0;
    packet[FIELD.MARK]! &= ~ownBits;
    packet[FIELD.CONNMARK]! &= ~connmarkBits;
    if (isAny) packet[FIELD.MARK]! |= this.#random.bits() & ownBits;
  }

  /** Takes back what no packet of this hook has. */
  #normalise(): void {
    const { packet } = this;
    normalisePacket(this.#table, this.#hook, packet);
    const { interfaces } = this.#table;
    const needsIn =
      this.#hook.name === "PREROUTING" || this.#hook.name === "INPUT" || this.#hook.name === "FORWARD";
    const needsOut = this.#hook.name !== "PREROUTING" && this.#hook.name !== "INPUT";
    if (needsIn && packet[FIELD.IN] === 0) packet[FIELD.IN] = this.#random.between(1, interfaces.length - 1);
    if (needsOut && packet[FIELD.OUT] === 0)
      packet[FIELD.OUT] = this.#random.between(1, interfaces.length - 1);
  }
}

/** A step that meets every one of `count` places before it comes back to the first, and is far from a whole part of them. */
function strideFor(count: number): number {
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (count > 1 && commonDivisor(stride, count) !== 1) stride++;
  return stride;
}

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other);
}

/** Fills `path` with the rule, one caller of its chain, one caller of that chain, up to the base chain. */
function findPath(program: Program, side: HookSide, rule: number, path: number[], random: Random): void {
  path.length = 0;
  path.push(rule);
  let chain = program.chainOf[rule]!;
  while (chain !== side.chain) {
    const first = side.callerStart[chain]!;
    const caller = side.callers[first + random.below(side.callerStart[chain + 1]! - first)]!;
    path.push(caller);
    chain = program.chainOf[caller]!;
  }
}
