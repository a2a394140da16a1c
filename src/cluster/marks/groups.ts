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
} from "../../model/types.ts";
import type { Movable, Token } from "../features.ts";
import { takeApart } from "../tree-levels.ts";

/** A chain each of whose rules sets one mark bit for one member. */
export interface MarkGroup {
  readonly name: string;
  readonly axis: Axis;
  /** Unsigned, a single bit. */
  readonly bit: number;
  /** In source order; a member's text has its comments. */
  readonly tokens: readonly Token[];
  readonly lines: ReadonlyMap<string, readonly number[]>;
  /** Its own before those of chains that it asks. */
  readonly rules: readonly Rule[];
  /** Members are in an ipset of the chain's name. */
  readonly isStored: boolean;
  /** Chains that it asks for a part of its members. */
  readonly includes: readonly string[];
}

const WHOLE = 0xffffffff;

/** What each chain is: a group, or nearly one, with the reason why not as the end of a sentence. Other chains are not there. */
export function readMarkGroups(
  chains: readonly Chain[],
  family: Family,
): ReadonlyMap<string, MarkGroup | string> {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const found = new Map<string, MarkGroup | string | null>();
  const read = (name: string): MarkGroup | string | null => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const chain = byName.get(name);
    // Until it is read, a chain that leads back to itself is none.
    found.set(name, null);
    const group = chain === undefined ? null : readMarkGroup(chain, family, read);
    found.set(name, group);
    return group;
  };
  return new Map(
    chains.flatMap(({ name }) => {
      const group = read(name);
      return group === null ? [] : [[name, group] as const];
    }),
  );
}

/** The members that a chain has, as far as it was read. */
interface Members {
  readonly axes: Set<Axis>;
  readonly tokens: Map<string, Token>;
  readonly lines: Map<string, readonly number[]>;
}

/** `part`: what a chain is that is asked for a part. */
function readMarkGroup(
  { name, rules }: Chain,
  family: Family,
  part: (name: string) => MarkGroup | string | null,
): MarkGroup | string | null {
  const own = rules.filter(({ target }) => target.kind === "mark");
  // With nothing of its own, a chain that asks groups may be anything.
  if (own.length === 0) return null;
  const members: Members = { axes: new Set(), tokens: new Map(), lines: new Map() };
  let isStored = false;
  const parts: MarkGroup[] = [];
  for (const rule of rules) {
    const set = rule.target.kind === "mark" ? setOf(rule, name) : null;
    if (typeof set === "string") return set;
    if (set !== null) {
      addStored(set, rule.line, members);
      isStored = true;
      continue;
    }
    const isRead =
      rule.target.kind === "mark" ? addMember(rule, family, members) : addPart(rule, part, members, parts);
    if (!isRead) return null;
  }
  const [axis, ...others] = members.axes;
  if (axis === undefined || others.length > 0) return null;
  const bit = readBit(own);
  if (typeof bit === "string") return bit;
  const odd = parts.find((each) => each.bit !== bit);
  if (odd !== undefined) return `${odd.name}, which it asks, sets another bit`;
  return {
    ...{ name, axis, bit, tokens: [...members.tokens.values()], lines: members.lines },
    rules: [...new Set([...own, ...rules, ...parts.flatMap((each) => each.rules)])],
    ...{ includes: parts.map((each) => each.name), isStored },
  };
}

/** All entries of the set are members. */
function addStored(
  { side, prefixes }: AddressSetMatch,
  line: number,
  { axes, tokens, lines }: Members,
): void {
  axes.add(side);
  for (const key of prefixes ?? []) {
    if (!tokens.has(key)) tokens.set(key, { key, text: `${side === "source" ? "-s" : "-d"} ${key}` });
    lines.set(key, [...(lines.get(key) ?? []), line]);
  }
}

/** The set of a group's own name, which holds members of it; null where a rule tests something else, and why it can't be taken where its members are not known. */
function setOf({ matches }: Rule, chain: string): AddressSetMatch | string | null {
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

function addMember(rule: Rule, family: Family, { axes, tokens, lines }: Members): boolean {
  const movable = takeApart(rule, family);
  const axis = movable === null ? null : findOnlyAxis(movable);
  if (movable === null || axis === null) return false;
  axes.add(axis);
  const token = movable.tokens[AXES.indexOf(axis)]!;
  tokens.set(token.key, { key: token.key, text: [token.text, ...commentsOf(rule)].join(" ") });
  lines.set(token.key, [...(lines.get(token.key) ?? []), rule.line]);
  return true;
}

/** A jump without any test into another group. */
function addPart(
  { matches, target }: Rule,
  find: (name: string) => MarkGroup | string | null,
  { axes, tokens, lines }: Members,
  parts: MarkGroup[],
): boolean {
  const part = target.kind === "jump" && matches.length === 0 ? find(target.chain) : null;
  if (part === null || typeof part === "string") return false;
  axes.add(part.axis);
  for (const token of part.tokens) {
    if (!tokens.has(token.key)) tokens.set(token.key, token);
    lines.set(token.key, [
      ...new Set([...(lines.get(token.key) ?? []), ...(part.lines.get(token.key) ?? [])]),
    ]);
  }
  parts.push(part);
  return true;
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

function commentsOf({ matches }: Rule): readonly string[] {
  return matches.filter(({ kind }) => kind === "comment").map(({ text }) => text);
}

/**
 * What a chain that negates a group does, as the end of a sentence; null for other chains. The article's S-NEGATE turns a bit over for every packet; others send members back, and set
 * a bit for who is left. No plan can say either.
 */
export function readNegation({ policy, rules }: Chain, family: Family): string | null {
  const last = rules.at(-1);
  if (policy !== null || last?.target.kind !== "mark" || last.target.flip === 0) return null;
  if (last.matches.some(({ kind }) => kind !== "comment")) return null;
  const { clear, flip } = last.target;
  if (rules.length === 1)
    return clear === 0
      ? "it turns a bit over for every packet, which negates the group that was asked before it"
      : null;
  const members = rules.slice(0, -1);
  const sendsBack = members.every(({ target }) => target.kind === "verdict" && target.verdict === "RETURN");
  const axes = members.map((rule) => {
    const movable = takeApart(rule, family);
    return movable === null ? null : findOnlyAxis(movable);
  });
  if (!sendsBack || !isSingleBit(flip) || axes[0] === null || axes.some((axis) => axis !== axes[0]))
    return null;
  return "it sets its bit for all but its members, which is a negated group";
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
