/**
 * Whether combinations that no rule says can be left out of a policy rule without harm to others, and how many rules that takes.
 */
import { AXES, type Axis } from "../model/types.ts";
import type { Cell, CellProduct } from "./cover.ts";
import { countExceptionRules, type Exceptions, findExceptions, protocolOf } from "./exceptions.ts";
import type { Movable } from "./features.ts";
import { MemberRelations } from "./member-relations.ts";
import { combine } from "./places.ts";
import { type Region, regionOf, regionsOverlap } from "./regions.ts";

const SERVICE = AXES.indexOf("service");

/** Judges products of one set of cells; a class because it remembers which members can be compared. */
export class MissingCells {
  /** Positions in AXES. */
  readonly #axes: readonly number[];
  readonly #movables: ReadonlyMap<string, Movable>;
  readonly #examples: readonly ReadonlyMap<number, Movable>[];
  readonly #relations = new MemberRelations();
  readonly #obscure = new Map<string, boolean>();

  /** `axes`: positions in AXES; `movables`: a rule for each cell, by the cell's text. */
  constructor(axes: readonly number[], movables: ReadonlyMap<string, Movable>) {
    this.#axes = axes;
    this.#movables = movables;
    const examples = axes.map(() => new Map<number, Movable>());
    for (const [key, movable] of movables)
      for (const [dimension, token] of key.split(",").map(Number).entries())
        examples[dimension]!.set(token, movable);
    this.#examples = examples;
  }

  /** Rules that keep the missing cells out; null where that is not sure to work. */
  count(sets: CellProduct, missing: readonly Cell[]): number | null {
    const [first] = this.#movables.values();
    const { target } = first!.rule;
    if (target.kind === "verdict" && target.verdict === "RETURN") return null;
    const isClear = missing.every((cell) =>
      cell.every((token, dimension) =>
        sets[dimension]!.every((other) => !this.#isObscure(dimension, token, other)),
      ),
    );
    if (!isClear || !missing.every((cell) => this.#readsAlike(cell, sets) && this.#isMet(cell, sets)))
      return null;
    return countExceptionRules(this.#exceptionsOf(sets, missing));
  }

  #exceptionsOf(sets: CellProduct, missing: readonly Cell[]): Exceptions {
    const keyOf = (token: number, dimension: number): string =>
      this.#examples[dimension]!.get(token)!.tokens[this.#axes[dimension]!]!.key;
    // Axes with one member are no groups.
    const grouped = sets.flatMap((set, dimension) => (set.length > 1 ? [dimension] : []));
    const combinations = {
      axes: grouped.map((dimension) => AXES[this.#axes[dimension]!]!),
      members: grouped.map((dimension) => sets[dimension]!.map((token) => keyOf(token, dimension))),
      missing: missing.map((cell) => grouped.map((dimension) => keyOf(cell[dimension]!, dimension))),
    };
    return findExceptions(combinations, this.#relations);
  }

  /** Whether members may have packets in common, though it can't be told which. */
  #isObscure(dimension: number, one: number, other: number): boolean {
    if (one === other) return false;
    const key = `${dimension} ${Math.min(one, other)} ${Math.max(one, other)}`;
    const known = this.#obscure.get(key);
    if (known !== undefined) return known;
    const at = this.#axes[dimension]!;
    const axis = AXES[at]!;
    const [left, right] = [one, other].map((token) => this.#examples[dimension]!.get(token)!);
    const isCompared = this.#relations.contains(axis, left!.tokens[at]!.key, right!.tokens[at]!.key) !== null;
    const isObscure = !isCompared && regionsOverlap(regionOn(axis, left!), regionOn(axis, right!));
    this.#obscure.set(key, isObscure);
    return isObscure;
  }

  /** Rules of the product that read headers of the cell's protocol, of packets that differ in the service alone, read them as the cell's own would. */
  #readsAlike(cell: Cell, sets: CellProduct): boolean {
    const dimension = this.#axes.indexOf(SERVICE);
    if (dimension === -1 || sets[dimension]!.length < 2) return true;
    const own = this.#examples[dimension]!.get(cell[dimension]!)!;
    const protocol = protocolOf(own.tokens[SERVICE]!.key);
    const like = sets[dimension]!.flatMap((token) => {
      const movable = this.#movables.get(cell.with(dimension, token).join());
      return movable !== undefined && protocolOf(movable.tokens[SERVICE]!.key) === protocol ? [movable] : [];
    });
    return like.length === 0 || like.some(({ profile }) => profile === own.profile);
  }

  /**
   * Whether all packets that the cell would match are matched by one that contains it, if some do. Rules that drop may read ports otherwise than each other: on nft `--dport 80` is true for later fragments of which the
   * payload says so, and a list of ports with 80 in it is not.
   */
  #isMet(cell: Cell, sets: CellProduct): boolean {
    const dimension = this.#axes.indexOf(SERVICE);
    if (dimension === -1) return true;
    const own = this.#examples[dimension]!.get(cell[dimension]!)!;
    const wider = combine(
      cell.map((token, at) => sets[at]!.filter((other) => this.#contains(at, other, token))),
    ).flatMap((other) => this.#movables.get(other.join()) ?? []);
    return wider.length === 0 || wider.some(({ profile }) => profile === own.profile || profile === "");
  }

  #contains(dimension: number, one: number, other: number): boolean {
    const at = this.#axes[dimension]!;
    const [outer, inner] = [one, other].map(
      (token) => this.#examples[dimension]!.get(token)!.tokens[at]!.key,
    );
    return this.#relations.contains(AXES[at]!, outer!, inner!) === true;
  }
}

/** What a rule says on one axis. */
function regionOn(axis: Axis, { rule }: Movable): Region {
  const region = regionOf(rule);
  return {
    ...region,
    source: axis === "source" ? region.source : null,
    destination: axis === "destination" ? region.destination : null,
    in: axis === "in" ? region.in : null,
    out: axis === "out" ? region.out : null,
    states: null,
    statesBefore: null,
    ...(axis === "service"
      ? {}
      : { protocol: null, sourcePorts: null, destinationPorts: null, icmpType: null }),
  };
}
