/**
 * Mistakes with marks that rules show by themselves: a reset that clears nothing, a test of the whole mark among single bits, bits that other software uses.
 *
 * Source: net/netfilter/xt_mark.c, mark_tg and mark_mt: mark = (mark & ~clear) ^ flip; a test is (mark & mask) == value.
 */
import type { Chain, Match, Rule, Ruleset, Table } from "../model/types.ts";
import { findMarkUser, type MarkUser } from "../plan/marks.ts";
import { printMark } from "../plan/own-bits.ts";
import { type Draft, nameAll } from "./drafts.ts";

const WHOLE = 0xffffffff;

/** The findings of all tables. */
export function findMarkMistakes(ruleset: Ruleset): readonly Draft[] {
  const bits = bitsSetOneByOne(ruleset);
  const users = findUsers(ruleset);
  return ruleset.tables.flatMap((table) =>
    table.chains.flatMap((chain) => [
      ...findIdleResets(table, chain),
      ...findWholeTests(table, chain, bits),
      ...findSharedBits(table, chain, users),
    ]),
  );
}

/** Bits that MARK rules set without touching the others: then a mark is a set of bits, and no number. */
function bitsSetOneByOne({ tables }: Ruleset): number {
  let bits = 0;
  for (const { chains } of tables)
    for (const { rules } of chains) for (const rule of rules) bits |= setByOne(rule);
  return bits >>> 0;
}

function setByOne({ target }: Rule): number {
  return target.kind === "mark" && target.clear >>> 0 !== WHOLE ? target.flip : 0;
}

/** Whether a rule is `--set-xmark 0x0/0x0` or the like. */
export function isIdleReset({ target }: Rule): boolean {
  return target.kind === "mark" && target.clear === 0 && target.flip === 0;
}

/**
 * Whether a rule looks at the mark alone, and then leaves the chain or clears bits. Where groups are built on marks such rules save time (a packet that lacks a bit need not be looked at
 * any further) or guard against marks from elsewhere: that the others would do without them is how they are meant.
 */
export function isMarkGuard({ matches, target }: Rule): boolean {
  const asked = matches.filter(({ kind }) => kind !== "comment");
  const leaves = target.kind === "goto" || (target.kind === "verdict" && target.verdict === "RETURN");
  const clears = target.kind === "mark" && target.flip === 0 && target.clear !== 0;
  return asked.length > 0 && asked.every(({ kind }) => kind === "mark") && (leaves || clears);
}

/** `--set-xmark 0x0/0x0`: clears the bits of its mask, and its mask has none. */
function findIdleResets(table: Table, chain: Chain): readonly Draft[] {
  const rules = chain.rules.filter(isIdleReset);
  const used = printMark(bitsUsedWith(table, chain));
  return rules.map((rule) => ({
    kind: "mark-reset",
    severity: "warning",
    table: table.name,
    chain: chain.name,
    rules: [rule],
    message: "this MARK changes no bit: its mask has none, so marks from before stay",
    advice:
      used === "0x0"
        ? "name the bits that it is to clear: --set-xmark 0x0/MASK"
        : `name the bits that it is to clear: --set-xmark 0x0/${used}`,
  }));
}

/** Bits that a chain sets or tests, and that the chains set which it calls. */
function bitsUsedWith(table: Table, chain: Chain): number {
  let bits = 0;
  for (const rule of chain.rules) {
    bits |= setByOne(rule);
    for (const match of rule.matches) if (match.kind === "mark") bits |= match.value;
    const { target } = rule;
    if (target.kind !== "jump" && target.kind !== "goto") continue;
    for (const called of table.chains)
      if (called.name === target.chain) for (const inner of called.rules) bits |= setByOne(inner);
  }
  return bits >>> 0;
}

/** `--mark 0xe`: false as soon as the packet has any other bit. */
function findWholeTests(table: Table, chain: Chain, bits: number): readonly Draft[] {
  return chain.rules.flatMap((rule): readonly Draft[] => {
    const match = rule.matches.find((one) => isWholeTest(one, bits));
    if (match?.kind !== "mark") return [];
    const value = printMark(match.value);
    return [
      {
        kind: "mark-test",
        severity: "warning",
        table: table.name,
        chain: chain.name,
        rules: [rule],
        message: `--mark ${value} has no mask: it asks for the whole mark, and bits are set one by one here, so a packet with any bit besides is another one`,
        advice: `name the bits that count: --mark ${value}/${value}`,
      },
    ];
  });
}

function isWholeTest(match: Match, bits: number): boolean {
  return match.kind === "mark" && match.mask >>> 0 === WHOLE && (match.value & bits) !== 0;
}

function findUsers({ tables }: Ruleset): readonly MarkUser[] {
  const users = new Set<MarkUser>();
  for (const { chains } of tables)
    for (const { name } of chains) {
      const user = findMarkUser(name);
      if (user !== null) users.add(user);
    }
  return [...users];
}

/** Rules outside a software's own chains that write its bits. */
function findSharedBits(table: Table, chain: Chain, users: readonly MarkUser[]): readonly Draft[] {
  if (findMarkUser(chain.name) !== null) return [];
  const rules: Rule[] = [];
  const names = new Set<string>();
  let bits = 0;
  for (const rule of chain.rules) {
    const written = rule.target.kind === "mark" ? rule.target.clear | rule.target.flip : 0;
    const met = users.filter(({ mask }) => (mask & written) !== 0);
    if (met.length === 0) continue;
    rules.push(rule);
    for (const { name, mask } of met) {
      names.add(name);
      bits |= mask & written;
    }
  }
  if (rules.length === 0) return [];
  const who = nameAll([...names]);
  const place = { table: table.name, chain: chain.name, rules };
  return [
    {
      ...place,
      kind: "mark-shared",
      severity: "warning",
      message: `chain ${chain.name} writes mark bits ${printMark(bits)}, which ${who} uses for itself`,
      advice: "use other bits, and write them with a mask so that the rest of the mark stays",
    },
  ];
}
