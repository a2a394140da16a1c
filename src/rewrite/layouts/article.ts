/**
 * The article's layout, done right: a chain for each group sets its axis's bit, a rule chain calls them one after the other, leaves as soon as a
 * bit is missing, and clears the bits before the verdict.
 *
 * Invariants (held by test/rewrite/article.test.ts and the checker): a rule chain clears stale own bits before it sets any; every way out of it leaves own bits 0,
 * DROP aside; foreign bits are never touched; header-reading matches come after all address and interface tests, in the flat rule's order.
 */
import type { Axis } from "../../model/types.ts";
import { groupPhrase } from "../../plan/negated.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { Exception } from "../../cluster/exceptions.ts";
import type { ChainNames } from "../chain-names.ts";
import { exceptionsOf, type MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { type ExceptionLines, layOutExceptions } from "./exceptions.ts";
import { layOutPartialLog } from "./log-partial.ts";
import { type CommentedRule, layOutRests, type RestLines, restsTitle } from "./rests.ts";
import { headMatches, line, serviceGuards, testedAxes, verdictWords } from "./words.ts";

export type { CommentedRule } from "./rests.ts";

/** A policy rule as lines: those that stand in its owner's chain, and its own chain. */
export interface RuleChain {
  readonly calls: readonly RewrittenLine[];
  readonly lines: readonly RewrittenLine[];
  /** Chains that it calls, and no other; missing where there are none. */
  readonly chains?: readonly NewChain[];
}

/** Lays out a policy rule, with those that are its rest. */
export function layOutRule(
  { merged, comment, rests = [] }: CommentedRule & { readonly rests?: readonly CommentedRule[] },
  owner: string,
  names: ChainNames,
  context: LayoutContext,
): RuleChain {
  const { policy, template } = merged;
  const own = printMark(context.own);
  const origins = merged.rules.map(({ line }) => line);
  const head = headMatches(merged);
  const returns = template.rule.target.kind === "verdict" && template.rule.target.verdict === "RETURN";
  // A rule chain that a guard may skip can't answer by its bits: the bits could be stale. For RETURN the guard moves inside.
  const calls = [line(origins, "-A", owner, ...(returns ? [] : head), "-j", policy.name)];
  const exceptions = exceptionsOf(merged);
  const layOut = (some: readonly Exception[], bits: number) =>
    layOutExceptions(merged, some, bits, names, context);
  const left = layOutRests(merged, rests, names, context);
  const axes = testedAxes(
    merged,
    rests.map((rest) => rest.merged),
  );
  const asked = { axes, guard: returns ? head : [], wayOut: left.wayOut };
  const { lines, mark, chains } = testAxes(merged, asked, context, (bits) => layOut(exceptions.before, bits));
  const add = (...words: string[]): void => void lines.push(line([], "-A", policy.name, ...words));
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${own}`];
  const { protocol, rest, target } = verdictWords(merged);
  if (returns) {
    const ending = layOutReturn(merged, owner, comment, mark, context);
    return { calls: [...calls, ending.call], lines: [...lines, ...ending.lines] };
  }
  const after = layOut(exceptions.after, mark);
  lines.push(...after.lines);
  const drops = template.rule.target.kind === "verdict" && template.rule.target.verdict === "DROP";
  // Where all groups are negated, whoever is still here has no bit.
  if (mark !== 0 && (!drops || rest !== "")) add(...clear);
  lines.push(line(origins, "-A", policy.name, protocol, rest, comment, target), ...left.behind);
  return { calls, lines, chains: [...left.chains, ...chains, ...after.chains] };
}

/** A policy rule that returns from its owner: its chain leaves a bit on packets, and a line behind the call sends these back. */
function layOutReturn(
  merged: MergedRule,
  owner: string,
  comment: string,
  mark: number,
  context: LayoutContext,
): { readonly lines: readonly RewrittenLine[]; readonly call: RewrittenLine } {
  const { name } = merged.policy;
  const own = printMark(context.own);
  const origins = merged.rules.map((rule) => rule.line);
  const { protocol, rest } = verdictWords(merged);
  const isPlain = rest === "" && comment === "";
  const answer = printMark(isPlain ? mark : context.bitOf(merged.groups[0]!));
  const sets = ["-j", "MARK", "--set-xmark", `${answer}/${own}`];
  const lines = [
    line([], "-A", name, "-j", "MARK", "--set-xmark", `0x0/${own}`),
    line(origins, "-A", name, protocol, rest, comment, ...sets),
  ];
  // Leaving the owner by goto is RETURN, and clears the bits on the way.
  const call = line(
    origins,
    "-A",
    owner,
    "-m",
    "mark",
    "--mark",
    `${answer}/${own}`,
    "-g",
    context.clearChain,
  );
  return { lines: isPlain ? [] : lines, call };
}

/** What stands above a rule chain. */
export function ruleTitle(
  { policy, groups, negated, template }: MergedRule,
  rests: readonly MergedRule[] = [],
): string {
  const names = groups.map(({ name, axis }) => groupPhrase(name, negated.includes(axis)));
  return `${policy.name}: ${names.join(" + ")} -> ${template.rule.target.text.slice(3)}${restsTitle({ groups }, rests)}`;
}

/** How groups are asked: in which order, behind which matches, and where packets leave with the bits of some. */
interface Asked extends Pick<RestLines, "wayOut"> {
  readonly axes: readonly Axis[];
  readonly guard: readonly string[];
}

/**
 * Reset, then for each group: set its bit, leave where it is missing. Of a negated group the bit has to be 0: the test asks for that in one line, where turning the bit over would cost a write more
 * for every packet. `mark`: the bits of packets that get to the end.
 */
function testAxes(
  merged: MergedRule,
  { axes, guard, wayOut }: Asked,
  context: LayoutContext,
  beforeServices: (mark: number) => ExceptionLines,
): { readonly lines: RewrittenLine[]; readonly mark: number; readonly chains: readonly NewChain[] } {
  const { name } = merged.policy;
  const own = printMark(context.own);
  const lines = [
    line(
      [],
      "-A",
      name,
      "-m",
      "mark",
      "!",
      "--mark",
      `0x0/${own}`,
      "-j",
      "MARK",
      "--set-xmark",
      `0x0/${own}`,
    ),
  ];
  let mark = 0;
  const chains: NewChain[] = [];
  for (const [at, axis] of axes.entries()) {
    const group = merged.groups.find((candidate) => candidate.axis === axis)!;
    const first = at === 0;
    const isNegated = merged.negated.includes(axis);
    const before = mark;
    if (axis === "service") {
      const exceptions = beforeServices(mark);
      lines.push(...exceptions.lines);
      chains.push(...exceptions.chains);
    }
    for (const test of axis === "service" ? serviceGuards(merged) : [""]) {
      lines.push(line([], "-A", name, ...(first ? guard : []), test, "-j", group.name));
    }
    if (!isNegated) mark = (mark | context.bitOf(group)) >>> 0;
    if (before !== 0) lines.push(...layOutPartialLog(merged.policy, mark, own));
    // Who lacks the first bit has none that were to be cleared.
    const leave = first && !isNegated ? ["-j", "RETURN"] : ["-g", context.clearChain];
    const { words, origins } = wayOut(at) ?? { words: leave, origins: [] };
    lines.push(line(origins, "-A", name, "-m", "mark", "!", "--mark", `${printMark(mark)}/${own}`, ...words));
  }
  return { lines, mark, chains };
}

/** The chain that clears the own bits; entered by goto, it leaves the rule chain too. */
export function layOutClear(context: LayoutContext): RewrittenLine {
  return line([], "-A", context.clearChain, "-j", "MARK", "--set-xmark", `0x0/${printMark(context.own)}`);
}
