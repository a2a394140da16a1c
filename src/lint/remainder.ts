/**
 * Which rules change nothing: what a chain does from the next rule on is, for all packets that come to a rule and match it, what it does from the rule itself on.
 *
 * A chain that is called at one place is followed beyond its end, unless what follows is much; for one that is called at several, the same rule may be met twice by one packet, and
 * only what the chain itself does counts. Rules of one chain that are found can go together: each is looked at in the chain as it is, and in the chain without those found behind it.
 */
import type { Chain, Rule, Table } from "../model/types.ts";
import { Comparer, SAME } from "../verify/symbolic/compare.ts";
import { type Diagram, EMPTY, type OperationCache } from "../verify/symbolic/diagram.ts";
import { mapLeaves } from "../verify/symbolic/map-leaves.ts";
import { CONTROL, LEAF } from "../verify/symbolic/outcomes.ts";
import type { TableReach } from "./reach.ts";

/** Bits of marks: all of them count. */
const ALL_BITS = { markBits: -1, droppedMarkBits: -1, connmarkBits: -1, shownBits: -1 };

/** Nodes that what follows a chain may have: each of its rules may walk through all of them. */
const MOST_FOLLOWING = 2000;

/** Finds such rules; a class because it keeps what follows each rule. */
export class Remainders {
  readonly #reach: TableReach;
  readonly #comparer: Comparer;
  /** Packets, and two remainders under which they fare the same. */
  readonly #same: OperationCache;
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #callers = new Map<
    string,
    { readonly chain: string; readonly place: number; readonly rule: Rule }[]
  >();
  /** By chain: what it does from each place on, its end last. */
  readonly #rests = new Map<string, readonly number[]>();

  constructor(reach: TableReach) {
    this.#reach = reach;
    const { join } = reach.flow;
    this.#comparer = new Comparer(join, { zeroMarkBits: 0, zeroConnmarkBits: 0, ...ALL_BITS });
    this.#same = join.diagram.makeCache();
    this.#chains = new Map(reach.table.chains.map((chain) => [chain.name, chain]));
    for (const { name, rules } of this.#reachable(reach.table)) {
      for (const [place, rule] of rules.entries()) {
        if (rule.target.kind !== "jump" && rule.target.kind !== "goto") continue;
        const list = this.#callers.get(rule.target.chain) ?? [];
        list.push({ chain: name, place, rule });
        this.#callers.set(rule.target.chain, list);
      }
    }
  }

  #reachable(table: Table): readonly Chain[] {
    return table.chains.filter(({ name }) => this.#reach.hooksOf(name).length > 0);
  }

  /**
   * Looks at each rule of a chain whose arrivals are known, the last one first: does it change nothing, by itself and in the chain without those found behind it? `stays`: rules that
   * nobody would take out. Throws what proofs throw.
   */
  *of(
    chain: Chain,
    stays: (rule: Rule) => boolean,
  ): Iterable<{ readonly rule: Rule; readonly isIdle: boolean }> {
    const { flow } = this.#reach;
    const end = this.#end(chain);
    let left = end;
    const rests = this.#restsOf(chain);
    for (let place = chain.rules.length - 1; place >= 0; place--) {
      const rule = chain.rules[place]!;
      const [here, next] = [rests[place]!, rests[place + 1]!];
      const without = left === next ? here : flow.follow(flow.whole(rule), left, end);
      const isIdle =
        this.#isIdle(chain, place, here, next) &&
        (left === next || this.#isIdle(chain, place, without, left));
      if (!isIdle || stays(rule)) left = without;
      yield { rule, isIdle };
    }
  }

  #isIdle(chain: Chain, place: number, here: number, next: number): boolean {
    return this.#reach.arrivals(chain.name, place)!.every((packets) => !this.#differ(packets, here, next));
  }

  /** Whether some of the packets fare differently: the first one ends the search. */
  #differ(packets: number, here: number, next: number): boolean {
    const { flow } = this.#reach;
    const { diagram, outcomes, variables } = flow.join;
    if (here === next) return false;
    if (packets < 0 && outcomes.of(packets).control !== CONTROL.CONTINUE) return false;
    if (packets === LEAF.PASS) return this.#comparer.differences(here, next) !== SAME;
    const level = Math.min(diagram.levelOf(packets), diagram.levelOf(here), diagram.levelOf(next));
    if (level >= variables.changeable) return this.#differLater(packets, here, next);
    if (this.#same.get(packets, here, next) !== EMPTY) return false;
    const found =
      this.#differ(diagram.lowAt(packets, level), diagram.lowAt(here, level), diagram.lowAt(next, level)) ||
      this.#differ(diagram.highAt(packets, level), diagram.highAt(here, level), diagram.highAt(next, level));
    if (!found) this.#same.set(packets, here, next, 0);
    return found;
  }

  /** The same for packets that rules may have changed on their way. */
  #differLater(packets: number, here: number, next: number): boolean {
    const { flow } = this.#reach;
    const differ = this.#comparer.differences(here, next);
    if (differ === SAME) return false;
    const second = mapLeaves(flow.join.diagram, differ, (leaf) => (leaf === SAME ? flow.none : flow.all));
    return flow.within(packets, second) !== flow.none;
  }

  #restsOf(chain: Chain): readonly number[] {
    const known = this.#rests.get(chain.name);
    if (known !== undefined) return known;
    const { flow } = this.#reach;
    const end = this.#end(chain);
    const rests = [end];
    for (let place = chain.rules.length - 1; place >= 0; place--)
      rests.push(flow.follow(flow.whole(chain.rules[place]!), rests.at(-1)!, end));
    rests.reverse();
    this.#rests.set(chain.name, rests);
    return rests;
  }

  /** What becomes of packets that leave a chain: the policy, what follows the only call, or nothing that is known. */
  #end(chain: Chain): number {
    const { outcomes } = this.#reach.flow.join;
    if (chain.policy !== null) return outcomes.withControl(LEAF.PASS, outcomes.verdict(chain.policy));
    const [only, other] = this.#callers.get(chain.name) ?? [];
    if (only === undefined || other !== undefined) return LEAF.PASS;
    const caller = this.#chains.get(only.chain)!;
    const follows =
      only.rule.target.kind === "jump" ? this.#restsOf(caller)[only.place + 1]! : this.#end(caller);
    return isSmall(this.#reach.flow.join.diagram, follows) ? follows : LEAF.PASS;
  }
}

function isSmall({ lows, highs }: Diagram, node: number): boolean {
  const seen = new Set([node]);
  // A set grows while it is walked.
  for (const at of seen) {
    if (seen.size > MOST_FOLLOWING) return false;
    if (at >= 0) seen.add(lows[at]!).add(highs[at]!);
  }
  return true;
}
