/**
 * Turns a tree into the products that it can be read as: with the services of its call as they stand there, or as a set of their own.
 */
import { AXES, type Rule, type Target } from "../model/types.ts";
import type { TreeCalls } from "./tree-calls.ts";
import type { MemberSet, TreeAxis, TreeProduct } from "./types.ts";

/** What a walk found. */
export interface TreeParts {
  readonly table: string;
  readonly chain: string;
  readonly calls: TreeCalls;
  /** Calls first. */
  readonly rules: readonly Rule[];
  readonly chains: readonly string[];
  readonly axes: readonly TreeAxis[];
  readonly single: readonly string[];
  readonly target: Target;
}

/** Variants with one set of two members at least; the one without a set of services first. */
export function makeVariants(parts: TreeParts): readonly TreeProduct[] {
  const { calls, axes } = parts;
  const plain = makeVariant(parts, axes, calls.axis?.axis === "service");
  const split = calls.services === null ? null : makeVariant(parts, [...axes, calls.services], true);
  return [plain, split].filter((variant) => variant !== null);
}

function makeVariant(
  { table, chain, calls, rules, chains, single, target }: TreeParts,
  found: readonly TreeAxis[],
  hasServices: boolean,
): TreeProduct | null {
  const axes = [...found].sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
  if (!axes.some(({ tokens }) => tokens.length > 1)) return null;
  const sets = axes.map(({ axis, tokens }): MemberSet => ({ axis, members: tokens.map(({ key }) => key) }));
  const tokens = AXES.map((axis) => axes.find((each) => each.axis === axis)?.tokens[0] ?? null);
  const guard = hasServices ? calls.guardOfServices : calls.guard;
  const rest = [...single, ...(hasServices && calls.post !== "" ? [calls.post] : [])].join(" ");
  const template = {
    ...calls.first,
    ...{ rule: { ...calls.first.rule, target }, tokens, guard: guard === "" ? [] : [guard] },
    ...{ pre: "", post: hasServices ? rest : "", tail: hasServices ? "" : rest },
  };
  return { table, chain, sets, rules, template, axes, replaces: chains, servicesFirst: true };
}
