/**
 * Reads chains that test the members of many groups, as `rewrite/layouts/objects.ts` writes them: whoever leaves has the bits of all groups that it is in.
 */
import type { Axis, Chain, Family, Rule } from "../../model/types.ts";
import type { Token } from "../features.ts";
import { isInside, type PrefixMember, readPrefix } from "../prefix-tree.ts";
import { type ChainIndex, commentsOf, isSingleBit, type MarkGroup, readTested } from "./groups.ts";

/** A group of a run. */
export interface ObjectGroup
  extends Pick<MarkGroup, "name" | "axis" | "tokens" | "lines" | "includes" | "isStored"> {
  /** Its bit, or those of the groups that it is put together from; 0 where it goes by its rules. */
  readonly bits: number;
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
}

/** Chains that a run may use. */
export interface RunWords {
  readonly family: Family;
  readonly index: ChainIndex;
  readonly chains: ReadonlyMap<string, Chain>;
  /** Chains that do nothing but set one bit. */
  readonly setters: ReadonlyMap<string, Chain>;
  /** Chains that only call several of these, and that nothing calls, by the bits. */
  readonly unions: readonly Chain[];
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

/** Chains that name groups which are put together from others: they call the chains of these. */
export function findUnions(
  chains: readonly Chain[],
  index: ChainIndex,
  setters: ReadonlyMap<string, Chain>,
): readonly Chain[] {
  return chains.filter(
    ({ name, policy, rules }) =>
      policy === null &&
      rules.length > 1 &&
      index.callers(name) === 0 &&
      rules.every(
        ({ target, matches }) => target.kind === "jump" && matches.length === 0 && setters.has(target.chain),
      ),
  );
}

/** Reads a chain that sets bits; null where it is something else. */
export function readObjects(chain: Chain, words: RunWords): ObjectChain | null {
  const groups = new Groups(words);
  const walk = walkTree(chain, words, (rule, token) => {
    const { target } = rule;
    if (target.kind === "mark") return target.flip === target.clear && groups.add(rule, token, target.flip);
    const setter = target.kind === "jump" ? words.setters.get(target.chain) : undefined;
    return setter !== undefined && groups.add(rule, token, readSetter(setter), setter.name);
  });
  if (walk === null) return null;
  const found = groups.finish(walk.axis);
  return found === null ? null : { ...walk, groups: found };
}

/** What a tree of objects is made of. */
export type TreeWalk = Pick<ObjectChain, "axis" | "rules" | "chains">;

/** Takes a rule that is for a member; false where it is something else. */
export type TakeMember = (rule: Rule, token: Token) => boolean;

/** Walks through a chain whose rules each test one member of one axis, and those below, by prefix; null where it is something else. */
export function walkTree(chain: Chain, words: RunWords, take: TakeMember): TreeWalk | null {
  const rules: Rule[] = [];
  const chains: string[] = [];
  const axes = new Set<Axis>();
  const enter = ({ name, rules: own }: Chain, inside: PrefixMember | null): boolean => {
    chains.push(name);
    return own.length > 0 && own.every((rule) => step(rule, inside));
  };
  const step = (rule: Rule, inside: PrefixMember | null): boolean => {
    const tested = readTested(rule, words.family);
    if (tested === null || tested.axis === "service") return false;
    rules.push(rule);
    axes.add(tested.axis);
    const prefix = readPrefix(tested.token.key, words.family);
    if (axes.size > 1 || (inside !== null && (prefix === null || !isInside(prefix, inside)))) return false;
    const part = rule.target.kind === "jump" ? words.index.private(rule.target.chain) : null;
    const isBranch = part !== null && prefix !== null && testsOnly(part, tested.axis, words);
    if (!isBranch) return take(rule, tested.token);
    return !chains.includes(part.name) && enter(part, prefix);
  };
  const isRead = enter(chain, null);
  const [axis] = axes;
  return isRead && axis !== undefined ? { axis, rules, chains } : null;
}

/** Whether the first rule of a chain tests a member of the axis, and nothing else: then the chain is a part of a tree. */
function testsOnly({ rules }: Chain, axis: Axis, { family }: RunWords): boolean {
  return rules[0] !== undefined && readTested(rules[0], family)?.axis === axis;
}

/** A bit, with the members that have it. */
interface OpenGroup {
  name: string | null;
  readonly tokens: Map<string, Token>;
  readonly lines: Map<string, number[]>;
}

/** Groups as their members are found; a class because it guards which bit is whose. */
class Groups {
  readonly #words: RunWords;
  readonly #bits = new Map<number, OpenGroup>();

  constructor(words: RunWords) {
    this.#words = words;
  }

  /** A member of each group that has one of the bits. */
  add(rule: Rule, token: Token, bits: number, name: string | null = null): boolean {
    if (bits === 0) return false;
    for (let left = bits; left !== 0; left &= left - 1) {
      const bit = (left & -left) >>> 0;
      const group = this.#bits.get(bit) ?? { name: null, tokens: new Map(), lines: new Map() };
      this.#bits.set(bit, group);
      if (name !== null && group.name !== null && group.name !== name) return false;
      group.name ??= name;
      addMember(group, rule, token);
    }
    return true;
  }

  /** Those with a bit, then those that are put together from them; null where nobody could tell which group a bit is. */
  finish(axis: Axis): readonly ObjectGroup[] | null {
    const named = [...this.#bits].flatMap(([bits, { name, tokens, lines }]): readonly ObjectGroup[] => {
      if (name === null) return [];
      const { rules } = this.#words.setters.get(name)!;
      const rest = { tokens: [...tokens.values()], lines, rules, includes: [], isStored: false };
      return [{ name, axis, bits, ...rest }];
    });
    if (named.length < this.#bits.size || new Set(named.map(({ name }) => name)).size < named.length)
      return null;
    return [...named, ...this.#words.unions.flatMap((union) => joinGroups(union, named) ?? [])];
  }
}

/** Adds a member, or another line of one. */
export function addMember(
  group: Pick<OpenGroup, "tokens" | "lines">,
  rule: Rule,
  { key, text }: Token,
): void {
  group.tokens.set(key, { key, text: [text, ...commentsOf(rule)].join(" ") });
  group.lines.set(key, [...(group.lines.get(key) ?? []), rule.line]);
}

/** The group that a chain names whose parts are among these; null where some are not. */
function joinGroups({ name, rules }: Chain, groups: readonly ObjectGroup[]): ObjectGroup | null {
  const parts = rules.map(({ target }) =>
    groups.find((group) => target.kind === "jump" && group.name === target.chain),
  );
  const known = parts.flatMap((part) => part ?? []);
  if (known.length < parts.length) return null;
  const joined = { tokens: new Map<string, Token>(), lines: new Map<string, readonly number[]>() };
  for (const { tokens, lines } of known) {
    for (const token of tokens) {
      joined.tokens.set(token.key, token);
      joined.lines.set(token.key, lines.get(token.key)!);
    }
  }
  const bits = known.reduce((all, part) => (all | part.bits) >>> 0, 0);
  const { axis } = known[0]!;
  const rest = { lines: joined.lines, includes: [], isStored: false };
  return { name, axis, bits, tokens: [...joined.tokens.values()], rules, ...rest };
}
