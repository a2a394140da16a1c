/**
 * Puts policy rules that stand in a row into runs, and those of a run into steps: as few as bits and order allow. A rule goes into the first place that has nothing behind it with which it
 * may not swap.
 */
import type { PlanGroup } from "../../plan/types.ts";
import type { MergedRule } from "../product.ts";
import { giveBits } from "./basis.ts";
import {
  type Arrangement,
  findEarliest,
  groupOn,
  type Lead,
  rulesOf,
  type Section,
  type Step,
} from "./types.ts";

/** Whether every packet fares the same with two policy rules in either order. */
export type MaySwap = (one: MergedRule, other: MergedRule) => boolean;

/** All of the rules, in runs; a rule that shares nothing is a run of its own. */
export function arrange(
  rules: readonly MergedRule[],
  free: number,
  maySwap: MaySwap,
): readonly Arrangement[] {
  const bySource = arrangeFor("source", rules, free, maySwap);
  if (bySource.length === 1) return bySource;
  // Where bits run out, the other side may need fewer.
  const byDestination = arrangeFor("destination", rules, free, maySwap);
  return byDestination.length < bySource.length ? byDestination : bySource;
}

/** How often rules are arranged again. */
const MOST_ROUNDS = 5;

/** Arranged again as long as that changes something: then the same comes of what is written. */
function arrangeFor(
  lead: Lead,
  rules: readonly MergedRule[],
  free: number,
  maySwap: MaySwap,
): readonly Arrangement[] {
  let order = rules;
  let runs = fill(lead, order, free, maySwap);
  for (let round = 1; round < MOST_ROUNDS && runs.length > 1; round++) {
    const next = runs.flatMap(rulesOf);
    if (next.every((rule, at) => rule === order[at])) break;
    order = next;
    runs = fill(lead, order, free, maySwap);
  }
  return runs;
}

function fill(
  lead: Lead,
  rules: readonly MergedRule[],
  free: number,
  maySwap: MaySwap,
): readonly Arrangement[] {
  const runs: OpenRun[] = [];
  for (const rule of rules) {
    const bound = runs.findLastIndex((run) => run.holds(rule, maySwap));
    let at = Math.max(0, bound);
    while (at < runs.length && !runs[at]!.add(rule, maySwap)) at++;
    if (at < runs.length) continue;
    const run = new OpenRun(lead, free);
    runs.push(run);
    run.add(rule, maySwap);
  }
  return runs.map((run) => run.close());
}

interface OpenStep {
  readonly kind: Step["kind"];
  readonly rules: MergedRule[];
}

/** A run as it fills; a class because it guards that its groups have bits. */
class OpenRun {
  readonly #lead: Lead;
  readonly #free: number;
  readonly #steps: OpenStep[] = [];
  #groups: ReadonlySet<PlanGroup> = new Set();
  #bits: ReadonlyMap<PlanGroup, number> = new Map();

  constructor(lead: Lead, free: number) {
    this.#lead = lead;
    this.#free = free;
  }

  /** Whether a rule of it has to stay before another one. */
  holds(rule: MergedRule, maySwap: MaySwap): boolean {
    return this.#steps.some(({ rules }) => rules.some((other) => !maySwap(other, rule)));
  }

  /** Takes a rule; false where bits don't suffice. The first one always goes in. */
  add(rule: MergedRule, maySwap: MaySwap): boolean {
    const own = rule.groups.filter(({ axis }) => axis !== this.#lead && axis !== "service");
    const groups = new Set([...this.#groups, ...own]);
    if (groups.size > this.#groups.size) {
      const bits = giveBits(groups, this.#free);
      if (bits === null && this.#steps.length > 0) return false;
      this.#bits = bits ?? new Map();
      this.#groups = groups;
    }
    this.#stepFor(rule, maySwap).rules.push(rule);
    return true;
  }

  /** The first step in which it comes behind all that have to stay before it. Rules of one group keep their order. */
  #stepFor(rule: MergedRule, maySwap: MaySwap): OpenStep {
    const group = groupOn(rule, this.#lead);
    const kind = group === undefined ? "lines" : "sections";
    let first = 0;
    for (const [at, { rules }] of this.#steps.entries()) {
      const before = rules.filter((other) => !maySwap(other, rule));
      if (before.length === 0) continue;
      first = before.every((other) => groupOn(other, this.#lead) === group) ? at : at + 1;
    }
    const found = this.#steps.find((step, at) => at >= first && step.kind === kind);
    if (found !== undefined) return found;
    const step: OpenStep = { kind, rules: [] };
    this.#steps.push(step);
    return step;
  }

  close(): Arrangement {
    const steps = this.#steps.map(({ kind, rules }): Step => {
      if (kind === "lines") return { kind, rules };
      const first = groupOn(findEarliest(rules), this.#lead)!;
      const groups = new Set(rules.map((rule) => groupOn(rule, this.#lead)!));
      groups.delete(first);
      const asSection = (group: PlanGroup): Section => ({
        group,
        rules: rules.filter((rule) => groupOn(rule, this.#lead) === group),
      });
      // Packets of the first rule have the shortest way through the flat rules.
      return { kind, sections: [asSection(first), ...[...groups].map(asSection).sort(compareSections)] };
    });
    return { lead: this.#lead, steps, bits: this.#bits };
  }
}

/** Most packets are for groups with many rules, if nothing else is known. Names stay from one import to the next. */
function compareSections(one: Section, other: Section): number {
  return other.rules.length - one.rules.length || (one.group.name < other.group.name ? -1 : 1);
}
