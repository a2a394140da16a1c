/**
 * How much each place of a chain is used, and what testing it costs: by the counters of its rules, or by packets of a file that are sent through them.
 */
import type { OrderedNode } from "../cluster/order.ts";
import type { UseOf } from "../cluster/order-by-use.ts";
import type { Limit } from "../cluster/order-within-limits.ts";
import { AXES, type Match, type Rule, type Ruleset, type Table } from "../model/types.ts";
import type { ChainForm, Layout } from "../plan/types.ts";
import type { ChainUse } from "../rewrite/merge.ts";
import { pairTables } from "../verify/pairs.ts";
import { isCountedThroughout, LEAST_COUNTED } from "./counters.ts";
import { type Backend, backendsOf, KERNEL_COSTS, type KernelCosts } from "../cluster/kernel-costs.ts";
import { countMatches } from "./traffic/count-matches.ts";
import type { Traffic } from "./traffic/types.ts";
import { MOST_LOSS } from "./types.ts";

/** The part of a chain's packets that says nothing: what gets less than this is used as little as what gets none. */
const NOISE = 0.001;

/** Networks in a row from which on a group is a tree; past it another one hardly counts. */
const MOST_TESTED = 16;

/** The use of all chains; a chain of which nothing is known has none. `layoutOf` says what a policy rule costs; `isLimited`: no packet is to lose much by the order. */
export function findUse(
  ruleset: Ruleset,
  traffic: Traffic | null,
  layoutOf: (table: string, chain: string) => Layout | ChainForm,
  isLimited = false,
): ChainUse {
  const backends = backendsOf(ruleset);
  const made = new Map<string, ChainUse>();
  return (name, chain) => {
    const table = ruleset.tables.find((each) => each.name === name);
    if (table === undefined) return undefined;
    if (!made.has(name)) {
      const matches = countTable(ruleset, table, traffic);
      made.set(name, (_, own) =>
        matches === null
          ? undefined
          : useOfChain(table, own, matches, { backends, layout: layoutOf(name, own), isLimited }),
      );
    }
    return made.get(name)!(name, chain);
  };
}

/** Packets that a table's rules have matched, and how many are enough to say something; null where nothing is known. */
interface Matches {
  readonly of: (rule: Rule) => number;
  readonly least: number;
}

function countTable(ruleset: Ruleset, table: Table, traffic: Traffic | null): Matches | null {
  if (traffic !== null && traffic.packets.length > 0) {
    const { pair } = pairTables(ruleset, ruleset).find(({ pair: { name } }) => name === table.name)!;
    const counts = countMatches(pair, traffic);
    return counts === null ? null : { of: (rule) => counts.get(rule) ?? 0, least: 0 };
  }
  // A file that was written and not loaded has counters of the rules that stayed, and none of those that it made.
  if (!isCountedThroughout(table)) return null;
  return { of: ({ counters }) => Number(counters?.packets ?? 0), least: LEAST_COUNTED };
}

/** By what places are priced. */
interface Pricing {
  readonly backends: readonly Backend[];
  readonly layout: Layout | ChainForm;
  readonly isLimited: boolean;
}

function useOfChain(
  table: Table,
  name: string,
  { of, least }: Matches,
  { backends, layout, isLimited }: Pricing,
): UseOf | undefined {
  const rules = table.chains.find((chain) => chain.name === name)?.rules ?? [];
  const total = rules.reduce((sum, rule) => sum + of(rule), 0);
  if (total === 0 || total < least) return undefined;
  const noise = total * NOISE;
  const limitsOf = isLimited ? limitPlaces(rules, backends, layout) : null;
  return (node) => ({
    ...(limitsOf === null ? {} : { limits: limitsOf(node) }),
    // Of packets that are logged nothing is decided.
    packets: node.items.reduce(
      (sum, { movable }) => sum + (movable.kin === undefined ? of(movable.rule) : 0),
      noise,
    ),
    cost: backends.reduce((sum, backend) => sum + costOf(node, KERNEL_COSTS[backend], layout), 0),
  });
}

/** How late places may stand, so that no packet loses more than it may. */
function limitPlaces(
  rules: readonly Rule[],
  backends: readonly Backend[],
  layout: Layout | ChainForm,
): (node: OrderedNode) => readonly Limit[] {
  const paid = backends.map((backend) => {
    const costs = KERNEL_COSTS[backend];
    let sum = 0;
    return new Map(
      rules.map((rule) => {
        const before = sum;
        sum += costs.rule + priceOf(costs, rule.matches[0]);
        return [rule, before] as const;
      }),
    );
  });
  return (node) =>
    backends.map((backend, at) => {
      const costs = KERNEL_COSTS[backend];
      return {
        cost: costOf(node, costs, layout),
        paid: paid[at]!.get(node.items[0]!.movable.rule) ?? 0,
        room: MOST_LOSS - (node.product === null ? 0 : hitCost(node.items, costs)),
      };
    });
}

/** What a packet pays in a rule chain that decides about it, which it would not in a flat rule. */
function hitCost(items: OrderedNode["items"], costs: KernelCosts): number {
  const groups = AXES.map((axis, at) => {
    const members = new Set(items.map(({ movable }) => movable.tokens[at]?.key)).size;
    const price = axis === "service" ? costs.protocol + costs.transport : costs.address;
    return { members, price: costs.rule + price };
  }).filter(({ members }) => members > 1);
  const call = costs.rule + costs.matched + costs.call;
  const write = costs.rule + costs.matched + costs.target;
  const test = costs.rule + costs.mark;
  const tested = groups.reduce((sum, { members, price }) => sum + Math.min(members, MOST_TESTED) * price, 0);
  return call + test + groups.length * (call + write + test) + tested + write;
}

/** What a packet pays that goes past a place. */
function costOf({ product, items }: OrderedNode, costs: KernelCosts, layout: Layout | ChainForm): number {
  if (product === null) return costs.rule + priceOf(costs, items[0]!.movable.rule.matches[0]);
  const test = costs.rule + costs.mark;
  if (layout === "hoisted") return test;
  // A rule chain: its call, the reset, the call of the first group with its members, the test that leaves.
  const axis = AXES.findIndex(
    (_, at) => new Set(items.map(({ movable }) => movable.tokens[at]?.key)).size > 1,
  );
  const members = new Set(items.map(({ movable }) => movable.tokens[axis]?.key)).size;
  const call = costs.rule + costs.matched + costs.call;
  return 2 * call + 2 * test + Math.min(members, MOST_TESTED) * (costs.rule + costs.address);
}

/** Most rules that fail do so at their first match. */
function priceOf(costs: KernelCosts, match: Match | undefined): number {
  switch (match?.kind) {
    case undefined:
    case "comment":
      return 0;
    case "source":
    case "destination":
      return costs.address;
    case "in":
    case "out":
      return costs.interface;
    case "protocol":
    case "fragment":
      return costs.protocol;
    case "mark":
    case "connmark":
      return costs.mark;
    case "addressSet":
      return costs.set;
    default:
      return costs.module;
  }
}
