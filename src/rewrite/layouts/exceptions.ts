/**
 * Lines of a rule chain that let combinations leave which no rule says (`cluster/exceptions.ts`):
 *
 *     -A R-LAN-WEB -s 10.0.0.3/32 -d 10.1.0.4/32 -p tcp -g M-CLEAR                            before its services
 *     -A R-LAN-WEB -s 10.0.0.3/32 -d 10.1.0.4/32 -p tcp -m tcp --dport 80 -g M-CLEAR          behind them
 *
 * Where packets of others have to stay, a chain of its own names these first:
 *
 *     -A R-LAN-WEB -j R-LAN-WEB/not
 *     -A R-LAN-WEB -m mark ! --mark 0x7/0x7 -j RETURN                                         whoever left has no bit any more
 *     -A R-LAN-WEB/not -s 10.0.0.3/32 -d 10.1.0.4/32 -p tcp -m tcp --dport 80 -j RETURN       stays
 *     -A R-LAN-WEB/not -s 10.0.0.0/24 -d 10.1.0.4/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x0/0x7
 *
 * That chain calls none: it would be a level more than groups take, and nft allows few.
 */
import type { Exception } from "../../cluster/exceptions.ts";
import { LONGEST_CHAIN_NAME } from "../../plan/chain-name.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { ChainNames } from "../chain-names.ts";
import { exceptionsOf, type MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { line, TEST_ORDER } from "./words.ts";

/** What comes at one place of a rule chain. */
export interface ExceptionLines {
  readonly lines: readonly RewrittenLine[];
  readonly chains: readonly NewChain[];
}

/** The end of the name of a chain of exceptions. */
const NOT = "/not";

/** Texts of the members that exceptions of policy rules name: chains of groups have to have them so, or nobody could tell what the exceptions are of. */
export function findNamedMembers(merged: readonly MergedRule[]): ReadonlySet<string> {
  return new Set(
    merged.flatMap((rule) => {
      const { before, after } = exceptionsOf(rule);
      return [...before, ...after].flatMap(({ cell }) =>
        rule.groups.flatMap(({ axis }, at) => rule.memberTexts[axis]!.get(cell[at] ?? "") ?? []),
      );
    }),
  );
}

/** Lays some out, for packets that have the bits `mark`. */
export function layOutExceptions(
  merged: MergedRule,
  exceptions: readonly Exception[],
  mark: number,
  names: ChainNames,
  context: LayoutContext,
): ExceptionLines {
  const { name } = merged.policy;
  const print = (chain: string, leave: readonly string[]): readonly RewrittenLine[] =>
    exceptions.map((exception) => {
      const ending = exception.stays ? ["-j", "RETURN"] : leave;
      return line([], "-A", chain, ...testsOf(merged, exception), ...ending);
    });
  if (exceptions.every(({ stays }) => !stays))
    return { lines: print(name, ["-g", context.clearChain]), chains: [] };
  const own = names.take(`${name.slice(0, LONGEST_CHAIN_NAME - NOT.length)}${NOT}`);
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${printMark(context.own)}`];
  const test = ["-m", "mark", "!", "--mark", `${printMark(mark)}/${printMark(context.own)}`];
  return {
    lines: [line([], "-A", name, "-j", own), line([], "-A", name, ...test, "-j", "RETURN")],
    chains: [{ name: own, title: `${own}: what is no part of ${name}`, lines: print(own, clear) }],
  };
}

/** What packets of an exception are told by, addresses and interfaces first, as iptables prints them. */
function testsOf({ groups, memberTexts }: MergedRule, { cell, protocol }: Exception): readonly string[] {
  const texts = new Map(
    groups.map(({ axis }, at) => {
      const member = cell[at] ?? null;
      return [axis, member === null ? "" : memberTexts[axis]!.get(member)!];
    }),
  );
  return [
    ...TEST_ORDER.flatMap((axis) => texts.get(axis) ?? []),
    ...(protocol === null ? [] : [`-p ${protocol}`]),
  ];
}
