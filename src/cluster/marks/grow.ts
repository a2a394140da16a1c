/**
 * Flat rules that were added behind a mark group's back: where they say for a new member all that a policy rule says for the others, the member joins the
 * group. It has to fit every policy rule that uses the group, and its rules have to be where they may be moved to the call.
 */
import { AXES, type Axis, type Family, type Rule, type Table } from "../../model/types.ts";
import { areInConflict } from "../conflicts.ts";
import { type Features, findFeatures, type Movable, type Token } from "../features.ts";
import { type PolicyShape, PolicySwaps } from "../policy-swaps.ts";
import type { Tree } from "../trees.ts";
import type { TreeProduct } from "../types.ts";

/** A policy rule that flat rules may join. */
export interface GrowingRule {
  readonly table: Table;
  readonly tree: Tree;
  /** The rule by which packets come to it. */
  readonly call: Rule;
  /** Chains that may ask its groups: its own, and all of its run. */
  readonly chains: readonly string[];
  /** Whether flat rules can be like it: it asks in their order, and tests nothing before. */
  readonly isPlain: boolean;
}

/** A member that a policy rule lacks, with the flat rules that say it for all others of its groups. */
interface NewMember {
  readonly token: Token;
  readonly rules: readonly Rule[];
}

/** Lets members join as long as some do. The rules that go are among those of the trees then. */
export function growTrees(start: readonly GrowingRule[], family: Family): readonly Tree[] {
  let open = start;
  for (;;) {
    const grown = growOnce(open, new Growth(open, family));
    if (grown === null) return open.map(({ tree }) => tree);
    open = grown;
  }
}

/** The rules with one group grown; null where none can. */
function growOnce(open: readonly GrowingRule[], growth: Growth): readonly GrowingRule[] | null {
  const groups = new Map<string, { readonly axis: Axis; readonly users: GrowingRule[] }>();
  for (const each of open) {
    for (const { axis, chain } of productOf(each).sets) {
      const key = `${productOf(each).table} ${chain}`;
      const entry = groups.get(key) ?? { axis, users: [] };
      entry.users.push(each);
      groups.set(key, entry);
    }
  }
  for (const [key, { axis, users }] of groups) {
    if (!isTheirs(key, users)) continue;
    const found = users.map((user) => growth.findNewMembers(user, axis));
    const members = [...found[0]!.keys()].filter((member) => found.every((each) => each.has(member)));
    if (members.length === 0) continue;
    return open.map((each) => {
      const at = users.indexOf(each);
      return at === -1
        ? each
        : addMembers(
            each,
            axis,
            members.map((member) => found[at]!.get(member)!),
          );
    });
  }
  return null;
}

function productOf({ tree }: GrowingRule): TreeProduct {
  return tree.variants[0]!;
}

/** Whether only these policy rules ask a group. */
function isTheirs(key: string, users: readonly GrowingRule[]): boolean {
  const { table } = users[0]!;
  const own = new Set(users.flatMap(({ chains }) => chains));
  return table.chains.every(
    ({ name, rules }) =>
      own.has(name) ||
      rules.every(
        ({ target }) =>
          (target.kind !== "jump" && target.kind !== "goto") || `${table.name} ${target.chain}` !== key,
      ),
  );
}

function addMembers(rule: GrowingRule, axis: Axis, members: readonly NewMember[]): GrowingRule {
  const product = productOf(rule);
  const tokens = members.map(({ token }) => token);
  const grown: TreeProduct = {
    ...product,
    sets: product.sets.map((set) =>
      set.axis === axis ? { ...set, members: [...set.members, ...tokens.map(({ key }) => key)] } : set,
    ),
    axes: product.axes.map((each) => {
      if (each.axis !== axis) return each;
      const lines = new Map(each.lines);
      for (const { token, rules } of members)
        lines.set(
          token.key,
          rules.map(({ line }) => line),
        );
      return { axis, tokens: [...each.tokens, ...tokens], lines };
    }),
    rules: [...product.rules, ...members.flatMap(({ rules }) => rules)],
  };
  return { ...rule, tree: { ...rule.tree, variants: [grown] } };
}

/** Looks for flat rules that are like policy rules; a class because it remembers what may swap. */
class Growth {
  /** By the rules that call them. */
  readonly #called = new Map<Rule, GrowingRule[]>();
  readonly #family: Family;
  readonly #swaps: PolicySwaps;
  readonly #shapes: ReadonlyMap<GrowingRule, PolicyShape>;
  readonly #used: ReadonlySet<Rule>;

  constructor(all: readonly GrowingRule[], family: Family) {
    for (const each of all) this.#called.set(each.call, [...(this.#called.get(each.call) ?? []), each]);
    this.#family = family;
    this.#swaps = new PolicySwaps(family);
    this.#shapes = new Map(all.map((each) => [each, shapeOf(each)]));
    this.#used = new Set(all.flatMap((each) => productOf(each).rules));
  }

  /** New members of one axis for which there is a flat rule in every combination with members of the other axes. */
  findNewMembers(user: GrowingRule, axis: Axis): ReadonlyMap<string, NewMember> {
    const product = productOf(user);
    const classKey = user.isPlain ? this.#swaps.classKeyOf(this.#shapes.get(user)!) : null;
    if (classKey === null) return new Map();
    const owner = user.table.chains.find(({ name }) => name === user.call.chain)!;
    const place = owner.rules.indexOf(user.call);
    const cells = new Map<string, { readonly token: Token; readonly cells: Map<string, Rule[]> }>();
    owner.rules.forEach((rule, at) => {
      if (this.#used.has(rule)) return;
      const movable = featuresOf(rule, this.#family);
      if (movable.kind === "barrier" || !isLike(movable, product, classKey)) return;
      const cell = cellOf(movable, product, axis);
      if (cell === null) return;
      const between = owner.rules.slice(Math.min(at, place) + 1, Math.max(at, place));
      // The others of a run are called by the same rule.
      if (![...between, user.call].every((other) => this.#maySwap(movable, other, user))) return;
      const entry = cells.get(cell.token.key) ?? { token: cell.token, cells: new Map<string, Rule[]>() };
      entry.cells.set(cell.others, [...(entry.cells.get(cell.others) ?? []), rule]);
      cells.set(cell.token.key, entry);
    });
    const size = product.sets.reduce(
      (count, set) => (set.axis === axis ? count : count * set.members.length),
      1,
    );
    const complete = [...cells].filter(([, entry]) => entry.cells.size === size);
    return new Map(
      complete.map(([key, entry]) => [key, { token: entry.token, rules: [...entry.cells.values()].flat() }]),
    );
  }

  /** Whether a flat rule may be moved past another rule of its chain, policy rules that this calls among them. */
  #maySwap(movable: Movable, other: Rule, user: GrowingRule): boolean {
    const called = this.#called.get(other);
    if (called !== undefined)
      return called.every(
        (each) => each === user || (each.isPlain && this.#swaps.maySwap(movable, this.#shapes.get(each)!)),
      );
    const features = featuresOf(other, this.#family);
    return features.kind === "movable" && !areInConflict(movable, features);
  }
}

function shapeOf(rule: GrowingRule): PolicyShape {
  const { template, axes } = productOf(rule);
  const memberTexts = Object.fromEntries(
    axes.map(({ axis, tokens }) => [axis, new Map(tokens.map(({ key, text }) => [key, text]))]),
  );
  return { template, memberTexts };
}

/** A flat rule's member on an axis, where it is new, and its members on the others, where they are not. */
function cellOf(
  { tokens }: Movable,
  { sets }: TreeProduct,
  axis: Axis,
): { readonly token: Token; readonly others: string } | null {
  const others: string[] = [];
  for (const { axis: other, members } of sets) {
    const key = tokens[AXES.indexOf(other)]?.key;
    if (key === undefined || members.includes(key) !== (other !== axis)) return null;
    if (other !== axis) others.push(key);
  }
  return { token: tokens[AXES.indexOf(axis)]!, others: others.join("\u0000") };
}

/** Whether a flat rule has all that the policy rule has beside its groups, and nothing else. */
function isLike(movable: Movable, { template, sets }: TreeProduct, classKey: string): boolean {
  const grouped = new Set(sets.map(({ axis }) => axis));
  const guard = (texts: readonly string[]) => [...texts].sort().join(" ");
  const isSame = AXES.every(
    (axis, at) =>
      grouped.has(axis) || axis === "service" || movable.tokens[at]?.key === template.tokens[at]?.key,
  );
  const rest = grouped.has("service")
    ? movable.pre === template.pre && movable.post === template.post
    : movable.tail === template.tail;
  return (
    isSame &&
    rest &&
    guard(movable.guard) === guard(template.guard) &&
    movable.rule.target.text === template.rule.target.text &&
    movable.classKey === classKey
  );
}

/** Rules taken apart: each is looked at once for every rule that might be moved past it. */
const TAKEN_APART = new WeakMap<Rule, Features>();

function featuresOf(rule: Rule, family: Family): Features {
  const before = TAKEN_APART.get(rule);
  if (before !== undefined) return before;
  const features = findFeatures(rule, family);
  TAKEN_APART.set(rule, features);
  return features;
}
