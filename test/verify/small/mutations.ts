/**
 * Single changes of a small table that usually change its meaning; the judge says which did.
 */
import { type Change, isCall, otherPolicy, pickRule, replaceRule } from "./rewrites.ts";
import { choose, withRules } from "./tables.ts";

/** A change of one word of one rule; null where the word does not fit. */
export function changeWord(pattern: RegExp, by: (...groups: readonly string[]) => string): Change {
  return (table, random) => {
    const place = pickRule(table, random, ({ matches, target }) =>
      [...matches, target].some((word) => pattern.test(word)),
    );
    if (place === null) return null;
    const { matches, target } = place.rule;
    const words = [...matches, target];
    const at = words.findIndex((word) => pattern.test(word));
    words[at] = words[at]!.replace(pattern, by);
    return replaceRule(table, place, [{ matches: words.slice(0, -1), target: words.at(-1)! }]);
  };
}

const dropRule: Change = (table, random) => {
  const place = pickRule(table, random);
  return place === null ? null : replaceRule(table, place, []);
};

const addRule: Change = (table, random) => {
  const place = pickRule(table, random);
  if (place === null) return null;
  const { rules, name } = place.chain;
  const at = random.between(0, rules.length);
  return withRules(table, name, [...rules.slice(0, at), place.rule, ...rules.slice(at)]);
};

const dropMatch: Change = (table, random) => {
  const place = pickRule(table, random, ({ matches }) => matches.length > 0);
  if (place === null) return null;
  const gone = random.below(place.rule.matches.length);
  const matches = place.rule.matches.filter((_, at) => at !== gone);
  return replaceRule(table, place, [{ ...place.rule, matches }]);
};

const otherChain: Change = (table, random) => {
  const place = pickRule(table, random, ({ target }) => isCall(table, target));
  const own = table.chains.filter(({ policy }) => policy === null);
  if (place === null) return null;
  const target = `${place.rule.target.slice(0, 3)}${choose(random, own).name}`;
  return replaceRule(table, place, [{ ...place.rule, target }]);
};

const flipPolicy: Change = (table, random) => {
  if (table.name === "nat") return null;
  const base = choose(
    random,
    table.chains.filter(({ policy }) => policy !== null),
  );
  const chains = table.chains.map((chain) =>
    chain.name === base.name ? { ...chain, policy: otherPolicy(base.policy!) } : chain,
  );
  return { ...table, chains };
};

/** All of them, by name. */
export const MUTATIONS: Readonly<Record<string, Change>> = {
  dropRule,
  addRule,
  dropMatch,
  otherChain,
  flipPolicy,
  shorterPrefix: changeWord(/\/(\d\d)$/, (_, length) => `/${Number(length) - 1}`),
  longerPrefix: changeWord(/\/(2\d|30|31)$/, (_, length) => `/${Number(length) + 1}`),
  addressBit: changeWord(/(-[sd] \S+\.)(\d+)\//, (_, head, last) => `${head}${Number(last) ^ 4}/`),
  port: changeWord(/(port )(\d+)/, (_, option, port) => `${option}${Number(port) + 1}`),
  target: changeWord(/^-j ACCEPT$/, () => "-j DROP"),
  reject: changeWord(/icmp-\S+$/, () => "icmp-net-unreachable"),
  log: changeWord(/"a"/, () => '"b"'),
  markMask: changeWord(/(-mark 0x\d+)\/0x(\d+)$/, (_, value, mask) => `${value}/0x${mask === "3" ? 1 : 3}`),
  xor: changeWord(/(--set-xmark 0x\d+)\/0x\d+$/, (_, value) => `${value}/0x0`),
  markValue: changeWord(/--mark 0x1\b/, () => "--mark 0x0"),
  negate: changeWord(/^-([sdif]) /, (_, option) => `! -${option} `),
  affirm: changeWord(/! /, () => ""),
  jumpToGoto: changeWord(/^-j ([acmz]\d+)$/, (_, name) => `-g ${name}`),
  gotoToJump: changeWord(/^-g ([acmz]\d+)$/, (_, name) => `-j ${name}`),
  state: changeWord(/(state) NEW\b/, (_, option) => `${option} INVALID`),
};
