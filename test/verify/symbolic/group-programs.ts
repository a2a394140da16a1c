/**
 * Programs of mark groups: tables whose chains set bits of the mark for groups of packets and whose rules ask for them, in the layouts that people and markify use, with the slips
 * that they make (bits not cleared, ways out in front of a rule, chains called twice).
 */
import type { Random } from "../../../src/verify/sample/random.ts";
import { choose, type SmallChain, type SmallRule, type SmallTable } from "../small/tables.ts";
import {
  conditions,
  type GroupWords,
  hex,
  oneCondition,
  opposableCondition,
  randomEffect,
  randomTarget,
} from "./group-words.ts";

/** A random program with one base chain. */
export function randomProgram(words: GroupWords, random: Random): SmallTable {
  return new Program(words, random).make();
}

/** The base chain that a program of this table has. */
export function hookOf({ table }: GroupWords): string {
  return table === "filter" ? "FORWARD" : "PREROUTING";
}

/** Clears bits, mostly as markify does: only where one of them is set. */
export function resetRule(mask: number, random: Random): SmallRule {
  const matches = random.percent(67) ? [`-m mark ! --mark 0x0/${hex(mask)}`] : [];
  return { matches, target: `-j MARK --set-xmark 0x0/${hex(mask)}` };
}

function askBits(value: number, mask = value): string {
  return `-m mark --mark ${hex(value)}/${hex(mask)}`;
}

/** Whether a packet has one of several bits. */
function askAny(mask: number): string {
  return `-m mark ! --mark 0x0/${hex(mask)}`;
}

function lacksBit(bit: number): string {
  return `-m mark ! --mark ${hex(bit)}/${hex(bit)}`;
}

const isWayOut = ({ target }: SmallRule): boolean => target === "-j RETURN" || target.startsWith("-g ");

/** Draws blocks of rules one after the other; a class because it guards the chains that they call. */
class Program {
  readonly #words: GroupWords;
  readonly #random: Random;
  readonly #chains: SmallChain[] = [];

  constructor(words: GroupWords, random: Random) {
    this.#words = words;
    this.#random = random;
  }

  make(): SmallTable {
    const random = this.#random;
    const rules: SmallRule[] = [];
    for (let blocks = random.between(1, 3); blocks > 0; blocks--) {
      rules.push(...this.#block());
      if (random.percent(15)) rules.push({ matches: this.#one(), target: randomEffect(this.#words, random) });
      if (random.percent(15) && this.#chains.length > 0)
        rules.push({ matches: this.#perhaps(50), target: `-j ${choose(random, this.#chains).name}` });
    }
    const name = hookOf(this.#words);
    const policy = choose(random, ["ACCEPT", "DROP"] as const);
    const base = random.percent(25) ? [this.#callRule(rules, 40, 67)] : rules;
    return { name: this.#words.table, chains: [{ name, policy, rules: base }, ...this.#chains] };
  }

  #block(): readonly SmallRule[] {
    const random = this.#random;
    const used = this.#words.bits.filter(() => random.percent(55));
    const bits = used.length === 0 ? this.#words.bits.slice(0, 1) : used;
    const layouts = [
      () => this.#testsInLine(bits),
      () => this.#waysOut(bits, false),
      () => this.#waysOut(bits, true),
      () => this.#hoisted(bits),
      () => this.#sections(bits),
      () => this.#plainRules(),
    ];
    return choose(random, layouts)();
  }

  /** Groups, then rules that ask for their bits. */
  #testsInLine(bits: readonly number[]): readonly SmallRule[] {
    const random = this.#random;
    const mask = sum(bits);
    const rules: SmallRule[] = [];
    if (random.percent(80)) rules.push(resetRule(mask, random));
    for (const bit of bits) {
      const group = this.#group(bit, bit === bits.at(-1) && random.percent(40));
      if (random.percent(70)) rules.push({ matches: this.#perhaps(25), target: this.#call(group) });
      else rules.push(...group.filter((rule) => !isWayOut(rule)));
    }
    for (let tests = random.percent(80) ? 1 : 2; tests > 0; tests--) {
      const value = choose(random, [mask, mask, bits[0]!, bits.at(-1)!]);
      const asked = random.percent(20) ? askAny(mask) : askBits(value, random.percent(85) ? value : mask);
      const others = random.percent(40) ? conditions(this.#words, random, 1) : [];
      const matches = random.percent(75) ? [asked, ...others] : [...others, asked];
      rules.push({ matches, target: randomTarget(this.#words, random) });
    }
    if (random.percent(85)) rules.push(resetRule(mask, random));
    return rules;
  }

  /** A chain that packets leave where they lack a group's bit, or two groups' bits; the rules behind ask for nothing, or for all bits once more. */
  #waysOut(bits: readonly number[], asks: boolean): readonly SmallRule[] {
    const random = this.#random;
    const mask = sum(bits);
    const isForTwo = random.percent(25);
    const rules: SmallRule[] = [];
    if (random.percent(85)) rules.push(resetRule(mask, random));
    for (const bit of bits) {
      const group = this.#group(bit, bit === bits.at(-1) && random.percent(30));
      rules.push({ matches: [], target: this.#call(group) });
      if (!isForTwo && random.percent(60))
        rules.push({ matches: [lacksBit(bit)], target: this.#wayOut(bit) });
    }
    if (isForTwo) {
      const ends = new Set([bits[0]!, bits.at(-1)!]);
      rules.push({ matches: [...ends].map(lacksBit), target: "-j RETURN" });
    }
    if (random.percent(50)) rules.push(resetRule(mask, random));
    for (let more = random.between(1, 3); more > 0; more--) {
      const others = random.percent(80) ? conditions(this.#words, random, 1) : [];
      const matches = asks && random.percent(50) ? [...others, askBits(mask)] : others;
      rules.push({ matches, target: randomTarget(this.#words, random) });
    }
    const call = this.#callRule(rules, 20, 90);
    return random.percent(85) ? [call, resetRule(mask, random)] : [call];
  }

  /** All groups first, some named by chains of their own; ways out for packets that are in none of them; then rules that ask for some of the bits. */
  #hoisted(bits: readonly number[]): readonly SmallRule[] {
    const random = this.#random;
    const rules: SmallRule[] = random.percent(85) ? [resetRule(sum(bits), random)] : [];
    const asked: number[] = [];
    const leave = (): void => {
      if (!random.percent(60)) return;
      const lacking = random.percent(80) ? asked : [choose(random, bits)];
      const mask = sum(lacking);
      const isSlip = random.percent(8);
      const match = isSlip ? `-m mark ! --mark 0x0/${hex(mask)}` : askBits(0, mask);
      rules.push({ matches: [match, ...(random.percent(8) ? this.#one() : [])], target: this.#wayOut(mask) });
    };
    for (const bit of bits) {
      const members = this.#group(bit, bit === bits.at(-1) && random.percent(25));
      const setter = random.percent(60)
        ? this.#call([{ matches: [], target: `-j MARK --set-xmark ${hex(bit)}/${hex(bit)}` }])
        : null;
      const named = members.map((rule) =>
        setter === null || !rule.target.startsWith("-j MARK") ? rule : { ...rule, target: setter },
      );
      rules.push({ matches: this.#perhaps(15), target: this.#call(named) });
      asked.push(bit);
      leave();
    }
    for (let more = random.between(1, 3); more > 0; more--) {
      const value = choose(random, [sum(bits), bits[0]!, bits.at(-1)!]);
      const others = random.percent(40) ? conditions(this.#words, random, 1) : [];
      rules.push({
        matches: [...others, this.#ask(value)],
        target: randomTarget(this.#words, random),
      });
      if (random.percent(20)) leave();
    }
    if (random.percent(85)) rules.push(resetRule(sum(bits), random));
    return [this.#callRule(rules, 20, 90)];
  }

  /**
   * Bits of some groups, members of several of them at once; then groups that are called with the rules of their own, which ask for these bits, for services, and clear the mark
   * where they end.
   */
  #sections(bits: readonly number[]): readonly SmallRule[] {
    const random = this.#random;
    const mask = sum(bits);
    const rules: SmallRule[] = random.percent(90) ? [resetRule(mask, random)] : [];
    const objects = Array.from({ length: random.between(1, 4) }, (): SmallRule => {
      const set = hex(random.percent(60) ? choose(random, bits) : mask);
      return { matches: this.#one(), target: `-j MARK --set-xmark ${set}/${set}` };
    });
    rules.push({ matches: [], target: this.#call(this.#below(objects)) });
    if (random.percent(60)) rules.push({ matches: [askBits(0, mask)], target: this.#wayOut(mask) });
    const sections = Array.from({ length: random.between(1, 2) }, () => this.#call(this.#section(bits)));
    const members = Array.from({ length: random.between(1, 3) }, (): SmallRule => {
      return { matches: this.#one(), target: choose(random, sections) };
    });
    rules.push({ matches: [], target: this.#call(this.#below(members)) });
    if (random.percent(90)) rules.push(resetRule(mask, random));
    return [this.#callRule(rules, 20, 90)];
  }

  /** Some of the rules in a chain of their own, mostly with a condition in front of it. */
  #below(rules: readonly SmallRule[]): readonly SmallRule[] {
    if (rules.length < 2 || this.#random.percent(50)) return rules;
    const [first, ...others] = rules;
    return [first!, this.#callRule(others, 70, 95)];
  }

  /** Rules of one group: what they end with tests services, perhaps behind all else, and clears the mark. */
  #section(bits: readonly number[]): readonly SmallRule[] {
    const random = this.#random;
    const end = (): string => {
      const target = randomTarget(this.#words, random);
      return this.#call([
        ...(random.percent(90) ? [resetRule(sum(bits), random)] : []),
        { matches: [], target },
      ]);
    };
    return Array.from({ length: random.between(1, 2) }, (): SmallRule => {
      const verdict = end();
      const services = Array.from({ length: random.between(1, 2) }, () => {
        return { matches: conditions(this.#words, random, 1), target: verdict };
      });
      const way = random.percent(30)
        ? this.#call([{ matches: [], target: this.#call(services, "-g") }])
        : null;
      const value = choose(random, [sum(bits), bits[0]!, bits.at(-1)!]);
      const guard = random.percent(20) ? this.#one() : [];
      const matches = random.percent(85) ? [...guard, this.#ask(value)] : guard;
      return { matches, target: way ?? this.#call(services) };
    });
  }

  /** All bits of a value, or any of them. */
  #ask(value: number): string {
    return this.#random.percent(50) ? askAny(value) : askBits(value);
  }

  #wayOut(bit: number): string {
    const random = this.#random;
    return random.percent(90) ? "-j RETURN" : this.#call([resetRule(bit, random)], "-g");
  }

  /** Rules without own bits, perhaps in a chain with a way out. */
  #plainRules(): readonly SmallRule[] {
    const random = this.#random;
    const rules: SmallRule[] = Array.from({ length: random.between(1, 3) }, () => ({
      matches: conditions(this.#words, random, 2),
      target: randomTarget(this.#words, random),
    }));
    if (random.percent(40)) {
      const other = { matches: this.#one(), target: randomTarget(this.#words, random) };
      const target = random.percent(70) ? "-j RETURN" : this.#call([other], "-g");
      rules.splice(random.between(0, rules.length), 0, { matches: this.#opposable(), target });
    }
    if (!random.percent(60)) return rules.filter((rule) => !isWayOut(rule));
    return [this.#callRule(rules, 70, 80)];
  }

  /** Rules that set a bit for the members of a group. */
  #group(bit: number, hasServices: boolean): readonly SmallRule[] {
    const random = this.#random;
    const target = `-j MARK --set-xmark ${hex(bit)}/${hex(bit)}`;
    const rules: SmallRule[] = Array.from({ length: random.between(1, 3) }, () => {
      const most = random.percent(70) ? 1 : 2;
      const marks = random.percent(70) ? (["mark"] as const) : [];
      const without = hasServices ? [] : (["service", ...marks] as const);
      return { matches: conditions(this.#words, random, most, ["asked", ...without]), target };
    });
    if (random.percent(8))
      rules.splice(random.between(0, rules.length), 0, { matches: this.#opposable(), target: "-j RETURN" });
    if (random.percent(10))
      rules.push({ matches: this.#perhaps(60), target: this.#call(this.#group(bit, hasServices)) });
    return rules;
  }

  /** The target that calls a new chain. */
  #call(rules: readonly SmallRule[], way = "-j"): string {
    const name = `c${this.#chains.length}`;
    this.#chains.push({ name, policy: null, rules });
    return `${way} ${name}`;
  }

  /** The rule that calls a new chain: so many of a hundred have a condition, so many come back. */
  #callRule(rules: readonly SmallRule[], conditional: number, jumping: number): SmallRule {
    const isJump = this.#random.percent(jumping);
    const isConditional = this.#random.percent(conditional);
    const matches = !isConditional ? [] : isJump ? this.#one() : this.#opposable();
    return { matches, target: this.#call(rules, isJump ? "-j" : "-g") };
  }

  /** A condition for a way out; mostly one of which the certificate knows what the others, which go on, fulfil. */
  #opposable(): readonly string[] {
    return this.#random.percent(15) ? this.#one() : opposableCondition(this.#words, this.#random);
  }

  #one(): readonly string[] {
    return oneCondition(this.#words, this.#random);
  }

  #perhaps(share: number): readonly string[] {
    return this.#random.percent(share) ? this.#one() : [];
  }
}

function sum(bits: readonly number[]): number {
  return bits.reduce((all, bit) => all | bit, 0);
}
