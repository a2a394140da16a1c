/**
 * Covers a set of cells by products: sets of members, one a dimension, all of whose combinations are cells.
 *
 * Greedy with a constrained seed: the cell with the fewest neighbours comes first, since few products can hold it; of the closures around it (one for
 * each order of the dimensions) the one that covers most cells not yet covered wins. Products that the others make redundant go again.
 */

/** A cell: one token number a dimension. */
export type Cell = readonly number[];

/** A product: for each dimension the token numbers, ascending. */
export type CellProduct = readonly (readonly number[])[];

/** Orders of the dimensions that are tried around a seed; more than 24 do not pay. */
const MOST_ORDERS = 24;

/**
 * Products whose union is exactly `cells`. Cells are distinct, all of one length (1 to 5). The products may overlap; each has a cell that no other covers.
 */
export function coverCells(cells: readonly Cell[]): CellProduct[] {
  if (cells.length === 0) return [];
  if (keySpace(cells) > Number.MAX_SAFE_INTEGER) return splitCells(cells).flatMap(coverRenumbered);
  const table = new CellTable(cells);
  const covered = new Uint8Array(cells.length);
  const orders = new Orders(table.dimensions);
  const products: CellProduct[] = [];
  for (const seed of seedOrder(cells, table)) {
    if (covered[seed] === 1) continue;
    const product = bestClosure(cells[seed]!, table, covered, orders);
    for (const at of table.cellsOf(product)) covered[at] = 1;
    products.push(product);
  }
  return dropRedundant(products, table);
}

/** How many keys the cells' dimensions span: keys are exact only up to 2^53. */
function keySpace(cells: readonly Cell[]): number {
  let space = 1;
  for (let dimension = 0; dimension < cells[0]!.length; dimension++) {
    space *= 1 + cells.reduce((most, cell) => Math.max(most, cell[dimension]!), 0);
  }
  return space;
}

/** Covers cells whose numbers are scattered: the same cells with numbers from 0, and back. */
function coverRenumbered(cells: readonly Cell[]): CellProduct[] {
  const numbers = cells[0]!.map(() => new Map<number, number>());
  const dense = cells.map((cell) =>
    cell.map((token, dimension) => {
      const known = numbers[dimension]!;
      if (!known.has(token)) known.set(token, known.size);
      return known.get(token)!;
    }),
  );
  const tokens = numbers.map((known) => [...known.keys()]);
  return coverCells(dense).map((product) =>
    product.map((set, dimension) =>
      set.map((number) => tokens[dimension]![number]!).sort((left, right) => left - right),
    ),
  );
}

/**
 * Splits cells into sets that no product of two cells or more crosses: cells that differ in one dimension only stay together. Where that leaves one set as
 * large as before, it is cut by its last dimension, which costs products across that dimension, in rulesets that nobody has written yet.
 */
function splitCells(cells: readonly Cell[]): Cell[][] {
  const parents = cells.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  const firstOn = new Map<string, number>();
  cells.forEach((cell, at) => {
    for (let dimension = 0; dimension < cell.length; dimension++) {
      const line = cell.map((token, other) => (other === dimension ? "*" : token)).join(",");
      const first = firstOn.get(line);
      if (first === undefined) firstOn.set(line, at);
      else parents[rootOf(at)] = rootOf(first);
    }
  });
  const parts = partition(cells, (_, at) => rootOf(at));
  return parts.length > 1 ? parts : partition(cells, (cell) => cell[cell.length - 1]!);
}

function partition(cells: readonly Cell[], keyOf: (cell: Cell, at: number) => number): Cell[][] {
  const parts = new Map<number, Cell[]>();
  cells.forEach((cell, at) => {
    const key = keyOf(cell, at);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [cell]);
    else part.push(cell);
  });
  return [...parts.values()];
}

/** Looks cells up by their numbers, whole or with one dimension left open. */
class CellTable {
  readonly dimensions: number;
  readonly #radix: number[] = [];
  readonly #byKey = new Map<number, number>();
  /** For each dimension: the tokens at that dimension, by the key of the cell with that dimension 0. */
  readonly #lines: Map<number, number[]>[] = [];

  constructor(cells: readonly Cell[]) {
    this.dimensions = cells[0]!.length;
    let factor = 1;
    for (let dimension = 0; dimension < this.dimensions; dimension++) {
      this.#radix.push(factor);
      factor *= 1 + cells.reduce((most, cell) => Math.max(most, cell[dimension]!), 0);
      this.#lines.push(new Map());
    }
    cells.forEach((cell, at) => {
      const key = this.key(cell);
      this.#byKey.set(key, at);
      for (let dimension = 0; dimension < this.dimensions; dimension++) {
        const lineKey = key - cell[dimension]! * this.#radix[dimension]!;
        const line = this.#lines[dimension]!.get(lineKey);
        if (line === undefined) this.#lines[dimension]!.set(lineKey, [cell[dimension]!]);
        else line.push(cell[dimension]!);
      }
    });
  }

  key(cell: Cell): number {
    let key = 0;
    for (let dimension = 0; dimension < cell.length; dimension++)
      key += cell[dimension]! * this.#radix[dimension]!;
    return key;
  }

  /** Tokens that the cell could have at a dimension, all else equal. */
  line(cell: Cell, dimension: number): readonly number[] {
    return this.#lines[dimension]!.get(this.key(cell) - cell[dimension]! * this.#radix[dimension]!) ?? [];
  }

  /** The tokens of a dimension that make cells with every combination of the other sets. */
  fitting(tokens: readonly number[], dimension: number, sets: CellProduct): number[] {
    const keys = this.#keysOf(sets.with(dimension, [0]));
    const radix = this.#radix[dimension]!;
    const fits: number[] = [];
    for (const token of tokens) {
      let at = 0;
      while (at < keys.length && this.#byKey.has(keys[at]! + token * radix)) at++;
      if (at === keys.length) fits.push(token);
    }
    return fits;
  }

  /** Positions of the product's cells. */
  cellsOf(sets: CellProduct): number[] {
    return this.#keysOf(sets).map((key) => this.#byKey.get(key)!);
  }

  /** The keys of all combinations. */
  #keysOf(sets: CellProduct): number[] {
    let keys = [0];
    sets.forEach((tokens, dimension) => {
      const radix = this.#radix[dimension]!;
      const [first] = tokens;
      if (tokens.length === 1) {
        for (let at = 0; at < keys.length; at++) keys[at]! += first! * radix;
        return;
      }
      const wider: number[] = [];
      for (const key of keys) for (const token of tokens) wider.push(key + token * radix);
      keys = wider;
    });
    return keys;
  }
}

/** Orders of dimensions; a class because they are made as they are asked for. */
class Orders {
  readonly #all: readonly (readonly number[])[];
  readonly #known = new Map<string, readonly (readonly number[])[]>();

  constructor(dimensions: number) {
    this.#all = permutations(dimensions).slice(0, MOST_ORDERS);
  }

  /** The different orders of the dimensions that are open: the others can't be widened, whenever they are tried. */
  of(open: readonly boolean[]): readonly (readonly number[])[] {
    const key = open.join();
    let orders = this.#known.get(key);
    if (orders === undefined) {
      const distinct = this.#all.map((order) => order.filter((dimension) => open[dimension] === true));
      orders = [...new Map(distinct.map((order) => [order.join(), order])).values()];
      this.#known.set(key, orders);
    }
    return orders;
  }
}

/** Cells with the smallest product of line lengths first; ties in source order. */
function seedOrder(cells: readonly Cell[], table: CellTable): number[] {
  const weights = cells.map((cell) => {
    let weight = 1;
    for (let dimension = 0; dimension < table.dimensions; dimension++)
      weight *= table.line(cell, dimension).length;
    return weight;
  });
  return cells.map((_, at) => at).sort((left, right) => weights[left]! - weights[right]! || left - right);
}

function bestClosure(seed: Cell, table: CellTable, covered: Uint8Array, orders: Orders): CellProduct {
  let best: CellProduct = seed.map((token) => [token]);
  let bestGain = 0;
  let bestSize = Number.POSITIVE_INFINITY;
  const open = seed.map((_, dimension) => table.line(seed, dimension).length > 1);
  for (const order of orders.of(open)) {
    const product = closure(seed, table, order);
    const positions = table.cellsOf(product);
    let gain = 0;
    for (const at of positions) if (covered[at] === 0) gain++;
    if (gain > bestGain || (gain === bestGain && positions.length < bestSize)) {
      best = product;
      bestGain = gain;
      bestSize = positions.length;
    }
  }
  return best;
}

/** Widens the seed one dimension after the other, each as far as all cells are there. */
function closure(seed: Cell, table: CellTable, order: readonly number[]): CellProduct {
  const sets: (readonly number[])[] = seed.map((token) => [token]);
  for (const dimension of order) {
    const fits = table.fitting(table.line(seed, dimension), dimension, sets);
    sets[dimension] = fits.sort((left, right) => left - right);
  }
  return sets;
}

/** Drops, last found first, products all of whose cells others cover too. */
function dropRedundant(products: readonly CellProduct[], table: CellTable): CellProduct[] {
  const cells = products.map((product) => table.cellsOf(product));
  const uses = new Map<number, number>();
  for (const list of cells) for (const at of list) uses.set(at, (uses.get(at) ?? 0) + 1);
  const kept: CellProduct[] = [];
  for (let at = products.length - 1; at >= 0; at--) {
    if (cells[at]!.every((cell) => uses.get(cell)! > 1))
      for (const cell of cells[at]!) uses.set(cell, uses.get(cell)! - 1);
    else kept.push(products[at]!);
  }
  return kept.reverse();
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  const result: number[][] = [];
  for (const shorter of permutations(count - 1)) {
    for (let at = count - 1; at >= 0; at--)
      result.push([...shorter.slice(0, at), count - 1, ...shorter.slice(at)]);
  }
  return result;
}
