/**
 * Single changes of programs of mark groups; some keep the meaning, most do not, and the judge says which did.
 */
import type { Random } from "../../../src/verify/sample/random.ts";
import { changeWord, MUTATIONS } from "../small/mutations.ts";
import { type Change, isCall, pickRule, replaceRule, REWRITES } from "../small/rewrites.ts";
import { choose, type SmallRule, type SmallTable, withChain, withRules } from "../small/tables.ts";
import { resetRule } from "./group-programs.ts";
import { type GroupWords, hex, oneCondition, randomEffect, randomTarget } from "./group-words.ts";

/** The program after one change. */
export function editProgram(table: SmallTable, words: GroupWords, random: Random): SmallTable {
  return choose(random, editsFor(words, random))(table, random) ?? table;
}

function editsFor(words: GroupWords, random: Random): readonly Change[] {
  const { dropRule, addRule, dropMatch, jumpToGoto, gotoToJump, affirm } = MUTATIONS;
  const { swapNeighbours, inlineChain, splitChain } = REWRITES;
  return [
    ...[dropRule!, addRule!, dropMatch!, jumpToGoto!, gotoToJump!, affirm!],
    ...[swapNeighbours!, inlineChain!, splitChain!, moveRule, oneByOne(words)],
    changeWord(/^-m mark --mark/, () => "-m mark ! --mark"),
    changeWord(/(mark )(0x\w+)\/(0x\w+)$/, (_, option, value, mask) => {
      const bit = hex(choose(random, words.bits));
      const others = [`${bit}/${bit}`, `${bit}/${bit}`, `${value}/0x0`, `0x0/${mask}`, `${value}/${bit}`];
      return `${option}${choose(random, others)}`;
    }),
    insert(() => {
      const [one, two] = [choose(random, words.bits), choose(random, words.bits)];
      return resetRule(one | two, random);
    }),
    insert(() => ({ matches: oneCondition(words, random), target: randomEffect(words, random) })),
    replace((rule) => ({ ...rule, matches: oneCondition(words, random) })),
    replace((rule, isVerdict) => (isVerdict ? { ...rule, target: randomTarget(words, random) } : rule)),
  ];
}

const moveRule: Change = (table, random) => {
  const place = pickRule(table, random);
  if (place === null) return null;
  const rules = place.chain.rules.filter((_, at) => at !== place.at);
  const to = random.between(0, rules.length);
  return withRules(table, place.chain.name, [...rules.slice(0, to), place.rule, ...rules.slice(to)]);
};

/** Members of a group go through the rest of the chain each by itself, instead of all at once. */
function oneByOne({ bits }: GroupWords): Change {
  const sets = ({ target }: SmallRule): boolean =>
    bits.some((bit) => target === `-j MARK --set-xmark ${hex(bit)}/${hex(bit)}`);
  return (table, random) => {
    const place = pickRule(table, random, (rule, at, chain) => {
      const next = chain.rules[at + 1];
      return next !== undefined && sets(rule) && next.target === rule.target;
    });
    if (place === null) return null;
    const { rules, name } = place.chain;
    const second = rules[place.at + 1]!;
    const rest = rules.slice(place.at + 2);
    const call = { matches: [], target: `-j r${table.chains.length}` };
    const clear = resetRule(
      bits.reduce((all, bit) => all | bit, 0),
      random,
    );
    const repeated = [...rules.slice(0, place.at + 1), call, clear, second, call];
    return withChain(withRules(table, name, repeated), `r${table.chains.length}`, rest, random);
  };
}

/** One more rule, in front of another. */
function insert(make: () => SmallRule): Change {
  return (table, random) => {
    const place = pickRule(table, random);
    return place === null ? null : replaceRule(table, place, [make(), place.rule]);
  };
}

/** Another rule in place of one; `isVerdict`: it neither calls a chain nor writes a mark. */
function replace(change: (rule: SmallRule, isVerdict: boolean) => SmallRule): Change {
  return (table, random) => {
    const place = pickRule(table, random);
    if (place === null) return null;
    const { rule } = place;
    const isVerdict = !isCall(table, rule.target) && !rule.target.startsWith("-j MARK");
    return replaceRule(table, place, [change(rule, isVerdict)]);
  };
}
