/**
 * Reads the small chains of a mark-group ruleset: those that are a group, and those that clear the groups' bits.
 */
import {
  type AddressSetMatch,
  AXES,
  type Axis,
  type Chain,
  type Family,
  type Rule,
  type Table,
} from "../../model/types.ts";
import type { Movable, Token } from "../features.ts";
import { isInside, type PrefixMember, readPrefix } from "../prefix-tree.ts";
import { DEEPEST_CHAIN } from "../segments.ts";
import { takeApart } from "../tree-levels.ts";

/** A chain each of whose rules sets one mark bit for one member, or calls a chain that does so for members inside a prefix. */
export interface MarkGroup {
  readonly name: string;
  readonly axis: Axis;
  /** Unsigned, a single bit. */
  readonly bit: number;
  /** In the order in which they are tested; a member's text has its comments. */
  readonly tokens: readonly Token[];
  readonly lines: ReadonlyMap<string, readonly number[]>;
  /** Those that test a member, of parts, too. */
  readonly members: readonly Rule[];
  /** Its own before those of chains that it asks. */
  readonly rules: readonly Rule[];
  /** It sets the bit for all packets but its members (`readOthers`). */
  readonly isOthers: boolean;
  /** Members are in an ipset of the chain's name. */
  readonly isStored: boolean;
  /** Chains that it asks for a part of its members. */
  readonly includes: readonly string[];
  /** Chains of its tree: each has the members inside a prefix. */
  readonly branches: readonly string[];
}

const WHOLE = 0xffffffff;

/** Chains of a table, and what leads into them. */
export class ChainIndex {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #callers = new Map<string, number>();

  constructor({ chains }: Pick<Table, "chains">) {
    this.#chains = new Map(chains.map((chain) => [chain.name, chain]));
    for (const { rules } of chains) {
      for (const { target } of rules) {
        if (target.kind === "jump" || target.kind === "goto")
          this.#callers.set(target.chain, (this.#callers.get(target.chain) ?? 0) + 1);
      }
    }
  }

  /** A user-defined chain that one rule leads to. */
  private(name: string): Chain | null {
    const chain = this.#chains.get(name);
    return chain?.policy === null && this.callers(name) === 1 ? chain : null;
  }

  /** How many rules lead to a chain. */
  callers(name: string): number {
    return this.#callers.get(name) ?? 0;
  }
}

/** What each chain is: a group, or nearly one, with the reason why not as the end of a sentence. Other chains are not there, nor those that are a part of another one's tree. */
export function readMarkGroups(
  table: Pick<Table, "chains">,
  chains: readonly Chain[],
  family: Family,
): ReadonlyMap<string, MarkGroup | string> {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const index = new ChainIndex(table);
  const found = new Map<string, MarkGroup | string | null>();
  const read = (name: string): MarkGroup | string | null => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const chain = byName.get(name);
    // Until it is read, a chain that leads back to itself is none.
    found.set(name, null);
    const group = chain === undefined ? null : new GroupReader(index, family, read).read(chain);
    found.set(name, group);
    return group;
  };
  const all = chains.flatMap(({ name }) => {
    const group = read(name);
    return group === null ? [] : [[name, group] as const];
  });
  const branches = new Set(all.flatMap(([, group]) => (typeof group === "string" ? [] : group.branches)));
  return new Map(all.filter(([name]) => !branches.has(name)));
}

/** A member that was read, or the prefix of a branch. */
interface Tested {
  readonly axis: Axis;
  readonly token: Token;
}

/** Reads a chain and those of its tree; a class because it guards what it has found. */
class GroupReader {
  readonly #index: ChainIndex;
  readonly #family: Family;
  /** What a chain is that is asked for a part. */
  readonly #part: (name: string) => MarkGroup | string | null;
  readonly #axes = new Set<Axis>();
  readonly #tokens = new Map<string, Token>();
  readonly #lines = new Map<string, readonly number[]>();
  readonly #members: Rule[] = [];
  readonly #rules: Rule[] = [];
  readonly #branches: string[] = [];
  readonly #parts: MarkGroup[] = [];
  #isStored = false;
  #fault: string | null = null;
  /** Branches that it is in. */
  #level = 0;

  constructor(index: ChainIndex, family: Family, part: (name: string) => MarkGroup | string | null) {
    this.#index = index;
    this.#family = family;
    this.#part = part;
  }

  read(chain: Chain): MarkGroup | string | null {
    // A chain that only hands packets on may be one of very many in a row.
    if (!chain.rules.some(({ target, matches }) => target.kind === "mark" || matches.length > 0)) return null;
    if (!this.#chain(chain, null)) return this.#fault;
    const [axis, ...others] = this.#axes;
    // With nothing of its own, a chain that asks groups may be anything.
    if (axis === undefined || others.length > 0 || this.#members.length === 0) return null;
    const bit = readBit(this.#members);
    if (typeof bit === "string") return bit;
    const odd = this.#parts.find((each) => each.bit !== bit);
    if (odd !== undefined) return `${odd.name}, which it asks, sets another bit`;
    const parts = this.#parts;
    return {
      ...{ name: chain.name, axis, bit, tokens: [...this.#tokens.values()], lines: this.#lines },
      members: [...this.#members, ...parts.flatMap(({ members }) => members)],
      rules: [...new Set([...this.#members, ...this.#rules, ...parts.flatMap(({ rules }) => rules)])],
      ...{ includes: parts.map(({ name }) => name), branches: this.#branches, isStored: this.#isStored },
      isOthers: false,
    };
  }

  /** False where a rule is something else; `inside`: the prefix that packets have which come here. */
  #chain({ rules }: Chain, inside: PrefixMember | null): boolean {
    return rules.length > 0 && rules.every((rule) => this.#rule(rule, inside));
  }

  #rule(rule: Rule, inside: PrefixMember | null): boolean {
    const { target, matches } = rule;
    if (target.kind !== "mark" && target.kind !== "jump") return false;
    this.#rules.push(rule);
    if (target.kind === "jump" && matches.length === 0) return inside === null && this.#ask(target.chain);
    const set = target.kind === "mark" && inside === null ? setOf(rule) : null;
    if (set !== null) return this.#store(rule, set);
    const tested = readTested(rule, this.#family);
    if (tested === null) return false;
    this.#axes.add(tested.axis);
    const { token } = tested;
    if (inside !== null && !isInPrefix(token.key, inside, this.#family)) {
      this.#fault = `line ${rule.line} is for packets that don't come to its chain`;
      return false;
    }
    if (target.kind === "jump") return this.#branch(target.chain, token.key);
    this.#members.push(rule);
    this.#tokens.set(token.key, { key: token.key, text: [token.text, ...commentsOf(rule)].join(" ") });
    this.#lines.set(token.key, [...(this.#lines.get(token.key) ?? []), rule.line]);
    return true;
  }

  /** All entries of the chain's own set are members; a text says why they can't be. */
  #store(rule: Rule, set: AddressSetMatch | string): boolean {
    if (typeof set === "string") {
      this.#fault = set;
      return false;
    }
    const { side, prefixes } = set;
    this.#axes.add(side);
    this.#members.push(rule);
    this.#isStored = true;
    for (const key of prefixes ?? []) {
      if (!this.#tokens.has(key))
        this.#tokens.set(key, { key, text: `${side === "source" ? "-s" : "-d"} ${key}` });
      this.#lines.set(key, [...(this.#lines.get(key) ?? []), rule.line]);
    }
    return true;
  }

  /** A jump without any test into another group. */
  #ask(name: string): boolean {
    const part = this.#part(name);
    if (part === null || typeof part === "string") return false;
    this.#axes.add(part.axis);
    for (const token of part.tokens) {
      const { key } = token;
      if (!this.#tokens.has(key)) this.#tokens.set(key, token);
      this.#lines.set(key, [...new Set([...(this.#lines.get(key) ?? []), ...(part.lines.get(key) ?? [])])]);
    }
    this.#parts.push(part);
    return true;
  }

  #branch(name: string, key: string): boolean {
    const prefix = readPrefix(key, this.#family);
    const chain = this.#index.private(name);
    if (prefix === null || chain === null || this.#branches.includes(name)) return false;
    if (this.#level === DEEPEST_CHAIN) return false;
    this.#branches.push(name);
    this.#level++;
    const isRead = this.#chain(chain, prefix);
    this.#level--;
    return isRead;
  }
}

/** The set of a group's own name, which holds members of it; null where a rule tests something else, and why it can't be taken where its members are not known. */
function setOf({ matches, chain }: Rule): AddressSetMatch | string | null {
  const [match, ...others] = matches;
  if (match === undefined || others.length > 0) return null;
  if (match.kind === "opaque" && match.module === "set" && setName(match.text) === chain)
    return `its members are in the set ${chain}, and no file says which: --ipset FILE does`;
  if (match.kind !== "addressSet" || match.set !== chain || match.negated) return null;
  if (match.prefixes === null || match.prefixes.length === 0)
    return `the set ${chain} has no members, or some that are no prefixes`;
  return match;
}

function setName(text: string): string | undefined {
  return /^-m set --match-set (\S+) (?:src|dst)$/.exec(text)?.[1];
}

/** The one member that a rule tests, and nothing else; null for other rules. */
export function readTested(rule: Rule, family: Family): Tested | null {
  const movable = takeApart(rule, family);
  const axis = movable === null ? null : findOnlyAxis(movable);
  return movable === null || axis === null ? null : { axis, token: movable.tokens[AXES.indexOf(axis)]! };
}

function isInPrefix(key: string, prefix: PrefixMember, family: Family): boolean {
  const member = readPrefix(key, family);
  return member !== null && isInside(member, prefix);
}

/** The bit that all rules set; else what they do instead. */
function readBit(rules: readonly Rule[]): number | string {
  const { target: first } = rules[0]!;
  if (first.kind !== "mark") return "it does not set a bit";
  const bit = first.flip;
  for (const { target, line } of rules) {
    if (target.kind !== "mark") return "it does not set a bit";
    if (target.flip !== bit) return `line ${line} sets another value than line ${rules[0]!.line}`;
    if (target.clear === 0)
      return `line ${line} flips its bit, so that a packet which matches two members has lost it again`;
    if (target.clear !== bit) return `line ${line} changes more than the bit that it sets`;
  }
  return isSingleBit(bit) ? bit : `line ${rules[0]!.line} sets several bits`;
}

/** Whether exactly one bit is set. */
export function isSingleBit(value: number): boolean {
  return value !== 0 && (value & (value - 1)) === 0;
}

/** The axis of a rule that tests nothing but one member. */
function findOnlyAxis({ tokens, guard, pre, post, tail }: Movable): Axis | null {
  const present = AXES.filter((_, at) => tokens[at] !== null);
  const [axis] = present;
  if (present.length !== 1 || axis === undefined || guard.length > 0) return null;
  return (axis === "service" ? pre === "" && post === "" : tail === "") ? axis : null;
}

/** The comment matches of a rule. */
export function commentsOf({ matches }: Rule): readonly string[] {
  return matches.filter(({ kind }) => kind === "comment").map(({ text }) => text);
}

/** A chain that sends members back, and sets a bit for who is left: a group that is negated wherever it is asked. Null for other chains. */
export function readOthers({ name, policy, rules }: Chain, family: Family): MarkGroup | null {
  const last = rules.at(-1);
  if (policy !== null || last?.target.kind !== "mark" || rules.length < 2) return null;
  const { clear, flip: bit } = last.target;
  if (clear !== bit || !isSingleBit(bit) || last.matches.some(({ kind }) => kind !== "comment")) return null;
  const tokens = new Map<string, Token>();
  const lines = new Map<string, readonly number[]>();
  const members = rules.slice(0, -1);
  const profiles = new Map<string, string>();
  let axis: Axis | null = null;
  for (const rule of members) {
    const tested = readTested(rule, family);
    const sendsBack = rule.target.kind === "verdict" && rule.target.verdict === "RETURN";
    if (tested === null || !sendsBack || (axis !== null && axis !== tested.axis)) return null;
    if (tested.axis === "service" && !readsAlike(rule, tested.token, family, profiles)) return null;
    axis = tested.axis;
    const { key, text } = tested.token;
    tokens.set(key, { key, text: [text, ...commentsOf(rule)].join(" ") });
    lines.set(key, [...(lines.get(key) ?? []), rule.line]);
  }
  if (axis === null) return null;
  const parts = { includes: [], branches: [], isStored: false, isOthers: true };
  return { name, axis, bit, tokens: [...tokens.values()], lines, members, rules, ...parts };
}

/** Whether who meets the first service of a protocol in a list is dropped there, or by none of them; `profiles` remembers the first ones. */
export function readsAlike(
  rule: Rule,
  { key }: Token,
  family: Family,
  profiles: Map<string, string>,
): boolean {
  const profile = takeApart(rule, family)?.profile;
  if (profile === undefined) return false;
  const protocol = key.split(" ")[0]!;
  const known = profiles.get(protocol) ?? profile;
  profiles.set(protocol, known);
  return known === profile;
}

/** The bits that a chain turns over for every packet, and nothing else, as the article's S-NEGATE does; 0 for other chains. */
export function readFlipChain({ policy, rules }: Chain): number {
  const [only] = rules;
  if (policy !== null || only === undefined || rules.length !== 1) return 0;
  return only.matches.every(({ kind }) => kind === "comment") ? flippedBits(only) : 0;
}

/** The bits that a rule turns over, where it does nothing else to the mark. */
export function flippedBits({ target }: Rule): number {
  return target.kind === "mark" && target.clear === 0 ? target.flip : 0;
}

/** The bits that a chain clears for every packet, and nothing else; 0 for other chains. */
export function readClearChain({ policy, rules }: Chain): number {
  const [only] = rules;
  if (policy !== null || only === undefined || rules.length !== 1) return 0;
  return only.matches.every(({ kind }) => kind === "comment") ? clearedBits(only) : 0;
}

/** The bits that a rule clears; 0 where it does something else, or clears the whole mark, which is not the groups' alone. */
export function clearedBits({ target }: Rule): number {
  return target.kind === "mark" && target.flip === 0 && target.clear >>> 0 !== WHOLE ? target.clear : 0;
}
