/**
 * Finds products that are compiled into chains already, as Firewall Builder does: calls of a chain that tests one axis and jumps, for each member, to
 * a chain that tests the next one; the last has the verdict.
 *
 *     -A FORWARD -p tcp -m tcp --dport 22 -j Cid1.0
 *     -A Cid1.0 -s 10.0.0.1/32 -j Cid1.1        the sources ...
 *     -A Cid1.1 -d 10.9.0.1/32 -j ACCEPT        ... times the destinations
 *
 * Why that is a product: only the calls lead into these chains, and a packet that none of the last rules matches comes back as it went, so it does not count how often or
 * in which order chains were entered. The header-reading matches of the calls are tested before the addresses, and stay so. A tree keeps its place in its owner's chain.
 * A chain of exceptions (`exclusions.ts`) is one, too, if only its call leads there.
 */
import type { Chain, Family, Rule, Table, Target } from "../model/types.ts";
import { hasUnparsed } from "../model/unparsed.ts";
import type { Token } from "./features.ts";
import { QuietChains } from "./quiet-chains.ts";
import { chainDepths, DEEPEST_CHAIN, isKept, isRewritten } from "./segments.ts";
import { readExclusion } from "./exclusions.ts";
import { readCalls } from "./tree-calls.ts";
import { readLevel } from "./tree-levels.ts";
import { makeVariants } from "./tree-variants.ts";
import type { ClusterOptions, MemberSet, TreeAxis, TreeProduct } from "./types.ts";

/** Where a policy rule of a run stands. */
export interface RunPlace {
  /** The one call of all policy rules of the run, in their owner's chain. */
  readonly rule: Rule;
  /** Ascending in the order in which packets may meet them. */
  readonly at: number;
}

/** Calls in a row of one chain, and the chains that are nothing but a product. */
export interface Tree {
  readonly table: string;
  /** Chain that the calls stand in. */
  readonly chain: string;
  /** At least one, in a row. Of a policy rule in a run (`marks/run.ts`) the line that is its own. */
  readonly calls: readonly Rule[];
  /** Missing for trees that have calls of their own. */
  readonly place?: RunPlace;
  /** Chains that go where the tree becomes a rule chain; empty for calls alone. */
  readonly chains: readonly string[];
  /** The products that it can be read as: at least one, and a second one where its services can be told apart, too. */
  readonly variants: readonly TreeProduct[];
}

/** All trees of a table, in source order of their calls. Trees may be parts of others. */
export function findTrees(table: Table, family: Family, options: ClusterOptions): readonly Tree[] {
  // A rule that could not be read may jump into any chain, so none is private.
  if (!isRewritten(table.name, options) || hasUnparsed(table)) return [];
  const search = new Search(table, family, options);
  return table.chains
    .filter(({ name }) => !isKept(name, options))
    .flatMap((chain) => findRuns(chain).flatMap((calls) => search.makeTree(chain.name, calls) ?? []));
}

/** Longest stretches of rules that jump to one chain. */
function findRuns({ rules }: Chain): readonly (readonly Rule[])[] {
  const runs: Rule[][] = [];
  let last: string | null = null;
  for (const rule of rules) {
    const callee = rule.target.kind === "jump" ? rule.target.chain : null;
    if (callee === null) last = null;
    else if (callee === last) runs.at(-1)!.push(rule);
    else {
      runs.push([rule]);
      last = callee;
    }
  }
  return runs;
}

/** What a walk down the chains found. */
interface Descent {
  readonly axes: readonly TreeAxis[];
  /** Tests of levels with one member: conditions of the whole. */
  readonly single: readonly string[];
  readonly chains: readonly Chain[];
  readonly target: Target;
}

class Search {
  readonly #table: Table;
  readonly #family: Family;
  readonly #options: ClusterOptions;
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #callers = new Map<string, Rule[]>();
  readonly #quiet: QuietChains;
  readonly #depths: ReadonlyMap<string, number>;

  constructor(table: Table, family: Family, options: ClusterOptions) {
    this.#table = table;
    this.#family = family;
    this.#options = options;
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]));
    this.#quiet = new QuietChains(table);
    this.#depths = chainDepths(table);
    for (const { rules } of table.chains) {
      for (const rule of rules) {
        if (rule.target.kind !== "jump" && rule.target.kind !== "goto") continue;
        const list = this.#callers.get(rule.target.chain);
        if (list === undefined) this.#callers.set(rule.target.chain, [rule]);
        else list.push(rule);
      }
    }
  }

  makeTree(owner: string, calls: readonly Rule[]): Tree | null {
    // Most calls are of chains that others call, too.
    if (calls.length === 1 && !this.#isPrivate(this.#calleeOf(calls[0]!), calls)) return null;
    const exclusion = this.#makeExclusion(owner, calls);
    if (exclusion !== null) return exclusion;
    const read = readCalls(calls, this.#family);
    if (read === null) return null;
    const descent = this.#descend(calls, read.axis === null ? [] : [read.axis]);
    if (descent === null) return null;
    const rules = [...calls, ...descent.chains.flatMap((chain) => chain.rules)];
    const chains = descent.chains.map(({ name }) => name);
    if (!this.#isShallow(owner, descent.target)) return null;
    const variants = makeVariants({
      ...{ table: this.#table.name, chain: owner, calls: read, rules, chains },
      ...{ axes: descent.axes, single: descent.single, target: descent.target },
    });
    return variants.length === 0 ? null : { table: this.#table.name, chain: owner, calls, chains, variants };
  }

  /** Calls of a chain that lets some packets out and decides about the rest. */
  #makeExclusion(owner: string, calls: readonly Rule[]): Tree | null {
    const chain = this.#calleeOf(calls[0]!);
    if (chain === undefined || !this.#isPrivate(chain, calls)) return null;
    const found = readExclusion(calls, chain.rules, this.#family);
    if (found === null) return null;
    const { target } = found.template.rule;
    if (!this.#canEnd(target) || !this.#isShallow(owner, target)) return null;
    const place = { table: this.#table.name, chain: owner };
    const sets = found.axes.map(
      ({ axis, tokens }): MemberSet => ({ axis, members: tokens.map(({ key }) => key) }),
    );
    const { name } = chain;
    const replaces = [name];
    const product: TreeProduct = {
      ...place,
      ...found,
      sets,
      rules: [...calls, ...chain.rules],
      name,
      replaces,
    };
    return { ...place, calls, chains: replaces, variants: [product] };
  }

  /** Down the chains that only the rules so far lead to, and that test one axis more. */
  #descend(calls: readonly Rule[], first: readonly TreeAxis[]): Descent | null {
    const axes = [...first];
    const used = new Set(axes.map(({ axis }) => axis));
    const single: string[] = [];
    const chains: Chain[] = [];
    let callers: readonly Rule[] = calls;
    let target = calls[0]!.target;
    while (target.kind === "jump") {
      const chain = this.#chains.get(target.chain);
      const level =
        chain !== undefined && this.#isPrivate(chain, callers) ? readLevel(chain.rules, this.#family) : null;
      if (chain === undefined || level === null || used.has(level.axis)) break;
      used.add(level.axis);
      if (level.tokens.length === 1) single.push(level.tokens[0]!.text);
      else axes.push(level);
      chains.push(chain);
      callers = chain.rules;
      target = chain.rules[0]!.target;
    }
    return this.#canEnd(target) ? { axes, single, chains, target } : null;
  }

  #calleeOf({ target }: Rule): Chain | undefined {
    return target.kind === "jump" ? this.#chains.get(target.chain) : undefined;
  }

  /** Whether only these rules lead into a chain. */
  #isPrivate(chain: Chain | undefined, callers: readonly Rule[]): boolean {
    if (chain === undefined) return false;
    const all = this.#callers.get(chain.name) ?? [];
    const own = new Set(callers);
    return (
      chain.policy === null &&
      !isKept(chain.name, this.#options) &&
      all.length === callers.length &&
      all.every((rule) => rule.target.kind === "jump" && own.has(rule))
    );
  }

  #canEnd(target: Target): boolean {
    if (target.kind === "verdict") return target.verdict !== "RETURN";
    if (target.kind === "extension") return target.ends === "always";
    // What a daemon puts into a chain tomorrow need not be quiet.
    if (target.kind !== "jump" || isKept(target.chain, this.#options)) return false;
    return this.#quiet.outcomeOf(target.chain) !== "other";
  }

  /** Whether the rule chain and what it calls fit under the owner. */
  #isShallow(owner: string, target: Target): boolean {
    const below = target.kind === "jump" ? this.#quiet.heightOf(target.chain) : 0;
    const depth = this.#depths.get(owner) ?? 0;
    return depth + 1 + Math.max(1, below) <= DEEPEST_CHAIN;
  }
}

/** Everything in a tree that is a member on some axis, for audits. */
export function treeTokens({
  variants,
}: Tree): readonly { readonly axis: TreeAxis["axis"]; readonly token: Token }[] {
  return variants.flatMap(({ axes }) =>
    axes.flatMap(({ axis, tokens }) => tokens.map((token) => ({ axis, token }))),
  );
}
