/**
 * Products that the search saw among the same rules, and why they are not in the plan.
 */
import { GROUP_COST, POLICY_RULE_COST, setKey } from "../../cluster/cost.ts";
import { findSeenProducts } from "../../cluster/seen.ts";
import type { Product } from "../../cluster/types.ts";
import type { Axis } from "../../model/types.ts";
import { type WhyCase, viewLines } from "./case.ts";
import { carryOutWith } from "./instead.ts";
import type { LostProduct } from "./view.ts";

const MOST_LISTED = 5;

/** A product of a chain of an input. */
interface Seen {
  readonly input: number;
  readonly product: Product;
  readonly lines: readonly number[];
}

/** The largest of them first, and how many there are. */
export function findLostProducts(asked: WhyCase): {
  readonly lost: readonly LostProduct[];
  readonly inAll: number;
} {
  const seen = collectSeen(asked);
  seen.sort((one, other) => other.lines.length - one.lines.length || one.lines[0]! - other.lines[0]!);
  return {
    lost: seen.slice(0, MOST_LISTED).map((each) => judge(asked, each)),
    inAll: seen.length,
  };
}

function collectSeen({ plan, rulesets, policies }: WhyCase): Seen[] {
  const places = new Map(
    policies.map(({ input, table, chain }) => [`${input} ${table} ${chain}`, { input, table, chain }]),
  );
  const found = new Map<string, Seen>();
  for (const { input, table, chain } of places.values()) {
    const here = policies.filter((each) => each.input === input && each.chain === chain);
    const own = new Set(here.flatMap(({ lines }) => lines));
    const taken = new Set(
      plan.policyRules.filter((each) => each.input === input).map(({ lines }) => lines.join()),
    );
    for (const product of findSeenProducts(rulesets[input]!, plan, { table, chain })) {
      const lines = product.rules.map(({ line }) => line);
      const isOther = lines.some((line) => own.has(line)) && !taken.has(lines.join());
      if (isOther) found.set(`${input} ${product.sets.map(setKey).join(" ")}`, { input, product, lines });
    }
  }
  return [...found.values()];
}

function judge(asked: WhyCase, { input, product, lines }: Seen): LostProduct {
  const { plan } = asked;
  const others = plan.policyRules.filter((rule) => rule.input === input && rule.accept);
  const merged = new Set(others.flatMap((rule) => rule.lines));
  const wanted = new Set(lines);
  const gain = lines.filter((line) => !merged.has(line)).length;
  // A group that is there is paid for.
  const there = new Set(plan.groups.map(setKey));
  const cost = product.sets
    .filter((set) => !there.has(setKey(set)))
    .reduce(
      (sum, { members }) => sum + GROUP_COST + members.length,
      POLICY_RULE_COST + (product.missing?.exceptions ?? 0),
    );
  const sizes: Partial<Record<Axis, number>> = {};
  for (const { axis, members } of product.sets) sizes[axis] = members.length;
  const takenBy = others.filter((rule) => rule.lines.some((line) => wanted.has(line)));
  const about = {
    ...{ sizes, lines: viewLines(plan, input, lines), gain, cost },
    takenBy: takenBy.map(({ name }) => name),
  };
  if (gain === 0) return { ...about, reason: "merged-already" };
  if (gain <= cost) return { ...about, reason: "costs-more" };
  // It saves more than it costs, so there is less to read with it: what speaks against it is elsewhere, if anywhere.
  const instead = carryOutWith(asked, product, input);
  const rules = plan.inputs.reduce((sum, each) => sum + each.rules, 0);
  if (instead === null) return { ...about, instead, reason: "no-order" };
  return { ...about, instead, reason: instead.rules > rules ? "longer-file" : "not-tried" };
}
