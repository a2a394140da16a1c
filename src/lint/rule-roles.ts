/**
 * What each rule of a table does, by proof: whether any packet matches it, gets to it, and fares otherwise without it.
 */
import type { Chain, Rule, Ruleset, Table } from "../model/types.ts";
import { reachedUnparsed } from "../model/unparsed.ts";
import { type ProofLimits, reasonOf } from "../verify/symbolic/findings.ts";
import { findGap } from "../verify/symbolic/gaps.ts";
import { isIdleReset, isMarkGuard } from "./mark-findings.ts";
import { type Arrivals, TableReach } from "./reach.ts";
import { Remainders } from "./remainder.ts";
import type { Unsettled } from "./types.ts";

/**
 * `never`: no packet matches it. `astray`: none that comes into its chain. `shadowed`: none that the rules before leave over. `idle`: what matches it fares the same without it.
 */
export type Role = "never" | "astray" | "shadowed" | "idle";

/** A rule that does nothing, or matches nothing. */
export interface IdleRule {
  readonly chain: Chain;
  readonly place: number;
  readonly rule: Rule;
  readonly role: Role;
  /** Whether it can go, also with those behind it in its chain that can; false where looking at packets is an effect (a short header, a counting match); null: not known. */
  readonly isFree: boolean | null;
}

/** All such rules of a table. */
export interface TableRoles {
  /** Null where nothing is known of any rule. */
  readonly reach: TableReach | null;
  readonly rules: readonly IdleRule[];
  /** Chains that some hook leads to by its jumps, but no packet gets into. */
  readonly unreached: readonly Chain[];
  readonly unsettled: readonly Unsettled[];
}

/** Looks at all rules of a table, one of a ruleset, that its base chains lead to. */
export function findRoles(table: Table, ruleset: Ruleset, limits: ProofLimits): TableRoles {
  const whole = (reason: string): TableRoles => {
    const rules = table.chains.reduce((sum, chain) => sum + chain.rules.length, 0);
    const unsettled = rules === 0 ? [] : [{ table: table.name, chain: null, rules, reason }];
    return { reach: null, rules: [], unreached: [], unsettled };
  };
  const gap = findGap([table]) ?? whyAllUnread(table);
  if (gap !== null) return whole(gap);
  try {
    return new RoleFinder(new TableReach(table, ruleset, limits)).find();
  } catch (error) {
    return whole(reasonOf(error));
  }
}

function whyAllUnread(table: Table): string | null {
  const bases = table.chains.filter(({ policy }) => policy !== null);
  const unread = bases.map(({ name }) => reachedUnparsed(table, name));
  const first = unread.find((rule) => rule !== null);
  if (first === undefined || first === null || unread.includes(null)) return null;
  return `every base chain leads to a rule that can't be read (line ${first.line})`;
}

/** Rules of which more exact things are said (mark-findings.ts), or that are meant to do nothing most of the time. */
function stays(rule: Rule): boolean {
  return isIdleReset(rule) || isMarkGuard(rule);
}

/** Collects; a class because of what it collects. */
class RoleFinder {
  readonly #reach: TableReach;
  readonly #rests: Remainders;
  readonly #rules: IdleRule[] = [];
  readonly #unreached: Chain[] = [];
  readonly #unsettled: Unsettled[] = [];

  constructor(reach: TableReach) {
    this.#reach = reach;
    this.#rests = new Remainders(reach);
  }

  find(): TableRoles {
    for (const chain of this.#reach.table.chains) {
      if (chain.rules.length === 0 || this.#reach.hooksOf(chain.name).length === 0) continue;
      const known = chain.rules.findIndex((_, place) => this.#reach.arrivals(chain.name, place) === null);
      const until = known === -1 ? chain.rules.length : known;
      if (until < chain.rules.length) {
        const hook = this.#reach.hooksOf(chain.name).find(({ reason }) => reason !== null);
        this.#leaveOpen(chain, chain.rules.length - until, hook?.reason ?? "");
      }
      if (until > 0) this.#findIn(chain, until);
    }
    this.#rules.sort((left, right) => left.rule.line - right.rule.line);
    return {
      reach: this.#reach,
      rules: this.#rules,
      unreached: this.#unreached,
      unsettled: this.#unsettled,
    };
  }

  #leaveOpen(chain: Chain, rules: number, reason: string): void {
    this.#unsettled.push({ table: this.#reach.table.name, chain: chain.name, rules, reason });
  }

  #findIn(chain: Chain, until: number): void {
    const { flow } = this.#reach;
    if (chain.policy === null && this.#arrivals(chain, 0).length === 0) {
      this.#unreached.push(chain);
      return;
    }
    const unmatched = new Map<Rule, Role>();
    for (const [place, rule] of chain.rules.slice(0, until).entries()) {
      try {
        const matching = this.#reach.matching(rule);
        if (this.#arrivals(chain, place).every((packets) => !flow.meets(packets, matching)))
          unmatched.set(rule, this.#whyUnmatched(chain, matching));
      } catch (error) {
        this.#leaveOpen(chain, until - place, reasonOf(error));
        return;
      }
    }
    this.#findIdle(chain, until, unmatched);
  }

  #arrivals(chain: Chain, place: number): Arrivals {
    return this.#reach.arrivals(chain.name, place)!;
  }

  #whyUnmatched(chain: Chain, matching: number): Role {
    const { flow } = this.#reach;
    const hooks = this.#reach.hooksOf(chain.name);
    const matches = (packets: number): boolean => flow.meets(packets, matching);
    if (!hooks.some(({ hook }) => matches(flow.where(this.#reach.existing(hook))))) return "never";
    return hooks.some((hook) => hook.entries(chain.name).some(matches)) ? "shadowed" : "astray";
  }

  /** Adds the rules that match nothing, and where all of a chain is known those that change nothing. */
  #findIdle(chain: Chain, until: number, unmatched: ReadonlyMap<Rule, Role>): void {
    const places = new Map(chain.rules.map((rule, place) => [rule, place]));
    const add = (rule: Rule, role: Role, isFree: boolean | null): void => {
      this.#rules.push({ chain, place: places.get(rule)!, rule, role, isFree });
    };
    const open = new Set(unmatched.keys());
    try {
      if (until < chain.rules.length) return;
      for (const { rule, isIdle } of this.#rests.of(chain, stays)) {
        const role = unmatched.get(rule) ?? (isIdle && !stays(rule) ? "idle" : null);
        if (role !== null) add(rule, role, isIdle);
        open.delete(rule);
      }
    } catch (error) {
      this.#leaveOpen(chain, until, reasonOf(error));
    } finally {
      for (const rule of open) add(rule, unmatched.get(rule)!, null);
    }
  }
}
