/**
 * Reads chains that test the members of many groups, as `rewrite/layouts/objects.ts` writes them: whoever leaves has the bits of all groups that it is in.
 */
import type { Axis, Chain, Family, Rule } from "../../model/types.ts";
import type { Token } from "../features.ts";
import { isInside, type PrefixMember, readPrefix } from "../prefix-tree.ts";
import { DEEPEST_CHAIN } from "../segments.ts";
import { type ChainIndex, commentsOf, isSingleBit, type MarkGroup, readTested } from "./groups.ts";

/** A group whose bit an object chain sets. */
export interface ObjectGroup
  extends Pick<MarkGroup, "name" | "axis" | "bit" | "tokens" | "lines" | "includes" | "isStored"> {
  /** Those of its own chain. */
  readonly rules: readonly Rule[];
}

/** An object chain that was understood. */
export interface ObjectChain {
  readonly axis: Axis;
  readonly groups: readonly ObjectGroup[];
  /** Rules of the chain and of those below it, those of groups aside. */
  readonly rules: readonly Rule[];
  /** Names of these chains. */
  readonly chains: readonly string[];
  /** Names of groups whose chain tests their members. */
  readonly whole: readonly string[];
}

/** Chains that an object chain may call. */
export interface ObjectWords {
  readonly family: Family;
  readonly index: ChainIndex;
  readonly groups: ReadonlyMap<string, MarkGroup>;
  /** Chains that do nothing but set one bit. */
  readonly setters: ReadonlyMap<string, Chain>;
}

/** Chains that a run may use. */
export interface RunWords extends ObjectWords {
  readonly chains: ReadonlyMap<string, Chain>;
  /** Chains that only clear bits, with these. */
  readonly clears: ReadonlyMap<string, number>;
}

/** The bit that a chain sets for every packet, and nothing else; 0 for other chains. */
export function readSetter({ policy, rules }: Chain): number {
  const [only] = rules;
  if (policy !== null || only === undefined || rules.length !== 1 || only.target.kind !== "mark") return 0;
  const { flip, clear } = only.target;
  const isBare = only.matches.every(({ kind }) => kind === "comment");
  return isBare && flip === clear && isSingleBit(flip) ? flip : 0;
}

/** Reads one; null where it is something else. */
export function readObjects(chain: Chain, words: ObjectWords): ObjectChain | null {
  const reader = new Reader(words);
  return reader.chain(chain, null) ? reader.finish() : null;
}

/** A bit, with the members that have it. */
interface OpenGroup {
  name: string | null;
  readonly tokens: Map<string, Token>;
  readonly lines: Map<string, number[]>;
}

/** Reads a chain and those below it; a class because it guards what it has found. */
class Reader {
  readonly #words: ObjectWords;
  readonly #bits = new Map<number, OpenGroup>();
  readonly #whole: MarkGroup[] = [];
  readonly #rules: Rule[] = [];
  readonly #chains: string[] = [];
  #axis: Axis | null = null;
  /** Branches that it is in. */
  #level = 0;

  constructor(words: ObjectWords) {
    this.#words = words;
  }

  /** False where a rule is something else; `inside`: the prefix that packets have which come here. */
  chain({ name, rules }: Chain, inside: PrefixMember | null): boolean {
    this.#chains.push(name);
    return rules.length > 0 && rules.every((rule) => this.#rule(rule, inside));
  }

  #rule(rule: Rule, inside: PrefixMember | null): boolean {
    const { target } = rule;
    const { setters, groups, family } = this.#words;
    this.#rules.push(rule);
    const whole = target.kind === "jump" ? groups.get(target.chain) : undefined;
    if (whole !== undefined && rule.matches.every(({ kind }) => kind === "comment"))
      return this.#takeWhole(whole);
    const tested = readTested(rule, family);
    if (tested === null || !this.#agrees(tested.axis)) return false;
    const prefix = readPrefix(tested.token.key, family);
    if (inside !== null && (prefix === null || !isInside(prefix, inside))) return false;
    if (target.kind === "mark")
      return target.flip === target.clear && this.#add(rule, tested.token, target.flip);
    if (target.kind !== "jump") return false;
    const setter = setters.get(target.chain);
    if (setter !== undefined) return this.#add(rule, tested.token, readSetter(setter), setter.name);
    const part = this.#words.index.private(target.chain);
    const isNew = part !== null && prefix !== null && !this.#chains.includes(part.name);
    if (!isNew || this.#level === DEEPEST_CHAIN) return false;
    this.#level++;
    const isRead = this.chain(part, prefix);
    this.#level--;
    return isRead;
  }

  #agrees(axis: Axis): boolean {
    this.#axis ??= axis;
    return this.#axis === axis && axis !== "service";
  }

  #takeWhole(group: MarkGroup): boolean {
    this.#whole.push(group);
    return this.#agrees(group.axis);
  }

  /** A member of each group that has one of the bits. */
  #add(rule: Rule, token: Token, bits: number, name: string | null = null): boolean {
    if (bits === 0) return false;
    const { key } = token;
    for (let left = bits; left !== 0; left &= left - 1) {
      const bit = (left & -left) >>> 0;
      const group = this.#bits.get(bit) ?? { name: null, tokens: new Map(), lines: new Map() };
      this.#bits.set(bit, group);
      if (name !== null && group.name !== null && group.name !== name) return false;
      group.name ??= name;
      group.tokens.set(key, { key, text: [token.text, ...commentsOf(rule)].join(" ") });
      group.lines.set(key, [...(group.lines.get(key) ?? []), rule.line]);
    }
    return true;
  }

  finish(): ObjectChain | null {
    const axis = this.#axis;
    const bits = [...this.#bits.keys(), ...this.#whole.map(({ bit }) => bit)];
    // Nobody could tell which group a bit is.
    const isNameless = [...this.#bits.values()].some(({ name }) => name === null);
    if (axis === null || isNameless || new Set(bits).size < bits.length) return null;
    const named = [...this.#bits].map(([bit, { name, tokens, lines }]): ObjectGroup => {
      const { rules } = this.#words.setters.get(name!)!;
      const parts = { rules, includes: [], isStored: false };
      return { name: name!, axis, bit, tokens: [...tokens.values()], lines, ...parts };
    });
    const whole = this.#whole.map(({ name }) => name);
    return { axis, groups: [...this.#whole, ...named], rules: this.#rules, chains: this.#chains, whole };
  }
}
