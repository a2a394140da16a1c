/** Pairs of tables whose diagrams do not fit into a small budget, and do in slices. */
import { Random } from "../../../src/verify/sample/random.ts";
import { filterOf } from "../samples.ts";

/** Nodes that a slice of `largePair(450)` fits into, and into half of them, but not the whole; a slice of `largePair(900)` is cut, one of `largePair(700)` needs more than half. */
export const SMALL = 1 << 16;

/** The two halves of a rule's source network. */
function halve(rule: string): readonly string[] {
  const [, a, b, c, d, length] = /^-s (\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)/.exec(rule)!.map(Number);
  const first = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
  const half = [first, (first | (1 << (31 - length!))) >>> 0];
  return half.map((word) => rule.replace(/^-s \S+/, `-s ${dotted(word)}/${length! + 1}`));
}

function dotted(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".");
}

/**
 * Texts of a table with so many rules of random networks, and of the same in chains of 37 rules, the first network as its halves (so that no certificate knows them to be the
 * same); `change` may change the new rules before.
 */
export function largePair(
  count: number,
  change: (rules: string[]) => void = () => {},
): readonly [string, string] {
  const random = new Random(7);
  const network = (): string => {
    const length = random.below(33);
    const word = length === 0 ? 0 : (random.bits() & (-1 << (32 - length))) >>> 0;
    return `${dotted(word)}/${length}`;
  };
  const old = Array.from({ length: count }, (_, at) => {
    return `-s ${network()} -d ${network()} -j ${at % 2 === 0 ? "DROP" : "ACCEPT"}`;
  });
  const now = [...old];
  change(now);
  const at = now.findIndex((rule) => /^-s (?!\S+\/32 )/.test(rule));
  now.splice(at, 1, ...halve(now[at]!));
  const chains = Array.from({ length: Math.ceil(now.length / 37) }, (_, chain) => `c${chain}`);
  return [
    filterOf(old.map((rule) => `-A FORWARD ${rule}`)),
    filterOf([
      ...chains.map((name) => `-A FORWARD -j ${name}`),
      ...now.map((rule, at) => `-A c${Math.floor(at / 37)} ${rule}`),
    ]),
  ];
}
