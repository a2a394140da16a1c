/**
 * Rule chains of mark groups as the trees (`../trees.ts`) that the plan and the rewriter know.
 */
import { ruleOfText } from "../../model/rule-of-text.ts";
import {
  AXES,
  type Axis,
  type Chain,
  type Family,
  type Rule,
  type Table,
  type Target,
} from "../../model/types.ts";
import { findFeatures, isLog, type Movable, type Token } from "../features.ts";
import { canBeRest, type RestShape } from "../rest-form.ts";
import { isKept } from "../segments.ts";
import { takeApart } from "../tree-levels.ts";
import type { Tree } from "../trees.ts";
import type { ClusterOptions, MemberSet, TreeAxis, TreeProduct } from "../types.ts";
import type { ChainRest } from "./chain-rests.ts";
import type { MarkGroup } from "./groups.ts";
import { touches } from "./mark-tests.ts";
import type { MarkChains, RuleChain } from "./rule-chain-types.ts";

/** A rule chain with the one place that calls it. */
export interface CalledChain {
  readonly table: Table;
  readonly read: RuleChain;
  readonly rule: Rule;
  /** The same, taken apart. */
  readonly call: Movable;
  /** The rule behind the call that returns packets with all bits, where the rule chain leaves that to its owner. */
  readonly returns: Rule | null;
  /** Chains that clear bits, on any way out. */
  readonly leaves: readonly string[];
  readonly family: Family;
  /** The chain that has asked the first group for several rules, and its line that calls this one's; missing for rule chains that ask all of their groups. */
  readonly shared?: { readonly chain: Chain; readonly line: Rule };
}

const RETURN: Target = { kind: "verdict", verdict: "RETURN", text: "-j RETURN" };

/** Finds the place that calls a rule chain; else why it can't be taken, as the end of a sentence. `ruleChains`: names of all that may be rule chains. */
export function findCall(
  table: Table,
  read: RuleChain,
  chains: MarkChains,
  ruleChains: ReadonlySet<string>,
  options: ClusterOptions,
): CalledChain | string {
  const { family } = chains;
  const { name } = read.chain;
  const callers = table.chains.flatMap((owner) =>
    owner.rules.flatMap((rule, at) =>
      (rule.target.kind === "jump" || rule.target.kind === "goto") && rule.target.chain === name
        ? [{ owner, rule, next: owner.rules[at + 1] ?? null }]
        : [],
    ),
  );
  const [only] = callers;
  if (only === undefined) return "nothing calls it";
  if (callers.length > 1) return "several rules call it";
  const { owner, rule, next } = only;
  if (rule.target.kind !== "jump" || isKept(owner.name, options) || ruleChains.has(owner.name))
    return "the rule that calls it has to stay as it is";
  const call = takeApart(rule, chains.family);
  if (call === null || rule.matches.some((match) => touches(match, read.mask)))
    return "the rule that calls it tests something that may change by being asked";
  const leaves = [
    ...read.leaves,
    ...chains.idleClears.filter((chain) => chains.clears.get(chain) === read.mask),
  ];
  if (read.verdict !== null) {
    const called = { table, read, rule, call, returns: null, leaves, family };
    return findRestFault(called) ?? called;
  }
  const leave = next === null ? null : leaveOf(next, read, chains);
  if (leave === null || rule.matches.length > 0) return "it leaves the bits on packets";
  return { table, read, rule, call, returns: next, leaves: [...new Set([...leaves, leave])], family };
}

/** The chain by which packets with the answer's bits return from the owner; null where the rule is something else. */
function leaveOf({ matches, target }: Rule, { mask, answer }: RuleChain, chains: MarkChains): string | null {
  const [test] = matches.filter(({ kind }) => kind !== "comment");
  if (test === undefined || matches.length > 1 || test.kind !== "mark" || test.negated) return null;
  const isAnswer =
    test.value === answer && (test.mask & answer) >>> 0 === answer && (test.mask & ~mask) === 0;
  if (!isAnswer || target.kind !== "goto") return null;
  const cleared = chains.clears.get(target.chain) ?? 0;
  return (cleared & answer) >>> 0 === answer ? target.chain : null;
}

/** The trees: that of the rule chain, and those of its rests, all in the place of its call. */
export function makeMarkTrees(called: CalledChain): readonly Tree[] {
  const { read, rule } = called;
  const tree = makeMarkTree(called);
  if (read.rests.length === 0) return [tree];
  // Each is known by the line of its own verdict.
  const head = { ...tree, calls: [read.verdict!], place: { rule, at: 0 } };
  return [head, ...read.rests.map((rest, at) => makeRestTree(called, rest, at + 1))];
}

/**
 * Whether flat rules may join its groups. A flat rule is for packets that are in its addresses, so it says nothing of a negated group; whether a new member is to lack what others lack, or to be logged
 * beside another, nobody knows.
 */
export function mayGrow({ read, call, returns }: CalledChain): boolean {
  return (
    read.negated.size === 0 &&
    read.rests.length === 0 &&
    read.missing === undefined &&
    returns === null &&
    read.verdict !== null &&
    !isLog(read.verdict.target) &&
    !read.servicesFirst &&
    call.tail === ""
  );
}

/** Whether its rests are such that a plan can have them; else why not, as the end of a sentence. */
function findRestFault(called: CalledChain): string | null {
  const [head, ...rests] = makeMarkTrees(called).map(({ variants }) => shapeOf(variants[0]!));
  const isRight = rests.every((rest, at) => canBeRest(head!, rests.slice(0, at), rest));
  return isRight ? null : "it has other verdicts for what it matches in part than markify writes";
}

function shapeOf({ sets, negated = [], template, servicesFirst }: TreeProduct): RestShape {
  return {
    axes: sets.map(({ axis }) => axis),
    negated,
    groupOf: (axis) => axis,
    template,
    isPlain: !servicesFirst,
  };
}

/** A policy rule whose verdict stands in the chain of another one. */
function makeRestTree({ table, read, rule, call, family }: CalledChain, rest: ChainRest, at: number): Tree {
  const { groups, verdict, tests } = rest;
  const negated = negatedAxes(read, groups);
  const guards = [{ ...tests, tail: "" }];
  const template =
    asFlatRule(rest, call, family) ??
    makeTemplate({ groups, guards, pre: read.pre, rest: tests.tail, verdict }, call);
  const product: TreeProduct = {
    ...{ table: table.name, chain: rule.chain, sets: setsOf(groups), axes: axesOf(groups) },
    ...(negated.length === 0 ? {} : { negated }),
    rules: [rule, ...rest.rules, ...groups.flatMap((group) => group.rules)],
    ...{ template, restOf: read.chain.name, replaces: [verdict.chain], servicesFirst: false },
  };
  return {
    ...{ table: table.name, chain: rule.chain, chains: product.replaces, variants: [product] },
    ...{ calls: [verdict], place: { rule, at } },
  };
}

/**
 * One of the flat rules that a rest stands for, taken apart: it has no chain that its name could come from, so it is to be called as when these were merged. Null where it has services as a group, or where its
 * call reads headers.
 */
function asFlatRule({ groups, verdict, tests }: ChainRest, call: Movable, family: Family): Movable | null {
  if (call.tail !== "" || groups.some(({ axis }) => axis === "service")) return null;
  const headOf = ({ tokens, guard }: Movable) => [
    ...tokens.flatMap((token, at) => (token === null || AXES[at] === "service" ? [] : [token.text])),
    ...guard,
  ];
  const members = groups.map(({ tokens }) => tokens[0]!.text);
  const words = [...members, ...headOf(call), ...headOf(tests), tests.tail, verdict.target.text];
  const rule = ruleOfText(words.filter((word) => word !== "").join(" "), family);
  const features = rule === null ? null : findFeatures(rule, family);
  if (features?.kind !== "movable") return null;
  return { ...features, rule: { ...call.rule, target: verdict.target } };
}

function negatedAxes({ negated }: RuleChain, groups: readonly MarkGroup[]): readonly Axis[] {
  return AXES.filter((axis) => groups.some((group) => group.axis === axis && negated.has(group)));
}

/** The tree of the rule chain itself. Its rules: the calls, the rule chain's, then those of the chains that it shares with others. */
function makeMarkTree({ table, read, rule, call, returns, leaves, shared }: CalledChain): Tree {
  const { chain, groups } = read;
  const negated = negatedAxes(read, groups);
  const others = new Set(read.rests.flatMap((rest) => rest.rules));
  const calls = [
    rule,
    ...(shared === undefined ? [] : [shared.line]),
    ...(returns === null ? [] : [returns]),
  ];
  const frame = shared === undefined ? [] : [...shared.chain.rules.slice(0, 3), shared.chain.rules.at(-1)!];
  const axes = axesOf(groups);
  const product: TreeProduct = {
    table: table.name,
    chain: rule.chain,
    sets: setsOf(groups),
    ...(negated.length === 0 ? {} : { negated }),
    rules: [...calls, ...rulesOf(read, table, leaves), ...frame].filter((each) => !others.has(each)),
    template: makeTemplate(read, call),
    axes,
    name: chain.name,
    isWritten: true,
    ...(read.missing === undefined ? {} : { missing: read.missing }),
    replaces: [chain.name, ...read.exceptionChains, ...read.restChains.map(({ name }) => name)],
    servicesFirst: read.servicesFirst,
    ...(read.logPartial === undefined ? {} : { logPartial: read.logPartial }),
  };
  const place = { table: table.name, chain: rule.chain, chains: product.replaces, variants: [product] };
  return shared === undefined
    ? { ...place, calls }
    : { ...place, calls: [shared.line], place: { rule, at: shared.line.line } };
}

type GroupMembers = Pick<MarkGroup, "name" | "axis" | "tokens" | "lines" | "includes" | "isStored"> &
  Partial<Pick<MarkGroup, "isOthers">>;

/** The axes of a policy rule's groups, in AXES order. */
export function axesOf(groups: readonly GroupMembers[]): readonly TreeAxis[] {
  return groups
    .map(({ axis, tokens, lines }): TreeAxis => ({ axis, tokens, lines }))
    .sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
}

/** Their sets, each with the name of its chain; that of a chain which stands for all others would say the opposite. */
export function setsOf(groups: readonly GroupMembers[]): readonly MemberSet[] {
  return axesOf(groups).map(({ axis, tokens }): MemberSet => {
    const { name, includes, isStored, isOthers } = groups.find((group) => group.axis === axis)!;
    const named = isOthers === true ? {} : { chain: name };
    const parts = includes.length === 0 ? {} : { includes };
    const stored = isStored ? ({ isStored } as const) : {};
    return { axis, members: tokens.map(({ key }) => key), ...named, ...parts, ...stored };
  });
}

/** The rules of a rule chain, its groups, the chains that turn bits over, and those that it leaves through. */
export function rulesOf(
  { chain, groups, flips, exceptionChains, restChains, leaves: own }: RuleChain,
  { chains }: Table,
  leaves = own,
): readonly Rule[] {
  const small = chains.filter(({ name }) => [...flips, ...exceptionChains, ...leaves].includes(name));
  const all = [chain, ...restChains, ...groups, ...small];
  return all.flatMap(({ rules }) => rules);
}

/** What is needed of a policy rule to say what it tests. */
export interface TemplateParts {
  readonly groups: readonly Pick<MarkGroup, "axis" | "tokens">[];
  readonly guards: readonly Movable[];
  readonly pre: string;
  readonly rest: string;
  readonly verdict: Rule | null;
}

/** What a policy rule tests beside its groups. */
export function makeTemplate(read: TemplateParts, call: Movable): Movable {
  const grouped = new Set(read.groups.map(({ axis }) => axis));
  const tokens: (Token | null)[] = AXES.map(() => null);
  const guard: string[] = [];
  for (const movable of [call, ...read.guards]) {
    guard.push(...movable.guard);
    AXES.forEach((axis, at) => {
      const token = movable.tokens[at] ?? null;
      if (token === null || axis === "service") return;
      if (grouped.has(axis) || tokens[at] !== null) guard.push(token.text);
      else tokens[at] = token;
    });
    // After the addresses, as the call tests it.
    if (movable === call && movable.tail !== "") guard.push(movable.tail);
  }
  const service = read.groups.find(({ axis }) => axis === "service");
  if (service !== undefined) tokens[AXES.indexOf("service")] = service.tokens[0]!;
  const target = read.verdict?.target ?? RETURN;
  return {
    ...call,
    ...{ rule: { ...call.rule, target }, tokens, guard, pre: read.pre },
    post: service === undefined ? "" : read.rest,
    tail: service === undefined ? read.rest : "",
  };
}
