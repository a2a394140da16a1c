/**
 * The packets that get as far as one rule and match it: what the rules before it let go on, then its own conditions.
 */
import type { Rule, Table } from "../../model/types.ts";
import type { ChainContext } from "./chains.ts";
import { mapLeaves } from "./map-leaves.ts";
import { CONTROL, LEAF } from "./outcomes.ts";
import { takeApart, takeMatchesApart } from "./rules.ts";
import { sequencePieces } from "./runs.ts";

/** What a hook's chains look like to one side. */
export interface ReachContext {
  readonly table: Table;
  readonly hook: string;
  /** What each chain does that the hook's chain reaches. */
  readonly chains: ReadonlyMap<string, number>;
  readonly rules: ChainContext;
}

/** Callers of one chain that are tried for a way into it. */
const MOST_CALLERS = 4;

/** Verdicts that no ruleset has. */
const HIT = "\u0000hit";
const STOP = "\u0000stop";

/** Finds sets of packets for one rule after the other; a class because it keeps how far it is in each chain. */
export class ReachSets {
  readonly #context: ReachContext;
  readonly #callers = new Map<string, { readonly rule: Rule; readonly at: number }[]>();
  readonly #entries = new Map<string, number>();
  /** By chain: how many of its rules are in the diagram of those that go on. */
  readonly #prefixes = new Map<string, { readonly at: number; readonly node: number }>();

  constructor(context: ReachContext) {
    this.#context = context;
    for (const { name, rules } of context.table.chains) {
      if (name !== context.hook && !context.chains.has(name)) continue;
      for (const [at, rule] of rules.entries()) {
        if (rule.target.kind !== "jump" && rule.target.kind !== "goto") continue;
        const list = this.#callers.get(rule.target.chain) ?? [];
        list.push({ rule, at });
        this.#callers.set(rule.target.chain, list);
      }
    }
  }

  /** Condition on the packets that the hook brings: TRUE where they match rule `at` of a chain. Quick where the rules of a chain are asked for in order. */
  of(chain: string, at: number): number {
    const { join } = this.#context.rules;
    const rule = this.#rules(chain)[at]!;
    const hit = join.outcomes.withControl(LEAF.PASS, join.outcomes.verdict(HIT));
    const node = join.sequence(this.#prefix(chain, at), this.#matching(rule, hit));
    return this.#where(node, join.outcomes.verdict(HIT));
  }

  /** Whether `of` looks at every way into a chain: there is only one. */
  isWhole(chain: string): boolean {
    if (chain === this.#context.hook) return true;
    const callers = this.#callers.get(chain) ?? [];
    return callers.length === 1 && this.isWhole(callers[0]!.rule.chain);
  }

  #rules(chain: string): readonly Rule[] {
    return this.#context.table.chains.find(({ name }) => name === chain)!.rules;
  }

  #matching(rule: Rule, then: number): number {
    const { join } = this.#context.rules;
    const { source, destination, rest } = takeMatchesApart(rule, then, this.#ruleContext());
    return join.bind(destination, join.bind(source, rest));
  }

  #ruleContext() {
    return { ...this.#context.rules, chains: this.#context.chains };
  }

  /** Diagram of the hook's packets: those that come as far as rule `at` of a chain go on. */
  #prefix(chain: string, at: number): number {
    const last = this.#prefixes.get(chain);
    // A call further down may have been looked at before, for the chain that it calls.
    const known = last !== undefined && last.at <= at ? last : { at: 0, node: this.#entry(chain) };
    const { join } = this.#context.rules;
    const context = this.#ruleContext();
    const between = this.#rules(chain).slice(known.at, at);
    const node = join.sequence(
      known.node,
      sequencePieces(
        between.map((rule) => takeApart(rule, context)),
        join,
      ),
    );
    this.#prefixes.set(chain, { at, node });
    return node;
  }

  /** The way into a chain: through the first of its callers that lets anything in. */
  #entry(chain: string): number {
    if (chain === this.#context.hook) return LEAF.PASS;
    const known = this.#entries.get(chain);
    if (known !== undefined) return known;
    const { join } = this.#context.rules;
    const stop = join.outcomes.verdict(STOP);
    const stopped = join.outcomes.withControl(LEAF.PASS, stop);
    let entry = stopped;
    for (const { rule, at } of (this.#callers.get(chain) ?? []).slice(0, MOST_CALLERS)) {
      const hit = join.outcomes.withControl(LEAF.PASS, join.outcomes.verdict(HIT));
      const call = join.redirect(this.#matching(rule, hit), [CONTROL.CONTINUE], stop);
      const node = join.sequence(this.#prefix(rule.chain, at), call);
      entry = join.redirect(node, [join.outcomes.verdict(HIT)], CONTROL.CONTINUE);
      if (this.#where(entry, CONTROL.CONTINUE) !== LEAF.FALSE) break;
    }
    this.#entries.set(chain, entry);
    return entry;
  }

  #where(node: number, control: number): number {
    const { diagram, outcomes } = this.#context.rules.join;
    return mapLeaves(diagram, node, (leaf) =>
      outcomes.of(leaf).control === control ? LEAF.TRUE : LEAF.FALSE,
    );
  }
}
