/**
 * Reads the small chains of a mark-group ruleset: those that are a group, and those that clear the groups' bits.
 */
import { AXES, type Axis, type Chain, type Family, type Rule, type Table } from "../../model/types.ts";
import type { Movable, Token } from "../features.ts";
import { isInside, type PrefixMember, readPrefix } from "../prefix-tree.ts";
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
  /** Those that test a member. */
  readonly members: readonly Rule[];
  /** All rules of its chain and of the chains below. */
  readonly rules: readonly Rule[];
  /** Names of the chains below. */
  readonly parts: readonly string[];
}

const WHOLE = 0xffffffff;

/** Chains of a table, and what leads into them. */
export class ChainIndex {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #callers = new Map<string, number>();

  constructor({ chains }: Pick<Table, "chains">) {
    this.#chains = new Map(chains.map((chain) => [chain.name, chain]));
    for (const { target } of chains.flatMap(({ rules }) => rules)) {
      if (target.kind === "jump" || target.kind === "goto")
        this.#callers.set(target.chain, (this.#callers.get(target.chain) ?? 0) + 1);
    }
  }

  /** A user-defined chain that one rule leads to. */
  private(name: string): Chain | null {
    const chain = this.#chains.get(name);
    return chain?.policy === null && this.#callers.get(name) === 1 ? chain : null;
  }
}

/** What a chain is: a group, nothing of the kind, or nearly one, with the reason why not as the end of a sentence. */
export function readMarkGroup(chain: Chain, chains: ChainIndex, family: Family): MarkGroup | string | null {
  const reader = new GroupReader(chains, family);
  return reader.chain(chain, null) ? reader.finish(chain.name) : (reader.fault ?? null);
}

/** A member that was read, or the prefix of a branch. */
interface Tested {
  readonly axis: Axis;
  readonly token: Token;
}

/** Reads a chain and those below it; a class because it guards what it has found. */
class GroupReader {
  fault: string | null = null;
  readonly #index: ChainIndex;
  readonly #family: Family;
  readonly #tokens = new Map<string, Token>();
  readonly #lines = new Map<string, number[]>();
  readonly #members: Rule[] = [];
  readonly #rules: Rule[] = [];
  readonly #parts: string[] = [];
  #axis: Axis | null = null;

  constructor(index: ChainIndex, family: Family) {
    this.#index = index;
    this.#family = family;
  }

  /** False where a rule is something else; `inside`: the prefix that packets have which come here. */
  chain({ rules }: Chain, inside: PrefixMember | null): boolean {
    return rules.length > 0 && rules.every((rule) => this.#rule(rule, inside));
  }

  #rule(rule: Rule, inside: PrefixMember | null): boolean {
    const { target } = rule;
    if (target.kind !== "mark" && target.kind !== "jump") return false;
    const tested = readTested(rule, this.#family);
    if (tested === null || (this.#axis ?? tested.axis) !== tested.axis) return false;
    this.#axis = tested.axis;
    const { token } = tested;
    if (inside !== null && !isInPrefix(token.key, inside, this.#family)) {
      this.fault = `line ${rule.line} is for packets that don't come to its chain`;
      return false;
    }
    this.#rules.push(rule);
    if (target.kind === "jump") return this.#branch(target.chain, token.key);
    this.#members.push(rule);
    this.#tokens.set(token.key, { key: token.key, text: [token.text, ...commentsOf(rule)].join(" ") });
    this.#lines.set(token.key, [...(this.#lines.get(token.key) ?? []), rule.line]);
    return true;
  }

  #branch(name: string, key: string): boolean {
    const prefix = readPrefix(key, this.#family);
    const chain = this.#index.private(name);
    if (prefix === null || chain === null || this.#parts.includes(name)) return false;
    this.#parts.push(name);
    return this.chain(chain, prefix);
  }

  finish(name: string): MarkGroup | string | null {
    if (this.#axis === null || this.#members.length === 0) return null;
    const bit = readBit(this.#members);
    if (typeof bit === "string") return bit;
    return {
      ...{ name, axis: this.#axis, bit, tokens: [...this.#tokens.values()], lines: this.#lines },
      ...{ members: this.#members, rules: this.#rules, parts: this.#parts },
    };
  }
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
