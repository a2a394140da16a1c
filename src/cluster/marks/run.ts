/**
 * Reads runs of policy rules in the hoisted layout (`rewrite/layouts/hoisted.ts`): the groups that have bits first, ways out for packets in none of them, then the policy rules, those of the
 * leading side's groups behind a chain that looks for these.
 *
 * What is read is what the lines do: a way out is taken where no rule behind it could match, and a run only where own bits are 0 on every way out, DROP aside.
 */
import type { Chain, MarkMatch, Rule } from "../../model/types.ts";
import type { Movable } from "../features.ts";
import { takeApart } from "../tree-levels.ts";
import { clearedBits, isSingleBit } from "./groups.ts";
import { type ObjectChain, type ObjectGroup, readObjects, type RunWords } from "./objects.ts";
import { type PolicyChain, readPolicyChain } from "./policy-chain.ts";
import { readSections, type SectionChain, type SectionGroup } from "./sections.ts";

/** A policy rule of a run. */
export interface RunPolicy extends PolicyChain {
  readonly line: Rule;
  /** The same, taken apart, without its tests of own bits. */
  readonly call: Movable;
  readonly groups: readonly ObjectGroup[];
}

/** A run that was understood. */
export interface MarkRun {
  readonly chain: Chain;
  /** Bits that it clears first; 0 where it has none. */
  readonly mask: number;
  /** In an order in which packets may meet them. */
  readonly policies: readonly RunPolicy[];
  readonly objects: readonly ObjectChain[];
  readonly sections: readonly SectionChain[];
  /** Rules of its chain beside those of policy rules. */
  readonly frame: readonly Rule[];
  /** Chains that it leaves through. */
  readonly leaves: readonly string[];
}

/** Reads one: null where a chain is something else, the end of a sentence where it is nearly one. */
export function readRun(chain: Chain, words: RunWords): MarkRun | string | null {
  const [first] = chain.rules;
  if (first === undefined) return null;
  const mask = readReset(first);
  const rules = mask === 0 ? chain.rules : chain.rules.slice(1);
  // A chain that looks for groups is what makes a run of it.
  const [asked] = rules;
  const begins =
    asked?.target.kind === "jump" && isBare(asked) ? words.chains.get(asked.target.chain) : undefined;
  if (begins === undefined) return null;
  if ((mask === 0 || readObjects(begins, words) === null) && readSections(begins, words) === null)
    return null;
  const reader = new Reader(words, mask, mask === 0 ? [] : [first]);
  for (const rule of rules) {
    const fault = reader.step(rule);
    // Without bits it need not have to do with groups at all.
    if (fault !== null) return mask === 0 ? null : `line ${rule.line} ${fault}`;
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
  readonly #sections: SectionChain[] = [];
  readonly #policies: RunPolicy[] = [];
  readonly #exits: WayOut[] = [];
  readonly #leaves = new Set<string>();
  /** Bits that some packets have by now. */
  #open = 0;
  #isCleared = false;

  constructor(words: RunWords, mask: number, frame: readonly Rule[]) {
    this.#words = words;
    this.#mask = mask;
    this.#frame = [...frame];
  }

  /** What is wrong with the next rule; null where nothing is. */
  step(rule: Rule): string | null {
    if (this.#isCleared) return "comes after the bits are cleared";
    const marks = rule.matches.filter((match): match is MarkMatch => match.kind === "mark");
    const [test] = marks;
    if (test !== undefined && !test.negated && test.value === 0) return this.#exit(rule, test);
    if (test !== undefined || !isBare(rule)) return this.#policy(rule, null);
    if (rule.target.kind === "jump") return this.#ask(rule, rule.target.chain);
    this.#frame.push(rule);
    this.#isCleared = (clearedBits(rule) & this.#mask) >>> 0 === this.#mask && this.#mask !== 0;
    return this.#isCleared ? null : "does not clear the groups' bits";
  }

  #ask(rule: Rule, name: string): string | null {
    const chain = this.#words.chains.get(name);
    if (chain === undefined) return "calls a chain that is not there";
    const sections = readSections(chain, this.#words);
    if (sections !== null) return this.#enter(rule, sections);
    const objects = readObjects(chain, this.#words);
    if (objects === null || this.#objects.some(({ axis }) => axis === objects.axis))
      return "calls something else than the groups of one more side";
    if (this.#policies.length > 0) return "asks for groups behind a policy rule";
    const bits = objects.groups.reduce((all, group) => (all | group.bits) >>> 0, 0);
    if ((bits & ~this.#mask) !== 0 || (bits & this.#open) !== 0)
      return "asks groups whose bits are not clear";
    this.#open = (this.#open | bits) >>> 0;
    this.#objects.push(objects);
    this.#frame.push(rule);
    return null;
  }

  #enter(rule: Rule, found: SectionChain): string | null {
    if (this.#objects.some(({ axis }) => axis === found.axis))
      return "asks for groups of a side that has bits, too";
    if (this.#sections.some(({ axis }) => axis !== found.axis)) return "asks for groups of a second side";
    this.#frame.push(rule);
    this.#sections.push(found);
    for (const section of found.sections) {
      for (const line of section.lines) {
        const fault = this.#policy(line, section);
        if (fault !== null) return `calls ${line.chain}, of which line ${line.line} ${fault}`;
      }
    }
    return null;
  }

  #exit(rule: Rule, { mask }: MarkMatch): string | null {
    const { target, line } = rule;
    if (rule.matches.filter(({ kind }) => kind !== "comment").length > 1)
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

  /** A policy rule of this chain, or of the chain of a leading group. */
  #policy(rule: Rule, section: SectionGroup | null): string | null {
    const { target } = rule;
    const rest = { ...rule, matches: rule.matches.filter(({ kind }) => kind !== "mark") };
    const call = takeApart(rest, this.#words.family);
    if (call === null || call.tail !== "") return "tests more than groups, addresses and interfaces";
    const chain = target.kind === "jump" ? this.#words.index.private(target.chain) : null;
    if (chain === null) return "calls a chain that others call, too";
    const tested = this.#readTests(rule);
    if (typeof tested === "string") return tested;
    const groups = [...(section === null ? [] : [section.group]), ...tested];
    if (new Set(groups.map(({ axis }) => axis)).size < groups.length)
      return "asks for two groups of one side";
    const read = readPolicyChain(chain, this.#open, this.#words);
    if (read === null) return `calls ${chain.name}, which does not decide as rules of a run do`;
    this.#policies.push({ ...read, line: rule, call, groups });
    return null;
  }

  /** The groups that a policy rule's tests of bits are for. */
  #readTests({ matches }: Rule): readonly ObjectGroup[] | string {
    const all = this.#objects.flatMap(({ groups }) => groups);
    const found: ObjectGroup[] = [];
    for (const match of matches) {
      if (match.kind !== "mark") continue;
      const { value, mask, negated } = match;
      const isAny = negated && value === 0;
      if ((!isAny && (negated || value !== mask)) || (mask & ~this.#open) !== 0)
        return "does not ask for bits of groups";
      const groups = isAny
        ? all.filter(({ bits }) => bits === mask)
        : all.filter(({ bits }) => isSingleBit(bits) && (bits & mask) !== 0);
      if (groups.length === 0) return "asks for bits of a group that has no name";
      found.push(...groups);
    }
    return found;
  }

  finish(chain: Chain): MarkRun | string {
    if (!this.#isCleared && this.#open !== 0) return "it does not clear the bits at its end";
    if (this.#policies.length === 0) return "it has no policy rule";
    // Of packets that have left, none could match a rule behind.
    const wrong = this.#exits.find(({ bits, at }) =>
      this.#policies
        .slice(at)
        .some(({ groups }) => !groups.some((group) => group.bits !== 0 && (group.bits & ~bits) === 0)),
    );
    if (wrong !== undefined) return `line ${wrong.line} leaves before a rule that asks for other bits`;
    return {
      ...{ chain, mask: this.#mask, policies: this.#policies },
      ...{ objects: this.#objects, sections: this.#sections },
      ...{ frame: this.#frame, leaves: [...this.#leaves] },
    };
  }
}
