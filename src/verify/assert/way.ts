/**
 * All tables on a packet's way in one set of diagrams: what becomes of every ordinary packet that comes with mark 0.
 *
 * Each table's diagram is made as for a proof of equality; then one follows the other: a table that accepts hands the packet on with the marks that it has now.
 */
import { CTSTATE } from "../../model/types.ts";
import { nameOccurrences } from "../occurrences.ts";
import { ProofGap } from "../symbolic/changes.ts";
import { hookDiagram } from "../symbolic/chains.ts";
import { STATE_CODES } from "../symbolic/conditions.ts";
import { numberBits, where } from "../symbolic/encode.ts";
import { clearedMap } from "../symbolic/mark-map.ts";
import { CONTROL, LEAF, TRACK } from "../symbolic/outcomes.ts";
import { cofactor } from "../symbolic/sequence.ts";
import { mapLeaves, nextHook } from "./leaves.ts";
import { isBeforeNat, type Stage, upToFilter } from "./stages.ts";
import type { WayTerms } from "./terms.ts";

/** What becomes of a packet. OPEN: something outside the ruleset decides (a program behind NFQUEUE). */
export const FATE = { LOST: LEAF.FALSE, ACCEPTED: LEAF.TRUE, OPEN: LEAF.PASS } as const;

/** Codes of connection states whose connection may carry a mark from before. */
const OLDER = [CTSTATE.ESTABLISHED, CTSTATE.RELATED].map((state) => STATE_CODES.indexOf(state));

/** The diagrams of one way; a class because they grow with what is asked. Every method throws BudgetSpent and ProofGap. */
export class Way {
  readonly terms: WayTerms;
  readonly stages: readonly Stage[];
  readonly isTranslated: boolean;
  readonly #chains = new Map<string, Map<string, number>>();
  readonly #outcomes = new Map<string, number>();

  /** `isTranslated`: nat may change destinations on the way. */
  constructor(stages: readonly Stage[], terms: WayTerms, isTranslated: boolean) {
    this.stages = stages;
    this.terms = terms;
    this.isTranslated = isTranslated;
  }

  /** A FATE for every packet, for what `outcomes` gives. */
  fates(outcomesOfAll: number): number {
    const { diagram, outcomes } = this.terms.join;
    return mapLeaves(diagram, outcomesOfAll, (leaf) => {
      const { control } = outcomes.of(leaf);
      if (control === CONTROL.CONTINUE) return FATE.ACCEPTED;
      return /^(?:DROP|REJECT)\b/u.test(outcomes.verdictText(control)) ? FATE.LOST : FATE.OPEN;
    });
  }

  /**
   * What becomes of every packet on the whole way, or only up to the filter table's verdict; a packet that goes on at the end is accepted. `isOpen`: with any destination before
   * nat, by variables of its own; else with the one that it has behind it.
   */
  outcomes(isWhole: boolean, isOpen = false): number {
    const stages = isWhole ? this.stages : upToFilter(this.stages);
    const key = `${stages.length} ${isOpen}`;
    const known = this.#outcomes.get(key);
    if (known !== undefined) return known;
    const result = this.#enter(this.#follow(stages, isOpen));
    this.#outcomes.set(key, result);
    return result;
  }

  /** Packets come with mark 0, and with connection mark 0 where their connection begins. */
  #enter(node: number): number {
    const { join } = this.terms;
    const begin = (connmarkBits: number): number => {
      return join.after(join.outcomes.goingOn({ marks: clearedMap(-1, connmarkBits) }), node);
    };
    const isOlder = where(join.diagram, join.variables.fields.state, (code) => OLDER.includes(code));
    return join.choose(isOlder, begin(0), begin(-1));
  }

  /** One stage after the other, from the last one up. */
  #follow(stages: readonly Stage[], isOpen: boolean): number {
    const { join } = this.terms;
    let rest: number = LEAF.PASS;
    for (let at = stages.length - 1; at >= 0; at--) {
      const stage = stages[at]!;
      const next = stages[at + 1];
      if (next !== undefined && next.hook !== stage.hook) rest = join.after(nextHook(join.outcomes), rest);
      const node = isOpen && isBeforeNat(stage) ? this.#open(this.#stage(stage)) : this.#stage(stage);
      rest =
        stage.table.name === "raw" ? this.#throughRaw(stage.hook, node, rest) : join.sequence(node, rest);
    }
    return rest;
  }

  /** One table, with packets that it accepts going on. */
  #stage({ table, hook }: Stage): number {
    const { join, conditions, answersChange } = this.terms;
    const chains = this.#chains.get(table.name) ?? new Map<string, number>();
    this.#chains.set(table.name, chains);
    const occurrence = nameOccurrences(table, table);
    const context = { join, conditions, occurrence, changesState: answersChange, counters: false };
    const node = hookDiagram(table, hook, chains, context);
    const accept = join.outcomes.verdict("ACCEPT");
    return join.redirect(this.#withInterfaces(hook, node), [accept], CONTROL.CONTINUE);
  }

  /** The destination, and what hangs on it, under other variables: those of the packet before nat. */
  #open(node: number): number {
    const { diagram, variables } = this.terms.join;
    const { destination, dport, out } = variables.fields;
    const levels = new Set([...destination, ...dport, ...out]);
    const done = new Map<number, number>();
    const visit = (at: number): number => {
      if (at < 0) return at;
      const known = done.get(at);
      if (known !== undefined) return known;
      const level = diagram.levels[at]!;
      const before = { text: `bit ${level} before nat`, asks: "before nat", times: 0 };
      const next = levels.has(level) ? variables.answer(before) : level;
      const result = this.terms.join.branch(next, visit(diagram.lows[at]!), visit(diagram.highs[at]!));
      done.set(at, result);
      return result;
    };
    return visit(node);
  }

  /** Before routing a packet has no out-interface; behind it, not every kernel shows the in-interface. */
  #withInterfaces(hook: string, node: number): number {
    const { diagram, variables } = this.terms.join;
    const without = (side: "in" | "out"): number => {
      const levels = variables.fields[side];
      return cofactor(diagram, node, levels, numberBits(0, levels.length));
    };
    if (hook === "PREROUTING") return without("out");
    if (hook === "POSTROUTING" && without("in") !== node)
      throw new ProofGap("mangle POSTROUTING asks for the in-interface, which not every kernel shows there");
    return node;
  }

  /** raw comes before connection tracking, which then gives the packet its state, unless raw says otherwise; only packets that come by lo have theirs already. */
  #throughRaw(hook: string, node: number, rest: number): number {
    const { join, interfaces } = this.terms;
    const { diagram, variables } = join;
    const { state } = variables.fields;
    const untouched = where(diagram, state, (code) => STATE_CODES[code] === CTSTATE.INVALID);
    const invalid = this.#withState(node, CTSTATE.INVALID);
    const tracked = this.#track(invalid, LEAF.TRUE, rest);
    if (hook === "OUTPUT" || invalid === node) return tracked;
    const lo = interfaces.classOf("lo");
    const isLo = where(diagram, variables.fields.in, (code) => code === lo);
    return join.choose(isLo, this.#track(node, untouched, rest), tracked);
  }

  #withState(node: number, state: number): number {
    const { diagram, variables } = this.terms.join;
    const { fields } = variables;
    const levels = [...fields.state, ...fields.snat, ...fields.dnat];
    const bits = [...numberBits(STATE_CODES.indexOf(state as never), fields.state.length), 0, 0];
    return cofactor(diagram, node, levels, bits);
  }

  /** `rest` behind raw: packets that raw takes out of connection tracking are UNTRACKED there; `untouched`: those that it can take out. */
  #track(raw: number, untouched: number, rest: number): number {
    const { join } = this.terms;
    const { diagram, outcomes } = join;
    const takenOut = mapLeaves(diagram, raw, (leaf) => {
      const { control, track } = outcomes.of(leaf);
      return control === CONTROL.CONTINUE && track === TRACK.UNTRACKED ? LEAF.TRUE : LEAF.FALSE;
    });
    const plain = mapLeaves(diagram, raw, (leaf) =>
      outcomes.leaf({ ...outcomes.of(leaf), track: TRACK.NONE }),
    );
    const tracked = join.sequence(plain, rest);
    if (takenOut === LEAF.FALSE) return tracked;
    const untracked = join.sequence(plain, this.#withState(rest, CTSTATE.UNTRACKED));
    return join.choose(join.and(untouched, takenOut), untracked, tracked);
  }
}
