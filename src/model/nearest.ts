/**
 * The name that somebody probably meant.
 */

/** Finds the name that somebody probably meant among candidates; null when none is close. */
export type Suggest = (word: string, candidates: Iterable<string>) => string | null;

/** Longer words are no mistyped names, and comparing takes the product of both lengths. */
const LONGEST_WORD = 64;
/** A file with a mistake on every line would be compared for minutes, and nobody mends it by suggestions. */
const MOST_COMPARED = 1_000_000;

/** The candidate with the fewest edits, the first of several; null when none is close (a third of its length at most). */
export const findNearest: Suggest = (word, candidates) => makeSuggest()(word, candidates);

/** The same for all of one file: after so many comparisons it suggests nothing more. */
export function makeSuggest(mostCompared = MOST_COMPARED): Suggest {
  let left = mostCompared;
  return (word, candidates) => {
    if (word.length > LONGEST_WORD) return null;
    const lower = word.toLowerCase();
    let best: string | null = null;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
      left -= 1;
      if (left < 0) return null;
      if (candidate === word) continue;
      const allowed = Math.max(1, Math.floor(Math.max(candidate.length, word.length) / 3));
      const most = Math.min(allowed, bestDistance - 1);
      if (Math.abs(candidate.length - word.length) > most) continue;
      const distance = editDistance(lower, candidate.toLowerCase(), most);
      if (distance <= most) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  };
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); infinity where it is seen to be more than `most`. */
function editDistance(one: string, other: string, most: number): number {
  let beforeLast: number[] = [];
  let leastBefore = 0;
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      }
      row.push(edits);
      least = Math.min(least, edits);
    }
    // No later row falls below: a swap reaches back two rows and costs one.
    if (Math.min(least, leastBefore + 1) > most) return Number.POSITIVE_INFINITY;
    leastBefore = least;
    beforeLast = last;
    last = row;
  }
  return last[other.length]!;
}
