/**
 * Single changes in the text of a save file: one rule, one declaration or one word of one rule is another afterwards.
 */

/** A random generator from a seed (mulberry32): `below(n)` gives 0 to n - 1. */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { next, below: (bound) => next() % bound };
}

const pick = (random, list) => list[random.below(list.length)];

const chainOf = (line) => /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1];

/** Numbers of the table's rules, and names of its own chains. */
function tableOf(lines, at) {
  let first = at;
  while (!lines[first].startsWith("*")) first--;
  const rules = [];
  const own = [];
  for (let line = first + 1; lines[line] !== "COMMIT"; line++) {
    if (chainOf(lines[line]) !== undefined) rules.push(line);
    const declared = /^:(\S+) - /.exec(lines[line]);
    if (declared !== null) own.push(declared[1]);
  }
  return { rules, own };
}

/** Changes a rule's words: `change` gets the groups and the random generator, and says what stands there instead. */
function word(pattern, change) {
  return (lines, at, random) => {
    const found = [...lines[at].matchAll(pattern)];
    const match = pick(random, found);
    const text = change(match, random);
    lines[at] = lines[at].slice(0, match.index) + text + lines[at].slice(match.index + match[0].length);
  };
}

const rule = (test) => (line) => chainOf(line) !== undefined && test(line);
const hex = (bits) => `0x${(bits >>> 0).toString(16)}`;

/** One bit of a dotted address that its mask counts, or of the last group of an IPv6 address that is written out. */
function flipAddress([, address, length], random) {
  if (address.includes(":")) {
    const flipped = address.replace(/[0-9a-f]+(?=:*$)/, (group) =>
      (Number.parseInt(group, 16) ^ (1 << random.below(4))).toString(16),
    );
    return `${flipped}/${length}`;
  }
  const word = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const bit = 31 - random.below(Math.max(1, Math.min(32, Number(length))));
  const other = (word ^ (1 << bit)) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (other >>> shift) & 255).join(".")}/${length}`;
}

function otherPrefix([, address, length], random) {
  const most = address.includes(":") ? 128 : 32;
  const other = Number(length) + (random.below(2) === 0 ? 1 : -1);
  return `${address}/${other > most ? most - 1 : Math.max(0, other)}`;
}

function otherTarget([text], random) {
  const targets = ["-j ACCEPT", "-j DROP", "-j RETURN"].filter((target) => !text.startsWith(target));
  return pick(random, targets);
}

/** One bit of the value or of the mask. */
function otherMark([, head, value, mask], random) {
  const inMask = Array.from({ length: 32 }, (_, bit) => 1 << bit).filter((bit) => (bit & Number(mask)) !== 0);
  const flip = inMask.length > 0 && random.below(2) === 0 ? pick(random, inMask) : 1 << random.below(32);
  return random.below(2) === 0
    ? `${head}${hex(Number(value) ^ flip)}/${mask}`
    : `${head}${value}/${hex(Number(mask) ^ flip)}`;
}

const ADDRESS = /([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-f:]*:[0-9a-f:]*)\/(\d+)(?![.\d])/g;
const PORT = /(port |ports |[,:])(\d+)(?=[ ,:]|$)/g;
const MARK = /((?:--set-xmark|--set-mark|--mark) )(0x[0-9a-f]+)\/(0x[0-9a-f]+)/g;
const NEGATABLE = /(! )?(-[sdiop]|--[sd]port|--[sd]ports|--ctstate|--state|--mark) /g;
const TARGET = /-j (?:ACCEPT|DROP|RETURN|REJECT.*)$/g;

const isTest = (pattern) => rule((line) => line.match(pattern) !== null);

/** By name: which lines it fits, and what it does to all lines. */
export const MUTATIONS = {
  "rule dropped": { fits: rule(() => true), apply: (lines, at) => lines.splice(at, 1) },
  "rule added": {
    fits: rule(() => true),
    apply: (lines, at, random) => {
      const { rules } = tableOf(lines, at);
      lines.splice(pick(random, rules), 0, lines[at]);
    },
  },
  "neighbours swapped": {
    fits: (line, next) => chainOf(line) !== undefined && chainOf(line) === chainOf(next) && line !== next,
    apply: (lines, at) => {
      [lines[at], lines[at + 1]] = [lines[at + 1], lines[at]];
    },
  },
  "address bit": { fits: isTest(ADDRESS), apply: word(ADDRESS, flipAddress) },
  "prefix ±1": { fits: isTest(ADDRESS), apply: word(ADDRESS, otherPrefix) },
  "port ±1": {
    fits: isTest(PORT),
    apply: word(PORT, ([, head, port], random) => {
      const other = Number(port) + (random.below(2) === 0 ? 1 : -1);
      return `${head}${Math.min(65535, Math.max(0, other))}`;
    }),
  },
  "target changed": { fits: isTest(TARGET), apply: word(TARGET, otherTarget) },
  "mark changed": { fits: isTest(MARK), apply: word(MARK, otherMark) },
  "negation toggled": {
    fits: isTest(NEGATABLE),
    apply: word(NEGATABLE, ([, not, option]) => (not === undefined ? `! ${option} ` : `${option} `)),
  },
  "jump or goto": {
    fits: (line, _, own) => rule((text) => own.has(/-[jg] (\S+)$/.exec(text)?.[1]))(line),
    apply: word(/-([jg]) (\S+)$/g, ([, call, name]) => `-${call === "j" ? "g" : "j"} ${name}`),
  },
  "other chain called": {
    fits: (line, _, own) => rule((text) => own.has(/-[jg] (\S+)$/.exec(text)?.[1]))(line),
    apply: (lines, at, random) => {
      const { own } = tableOf(lines, at);
      lines[at] = lines[at].replace(/(-[jg]) \S+$/, (_, call) => `${call} ${pick(random, own)}`);
    },
  },
  "policy changed": {
    fits: (line) => /^:\S+ (?:ACCEPT|DROP) /.test(line),
    apply: word(/ (ACCEPT|DROP) /g, ([, policy]) => (policy === "ACCEPT" ? " DROP " : " ACCEPT ")),
  },
};

/** For one text: draws mutants. */
export function makeMutator(text) {
  const lines = text.split("\n");
  const own = new Set(lines.flatMap((line) => /^:(\S+) - /.exec(line)?.[1] ?? []));
  const places = Object.entries(MUTATIONS).map(([kind, { fits, apply }]) => ({
    kind,
    apply,
    at: lines.flatMap((line, number) => (fits(line, lines[number + 1] ?? "", own) ? [number] : [])),
  }));
  const possible = places.filter(({ at }) => at.length > 0);
  return (random) => {
    const { kind, apply, at } = pick(random, possible);
    const line = pick(random, at);
    const changed = [...lines];
    apply(changed, line, random);
    return { kind, text: changed.join("\n"), line: line + 1, was: lines[line], is: changed[line] };
  };
}
