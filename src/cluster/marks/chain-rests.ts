/**
 * Reads what stands in a rule chain for other policy rules that are its rest (`rewrite/layouts/rests.ts`): verdicts for packets that are in some of its groups.
 *
 *     -A R-WEB -m mark ! --mark 0x3/0x7 -j DROP              who is in the first group alone
 *     -A R-WEB -m mark ! --mark 0x7/0x7 -g R-WEB/rest        who is in two
 *     -A R-WEB/rest -j MARK --set-xmark 0x0/0x7
 *     -A R-WEB/rest -j LOG --log-prefix "WEB: "              the first rest
 *     -A R-WEB/rest -j REJECT                                the second one
 */
import type { Chain, Family, Match, Rule } from "../../model/types.ts";
import { isLog, type Movable } from "../features.ts";
import { takeApart } from "../tree-levels.ts";
import { type ChainIndex, clearedBits, type MarkGroup } from "./groups.ts";
import { isVerdict, readsWhole, touches, withoutProtocol } from "./mark-tests.ts";

/** A chain that clears bits, and gives verdicts. */
export interface RestChain {
  readonly chain: Chain;
  readonly cleared: number;
  /** At least one. */
  readonly verdicts: readonly Rule[];
  /** Where packets go that none of them has decided about; null: back. */
  readonly next: string | null;
  /** How many rules lead to it. */
  readonly callers: number;
}

/** A policy rule that is the rest of a rule chain. */
export interface ChainRest {
  /** Groups that it asks for: some of the chain's, from the first one on. */
  readonly groups: readonly MarkGroup[];
  /** Lines that are its own: one, or the tests that drop in its place. */
  readonly rules: readonly Rule[];
  /** The first of them, and what it tests beside own bits and what services have tested, taken apart. */
  readonly verdict: Rule;
  readonly tests: Movable;
}

/** All rests of a rule chain, in their order, and the chains that they are in. */
export interface ChainRests {
  readonly rests: readonly ChainRest[];
  readonly chains: readonly Chain[];
}

/** Chains that may hold rests. */
export function readRestChains(chains: readonly Chain[], index: ChainIndex): ReadonlyMap<string, RestChain> {
  return new Map(
    chains.flatMap((chain) => {
      const [first, ...others] = chain.rules;
      const last = others.at(-1);
      if (first === undefined || last === undefined || testsOf(first).length > 0) return [];
      const cleared = clearedBits(first);
      const next = last.target.kind === "goto" && testsOf(last).length === 0 ? last.target.chain : null;
      const verdicts = next === null ? others : others.slice(0, -1);
      if (cleared === 0 || verdicts.length === 0 || !verdicts.every((rule) => isRest(rule, cleared)))
        return [];
      return [[chain.name, { chain, cleared, verdicts, next, callers: index.callers(chain.name) }] as const];
    }),
  );
}

/** Whether a rule may be a verdict for packets without the bits, which are the same to a test of the whole mark before and after. */
function isRest(rule: Rule, bits: number): boolean {
  const isOdd = rule.matches.some(
    (match) => match.kind === "opaque" || (touches(match, bits) && !readsWhole(match)),
  );
  return !isOdd && isVerdict(rule) && rule.target.kind !== "jump";
}

function testsOf({ matches }: Rule): readonly Match[] {
  return matches.filter(({ kind }) => kind !== "comment");
}

/** Whether a packet may be left behind a verdict; `tests`: what it has to match. */
function goesOn({ target }: Rule, tests: readonly Match[]): boolean {
  return tests.length > 0 || isLog(target) || target.kind === "jump";
}

/** Rests that packets come to by the same way. */
interface Level {
  groups: number;
  readonly chain: RestChain | null;
  readonly exits: Rule[];
}

const OTHERS = "it has other verdicts for what it matches in part than markify writes";

/** A rule chain as far as it was read; `tests`: what the verdict tests beside the groups. */
interface AskedChain {
  readonly groups: readonly MarkGroup[];
  readonly negated: ReadonlySet<MarkGroup>;
  readonly verdict: Rule | null;
  readonly tests: readonly Match[];
  readonly family: Family;
}

/** Collects the ways out of a rule chain, from its first test on; a class because it guards what it has found. */
export class RestReader {
  readonly #exits: { readonly groups: number; readonly rule: Rule; readonly chain: RestChain | null }[] = [];
  readonly #behind: Rule[] = [];
  #next: string | null = null;

  /** A test by which packets leave that are in so many of the first groups; `chain`: where they go, if verdicts are there. */
  leave(groups: number, rule: Rule, chain: RestChain | null): void {
    this.#exits.push({ groups, rule, chain });
  }

  /** A line behind the verdict of the rule chain; what is wrong with it, or null. `bits`: those that are clear by then. */
  step(rule: Rule, bits: number): string | null {
    const { target } = rule;
    if (this.#next !== null) return "comes after the verdict";
    if (target.kind === "goto" && testsOf(rule).length === 0) this.#next = target.chain;
    else if (!isRest(rule, bits)) return "comes after the verdict";
    else this.#behind.push(rule);
    return null;
  }

  /** The rests, or why they can't be told, as the end of a sentence. */
  finish({ groups, negated, verdict, tests, family }: AskedChain): ChainRests | string {
    const levels = this.#levels();
    if (typeof levels === "string") return levels;
    if (levels.length === 0 && this.#behind.length === 0) return this.#next === null ? NONE : OTHERS;
    if (verdict === null) return OTHERS;
    const own = [{ rule: verdict, tests }, ...this.#behind.map((rule) => ({ rule, tests: testsOf(rule) }))];
    if (!own.slice(0, -1).every((each) => goesOn(each.rule, each.tests))) return OTHERS;
    let comesOn = own.every((each) => goesOn(each.rule, each.tests));
    let next = this.#next;
    for (const { chain, exits } of levels) {
      // Who falls into a level comes by its name, and nobody else does.
      if (comesOn ? chain === null || next !== chain.chain.name : next !== null) return OTHERS;
      if (chain !== null && chain.callers !== exits.length + (comesOn ? 1 : 0)) return OTHERS;
      const rules = chain?.verdicts ?? exits.slice(0, 1);
      const open = rules.map((rule) => chain !== null && goesOn(rule, testsOf(rule)));
      if (!open.slice(0, -1).every((isOpen) => isOpen)) return OTHERS;
      comesOn = open.every((isOpen) => isOpen);
      next = chain?.next ?? null;
    }
    if (next !== null) return OTHERS;
    const found = [
      ...this.#behind.map((rule) => ({ some: groups.length, rules: [rule], matches: rule.matches })),
      ...levels.flatMap(({ groups: some, chain, exits }) =>
        chain === null
          ? [{ some, rules: exits, matches: [] }]
          : chain.verdicts.map((rule) => ({ some, rules: [rule], matches: rule.matches })),
      ),
    ];
    const rests = found.flatMap(({ some, rules, matches }): readonly ChainRest[] => {
      const first = rules[0]!;
      const asked = groups.slice(0, some);
      const own = takeApart({ ...first, matches: withoutProtocol(matches, asked, negated) }, family);
      return own === null ? [] : [{ groups: asked, rules, verdict: first, tests: own }];
    });
    const chains = levels.flatMap(({ chain }) => chain?.chain ?? []);
    return rests.length === found.length ? { rests, chains } : OTHERS;
  }

  /** From the last way out to the first: rests of fewer and fewer groups, and then none. */
  #levels(): readonly Level[] | string {
    const levels: Level[] = [];
    let isOver = false;
    for (const { groups, rule, chain } of [...this.#exits].reverse()) {
      const drops = rule.target.kind === "verdict" && rule.target.verdict === "DROP";
      if (chain === null && !drops) {
        isOver = true;
        continue;
      }
      if (isOver || groups === 0) return OTHERS;
      const last = levels.at(-1);
      const isSame =
        last !== undefined &&
        last.chain === chain &&
        (chain !== null || last.exits[0]!.comment === rule.comment);
      if (isSame) {
        last.groups = groups;
        last.exits.unshift(rule);
      } else if (chain !== null && levels.some((level) => level.chain === chain)) return OTHERS;
      else levels.push({ groups, chain, exits: [rule] });
    }
    return levels;
  }
}

const NONE: ChainRests = { rests: [], chains: [] };
