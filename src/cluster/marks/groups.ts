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
  readonly rules: readonly Rule[];
  /** Members are in an ipset of the chain's name. */
  readonly isStored: boolean;
}

const WHOLE = 0xffffffff;

/** What a chain is: a group, nothing of the kind, or nearly one, with the reason why not as the end of a sentence. */
export function readMarkGroup({ name, rules }: Chain, family: Family): MarkGroup | string | null {
  const [first] = rules;
  if (first === undefined || first.target.kind !== "mark") return null;
  const tokens = new Map<string, Token>();
  const lines = new Map<string, number[]>();
  let axis: Axis | null = null;
  let isStored = false;
  for (const rule of rules) {
    const set = rule.target.kind === "mark" ? setOf(rule, name) : null;
    if (typeof set === "string") return set;
    if (set !== null) {
      if (axis !== null && axis !== set.side) return null;
      axis = set.side;
      isStored = true;
      for (const key of set.prefixes ?? []) {
        if (!tokens.has(key)) tokens.set(key, { key, text: `${set.side === "source" ? "-s" : "-d"} ${key}` });
        lines.set(key, [...(lines.get(key) ?? []), rule.line]);
      }
      continue;
    }
    const movable = rule.target.kind === "mark" ? takeApart(rule, family) : null;
    const found = movable === null ? null : findOnlyAxis(movable);
    if (movable === null || found === null) return null;
    if (axis !== null && axis !== found) return null;
    axis = found;
    const token = movable.tokens[AXES.indexOf(axis)]!;
    tokens.set(token.key, { key: token.key, text: [token.text, ...commentsOf(rule)].join(" ") });
    lines.set(token.key, [...(lines.get(token.key) ?? []), rule.line]);
  }
  const bit = readBit(rules);
  if (typeof bit === "string" || axis === null) return bit as string;
  return { name, axis, bit, tokens: [...tokens.values()], lines, rules, isStored };
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
