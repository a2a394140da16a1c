/**
 * Flat rules that were added behind a mark group's back: where they say for a new member all that a policy rule says for the others, the member joins the
 * group. It has to fit every policy rule that uses the group, and its rules have to be where they may be moved to the call.
 */
import { AXES, type Axis, type Family, type Rule } from "../../model/types.ts";
import { areInConflict } from "../conflicts.ts";
import { classKeyOf, type Features, findFeatures, type Movable, type Token } from "../features.ts";
import { headerProfile } from "../header-profile.ts";
import { takeApart } from "../tree-levels.ts";
import type { Tree } from "../trees.ts";
import type { TreeProduct } from "../types.ts";
import type { CalledChain } from "./tree.ts";

/** A policy rule with all that decides which flat rules are like it. */
export interface GrowingRule {
  readonly called: CalledChain;
  readonly tree: Tree;
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
    const grown = growOnce(open, family);
    if (grown === null) return open.map(({ tree }) => tree);
    open = grown;
  }
}

/** The rules with one group grown; null where none can. */
function growOnce(open: readonly GrowingRule[], family: Family): readonly GrowingRule[] | null {
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
    const found = users.map((user) => findNewMembers(user, axis, open, family));
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

/** Whether only these policy rules call a group. */
function isTheirs(key: string, users: readonly GrowingRule[]): boolean {
  const { table } = users[0]!.called;
  const own = new Set(
    users.flatMap(({ called }) => [
      called.read.chain.name,
      ...(called.shared === undefined ? [] : [called.shared.chain.name]),
    ]),
  );
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

/** New members of one axis for which there is a flat rule in every combination with members of the other axes. */
function findNewMembers(
  user: GrowingRule,
  axis: Axis,
  all: readonly GrowingRule[],
  family: Family,
): ReadonlyMap<string, NewMember> {
  const product = productOf(user);
  const likeness = describeLikeness(user, family);
  if (likeness === null) return new Map();
  const { called } = user;
  const owner = called.table.chains.find(({ name }) => name === called.rule.chain)!;
  const place = owner.rules.indexOf(called.rule);
  const used = new Set(all.flatMap((each) => productOf(each).rules));
  const cells = new Map<string, { readonly token: Token; readonly cells: Map<string, Rule[]> }>();
  owner.rules.forEach((rule, at) => {
    if (used.has(rule)) return;
    const movable = featuresOf(rule, family);
    if (movable.kind === "barrier" || !isLike(movable, product, likeness)) return;
    const cell = cellOf(movable, product, axis);
    if (cell === null) return;
    const between = owner.rules.slice(Math.min(at, place) + 1, Math.max(at, place));
    if (!between.every((other) => maySwap(movable, other, all, family))) return;
    // It comes to stand among those that share its place.
    const beside = all.filter((each) => each !== user && each.called.rule === called.rule);
    if (!beside.every((each) => maySwapCalled(movable, each, family))) return;
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

/** How a policy rule would read packets if it were flat. */
interface Likeness {
  readonly profile: string;
  readonly readsExtensions: boolean;
  readonly classKey: string;
}

/** Null where its rules would differ among themselves, or where it asks in another order than flat rules do. */
function describeLikeness({ called, tree }: GrowingRule, family: Family): Likeness | null {
  const { read, call, returns } = called;
  const { template, servicesFirst, negated } = tree.variants[0]!;
  // A flat rule is for packets that are in its addresses, so it says nothing of a negated group.
  if (negated !== undefined || returns !== null || read.verdict === null || servicesFirst || call.tail !== "")
    return null;
  const services = read.groups.find(({ axis }) => axis === "service");
  const last = read.verdict.matches;
  const profiles = new Set(
    (services?.members ?? [null]).map((rule) => headerProfile([...(rule?.matches ?? []), ...last])),
  );
  const [profile] = profiles;
  if (profiles.size !== 1 || profile === undefined) return null;
  const readsProtocol = services !== undefined || last.some(({ kind }) => kind === "protocol");
  const readsExtensions = family === "v6" && readsProtocol;
  return { profile, readsExtensions, classKey: classKeyOf(template.rule.target, profile, readsExtensions) };
}

/** Whether a flat rule has all that the policy rule has beside its groups, and nothing else. */
function isLike(movable: Movable, { template, sets }: TreeProduct, likeness: Likeness): boolean {
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
    movable.classKey === likeness.classKey
  );
}

/** Whether a flat rule may be moved past another rule of its chain. */
function maySwap(movable: Movable, other: Rule, all: readonly GrowingRule[], family: Family): boolean {
  const features = featuresOf(other, family);
  if (features.kind === "movable") return !areInConflict(movable, features);
  const called = all.filter(({ called: { rule } }) => rule === other);
  return called.length > 0 && called.every((each) => maySwapCalled(movable, each, family));
}

function maySwapCalled(movable: Movable, called: GrowingRule, family: Family): boolean {
  const likeness = describeLikeness(called, family);
  if (likeness === null) return false;
  if (likeness.classKey === movable.classKey) return true;
  // All that it matches is in each of its groups: one that the rule has no packet in common with is enough.
  const { target } = productOf(called).template.rule;
  return called.called.read.groups.some(({ members }) =>
    members.every((member) => {
      const part = takeApart(member, family);
      if (part === null) return false;
      const rule = { ...member, target };
      return !areInConflict(movable, { ...part, ...likeness, rule });
    }),
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
