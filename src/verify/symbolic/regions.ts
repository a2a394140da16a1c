/**
 * A set of packets as compact rules: products of value sets, one set a field, that together are the set.
 *
 * Field after field, values that lead to the same rest of a diagram belong together. Ordinary packets come first; what differs only for packets with broken headers or
 * fragments is told apart, since people look at it with other eyes.
 */
import type { Diagram } from "./diagram.ts";
import { numberBits } from "./encode.ts";
import { cofactor } from "./sequence.ts";
import type { TableProof } from "./table-proof.ts";
import { type Fields, HEADER_BYTES } from "./variables.ts";

/** Values of one field: bits and the positions that count, most significant first. */
export interface Cube {
  readonly value: readonly number[];
  readonly mask: readonly number[];
}

/** One product. */
export interface Region {
  /** Only fields that do not take every value. */
  readonly fields: ReadonlyMap<keyof Fields, readonly Cube[]>;
  /** Other variables with their values, by level. */
  readonly others: readonly (readonly [level: number, value: number])[];
  readonly leaf: number;
  /** Only packets with broken headers, or fragments. */
  readonly isBroken: boolean;
  /** Binary logarithm of how many packets there are, of all that the variables tell apart. */
  readonly size: number;
}

/** Regions, and whether there are more than were asked for. */
export interface Regions {
  readonly list: readonly Region[];
  readonly isCut: boolean;
}

/** Regions that are looked for before the largest are chosen. */
const MOST_FOUND = 2000;

/** Cubes of one field of one region; past that, the field's set is cut into regions of its own. */
const MOST_CUBES = 4096;

/** The packets for which `node` is not `none`, at most `most` regions, larger ones first. */
export function findRegions(proof: TableProof, node: number, none: number, most: number): Regions {
  const { source, destination } = proof.join.variables.fields;
  // Addresses in turns have no bits of one field after the other: then each way through the diagram is a region.
  const find = source[0]! < destination.at(-1)! ? findPaths : findProducts;
  const { list, isCut } = find(proof, node, none, most);
  return { list: proof.isSlice ? list.map((region) => inSlice(proof, region)) : list, isCut };
}

/** The region inside the slice: the diagram does not ask for the bits of the destination that all its packets share. */
function inSlice(proof: TableProof, region: Region): Region {
  const { diagram, variables } = proof.join;
  const shared = variables.fields.destination.map((level) => diagram.fixedAt(level));
  const put = (bits: readonly number[], of: (bit: number) => number): readonly number[] =>
    bits.map((bit, at) => (shared[at] === -1 ? bit : of(shared[at]!)));
  const all = shared.map(() => 0);
  const cubes = (region.fields.get("destination") ?? [{ value: all, mask: all }]).map(({ value, mask }) => ({
    value: put(value, (bit) => bit),
    mask: put(mask, () => 1),
  }));
  return { ...region, fields: new Map([...region.fields, ["destination", cubes]]) };
}

function findProducts(proof: TableProof, node: number, none: number, most: number): Regions {
  const finder = new Finder(proof, none);
  const ordinary = finder.ordinary(node);
  if (ordinary !== none) finder.visit(ordinary, false);
  const isOnlyOrdinary = ordinary !== none && finder.list.length > 0;
  if (!isOnlyOrdinary) finder.visit(node, true);
  const sorted = [...finder.list].sort((one, other) => other.size - one.size);
  return { list: sorted.slice(0, most), isCut: finder.isCut || sorted.length > most };
}

/** One region for each way through a diagram. */
function findPaths(proof: TableProof, node: number, none: number, most: number): Regions {
  const { levels, lows, highs } = proof.join.diagram;
  const list: Region[] = [];
  let isCut = false;
  const bits = new Map<number, number>();
  const visit = (at: number): void => {
    if (at === none || isCut) return;
    if (at < 0) {
      if (list.length === most) isCut = true;
      else list.push(pathRegion(proof, bits, at));
      return;
    }
    for (const [bit, next] of [lows[at]!, highs[at]!].entries()) {
      bits.set(levels[at]!, bit);
      visit(next);
    }
    bits.delete(levels[at]!);
  };
  visit(node);
  return { list, isCut };
}

function pathRegion(proof: TableProof, bits: ReadonlyMap<number, number>, leaf: number): Region {
  const all = proof.join.variables.fields;
  const fields = new Map<keyof Fields, readonly Cube[]>();
  const left = new Map(bits);
  for (const name of Object.keys(all) as (keyof Fields)[]) {
    const mask = all[name].map((level) => Number(bits.has(level)));
    if (mask.includes(1)) fields.set(name, [{ value: all[name].map((level) => bits.get(level) ?? 0), mask }]);
    for (const level of all[name]) left.delete(level);
  }
  return { fields, others: [...left], leaf, isBroken: false, size: -bits.size };
}

/** Walks a diagram field by field; a class because it guards its list. */
class Finder {
  readonly list: Region[] = [];
  isCut = false;
  readonly #diagram: Diagram;
  readonly #fields: Fields;
  readonly #names: readonly (keyof Fields)[];
  readonly #none: number;

  constructor(proof: TableProof, none: number) {
    this.#diagram = proof.join.diagram;
    this.#none = none;
    this.#fields = proof.join.variables.fields;
    const names = Object.keys(this.#fields) as (keyof Fields)[];
    this.#names = names
      .filter((name) => this.#fields[name].length > 0)
      .sort((one, other) => this.#fields[one][0]! - this.#fields[other][0]!);
  }

  /** The part of a set without broken headers and fragments. */
  ordinary(node: number): number {
    const { fragment, header, broken } = this.#fields;
    const levels = [...broken, ...fragment, ...header];
    const bits = [...broken.map(() => 0), 0, 0, ...numberBits(HEADER_BYTES.length - 1, header.length)];
    return cofactor(this.#diagram, node, levels, bits);
  }

  visit(node: number, isBroken: boolean): void {
    this.#visitField(node, 0, { fields: new Map(), others: [], size: 0, isBroken });
  }

  #visitField(node: number, at: number, region: Omit<Region, "leaf">): void {
    if (node === this.#none) return;
    if (this.list.length >= MOST_FOUND) {
      this.isCut = true;
      return;
    }
    const name = this.#names[at];
    if (name === undefined) {
      this.#visitRest(node, region);
      return;
    }
    const levels = this.#fields[name];
    if (this.#diagram.levelOf(node) > levels.at(-1)!) {
      this.#visitField(node, at + 1, region);
      return;
    }
    for (const [rest, cubes] of this.#partition(node, levels)) {
      const fields = isAll(cubes) ? region.fields : new Map([...region.fields, [name, cubes]]);
      const size = region.size + sizeOf(cubes);
      this.#visitField(rest, at + 1, { ...region, fields, size });
    }
  }

  /** What follows a field, and for which of its values. Where the address bits stand in turns, only the bits of this field are looked at. */
  #partition(node: number, levels: readonly number[]): ReadonlyMap<number, readonly Cube[]> {
    const parts = new Map<number, Cube[]>();
    let count = 0;
    const walk = (at: number, place: number, value: readonly number[], mask: readonly number[]): void => {
      if (at === this.#none) return;
      if (place === levels.length) {
        const cubes = parts.get(at) ?? [];
        parts.set(at, cubes);
        if (++count > MOST_CUBES) this.isCut = true;
        else cubes.push({ value, mask });
        return;
      }
      if (this.#diagram.levelOf(at) !== levels[place]) {
        walk(at, place + 1, [...value, 0], [...mask, 0]);
        return;
      }
      walk(this.#diagram.lows[at]!, place + 1, [...value, 0], [...mask, 1]);
      walk(this.#diagram.highs[at]!, place + 1, [...value, 1], [...mask, 1]);
    };
    walk(node, 0, [], []);
    return parts;
  }

  /** Answers and marks, one variable after the other. */
  #visitRest(node: number, region: Omit<Region, "leaf">): void {
    if (node === this.#none) return;
    if (node < 0) {
      this.list.push({ ...region, leaf: node });
      return;
    }
    if (this.list.length >= MOST_FOUND) {
      this.isCut = true;
      return;
    }
    const { levels, lows, highs } = this.#diagram;
    const next = (value: number): Omit<Region, "leaf"> => ({
      ...region,
      others: [...region.others, [levels[node]!, value] as const],
      size: region.size - 1,
    });
    this.#visitRest(lows[node]!, next(0));
    this.#visitRest(highs[node]!, next(1));
  }
}

function isAll(cubes: readonly Cube[]): boolean {
  return cubes.some(({ mask }) => mask.every((bit) => bit === 0));
}

/** Binary logarithm of the share of values that disjoint cubes hold. */
function sizeOf(cubes: readonly Cube[]): number {
  let share = 0;
  for (const { mask } of cubes) share += 2 ** -mask.filter((bit) => bit === 1).length;
  return Math.log2(share);
}
