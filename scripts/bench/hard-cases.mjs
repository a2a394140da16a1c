/**
 * Pairs of equal rulesets that are hard to prove.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const HEAD = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n";

function write(folder, name, lines) {
  const path = join(folder, name);
  writeFileSync(path, `${HEAD}${lines.join("\n")}\nCOMMIT\n`);
  return path;
}

const dotted = (word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".");

/** One address bit of source and destination a rule, and the same from last to first: 2^32 combinations for addresses that stand one behind the other. */
export function bitMasks(folder) {
  const rules = Array.from({ length: 32 }, (_, bit) => {
    const mask = dotted(2 ** bit);
    return `-A FORWARD -s ${mask}/${mask} -d ${mask}/${mask} -j ACCEPT`;
  });
  return [write(folder, "old.rules", rules), write(folder, "new.rules", rules.toReversed())];
}

/** Random networks of all sizes with verdicts in turn; and the same in chains of their own. `halved`: one network is its two halves there, which only diagrams know to be the same. */
export function randomPrefixes(folder, count = 10_000, halved = false) {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const network = () => {
    const length = Math.floor(next() * 33);
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
    return { word: (Math.floor(next() * 2 ** 32) & mask) >>> 0, length };
  };
  const print = ({ word, length }) => `${dotted(word)}/${length}`;
  const half = ({ word, length }, bit) => ({
    word: (word | (bit << (31 - length))) >>> 0,
    length: length + 1,
  });
  const rules = Array.from({ length: count }, (_, at) => {
    return { source: network(), rest: `-d ${print(network())} -j ${at % 2 === 0 ? "DROP" : "ACCEPT"}` };
  });
  const line = ({ source, rest }) => `-s ${print(source)} ${rest}`;
  const parts = rules.map(line);
  const cut = halved ? rules.findIndex(({ source }) => source.length < 32) : -1;
  const moved = rules.flatMap((rule, at) =>
    at === cut ? [0, 1].map((bit) => line({ ...rule, source: half(rule.source, bit) })) : [line(rule)],
  );
  // Blocks of an odd length, so that no block of one side is a block of the other.
  const size = 97;
  const chains = Array.from({ length: Math.ceil(moved.length / size) }, (_, chain) => `c${chain}`);
  const now = [
    ...chains.map((name) => `:${name} - [0:0]`),
    ...chains.map((name) => `-A FORWARD -j ${name}`),
    ...moved.map((part, at) => `-A c${Math.floor(at / size)} ${part}`),
  ];
  return [
    write(
      folder,
      "old.rules",
      parts.map((part) => `-A FORWARD ${part}`),
    ),
    write(folder, "new.rules", now),
  ];
}

/** Random conditions on two bits of either address, verdicts in turn, and the same in a chain of their own: diagrams of any order are too large. */
export function randomMasks(folder, count = 400) {
  let state = 4321;
  const next = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const masked = () => {
    const mask = ((1 << next(32)) | (1 << next(32))) >>> 0;
    return `${dotted((mask & (next(2) === 0 ? mask : 1 << next(32))) >>> 0)}/${dotted(mask)}`;
  };
  const parts = Array.from(
    { length: count },
    (_, at) => `-s ${masked()} -d ${masked()} -j ${at % 2 === 0 ? "DROP" : "ACCEPT"}`,
  );
  return [
    write(
      folder,
      "old.rules",
      parts.map((part) => `-A FORWARD ${part}`),
    ),
    write(folder, "new.rules", [
      ":moved - [0:0]",
      "-A FORWARD -j moved",
      ...parts.map((part) => `-A moved ${part}`),
    ]),
  ];
}
