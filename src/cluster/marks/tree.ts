/**
 * Rule chains of mark groups as the trees (`../trees.ts`) that the plan and the rewriter know.
 */
import { AXES, type Chain, type Rule, type Table, type Target } from "../../model/types.ts";
import type { Movable, Token } from "../features.ts";
import { isKept } from "../segments.ts";
import { takeApart } from "../tree-levels.ts";
import type { Tree } from "../trees.ts";
import type { ClusterOptions, MemberSet, TreeAxis, TreeProduct } from "../types.ts";
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
  if (read.verdict !== null) return { table, read, rule, call, returns: null, leaves };
  const leave = next === null ? null : leaveOf(next, read, chains);
  if (leave === null || rule.matches.length > 0) return "it leaves the bits on packets";
  return { table, read, rule, call, returns: next, leaves: [...new Set([...leaves, leave])] };
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

/** The tree. Its rules: the calls, the rule chain's, then those of the chains that it shares with others. */
export function makeMarkTree({ table, read, rule, call, returns, leaves, shared }: CalledChain): Tree {
  const { chain, groups } = read;
  const negated = AXES.filter((axis) => [...read.negated].some((group) => group.axis === axis));
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
    rules: [...calls, ...rulesOf(read, table, leaves), ...frame],
    template: makeTemplate(read, call),
    axes,
    name: chain.name,
    isWritten: true,
    ...(read.missing === undefined ? {} : { missing: read.missing }),
    replaces: [chain.name, ...read.exceptionChains],
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
  { chain, groups, flips, exceptionChains, leaves: own }: RuleChain,
  { chains }: Table,
  leaves = own,
): readonly Rule[] {
  const small = chains.filter(({ name }) => [...flips, ...exceptionChains, ...leaves].includes(name));
  return [chain.rules, ...groups.map(({ rules }) => rules), ...small.map(({ rules }) => rules)].flat();
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
