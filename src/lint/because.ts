/**
 * Who is the reason that a rule does nothing: the rules before it that take its packets, or those behind it that do the same with them.
 */
import { type Region, regionOf, regionsOverlap } from "../cluster/regions.ts";
import type { Chain, Rule } from "../model/types.ts";
import type { TableReach } from "./reach.ts";

/** Rules that packets of one rule meet, in order. */
export interface Met {
  readonly rules: readonly Rule[];
  /** Whether some of the packets get past all of them. */
  readonly goOn: boolean;
  /** One of the rules that lets none of the packets go on, whatever the others do; the first with the same target, where there is one. */
  readonly alone: Rule | null;
}

/** Walks the packets of single rules through their chains; a class because it keeps the regions of rules. */
export class Reasons {
  readonly #reach: TableReach;
  readonly #regions = new Map<Rule, Region>();

  constructor(reach: TableReach) {
    this.#reach = reach;
  }

  /** The rules before place `place` that take packets which come into the chain and match the rule there. */
  before(chain: Chain, place: number): Met {
    const hooks = this.#reach.hooksOf(chain.name);
    const entries = hooks.flatMap((hook) => hook.entries(chain.name));
    return this.#walk(chain, place, entries, 0, place, "takers");
  }

  /** The rules behind it that match packets which come to it and match it. */
  behind(chain: Chain, place: number): Met {
    const arrivals = this.#reach.arrivals(chain.name, place)!;
    return this.#walk(chain, place, arrivals, place + 1, chain.rules.length, "all");
  }

  #walk(
    chain: Chain,
    place: number,
    start: readonly number[],
    from: number,
    to: number,
    which: "takers" | "all",
  ): Met {
    const { flow, matching, passing } = this.#reach;
    const rule = chain.rules[place]!;
    const region = this.#region(rule);
    const first = start.map((some) => flow.within(some, matching(rule))).filter((some) => some !== flow.none);
    let packets = first;
    const met: Rule[] = [];
    for (let at = from; at < to && packets.length > 0; at++) {
      const other = chain.rules[at]!;
      if (!regionsOverlap(region, this.#region(other))) continue;
      if (packets.every((some) => !flow.meets(some, matching(other)))) continue;
      const left = packets
        .map((some) => flow.within(flow.past(some, passing(other)), flow.all))
        .filter((some) => some !== flow.none);
      const takes = left.length < packets.length || left.some((some, index) => some !== packets[index]);
      if (takes || which === "all") met.push(other);
      packets = left;
    }
    const alone = met.filter((other) =>
      first.every((some) => flow.within(flow.past(some, passing(other)), flow.all) === flow.none),
    );
    const likest = alone.find(({ target }) => target.text === rule.target.text) ?? alone[0] ?? null;
    return { rules: met, goOn: packets.length > 0, alone: likest };
  }

  #region(rule: Rule): Region {
    const known = this.#regions.get(rule) ?? regionOf(rule);
    this.#regions.set(rule, known);
    return known;
  }
}
