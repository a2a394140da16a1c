/**
 * Which level of the diagrams each bit of a packet has.
 *
 * The order decides how large a proof gets: connection state, interfaces and protocol first, then the addresses, then what is behind the address header, the answers of
 * matches that are not modelled, and last everything that a rule may change, so that a change is felt only below.
 */
import type { Family } from "../../model/types.ts";
import { BudgetSpent, LEAF_LEVEL } from "./diagram.ts";

/** How the bits of source and destination stand: one after the other, or in turns (for masks that are no prefixes). */
export type AddressOrder = "destination-first" | "interleaved";

/** Levels of each field's bits, most significant first. */
export interface Fields {
  /** Code of a state: index in STATE_CODES. */
  readonly state: readonly number[];
  readonly snat: readonly number[];
  readonly dnat: readonly number[];
  readonly in: readonly number[];
  readonly out: readonly number[];
  /** IPv6 extension headers that can't be followed. */
  readonly broken: readonly number[];
  readonly protocol: readonly number[];
  readonly source: readonly number[];
  readonly destination: readonly number[];
  /** 1: as iptables-nft treats the packet. */
  readonly nft: readonly number[];
  /** Fragment offset: 0, 1, or 2 for any larger one. */
  readonly fragment: readonly number[];
  /** Index in HEADER_BYTES of the largest number that is not larger than the bytes of the transport header that are there. */
  readonly header: readonly number[];
  readonly dport: readonly number[];
  readonly sport: readonly number[];
  readonly flags: readonly number[];
  readonly icmpType: readonly number[];
  readonly icmpCode: readonly number[];
  /** Index in the list of hardware addresses; 0: no Ethernet header, 1: an address that nobody names. */
  readonly mac: readonly number[];
}

/** Numbers of bytes at which matches begin to be able to read a header; the last one stands for a whole header. */
export const HEADER_BYTES = [0, 2, 4, 8, 12, 14, 20, 21] as const;

/** What is known before the levels are given out. */
export interface VariableSizes {
  readonly family: Family;
  readonly interfaces: number;
  readonly macs: number;
  readonly order: AddressOrder;
  /** True where CT or NOTRACK may change the connection state: then it stands among what rules change. */
  readonly changesState: boolean;
}

/** A variable beside the packet's own bits: what something that is not modelled answers, or a tcp option. */
export interface Answer {
  /** What is asked, as reports print it. */
  readonly text: string;
  /** What it counts as in EffectKind.asks; empty where it is not counted. */
  readonly asks: string;
  /** How often it, or (where `asks` is empty) anything that it may read, was there before. */
  readonly times: number;
}

/** Gives out levels; a class because it guards them. */
export class Variables {
  readonly fields: Fields;
  /** First level of what rules may change: answers that depend on the walk, the connection state perhaps, and both marks. */
  readonly changeable: number;
  /** Bit k of the mark has markLevel + 2k, of the connection mark one more. */
  readonly markLevel: number;
  #next = 0;
  readonly #fixedAnswers = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  readonly #answerAt = new Map<number, Answer>();

  /** `answers`: the texts of all that is answered once for the whole walk. */
  constructor(sizes: VariableSizes, answers: readonly string[]) {
    const take = (bits: number): readonly number[] => Array.from({ length: bits }, () => this.#next++);
    const early = sizes.changesState ? null : this.#takeState();
    const [inside, outside] = [take(bitsFor(sizes.interfaces)), take(bitsFor(sizes.interfaces))];
    const broken = take(sizes.family === "v6" ? 1 : 0);
    const protocol = take(8);
    const addresses = this.#takeAddresses(sizes);
    const rest = {
      nft: take(1),
      fragment: take(2),
      header: take(3),
      dport: take(16),
      sport: take(16),
      flags: take(6),
      icmpType: take(8),
      icmpCode: take(8),
      mac: take(bitsFor(sizes.macs)),
    };
    for (const text of answers) {
      if (this.#fixedAnswers.has(text)) continue;
      this.#answerAt.set(this.#next, { text, asks: "", times: 0 });
      this.#fixedAnswers.set(text, this.#next++);
    }
    this.changeable = this.#next;
    const state = early ?? this.#takeState();
    this.fields = { ...state, in: inside, out: outside, broken, protocol, ...addresses, ...rest };
    this.markLevel = this.#next;
    this.#next += 64;
    // There are only so many levels: tens of thousands of things that are not modelled are too many.
    if (this.#next >= LEAF_LEVEL) throw new BudgetSpent("nodes");
  }

  #takeState(): Pick<Fields, "state" | "snat" | "dnat"> {
    return { state: [this.#next++, this.#next++, this.#next++], snat: [this.#next++], dnat: [this.#next++] };
  }

  #takeAddresses({ family, order }: VariableSizes): Pick<Fields, "source" | "destination"> {
    const bits = family === "v4" ? 32 : 128;
    const source: number[] = [];
    const destination: number[] = [];
    for (let bit = 0; bit < bits; bit++) {
      destination.push(this.#next + (order === "interleaved" ? 2 * bit : bit));
      source.push(this.#next + (order === "interleaved" ? 2 * bit + 1 : bits + bit));
    }
    this.#next += 2 * bits;
    return { source, destination };
  }

  /** Level of an answer that is given once for the whole walk. */
  fixedAnswer(text: string): number {
    return this.#fixedAnswers.get(text)!;
  }

  /** Level of an answer that depends on what happened before; new ones come last. */
  answer(answer: Answer): number {
    const key = `${answer.asks === "" ? "" : "#"}${answer.times} ${answer.text}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    if (this.#next >= LEAF_LEVEL) throw new BudgetSpent("nodes");
    const level = this.#next++;
    this.#answers.set(key, level);
    this.#answerAt.set(level, answer);
    return level;
  }

  /** All answers so far. */
  answers(): readonly { readonly level: number; readonly answer: Answer }[] {
    return [...this.#answerAt].map(([level, answer]) => ({ level, answer }));
  }

  /** The answer at a level, if there is one. */
  answerAt(level: number): Answer | undefined {
    return this.#answerAt.get(level);
  }

  /** Level of a mark's bit. */
  mark(bit: number): number {
    return this.markLevel + 2 * bit;
  }

  /** Level of a connection mark's bit. */
  connmark(bit: number): number {
    return this.markLevel + 2 * bit + 1;
  }

  /** True for the levels of both marks. */
  isMark(level: number): boolean {
    return level >= this.markLevel && level < this.markLevel + 64;
  }
}

/** Bits that tell so many values apart. */
function bitsFor(values: number): number {
  return Math.max(0, 32 - Math.clz32(values - 1));
}
