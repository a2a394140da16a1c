/**
 * The article's layout, done right: a chain for each group sets its axis's bit, a rule chain calls them one after the other, leaves as soon as a
 * bit is missing, and clears the bits before the verdict.
 *
 * Invariants (held by test/rewrite/article.test.ts and the checker): a rule chain clears stale own bits before it sets any; every way out of it leaves own bits 0,
 * DROP aside; foreign bits are never touched; header-reading matches come after all address and interface tests, in the flat rule's order.
 */
import { AXES, type Axis, type Family } from "../../model/types.ts";
import { joinMarkBits, printMark } from "../../plan/own-bits.ts";
import { chainMembers } from "../../plan/policy-change.ts";
import type { MarkBits } from "../../plan/types.ts";
import type { MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";
import { layOutPartialLog } from "./log-partial.ts";

/** What the layout needs to know beside the policy rule. */
export interface ArticleContext {
  readonly family: Family;
  readonly bits: MarkBits;
  /** Whether adjacent and nested addresses of a group are joined. */
  readonly aggregate: boolean;
  /** Name of the chain that clears the own bits. */
  readonly clearChain: string;
  /** Where all groups keep their members (`plan/storage.ts`). */
  readonly storage: string | undefined;
}

/** A policy rule as lines: those that stand in its owner's chain, and its own chain. */
export interface RuleChain {
  readonly calls: readonly RewrittenLine[];
  readonly lines: readonly RewrittenLine[];
}

/** Order in which axes are tested: the service last, since its test may drop short packets. */
const TEST_ORDER: readonly Axis[] = ["source", "destination", "in", "out", "service"];

/** The same where the old rules have tested the service first: then it drops those packets, too. */
const SERVICES_FIRST: readonly Axis[] = ["service", "source", "destination", "in", "out"];

/** Lays out a policy rule. `comment` is a whole `-m comment …`, or empty. */
export function layOutRule(
  merged: MergedRule,
  owner: string,
  comment: string,
  context: ArticleContext,
): RuleChain {
  const { policy, template } = merged;
  const own = printMark(joinMarkBits(context.bits));
  const origins = merged.rules.map(({ line }) => line);
  const head = headMatches(merged);
  const returns = template.rule.target.kind === "verdict" && template.rule.target.verdict === "RETURN";
  // A rule chain that a guard may skip can't answer by its bits: the bits could be stale. For RETURN the guard moves inside.
  const calls = [line(origins, "-A", owner, ...(returns ? [] : head), "-j", policy.name)];
  const { lines, mark } = testAxes(merged, returns ? head : [], context);
  const add = (...words: string[]): void => void lines.push(line([], "-A", policy.name, ...words));
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${own}`];
  const { protocol, rest, target } = verdictWords(merged);
  if (returns) {
    let answer = printMark(mark);
    if (rest !== "" || comment !== "") {
      answer = printMark(context.bits[merged.groups[0]!.axis] ?? 0);
      add(...clear);
      lines.push(
        line(
          origins,
          "-A",
          policy.name,
          protocol,
          rest,
          comment,
          "-j",
          "MARK",
          "--set-xmark",
          `${answer}/${own}`,
        ),
      );
    }
    // Leaving the owner by goto is RETURN, and clears the bits on the way.
    calls.push(
      line(origins, "-A", owner, "-m", "mark", "--mark", `${answer}/${own}`, "-g", context.clearChain),
    );
    return { calls, lines };
  }
  for (const cell of merged.missing) add(...cellTexts(merged, cell), "-g", context.clearChain);
  const drops = template.rule.target.kind === "verdict" && template.rule.target.verdict === "DROP";
  if (!drops || rest !== "") add(...clear);
  lines.push(line(origins, "-A", policy.name, protocol, rest, comment, target));
  return { calls, lines };
}

/** What a packet of one combination is told by, addresses and interfaces first, as iptables prints them. */
function cellTexts({ groups, memberTexts }: MergedRule, cell: readonly string[]): readonly string[] {
  const texts = new Map(groups.map(({ axis }, at) => [axis, memberTexts[axis]!.get(cell[at]!)!]));
  return TEST_ORDER.flatMap((axis) => texts.get(axis) ?? []);
}

/** Reset, then for each group: set its bit, leave where it is missing. */
function testAxes(
  merged: MergedRule,
  guard: readonly string[],
  context: ArticleContext,
): { readonly lines: RewrittenLine[]; readonly mark: number } {
  const { name } = merged.policy;
  const own = printMark(joinMarkBits(context.bits));
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
  for (const axis of merged.servicesFirst ? SERVICES_FIRST : TEST_ORDER) {
    const group = merged.groups.find((candidate) => candidate.axis === axis);
    if (group === undefined) continue;
    const first = mark === 0;
    for (const before of axis === "service" ? serviceGuards(merged) : [""]) {
      lines.push(line([], "-A", name, ...(first ? guard : []), before, "-j", group.name));
    }
    mark = (mark | (context.bits[axis] ?? 0)) >>> 0;
    if (!first) lines.push(...layOutPartialLog(merged.policy, mark, own));
    // Before the first bit is set there is nothing to clear.
    const leave = first ? ["-j", "RETURN"] : ["-g", context.clearChain];
    lines.push(line([], "-A", name, "-m", "mark", "!", "--mark", `${printMark(mark)}/${own}`, ...leave));
  }
  return { lines, mark };
}

/**
 * What stands before the jump to a service group. Matches that the flat rules evaluate between `-p` and the header test have to stay there, so
 * each protocol of the group gets a jump of its own.
 */
function serviceGuards(merged: MergedRule): string[] {
  const { pre } = merged.template;
  if (pre === "") return [""];
  return groupProtocols(merged).map((protocol) => `-p ${protocol} ${pre}`);
}

function groupProtocols(merged: MergedRule): string[] {
  const group = merged.groups.find(({ axis }) => axis === "service");
  return [
    ...new Set((group === undefined ? [] : chainMembers(group)).map((member) => member.split(" ")[0]!)),
  ];
}

/** Header matches that no group of the rule covers, in iptables-save's order: addresses, interfaces, fragment, then modules. */
function headMatches({ template, groups }: MergedRule): string[] {
  const grouped = new Set(groups.map(({ axis }) => axis));
  const texts = [...template.guard];
  AXES.forEach((axis, at) => {
    const token = template.tokens[at];
    if (axis !== "service" && !grouped.has(axis) && token !== null && token !== undefined)
      texts.push(token.text);
  });
  return texts.sort((left, right) => headRank(left) - headRank(right));
}

function headRank(text: string): number {
  const options = ["-s", "-d", "-i", "-o", "-f"];
  const at = options.indexOf(text.replace(/^! /, "").slice(0, 2));
  return at === -1 ? options.length : at;
}

/** What is left for the verdict line. */
function verdictWords(merged: MergedRule): {
  readonly protocol: string;
  readonly rest: string;
  readonly target: string;
} {
  const { template } = merged;
  const target = template.rule.target.text;
  if (!merged.groups.some(({ axis }) => axis === "service"))
    return { protocol: "", rest: template.tail, target };
  const protocols = groupProtocols(merged);
  // tcp-reset and others demand their protocol in the same rule; it has been tested already, so it changes nothing.
  const needed = template.rule.target.kind === "extension" || template.post !== "";
  const protocol = needed && protocols.length === 1 ? `-p ${protocols[0]}` : "";
  return { protocol, rest: template.post, target };
}

/** The chain of a group: one line a member. */
export function layOutGroup(
  name: string,
  bit: number,
  members: readonly { readonly text: string; readonly origins: readonly number[] }[],
): RewrittenLine[] {
  const value = printMark(bit);
  return members.map(({ text, origins }) =>
    line(origins, "-A", name, text, "-j", "MARK", "--set-xmark", `${value}/${value}`),
  );
}

/** The chain that clears the own bits; entered by goto, it leaves the rule chain too. */
export function layOutClear(context: ArticleContext): RewrittenLine {
  return line(
    [],
    "-A",
    context.clearChain,
    "-j",
    "MARK",
    "--set-xmark",
    `0x0/${printMark(joinMarkBits(context.bits))}`,
  );
}

function line(origins: readonly number[], ...words: readonly string[]): RewrittenLine {
  return { text: words.filter((word) => word !== "").join(" "), origins };
}
