/**
 * What stands in a rule chain for policy rules that are its rest (`restOf`), behind the tests by which packets leave it:
 *
 *     -A R-LAN-WEB -m mark ! --mark 0x7/0x7 -g R-LAN-WEB/rest      no service of it, but its source and its destination
 *     -A R-LAN-WEB/rest -j MARK --set-xmark 0x0/0x7
 *     -A R-LAN-WEB/rest -j LOG --log-prefix "LAN: "
 *     -A R-LAN-WEB/rest -j DROP
 *
 * Where that is DROP and nothing else, the test itself drops: `-m mark ! --mark 0x7/0x7 -j DROP`. Rests of fewer groups are a level of their own, which packets come to from tests further up, and from the
 * level before it where that lets them go on.
 */
import { extraTexts, goesOn } from "../../cluster/rest-form.ts";
import { LONGEST_CHAIN_NAME } from "../../plan/chain-name.ts";
import { groupPhrase } from "../../plan/negated.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { ChainNames } from "../chain-names.ts";
import type { MergedRule } from "../product.ts";
import { restShapeOf } from "../rests.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { line, sortHeader, verdictWords } from "./words.ts";

/** A policy rule with its comment, a whole `-m comment …`, or empty. */
export interface CommentedRule {
  readonly merged: MergedRule;
  readonly comment: string;
}

/** Where packets go that leave a rule chain. */
export interface WayOut {
  readonly words: readonly string[];
  readonly origins: readonly number[];
}

/** The lines of rests. */
export interface RestLines {
  /** The way out of packets that have the bits of so many groups, in the order of the tests; null: that of rule chains without rests. */
  readonly wayOut: (groups: number) => WayOut | null;
  /** What stands behind the verdict of the rule chain, for whom that lets go on. */
  readonly behind: readonly RewrittenLine[];
  readonly chains: readonly NewChain[];
}

/** The end of the name of a chain with rests. */
const REST = "/rest";

/** Rests that ask for the same groups; `chain`: the name of theirs, null where they need none. */
interface Level {
  readonly groups: number;
  readonly rules: readonly CommentedRule[];
  readonly chain: string | null;
}

/** Lays out the rests of a policy rule, in their order. */
export function layOutRests(
  head: MergedRule,
  rests: readonly CommentedRule[],
  names: ChainNames,
  context: LayoutContext,
): RestLines {
  const all = splitLevels(rests);
  const whole = all.find(({ groups }) => groups === head.groups.length);
  const isOpen = (rules: readonly CommentedRule[]) => rules.every((rule) => goesOnBehind(head, rule));
  const leaves = goesOn(restShapeOf(head)) && isOpen(whole?.rules ?? []);
  let comesOn = leaves;
  let made = 0;
  const levels = all
    .filter((level) => level !== whole)
    .map(({ groups, rules }): Level => {
      const isEnough = !comesOn && rules.length === 1 && dropsAll(head, rules[0]!);
      comesOn = isOpen(rules);
      return { groups, rules, chain: isEnough ? null : names.take(nameChain(head, ++made)) };
    });
  const behind = (whole?.rules ?? []).map((rule) => layOutVerdict(head, head.policy.name, rule));
  const next = levels[0]?.chain;
  return {
    wayOut: (groups) => wayOutOf(levels.find((level) => level.groups <= groups)),
    behind: leaves && next != null ? [...behind, line([], "-A", head.policy.name, "-g", next)] : behind,
    chains: levels.flatMap((level, at) => layOutLevel(head, level, levels[at + 1], context)),
  };
}

/** `; else S-LAN + D-DMZ -> LOG, then DROP` for the title of the rule chain. */
export function restsTitle(head: Pick<MergedRule, "groups">, rests: readonly MergedRule[]): string {
  const levels = splitLevels(rests.map((merged) => ({ merged, comment: "" })));
  const texts = levels.map(({ rules }) => {
    const { groups, negated } = rules[0]!.merged;
    const phrases = groups.map(({ name, axis }) => groupPhrase(name, negated.includes(axis)));
    const targets = rules.map(({ merged }) => merged.template.rule.target.text.slice(3));
    const isWhole = groups.length === head.groups.length;
    return `${isWhole ? ", then " : `; else ${phrases.join(" + ")} -> `}${targets.join(", then ")}`;
  });
  return texts.join("");
}

function splitLevels(
  rests: readonly CommentedRule[],
): readonly { readonly groups: number; readonly rules: readonly CommentedRule[] }[] {
  const levels = new Map<number, CommentedRule[]>();
  for (const rest of rests) {
    const { length } = rest.merged.groups;
    const level = levels.get(length);
    if (level === undefined) levels.set(length, [rest]);
    else level.push(rest);
  }
  return [...levels].map(([groups, rules]) => ({ groups, rules }));
}

/** `R-LAN-WEB/rest`, and `R-LAN-WEB/rest-2` for the next level. */
function nameChain({ policy }: MergedRule, number: number): string {
  const end = number === 1 ? REST : `${REST}-${number}`;
  return `${policy.name.slice(0, LONGEST_CHAIN_NAME - end.length)}${end}`;
}

function wayOutOf(level: Level | undefined): WayOut | null {
  if (level === undefined) return null;
  if (level.chain !== null) return { words: ["-g", level.chain], origins: [] };
  const { merged, comment } = level.rules[0]!;
  return { words: [comment, merged.template.rule.target.text], origins: originsOf(merged) };
}

/** The chain of a level: it clears the bits, and gives the verdicts; whoever is still there goes to the next one. */
function layOutLevel(
  head: MergedRule,
  { rules, chain }: Level,
  next: Level | undefined,
  { own }: LayoutContext,
): readonly NewChain[] {
  if (chain === null) return [];
  const clear = line([], "-A", chain, "-j", "MARK", "--set-xmark", `0x0/${printMark(own)}`);
  const leads = next?.chain != null && rules.every((rule) => goesOnBehind(head, rule));
  const lines = [
    clear,
    ...rules.map((rule) => layOutVerdict(head, chain, rule)),
    ...(leads ? [line([], "-A", chain, "-g", next.chain!)] : []),
  ];
  const names = rules.map(({ merged }) => merged.policy.name).join(", ");
  return [{ name: chain, title: `${chain}: what ${head.policy.name} leaves for ${names}`, lines }];
}

function layOutVerdict(head: MergedRule, chain: string, { merged, comment }: CommentedRule): RewrittenLine {
  const extra = sortHeader([...extraTexts(restShapeOf(head), restShapeOf(merged))]);
  const { protocol, rest, target } = verdictWords(merged);
  return line(originsOf(merged), "-A", chain, ...extra, protocol, rest, comment, target);
}

/** Whether some packets of a rest's groups go on behind it. */
function goesOnBehind(head: MergedRule, { merged }: CommentedRule): boolean {
  const [shape, rest] = [restShapeOf(head), restShapeOf(merged)];
  return goesOn(rest) || extraTexts(shape, rest).length > 0;
}

function dropsAll(head: MergedRule, rule: CommentedRule): boolean {
  const { target } = rule.merged.template.rule;
  return target.kind === "verdict" && target.verdict === "DROP" && !goesOnBehind(head, rule);
}

function originsOf({ rules }: MergedRule): readonly number[] {
  return rules.map((rule) => rule.line);
}
