/**
 * Reads runs of policy rules in the hoisted layout (`rewrite/layouts/hoisted.ts`): all groups first, ways out for packets in none of them, then one line a policy rule.
 *
 * What is read is what the lines do: a way out is taken where no rule behind it could match, and a run only where own bits are 0 on every way out, DROP aside.
 */
import type { Chain, MarkMatch, Rule } from "../../model/types.ts";
import type { Movable } from "../features.ts";
import { takeApart } from "../tree-levels.ts";
import { clearedBits } from "./groups.ts";
import { type ObjectChain, type ObjectGroup, readObjects, type RunWords } from "./objects.ts";
import { type PolicyChain, readPolicyChain } from "./policy-chain.ts";

/** A policy rule of a run. */
export interface RunPolicy extends PolicyChain {
  readonly line: Rule;
  /** The same, taken apart, without its test of own bits. */
  readonly call: Movable;
  readonly groups: readonly ObjectGroup[];
}

/** A run that was understood. */
export interface MarkRun {
  readonly chain: Chain;
  /** Bits that it clears first. */
  readonly mask: number;
  readonly policies: readonly RunPolicy[];
  readonly objects: readonly ObjectChain[];
  /** Rules of its chain beside those of policy rules. */
  readonly frame: readonly Rule[];
  /** Chains that it leaves through. */
  readonly leaves: readonly string[];
}

/** Reads one: null where a chain is something else, the end of a sentence where it is nearly one. */
export function readRun(chain: Chain, words: RunWords): MarkRun | string | null {
  const [reset, first] = chain.rules;
  const begins =
    first?.target.kind === "jump" && isBare(first) ? words.chains.get(first.target.chain) : undefined;
  if (reset === undefined || begins === undefined || readObjects(begins, words) === null) return null;
  const mask = readReset(reset);
  if (mask === 0) return null;
  const reader = new Reader(words, mask, reset);
  for (const rule of chain.rules.slice(1)) {
    const fault = reader.step(rule);
    if (fault !== null) return `line ${rule.line} ${fault}`;
  }
  return reader.finish(chain);
}

function isBare({ matches }: Rule): boolean {
  return matches.every(({ kind }) => kind === "comment");
}

/** The bits that a rule clears for every packet which has one of them. */
function readReset(rule: Rule): number {
  const cleared = clearedBits(rule);
  const [test, ...others] = rule.matches.filter(({ kind }) => kind !== "comment");
  if (test === undefined) return cleared;
  const isGuard = test.kind === "mark" && test.negated && test.value === 0 && test.mask === cleared;
  return isGuard && others.length === 0 ? cleared : 0;
}

/** A way out, with the number of policy rules before it. */
interface WayOut {
  readonly bits: number;
  readonly at: number;
  readonly line: number;
}

/** Reads line by line; a class because it guards what it has found. */
class Reader {
  readonly #words: RunWords;
  readonly #mask: number;
  readonly #frame: Rule[];
  readonly #objects: ObjectChain[] = [];
  readonly #policies: RunPolicy[] = [];
  readonly #exits: WayOut[] = [];
  readonly #leaves = new Set<string>();
  /** Bits that some packets have by now. */
  #open = 0;
  #isCleared = false;

  constructor(words: RunWords, mask: number, reset: Rule) {
    this.#words = words;
    this.#mask = mask;
    this.#frame = [reset];
  }

  /** What is wrong with the next rule; null where nothing is. */
  step(rule: Rule): string | null {
    if (this.#isCleared) return "comes after the bits are cleared";
    const marks = rule.matches.filter((match): match is MarkMatch => match.kind === "mark");
    const [test] = marks;
    if (marks.length > 1) return "tests the mark twice";
    if (test !== undefined) return test.value === 0 ? this.#exit(rule, test) : this.#policy(rule, test);
    if (!isBare(rule)) return "does not ask for the groups' bits";
    this.#frame.push(rule);
    if (rule.target.kind === "jump") return this.#ask(rule.target.chain);
    this.#isCleared = (clearedBits(rule) & this.#mask) >>> 0 === this.#mask;
    return this.#isCleared ? null : "does not clear the groups' bits";
  }

  #ask(name: string): string | null {
    const chain = this.#words.chains.get(name);
    const objects = chain === undefined ? null : readObjects(chain, this.#words);
    if (objects === null || this.#objects.some(({ axis }) => axis === objects.axis))
      return "calls something else than the groups of one more side";
    const bits = objects.groups.reduce((all, { bit }) => (all | bit) >>> 0, 0);
    if ((bits & ~this.#mask) !== 0 || (bits & this.#open) !== 0)
      return "asks groups whose bits are not clear";
    this.#open = (this.#open | bits) >>> 0;
    this.#objects.push(objects);
    return null;
  }

  #exit(rule: Rule, { negated, mask }: MarkMatch): string | null {
    const { target, line } = rule;
    if (negated || rule.matches.some(({ kind }) => kind !== "comment" && kind !== "mark"))
      return "is no way out for packets in no group";
    if ((mask & ~this.#mask) !== 0) return "tests bits that are not the groups' own";
    const left = (this.#open & ~mask) >>> 0;
    if (target.kind === "goto") {
      if ((left & ~(this.#words.clears.get(target.chain) ?? 0)) !== 0)
        return "leaves without clearing the bits";
      this.#leaves.add(target.chain);
    } else if (target.kind !== "verdict" || target.verdict !== "RETURN") return "does not leave the chain";
    else if (left !== 0) return "leaves without clearing the bits";
    this.#frame.push(rule);
    this.#exits.push({ bits: mask, at: this.#policies.length, line });
    return null;
  }

  #policy(rule: Rule, { value, mask, negated }: MarkMatch): string | null {
    const { target } = rule;
    if (negated || value !== mask || (mask & ~this.#open) !== 0) return "does not ask for bits of groups";
    const rest = { ...rule, matches: rule.matches.filter(({ kind }) => kind !== "mark") };
    const call = takeApart(rest, this.#words.family);
    if (call === null || call.tail !== "") return "tests more than groups, addresses and interfaces";
    const chain = target.kind === "jump" ? this.#words.index.private(target.chain) : null;
    if (chain === null) return "calls a chain that others call, too";
    const groups = this.#objects.flatMap((objects) => objects.groups.filter(({ bit }) => (bit & mask) !== 0));
    if (new Set(groups.map(({ axis }) => axis)).size < groups.length)
      return "asks for two groups of one side";
    const read = readPolicyChain(chain, this.#open, this.#mask, this.#words);
    if (read === null) return `calls ${chain.name}, which does not decide as rules of a run do`;
    this.#policies.push({ ...read, line: rule, call, groups });
    return null;
  }

  finish(chain: Chain): MarkRun | string {
    if (!this.#isCleared) return "it does not clear the bits at its end";
    if (this.#policies.length === 0) return "it has no policy rule";
    // Of packets that have left, none could match a rule behind.
    const wrong = this.#exits.find(({ bits, at }) =>
      this.#policies.slice(at).some(({ groups }) => !groups.some(({ bit }) => (bit & bits) !== 0)),
    );
    if (wrong !== undefined) return `line ${wrong.line} leaves before a rule that asks for other bits`;
    return {
      ...{ chain, mask: this.#mask, policies: this.#policies, objects: this.#objects },
      ...{ frame: this.#frame, leaves: [...this.#leaves] },
    };
  }
}
