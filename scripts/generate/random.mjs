/**
 * Seeded randomness for the generator: the same seed gives the same ruleset on every machine.
 */

/**
 * @typedef {object} Random
 * @property {(below: number) => number} below Whole number from 0 to `below` - 1.
 * @property {(low: number, high: number) => number} between Whole number, both ends inclusive.
 * @property {(chance: number) => boolean} chance True with that probability.
 * @property {<T>(items: readonly T[]) => T} pick One of the items.
 * @property {<T>(items: readonly T[], count: number) => T[]} sample `count` different items, in the order of `items`.
 * @property {<T>(items: readonly T[]) => T[]} shuffle A copy in random order.
 */

/**
 * Makes a generator from a text seed (mulberry32 over an FNV-1a hash of the text).
 * @param {string} seed
 * @returns {Random}
 */
export function makeRandom(seed) {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const shuffle = (items) => {
    const copy = [...items];
    for (let at = copy.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [copy[at], copy[other]] = [copy[other], copy[at]];
    }
    return copy;
  };
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (chance) => next() < chance,
    pick: (items) => items[below(items.length)],
    sample: (items, count) => {
      const chosen = new Set(shuffle(items.map((_, at) => at)).slice(0, count));
      return items.filter((_, at) => chosen.has(at));
    },
    shuffle,
  };
}
