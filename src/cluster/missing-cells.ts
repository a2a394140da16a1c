/**
 * Whether combinations that no rule says can be left out of a policy rule without harm to others.
 *
 * A packet of a missing combination leaves the policy rule's chain as if the rule were not there. That is right only if no other combination of the same rule matches the packet too, and
 * if the flat rules would have read its header as far as the service group does.
 */
import { AXES, type Axis } from "../model/types.ts";
import type { Cell } from "./cover.ts";
import type { Movable } from "./features.ts";
import { type Region, regionOf, regionsOverlap } from "./regions.ts";
import type { TolerantProduct } from "./tolerant.ts";

const SERVICE = AXES.indexOf("service");

/** Judges products of one set of cells; a class because it remembers which members overlap. */
export class MissingCells {
  readonly #axes: readonly number[];
  readonly #movables: ReadonlyMap<string, Movable>;
  readonly #examples: readonly Map<number, Movable>[];
  readonly #overlaps = new Map<string, boolean>();

  /** `axes`: positions in AXES; `movables`: a rule for each cell, by the cell's text. */
  constructor(axes: readonly number[], movables: ReadonlyMap<string, Movable>) {
    this.#axes = axes;
    this.#movables = movables;
    this.#examples = axes.map(() => new Map<number, Movable>());
    for (const [key, movable] of movables)
      for (const [dimension, token] of key.split(",").map(Number).entries())
        this.#examples[dimension]!.set(token, movable);
  }

  areSound({ sets, missing }: TolerantProduct): boolean {
    const [first] = this.#movables.values();
    const { target } = first!.rule;
    if (target.kind === "verdict" && target.verdict === "RETURN") return false;
    return missing.every((cell) => this.#isAlone(cell, sets) && this.#readsHeader(cell, sets));
  }

  /** No rule of the product matches a packet of the cell. */
  #isAlone(cell: Cell, sets: TolerantProduct["sets"]): boolean {
    const near = sets.map((set, dimension) =>
      set.filter((token) => token === cell[dimension] || this.#overlap(dimension, token, cell[dimension]!)),
    );
    const visit = (start: readonly number[]): boolean => {
      if (start.length === near.length) return !this.#movables.has(start.join());
      return near[start.length]!.every((token) => visit([...start, token]));
    };
    return visit([]);
  }

  #overlap(dimension: number, one: number, other: number): boolean {
    const key = `${dimension} ${Math.min(one, other)} ${Math.max(one, other)}`;
    const known = this.#overlaps.get(key);
    if (known !== undefined) return known;
    const axis = AXES[this.#axes[dimension]!]!;
    const [left, right] = [one, other].map((token) => this.#regionOn(axis, dimension, token));
    const overlap = regionsOverlap(left!, right!);
    this.#overlaps.set(key, overlap);
    return overlap;
  }

  /** What a member says, alone. */
  #regionOn(axis: Axis, dimension: number, token: number): Region {
    const region = regionOf(this.#examples[dimension]!.get(token)!.rule);
    const isService = axis === "service";
    return {
      ...region,
      source: axis === "source" ? region.source : null,
      destination: axis === "destination" ? region.destination : null,
      in: axis === "in" ? region.in : null,
      out: axis === "out" ? region.out : null,
      states: null,
      statesBefore: null,
      ...(isService ? {} : { protocol: null, sourcePorts: null, destinationPorts: null, icmpType: null }),
    };
  }

  /** Some rule of the product reads the header of the cell's protocol as the cell's own would, of packets that differ from the cell's in the service alone. */
  #readsHeader(cell: Cell, sets: TolerantProduct["sets"]): boolean {
    const dimension = this.#axes.indexOf(SERVICE);
    if (dimension === -1 || sets[dimension]!.length < 2) return true;
    const way = ({ tokens, profile }: Movable): string => `${tokens[SERVICE]!.key.split(" ")[0]} ${profile}`;
    const wanted = way(this.#examples[dimension]!.get(cell[dimension]!)!);
    return sets[dimension]!.some((token) => {
      const movable = this.#movables.get(cell.with(dimension, token).join());
      return movable !== undefined && way(movable) === wanted;
    });
  }
}
