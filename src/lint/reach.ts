/**
 * How packets come to each rule of a table: for every hook, what the walk up to a rule leaves over, chain by chain, callers first.
 */
import type { Chain, Rule, Ruleset, Table } from "../model/types.ts";
import { cutsHeaders } from "../verify/header-cutters.ts";
import { calledFirst } from "../verify/symbolic/chains.ts";
import { budgetOf, type ProofLimits, reasonOf } from "../verify/symbolic/findings.ts";
import { hasOddMasks } from "../verify/symbolic/prove.ts";
import { TableProof } from "../verify/symbolic/table-proof.ts";
import { reachedUnparsed } from "../model/unparsed.ts";
import { Flow } from "./flow.ts";

/** States in which one packet comes to a chain, at most: a chain that is called with marks in many ways is not looked into. */
const MOST_WAYS = 8;

/** Packets on their way to one rule, as diagrams of a Flow; several where one packet may come in several states. */
export type Arrivals = readonly number[];

/** One hook's way through its chains; a class because it fills them one after the other. */
export class HookReach {
  readonly hook: string;
  /** Chains that the hook leads to by its jumps, callers first, itself included. */
  readonly chains: readonly Chain[];
  readonly #arrivals = new Map<string, Arrivals[]>();
  readonly #entries = new Map<string, number[]>();
  readonly #closed = new Set<string>();
  /** Why some of its rules have no arrivals; null where all have. */
  reason: string | null = null;

  constructor(table: Table, hook: string) {
    this.hook = hook;
    this.chains = [...calledFirst(table, hook)].reverse();
  }

  /** Fills as much as the budget allows. */
  fill(reach: TableReach): void {
    const { flow } = reach;
    this.#entries.set(this.hook, [flow.where(reach.existing(this.hook))]);
    for (const chain of this.chains) {
      if (this.#closed.has(chain.name)) this.#close(chain);
      else this.#fillChain(chain, reach);
    }
  }

  #fillChain(chain: Chain, { flow, matching, passing }: TableReach): void {
    const arrivals: Arrivals[] = [];
    this.#arrivals.set(chain.name, arrivals);
    let now = this.#entries.get(chain.name) ?? [];
    for (const rule of chain.rules) {
      arrivals.push(now);
      const { target } = rule;
      if (target.kind === "jump" || target.kind === "goto")
        this.#enter(
          target.chain,
          now.map((packets) => flow.within(packets, matching(rule))),
          flow,
        );
      now = now.map((packets) => flow.past(packets, passing(rule)));
    }
  }

  #enter(chain: string, packets: Arrivals, flow: Flow): void {
    const ways = this.#entries.get(chain) ?? [];
    this.#entries.set(chain, ways);
    for (const more of packets) {
      if (more === flow.none) continue;
      const at = ways.findIndex((way, place) => {
        const both = flow.unite(way, more);
        if (both !== null) ways[place] = both;
        return both !== null;
      });
      if (at === -1) ways.push(more);
    }
    if (ways.length <= MOST_WAYS) return;
    this.reason ??= `packets come to chain ${chain} in more than ${MOST_WAYS} states`;
    this.#closed.add(chain);
  }

  /** What a chain that is not looked into calls is not looked into either. */
  #close(chain: Chain): void {
    for (const { target } of chain.rules)
      if (target.kind === "jump" || target.kind === "goto") this.#closed.add(target.chain);
  }

  /** What comes to a rule; undefined where it is not known. */
  at(chain: string, place: number): Arrivals | undefined {
    return this.#arrivals.get(chain)?.[place];
  }

  /** What comes into a chain whose rules have arrivals. */
  entries(chain: string): Arrivals {
    return this.#entries.get(chain) ?? [];
  }
}

/** All hooks of a table; a class because it guards the diagrams. */
export class TableReach {
  readonly table: Table;
  readonly flow: Flow;
  readonly proof: TableProof;
  readonly hooks: readonly HookReach[];
  readonly #hooksOf = new Map<string, readonly HookReach[]>();
  readonly #matching = new Map<Rule, number>();
  readonly #passing = new Map<Rule, number>();

  /** Throws what a proof throws where not even the words of the table can be read. */
  constructor(table: Table, ruleset: Ruleset, limits: ProofLimits) {
    this.table = table;
    const { family } = ruleset;
    const pair = { name: table.name, family, old: table, new: table, cutsHeaders: cutsHeaders([ruleset]) };
    const order = hasOddMasks(pair) ? "interleaved" : "destination-first";
    const marks = { ownBits: 0, connmarkBits: 0, anyMark: false };
    const settings = { ...marks, backend: null, counters: true, slice: [], order } as const;
    this.proof = new TableProof(pair, { ...settings, pairing: "occurrences" }, budgetOf(limits));
    const bases = table.chains.filter(({ policy }) => policy !== null).map(({ name }) => name);
    this.hooks = bases.map((hook) => new HookReach(table, hook));
    for (const hook of this.hooks)
      for (const { name } of hook.chains) this.#hooksOf.set(name, [...(this.#hooksOf.get(name) ?? []), hook]);
    this.flow = new Flow(this.proof.ruleContext(0));
    for (const hook of this.hooks) this.#fill(hook);
  }

  #fill(hook: HookReach): void {
    const unread = reachedUnparsed(this.table, hook.hook);
    if (unread !== null) {
      hook.reason = `${hook.hook} leads to line ${unread.line}, a rule that can't be read`;
      return;
    }
    try {
      this.proof.reachContext(hook.hook, 0);
      hook.fill(this);
    } catch (error) {
      hook.reason = reasonOf(error);
    }
  }

  /** Condition on the packets that exist in a hook. */
  existing(hook: string): number {
    return this.proof.existing(hook, true);
  }

  /** The packets that match a rule (Flow.matching), made once. */
  readonly matching = (rule: Rule): number => remember(this.#matching, rule, () => this.flow.matching(rule));

  /** What a rule lets go on (Flow.passing), made once. */
  readonly passing = (rule: Rule): number => remember(this.#passing, rule, () => this.flow.passing(rule));

  /** The hooks that lead to a chain by their jumps. */
  hooksOf(chain: string): readonly HookReach[] {
    return this.#hooksOf.get(chain) ?? [];
  }

  /** What comes to a rule, over all hooks that lead to its chain; null where it is not known. */
  arrivals(chain: string, place: number): Arrivals | null {
    const all: number[] = [];
    for (const hook of this.hooksOf(chain)) {
      const some = hook.at(chain, place);
      if (some === undefined) return null;
      for (const packets of some) if (packets !== this.flow.none) all.push(packets);
    }
    return all;
  }
}

function remember(map: Map<Rule, number>, rule: Rule, make: () => number): number {
  const known = map.get(rule);
  if (known !== undefined) return known;
  const made = make();
  map.set(rule, made);
  return made;
}
