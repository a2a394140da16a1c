/**
 * The way of packets through a base chain, written down as a list: conditions and what happens where they hold, in order, without chains and without own mark bits.
 *
 * Own bits are followed as what sets them: a bit that a group's chain sets is the sum of the group's members, and a rule that asks for the bit asks for that sum. Whatever can't
 * be written so (a counting match in front of a call, a bit of which nothing is known …) ends the walk: then there is no list.
 */
import type { Chain, Rule, Table, Target } from "../../../model/types.ts";
import { counterText } from "../effects.ts";
import { conditionsOf, hasOpaque, isQuiet, type NotAll, resetOf } from "./conditions-of.ts";
import type { Literals } from "./literal.ts";
import { NoList } from "./no-list.ts";
import { OpenPoints } from "./open-points.ts";
import { changesState, endsAlways, outcomeOf, touchesConnmark } from "./outcome.ts";
import {
  type Conjunction,
  type Factor,
  type OwnState,
  areClear,
  forget,
  joinCall,
  joinStates,
  startState,
  withBits,
  writeBits,
} from "./own-state.ts";

/** What happens to packets that fulfil all factors and that no step before has decided. */
export interface Step {
  readonly factors: readonly Factor[];
  /** Equal texts: the same happens. */
  readonly outcome: string;
  /** Whether the walk always ends here, and nothing else happens. */
  readonly ends: boolean;
}

/** What a walk assumes. */
export interface WalkSettings {
  /** Bits that are followed. */
  readonly ownBits: number;
  /** Packets may bring any own bits, and own bits of marks do not count. */
  readonly anyMark: boolean;
  readonly counters: boolean;
  /** Throws when the time is up. */
  readonly checkTime: () => void;
}

/** Literals and conditions of all steps together, about; a product of chains that call each other may have more. */
const MOST_WEIGHT = 20_000_000;

/** Most conjunctions that a product of sums in front of a MARK or a call becomes. */
const MOST_CONJUNCTIONS = 10_000;

/** The list of a base chain. Throws NoList, and ProofGap as changesOf does. */
export function walkHook(
  table: Table,
  hook: string,
  literals: Literals,
  settings: WalkSettings,
): readonly Step[] {
  return new Walk(table, literals, settings).base(hook);
}

/** Where a walk stands in a chain. */
interface Place {
  /** Null: packets of which only the own bits are known. Then nothing may happen. */
  path: readonly Factor[] | null;
  state: OwnState;
  /** Those that have left the chain. */
  readonly exits: OwnState[];
  /** What becomes of packets that come back, in a base chain; else null. */
  readonly policy: Target | null;
}

/** Collects steps; a class because it guards them. */
class Walk {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #literals: Literals;
  readonly #settings: WalkSettings;
  readonly #steps: Step[] = [];
  readonly #points = new OpenPoints();
  /** Sums of several bits together. */
  readonly #unions = new Map<Factor, ReadonlySet<Conjunction>>();
  #weight = 0;

  constructor(table: Table, literals: Literals, settings: WalkSettings) {
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]));
    this.#literals = literals;
    this.#settings = settings;
  }

  base(hook: string): readonly Step[] {
    const { ownBits, anyMark } = this.#settings;
    const chain = this.#chains.get(hook)!;
    const verdict = chain.policy ?? "ACCEPT";
    const policy: Target = { kind: "verdict", verdict, text: `-j ${verdict}` };
    const end = this.#chain(chain, [], startState(ownBits, !anyMark), policy);
    if (end !== null) this.#emit([], [], end, policy);
    if (!this.#points.isEmpty) throw new NoList();
    return this.#steps;
  }

  /** What is known of packets that come back; null where none does. */
  #chain({ rules }: Chain, path: Place["path"], state: OwnState, policy: Target | null): OwnState | null {
    const place: Place = { path, state, exits: [], policy };
    const isLeft = rules.every((rule) => this.#rule(rule, place));
    const ends = isLeft ? [...place.exits, place.state] : place.exits;
    return ends.length === 0 ? null : ends.reduce(joinStates);
  }

  /** False where no packet comes to the next rule. */
  #rule(rule: Rule, place: Place): boolean {
    const { ownBits, counters } = this.#settings;
    const reset = resetOf(rule, ownBits);
    if (reset !== null) {
      place.state = withBits(place.state, reset.mask, reset.value);
      return true;
    }
    const conditions = conditionsOf(rule, place.state, ownBits, this.#literals);
    if (conditions === null) return true;
    const { factors, notAll, none } = conditions;
    const { target } = rule;
    if (notAll.length > 0) this.#leaveWithout(target, notAll, place);
    else if (none.length > 0) this.#leaveWithNone(target, none, place);
    else if (target.kind === "jump")
      return this.#jump(this.#chain(...this.#into(target.chain, factors, place)), factors, place);
    else if (target.kind === "goto") return this.#goto(target.chain, factors, place);
    else if (target.kind === "verdict" && target.verdict === "RETURN") return this.#return(factors, place);
    else if (target.kind === "mark" && ((target.clear | target.flip) & ownBits) !== 0)
      this.#write(target, factors, place);
    else if (target.kind !== "none" || counters || !factors.every(isQuiet)) {
      const outcome = target.kind === "none" && counters ? counterText(rule) : outcomeOf(target);
      this.#emit(place.path, factors, place.state, target, outcome);
      return factors.length > 0 || !endsAlways(target);
    }
    return true;
  }

  /** A way out for packets that lack some bit; those that stay have all of them. */
  #leaveWithout(target: Target, notAll: NotAll, place: Place): void {
    const bits = notAll.reduce((all, { bit }) => all | bit, 0);
    // Of several bits it is not known which one they lack.
    this.#leave(
      target,
      notAll.length === 1 ? withBits(place.state, bits, 0) : forget(place.state, bits),
      place,
    );
    const factors = notAll.map(({ factor }) => factor);
    place.path = this.#extend(place.path, factors);
    place.state = withBits(place.state, bits, bits);
  }

  /** A way out for packets that have none of some bits; those that stay have one of them at least. */
  #leaveWithNone(target: Target, none: NotAll, place: Place): void {
    const bits = none.reduce((all, { bit }) => all | bit, 0);
    this.#leave(target, withBits(place.state, bits, 0), place);
    const any = none.flatMap(({ factor }) => factor);
    if (!isQuiet(any)) throw new NoList();
    this.#unions.set(any, new Set(any));
    place.path = this.#extend(place.path, [any]);
  }

  #leave(target: Target, gone: OwnState, place: Place): void {
    if (place.policy !== null) throw new NoList();
    if (target.kind === "goto") {
      const end = this.#chain(this.#chains.get(target.chain)!, null, gone, null);
      if (end !== null) place.exits.push(end);
    } else if (target.kind === "verdict" && target.verdict === "RETURN") place.exits.push(gone);
    else throw new NoList();
  }

  /** What a called chain is walked with. */
  #into(name: string, factors: readonly Factor[], place: Place): [Chain, Place["path"], OwnState, null] {
    // A counting match would be asked once for all that the chain does.
    if (factors.some(hasOpaque)) throw new NoList();
    const isFree = factors.length === 0;
    const way = isFree ? place.path : this.#extend(place.path, factors);
    if (!factors.every(isQuiet)) this.#points.ask(way!, []);
    return [this.#chains.get(name)!, way, place.state, null];
  }

  #jump(end: OwnState | null, factors: readonly Factor[], place: Place): boolean {
    if (end === null) return factors.length > 0;
    const onWay = (added: Factor): Factor | null => expand([...factors, added]);
    place.state = factors.length === 0 ? end : joinCall(place.state, end, onWay);
    return true;
  }

  #goto(name: string, factors: readonly Factor[], place: Place): boolean {
    const into = this.#into(name, factors, place);
    const end = this.#chain(...into);
    if (place.policy !== null) {
      if (end !== null) this.#emit(into[1], [], end, place.policy);
      return factors.length > 0;
    }
    if (end !== null) place.exits.push(end);
    return factors.length > 0 && this.#stay(factors, place);
  }

  #return(factors: readonly Factor[], place: Place): boolean {
    if (place.policy !== null) {
      this.#emit(place.path, factors, place.state, place.policy);
      return factors.length > 0;
    }
    place.exits.push(place.state);
    return factors.length > 0 && this.#stay(factors, place);
  }

  /** Goes on with the packets that do not fulfil all factors. */
  #stay(factors: readonly Factor[], place: Place): boolean {
    const [factor] = factors;
    if (factors.length > 1 || factor!.length > 1) throw new NoList();
    const opposites = factor![0]!.map((literal): Conjunction => {
      const opposite = this.#literals.opposite(literal);
      if (opposite === null) throw new NoList();
      return [opposite];
    });
    place.path = this.#extend(place.path, [opposites]);
    return true;
  }

  #write(target: Extract<Target, { kind: "mark" }>, factors: readonly Factor[], place: Place): void {
    if (((target.clear | target.flip) & ~this.#settings.ownBits) !== 0) throw new NoList();
    const when = factors.length === 0 ? null : expand(factors);
    if (factors.length > 0 && (when === null || place.path === null || hasOpaque(when))) throw new NoList();
    this.#weigh(factors);
    for (const all of when ?? []) if (!isQuiet([all])) this.#points.ask(place.path!, all);
    place.state = writeBits(place.state, target, when);
  }

  /** A step for packets on `path` that fulfil `conditions`. */
  #emit(
    path: Place["path"],
    conditions: readonly Factor[],
    state: OwnState,
    target: Target,
    outcome = outcomeOf(target),
  ): void {
    const { anyMark, ownBits } = this.#settings;
    const isDrop = target.kind === "verdict" && target.verdict === "DROP";
    const isSeen = !isDrop || conditions.some(seesMark);
    if (!anyMark && isSeen && !areClear(state, ownBits)) throw new NoList();
    const factors = this.#extend(path, conditions);
    if (touchesConnmark(target, ownBits) || !this.#points.settle(factors)) throw new NoList();
    const ends = endsAlways(target);
    const changes = !ends && changesState(target);
    // What was asked on the way here was asked once, and is not asked again behind a change.
    const isAskedBefore = state.sums.size > 0 || path!.some(isChangeable);
    if (isAskedBefore && changes) throw new NoList();
    this.#steps.push({ factors: this.#withoutUnions(factors), outcome, ends });
  }

  /** Factors without sums that hold wherever another one does, of which all members are among theirs: the list would be as many times as long. */
  #withoutUnions(factors: readonly Factor[]): readonly Factor[] {
    // What comes behind a condition that may drop the packet holds for fewer than were asked.
    const firstLoud = factors.findIndex((factor) => !isQuiet(factor));
    const early = firstLoud === -1 ? factors : factors.slice(0, firstLoud);
    return factors.filter((factor, at) => {
      const members = this.#unions.get(factor);
      if (members === undefined || (firstLoud !== -1 && at > firstLoud)) return true;
      return !early.some((other) => !this.#unions.has(other) && other.every((all) => members.has(all)));
    });
  }

  #extend(path: Place["path"], factors: readonly Factor[]): readonly Factor[] {
    if (path === null) throw new NoList();
    const longer = [...path, ...factors];
    this.#weigh(longer);
    return longer;
  }

  #weigh(factors: readonly Factor[]): void {
    this.#weight++;
    for (const { length } of factors) this.#weight += length;
    if (this.#weight > MOST_WEIGHT) throw new NoList();
    this.#settings.checkTime();
  }
}

/** Whether a condition that may look at the mark stands here: of a match that nobody knows nothing else is known. */
function seesMark(factor: Factor): boolean {
  return factor.some((all) => all.some(({ match }) => match.kind === "opaque" && !match.known));
}

function isChangeable(factor: Factor): boolean {
  return factor.some((all) => all.some((literal) => literal.isChangeable));
}

/** A product of sums as one sum; null where it is too large. */
function expand(factors: readonly Factor[]): Factor | null {
  let sum: Conjunction[] = [[]];
  for (const factor of factors) {
    if (sum.length * factor.length > MOST_CONJUNCTIONS) return null;
    sum = sum.flatMap((before) => factor.map((all) => [...before, ...all]));
  }
  return sum;
}
