/**
 * Chooses which policy rules are laid out together (`layouts/hoisted.ts`): stretches of a chain with nothing else between them, as long as there is a free mark bit for each of their groups.
 * All others stand alone, in the article's layout.
 */
import type { MarkSummary } from "../cluster/types.ts";
import type { Axis, Rule, Ruleset } from "../model/types.ts";
import { chainDepths, DEEPEST_CHAIN } from "../cluster/segments.ts";
import { freeMarkBits } from "../plan/marks.ts";
import { storedMembers } from "../plan/storage.ts";
import type { ChainLayout, MarkBits, Plan, PlanGroup } from "../plan/types.ts";
import type { MergedChain } from "./merge.ts";
import type { MergedRule } from "./product.ts";

/** Policy rules in a row, two at least. */
export interface Run {
  readonly table: string;
  readonly chain: string;
  readonly rules: readonly MergedRule[];
}

/** The runs of a ruleset, and the bits of all groups, by id. */
export interface Hoisting {
  readonly runs: readonly Run[];
  readonly bits: ReadonlyMap<string, number>;
  /** Names of policy rules that could be in a run, were not members of their groups in ipsets. */
  readonly unhoisted: readonly string[];
}

/** Chains below the owner's that a run needs: its own, a rule's, and that of its services or its verdict. */
const LEVELS = 3;

/** The layout of each chain. */
export type LayoutOf = (table: string, chain: string) => ChainLayout;

/** Finds the runs of chains in the hoisted layout; `markBits`: of the axes. Without runs each group has the bit of its axis. */
export function findHoisting(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  {
    markBits,
    marks,
    layoutOf,
  }: { readonly markBits: MarkBits; readonly marks: MarkSummary; readonly layoutOf: LayoutOf },
): Hoisting {
  const asked = chains.filter(({ table, chain }) => layoutOf(table, chain) === "hoisted");
  if (asked.length === 0) return { runs: [], bits: new Bits(markBits, 0).finish(chains), unhoisted: [] };
  const bits = new Bits(markBits, freeMarkBits(ruleset, plan, marks));
  const rulesOf = (some: readonly MergedChain[]) =>
    some.flatMap(({ entries }) =>
      entries.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : [])),
    );
  const isStored = (group: PlanGroup): boolean => storedMembers(group, plan.storage).length > 0;
  const lone = findLone(rulesOf(chains), isStored);
  const runs = asked.flatMap((chain) => {
    const table = ruleset.tables.find(({ name }) => name === chain.table)!;
    const depth = chainDepths(table).get(chain.chain) ?? 0;
    return depth + LEVELS > DEEPEST_CHAIN ? [] : findRuns(chain, bits, lone);
  });
  const unhoisted = rulesOf(asked).filter((rule) => canBeHoisted(rule) && rule.groups.some(isStored));
  return { runs, bits: bits.finish(chains), unhoisted: unhoisted.map(({ policy }) => policy.name) };
}

/**
 * Groups that no run may have: those whose members are in an ipset, since the chains of a run test each member; and those of policy rules that log what they match in part, since who reads
 * the log knows the bits of their axes.
 */
function findLone(
  rules: readonly MergedRule[],
  isStored: (group: PlanGroup) => boolean,
): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ policy, groups }) =>
      groups.filter((group) => policy.logPartial !== undefined || isStored(group)).map(({ id }) => id),
    ),
  );
}

function findRuns(
  { table, chain, entries }: MergedChain,
  bits: Bits,
  lone: ReadonlySet<string>,
): readonly Run[] {
  const runs: Run[] = [];
  let open: MergedRule[] = [];
  const close = (): void => {
    if (open.length > 1) runs.push({ table, chain, rules: open });
    bits.close(open.length > 1);
    open = [];
  };
  for (const entry of entries) {
    const isAlone =
      entry.kind === "merged" &&
      (!canBeHoisted(entry.merged) || entry.merged.groups.some(({ id }) => lone.has(id)));
    if (entry.kind !== "merged" || isAlone) {
      close();
      continue;
    }
    if (!bits.add(entry.merged)) {
      close();
      if (!bits.add(entry.merged)) {
        bits.close(false);
        continue;
      }
    }
    open.push(entry.merged);
  }
  close();
  return runs;
}

/**
 * Bits of groups: those of a run differ, and those of two axes differ everywhere, since a policy rule that stands alone may have any two of them. A class because it guards who has which.
 */
class Bits {
  readonly #axisBits: MarkBits;
  readonly #free: readonly number[];
  readonly #settled = new Map<string, number>();
  readonly #axisOf = new Map<number, Axis>();
  /** Groups of the run that is open, by bit. */
  #open = new Map<number, PlanGroup>();

  constructor(axisBits: MarkBits, free: number) {
    this.#axisBits = axisBits;
    this.#free = Array.from({ length: 32 }, (_, at) => (1 << at) >>> 0).filter((bit) => (free & bit) !== 0);
  }

  /** Gives the groups of a rule bits beside those of the open run; false, and nothing given, where there are not enough. */
  add({ groups }: MergedRule): boolean {
    const next = new Map(this.#open);
    for (const group of groups) {
      if (group.axis === "service" || [...next.values()].includes(group)) continue;
      const settled = this.#settled.get(group.id);
      const choices = settled === undefined ? this.#choices(group) : [settled];
      const bit = choices.find((each) => !next.has(each));
      if (bit === undefined) return false;
      next.set(bit, group);
    }
    this.#open = next;
    return true;
  }

  /** The axis's own bit, and those that no other axis has. */
  #choices({ axis }: PlanGroup): readonly number[] {
    const own = this.#axisBits[axis];
    const free = this.#free.filter((bit) => (this.#axisOf.get(bit) ?? axis) === axis);
    return own === undefined ? free : [own, ...free];
  }

  close(isKept: boolean): void {
    for (const [bit, group] of isKept ? this.#open : []) {
      this.#settled.set(group.id, bit);
      this.#axisOf.set(bit, group.axis);
    }
    this.#open = new Map();
  }

  /** The bits of all groups of merged rules. */
  finish(chains: readonly MergedChain[]): ReadonlyMap<string, number> {
    const all = chains.flatMap(({ entries }) =>
      entries.flatMap((entry) => (entry.kind === "merged" ? entry.merged.groups : [])),
    );
    return new Map(all.map(({ id, axis }) => [id, this.#settled.get(id) ?? this.#axisBits[axis] ?? 0]));
  }
}

/** Tests on the line of a policy rule that read no header of a packet: then it is the same to ask them behind the addresses. */
const PLAIN_GUARD = /^(?:(?:! )?-[sdio] \S+|(?:! )?-f|-m iprange(?: (?:! )?--(?:src|dst)-range \S+)+)$/;

/** Whether a policy rule may be one of a run. */
function canBeHoisted({ groups, negated, missing, servicesFirst, template, rules }: MergedRule): boolean {
  const { target } = template.rule;
  // A called chain may come back, and RETURN is the owner's: neither can be decided one chain further down.
  const decides =
    target.kind === "verdict"
      ? target.verdict !== "RETURN"
      : target.kind === "extension" && target.ends === "always";
  return (
    decides &&
    !servicesFirst &&
    missing.length + negated.length === 0 &&
    groups.some(({ axis }) => axis !== "service") &&
    template.guard.every((guard) => PLAIN_GUARD.test(guard)) &&
    !rules.some(readsWholeMark)
  );
}

/** A test of the whole mark would see the bits of the run. */
function readsWholeMark({ matches }: Rule): boolean {
  return matches.some((match) => match.kind === "mark" && match.mask === 0xffffffff);
}
