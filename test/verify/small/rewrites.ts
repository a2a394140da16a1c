/**
 * Changes of a table that keep its meaning, each nearly always: where one does not (a RETURN moved, a mark read in between, a header read once more), the judge says so.
 */
import type { Random } from "../../../src/verify/sample/random.ts";
import { choose, type SmallChain, type SmallRule, type SmallTable, withChain, withRules } from "./tables.ts";

/** Null where there is nothing to change. */
export type Change = (table: SmallTable, random: Random) => SmallTable | null;

/** A rule and where it stands. */
interface Place {
  readonly chain: SmallChain;
  readonly at: number;
  readonly rule: SmallRule;
}

/** A random rule that fulfils a test. */
export function pickRule(
  { chains }: SmallTable,
  random: Random,
  test: (rule: SmallRule, at: number, chain: SmallChain) => boolean = () => true,
): Place | null {
  const places = chains.flatMap((chain) =>
    chain.rules.flatMap((rule, at) => (test(rule, at, chain) ? [{ chain, at, rule }] : [])),
  );
  return places.length === 0 ? null : choose(random, places);
}

/** The table with other rules in one rule's place. */
export function replaceRule(
  table: SmallTable,
  { chain, at }: Place,
  rules: readonly SmallRule[],
): SmallTable {
  return withRules(table, chain.name, [...chain.rules.slice(0, at), ...rules, ...chain.rules.slice(at + 1)]);
}

function freeName({ chains }: SmallTable, random: Random): string {
  for (;;) {
    const name = `${choose(random, ["a", "m", "z"])}${random.below(1000)}`;
    if (chains.every((chain) => chain.name !== name)) return name;
  }
}

const calls = (target: string, name: string): boolean => target === `-j ${name}` || target === `-g ${name}`;

const isOwn = ({ policy }: SmallChain): boolean => policy === null;

/** A chain gets another name, and another place among the declarations. */
const renameChain: Change = (table, random) => {
  const own = table.chains.filter(isOwn);
  if (own.length === 0) return null;
  const { name, rules } = choose(random, own);
  const other = freeName(table, random);
  const chains = table.chains
    .filter((chain) => chain.name !== name)
    .map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule) =>
        calls(rule.target, name) ? { ...rule, target: `${rule.target.slice(0, 3)}${other}` } : rule,
      ),
    }));
  return withChain({ ...table, chains }, other, rules, random);
};

/** Rules in a row move to a chain of their own; at the end of a chain also by goto. */
const splitChain: Change = (table, random) => {
  const chain = choose(random, table.chains);
  if (chain.rules.length === 0) return null;
  const first = random.below(chain.rules.length);
  const end = random.between(first + 1, chain.rules.length);
  const moved = chain.rules.slice(first, end);
  const isTail = end === chain.rules.length;
  if (!isTail && moved.some(({ target }) => /RETURN|^-g/.test(target)) && random.percent(85)) return null;
  const name = freeName(table, random);
  const target = isTail && random.percent(40) ? `-g ${name}` : `-j ${name}`;
  const rules = [...chain.rules.slice(0, first), { matches: [], target }, ...chain.rules.slice(end)];
  return withChain(withRules(table, chain.name, rules), name, moved, random);
};

/** A called chain's rules take the place of the call. */
const inlineChain: Change = (table, random) => {
  const place = pickRule(table, random, ({ target }) =>
    table.chains.some(({ name }) => target === `-j ${name}`),
  );
  if (place === null) return null;
  const { matches, target } = place.rule;
  const { rules } = table.chains.find(({ name }) => target === `-j ${name}`)!;
  if (rules.some((rule) => /RETURN|^-g/.test(rule.target)) && random.percent(85)) return null;
  return replaceRule(
    table,
    place,
    rules.map((rule) => ({ ...rule, matches: [...matches, ...rule.matches] })),
  );
};

const swapNeighbours: Change = (table, random) => {
  const place = pickRule(table, random, (_, at, { rules }) => at + 1 < rules.length);
  if (place === null) return null;
  const next = place.chain.rules[place.at + 1]!;
  const without = withRules(
    table,
    place.chain.name,
    place.chain.rules.filter((_, at) => at !== place.at + 1),
  );
  return replaceRule(without, place, [next, place.rule]);
};

const NETWORK = /^(-[sd]) (\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/;

/** A network becomes its two halves. */
export function halvesOf(match: string): readonly string[] | null {
  const found = NETWORK.exec(match);
  if (found === null || Number(found[6]) === 32) return null;
  const [, side, one, two, three, last, length] = found;
  if (Number(length) < 24) return null;
  const half = 1 << (31 - Number(length));
  const to = Number(length) + 1;
  return [Number(last), Number(last) + half].map((host) => `${side} ${one}.${two}.${three}.${host}/${to}`);
}

/** The rule once for each of several forms of one of its matches. */
function split(form: (match: string) => readonly string[] | null): Change {
  return (table, random) => {
    const place = pickRule(table, random, ({ matches }) => matches.some((match) => form(match) !== null));
    if (place === null) return null;
    const { matches } = place.rule;
    const at = matches.findIndex((match) => form(match) !== null);
    const forms = [...form(matches[at]!)!];
    if (random.percent(50)) forms.reverse();
    const rules = forms.map((match) => ({
      ...place.rule,
      matches: matches.map((other, number) => (number === at ? match : other)),
    }));
    return replaceRule(table, place, rules);
  };
}

const splitNetwork = split(halvesOf);

/** `--dports 22,80` becomes one rule a port. */
const splitPorts = split((match) => {
  const found = /^(-p tcp) -m multiport --dports (\S+)$/.exec(match);
  return found === null ? null : found[2]!.split(",").map((port) => `${found[1]} -m tcp --dport ${port}`);
});

/** `! -s X … -j T` becomes a chain that returns for X. */
const returnChain: Change = (table, random) => {
  const place = pickRule(table, random, ({ matches }) => matches.some((match) => /^! -[sdip] /.test(match)));
  if (place === null) return null;
  const { matches, target } = place.rule;
  const negated = matches.find((match) => /^! -[sdip] /.test(match))!;
  const name = freeName(table, random);
  const rest = matches.filter((match) => match !== negated);
  const rules = [
    { matches: [negated.slice(2)], target: "-j RETURN" },
    { matches: rest, target: target === "-j RETURN" ? "-j ACCEPT" : target },
  ];
  return withChain(replaceRule(table, place, [{ matches: [], target: `-j ${name}` }]), name, rules, random);
};

/** One match or target to another way to write it. */
const SAME: readonly (readonly [RegExp, (groups: readonly string[]) => string])[] = [
  [/^-m conntrack (! )?--ctstate ([A-Z,]+)$/, ([, not = "", states]) => `-m state ${not}--state ${states}`],
  [/^-m state (! )?--state ([A-Z,]+)$/, ([, not = "", states]) => `-m conntrack ${not}--ctstate ${states}`],
  [/^-j MARK --set-mark (0x\w+)\/0x3$/, ([, value]) => `-j MARK --set-xmark ${value}/0x3`],
  [/^-j MARK --or-mark (0x\w+)$/, ([, value]) => `-j MARK --set-xmark ${value}/${value}`],
  [/^-j MARK --and-mark 0xfffffffe$/, () => "-j MARK --set-xmark 0x0/0x1"],
  [/^-j MARK --xor-mark (0x\w+)$/, ([, value]) => `-j MARK --set-xmark ${value}/0x0`],
  [/^-m iprange --src-range 10.0.0.(\d)-10.0.0.\d$/, ([, first]) => `-s 10.0.0.${first}/29`],
  [/^-p tcp$/, () => "-p tcp -m comment --comment tcp"],
];

const sameWords: Change = (table, random) => {
  const place = pickRule(table, random, ({ matches, target }) =>
    [...matches, target].some((word) => SAME.some(([pattern]) => pattern.test(word))),
  );
  if (place === null) return null;
  const other = (word: string): string => {
    const form = SAME.find(([pattern]) => pattern.test(word));
    return form === undefined ? word : form[1](form[0].exec(word)!);
  };
  const { matches, target } = place.rule;
  return replaceRule(table, place, [{ matches: matches.map(other), target: other(target) }]);
};

/** A rule twice, once for packets that fulfil something, once for the others. */
const splitCases: Change = (table, random) => {
  const conditions = ["-s 10.0.0.2/31", "-d 10.1.0.1/32", "-p tcp", "-m mark --mark 0x1/0x1"];
  const condition = choose(random, conditions);
  const option = /-\S+( mark)?/.exec(condition)![0];
  const place = pickRule(table, random, ({ matches }) =>
    matches.every((match) => !match.includes(option) && !match.includes("limit")),
  );
  if (place === null) return null;
  const other = option.startsWith("-m ") ? condition.replace("--mark", "! --mark") : `! ${condition}`;
  const both = random.percent(50) ? [condition, other] : [other, condition];
  return replaceRule(
    table,
    place,
    both.map((one) => ({ ...place.rule, matches: [one, ...place.rule.matches] })),
  );
};

const NOTHING = [
  "-j MARK --set-xmark 0x0/0x0",
  "-j MARK --and-mark 0xffffffff",
  "-j MARK --or-mark 0x0",
  "",
] as const;

/** A rule that does nothing, or calls a chain that does nothing. */
const addNothing: Change = (table, random) => {
  const chain = choose(random, table.chains);
  const at = random.between(0, chain.rules.length);
  const add = (rule: SmallRule) =>
    withRules(table, chain.name, [...chain.rules.slice(0, at), rule, ...chain.rules.slice(at)]);
  const matches = random.percent(50) ? [] : ["-s 10.0.0.1/32"];
  if (random.percent(50)) return add({ matches, target: choose(random, NOTHING) });
  const name = freeName(table, random);
  const rules = [{ matches: ["-d 10.1.0.0/30"], target: "-j RETURN" }];
  return withChain(add({ matches, target: `-j ${name}` }), name, rules, random);
};

/** The policy as a last rule, with the other policy behind it; or RETURN where a chain ends anyway. */
const spellEnd: Change = (table, random) => {
  const chain = choose(random, table.chains);
  const target = chain.policy === null ? "-j RETURN" : `-j ${chain.policy}`;
  const rules = [...chain.rules, { matches: [], target }];
  const policy = chain.policy === null || table.name === "nat" ? chain.policy : otherPolicy(chain.policy);
  return {
    ...table,
    chains: table.chains.map((one) => (one.name === chain.name ? { ...one, policy, rules } : one)),
  };
};

export function otherPolicy(policy: "ACCEPT" | "DROP"): "ACCEPT" | "DROP" {
  return policy === "ACCEPT" ? "DROP" : "ACCEPT";
}

/** A jump at the end of a chain is a goto. */
const endWithGoto: Change = (table, random) => {
  const place = pickRule(
    table,
    random,
    ({ target }, at, { rules }) => at === rules.length - 1 && isCall(table, target),
  );
  if (place === null) return null;
  const { target } = place.rule;
  const other = target.startsWith("-j") ? "-g" : "-j";
  return replaceRule(table, place, [{ ...place.rule, target: `${other}${target.slice(2)}` }]);
};

export function isCall({ chains }: SmallTable, target: string): boolean {
  return chains.some(({ name }) => calls(target, name));
}

/** A rule that an earlier one leaves nothing to do. */
const addShadowed: Change = (table, random) => {
  const place = pickRule(
    table,
    random,
    ({ target, matches }) =>
      /ACCEPT|DROP|REJECT/.test(target) && !matches.some((match) => match.includes("limit")),
  );
  if (place === null) return null;
  const { rules, name } = place.chain;
  const at = random.between(place.at + 1, rules.length);
  const shadowed = { ...place.rule, target: choose(random, ["-j DROP", place.rule.target]) };
  return withRules(table, name, [...rules.slice(0, at), shadowed, ...rules.slice(at)]);
};

/** The conditions of a rule become bits of the mark, as in a migration: a chain for each group, then a test of all bits, which are cleared before anybody sees them. */
const markGroups: Change = (table, random) => {
  const place = pickRule(
    table,
    random,
    ({ matches, target }) =>
      /ACCEPT|DROP|REJECT|^-j [ac]/.test(target) && matches.some((match) => /^-[sd] /.test(match)),
  );
  if (place === null) return null;
  const { matches, target } = place.rule;
  const grouped = matches.filter((match) => /^-[sd] /.test(match));
  const rest = matches.filter((match) => !grouped.includes(match));
  const bits = [0x100, 0x200].slice(0, grouped.length);
  const own = bits.reduce((all, bit) => all | bit, 0);
  const clear = { matches: [], target: `-j MARK --set-xmark 0x0/${hex(own)}` };
  const isLazy = random.percent(30);
  let made: SmallTable = table;
  const groups = grouped.map((match, at) => {
    const name = freeName(made, random);
    const marks = (halvesOf(match) ?? [match]).map((member) => ({
      matches: [member],
      target: `-j MARK --set-xmark ${hex(bits[at]!)}/${hex(bits[at]!)}`,
    }));
    made = withChain(made, name, marks, random);
    return { matches: [], target: `-j ${name}` };
  });
  const rules = freeName(made, random);
  made = withChain(made, rules, [clear, { matches: rest, target }], random);
  const test = { matches: [`-m mark --mark ${hex(own)}/${hex(own)}`], target: `-j ${rules}` };
  return replaceRule(made, place, [...(isLazy ? [] : [clear]), ...groups, test, clear]);
};

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

/** All of them, by name. */
export const REWRITES: Readonly<Record<string, Change>> = {
  renameChain,
  splitChain,
  inlineChain,
  swapNeighbours,
  splitNetwork,
  splitPorts,
  returnChain,
  sameWords,
  splitCases,
  addNothing,
  spellEnd,
  endWithGoto,
  addShadowed,
  markGroups,
};
