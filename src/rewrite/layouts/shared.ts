/**
 * The article's layout with the source group asked once for neighbours that share it: packets of other sources pay for one of them.
 *
 *     -A FORWARD -j P-S-LAN
 *     -A P-S-LAN -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7
 *     -A P-S-LAN -j S-LAN
 *     -A P-S-LAN -m mark ! --mark 0x1/0x7 -j RETURN
 *     -A P-S-LAN -j R-LAN-WEB
 *     -A P-S-LAN -j R-LAN-MAIL
 *     -A P-S-LAN -j MARK --set-xmark 0x0/0x7
 *     -A R-LAN-WEB -j D-WEB
 *     -A R-LAN-WEB -m mark ! --mark 0x3/0x7 -j RETURN      the source's bit stays for the next rule
 *     -A R-LAN-WEB -j SRV-WEB
 *     -A R-LAN-WEB -m mark ! --mark 0x7/0x7 -g M-SOURCE    as it does here
 *     -A R-LAN-WEB -j MARK --set-xmark 0x0/0x7
 *     -A R-LAN-WEB -j ACCEPT
 *     -A M-SOURCE -j MARK --set-xmark 0x0/0x6
 *
 * Invariant (held by test/rewrite/shared.test.ts and the checker): a packet comes to a rule chain, and comes back from it, with the source's bit and no other own one.
 */
import { goesOn } from "../../cluster/rest-form.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { ChainNames } from "../chain-names.ts";
import type { MergedRule } from "../product.ts";
import { restShapeOf } from "../rests.ts";
import type { SharedRun } from "../share-source.ts";
import type { RewrittenLine } from "../types.ts";
import type { RuleChain } from "./article.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { headMatches, line, serviceGuards, TEST_ORDER, verdictWords } from "./words.ts";

/** What the runs of a table come to. */
export interface SharedChains {
  readonly rules: ReadonlyMap<MergedRule, RuleChain>;
  readonly chains: readonly NewChain[];
}

/** Lays out all runs of a table. */
export function layOutSharedRuns(
  runs: readonly SharedRun[],
  comments: ReadonlyMap<MergedRule, string>,
  names: ChainNames,
  context: LayoutContext,
): SharedChains {
  const rules = new Map<MergedRule, RuleChain>();
  if (runs.length === 0) return { rules, chains: [] };
  const [first] = runs;
  // All sources have one bit.
  const bit = context.bitOf(sourceOf(first!));
  const others = printMark((context.own & ~bit) >>> 0);
  const keep = names.take("M-SOURCE");
  const clear: NewChain = {
    name: keep,
    title: `${keep}: clears the mark bits of the groups but the source's -> the next rule`,
    lines: [line([], "-A", keep, "-j", "MARK", "--set-xmark", `0x0/${others}`)],
  };
  const chains = runs.map((run): NewChain => {
    const group = sourceOf(run);
    const name = names.take(`P-${group.name}`);
    const origins = run.rules.flatMap((each) => each.rules.map((rule) => rule.line));
    run.rules.forEach((rule, at) => {
      const lines = layOutSharedRule(rule, { source: group, keep, comment: comments.get(rule)! }, context);
      rules.set(rule, { calls: at === 0 ? [line(origins, "-A", run.chain, "-j", name)] : [], lines });
    });
    return {
      name,
      title: `${name}: policy rules of ${group.name} in a row -> ${run.chain}`,
      lines: layOutOwner(run, name, group, context),
    };
  });
  return { rules, chains: [...chains, clear] };
}

function sourceOf({ rules }: SharedRun): PlanGroup {
  return rules[0]!.groups.find(({ axis }) => axis === "source")!;
}

/** The chain that asks the source. */
function layOutOwner(
  { rules }: SharedRun,
  name: string,
  group: PlanGroup,
  context: LayoutContext,
): readonly RewrittenLine[] {
  const own = printMark(context.own);
  const bit = printMark(context.bitOf(group));
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${own}`];
  return [
    line([], "-A", name, "-m", "mark", "!", "--mark", `0x0/${own}`, ...clear),
    line([], "-A", name, "-j", group.name),
    line([], "-A", name, "-m", "mark", "!", "--mark", `${bit}/${own}`, "-j", "RETURN"),
    ...rules.map((rule) => {
      const origins = rule.rules.map((each) => each.line);
      return line(origins, "-A", name, ...headMatches(rule), "-j", rule.policy.name);
    }),
    line([], "-A", name, ...clear),
  ];
}

/** The chain of a policy rule: its other groups, and the verdict. */
function layOutSharedRule(
  merged: MergedRule,
  { source, keep, comment }: { readonly source: PlanGroup; readonly keep: string; readonly comment: string },
  context: LayoutContext,
): readonly RewrittenLine[] {
  const { policy, template } = merged;
  const { name } = policy;
  const own = printMark(context.own);
  const lines: RewrittenLine[] = [];
  const add = (...words: string[]): void => void lines.push(line([], "-A", name, ...words));
  let mark = context.bitOf(source);
  let isFirst = true;
  for (const axis of TEST_ORDER) {
    const group = merged.groups.find((candidate) => candidate.axis === axis && candidate !== source);
    if (group === undefined) continue;
    for (const before of axis === "service" ? serviceGuards(merged) : [""]) add(before, "-j", group.name);
    mark = (mark | context.bitOf(group)) >>> 0;
    const leave = isFirst ? ["-j", "RETURN"] : ["-g", keep];
    add("-m", "mark", "!", "--mark", `${printMark(mark)}/${own}`, ...leave);
    isFirst = false;
  }
  const { protocol, rest, target } = verdictWords(merged);
  const drops = template.rule.target.kind === "verdict" && template.rule.target.verdict === "DROP";
  if (!drops || rest !== "") add("-j", "MARK", "--set-xmark", `0x0/${own}`);
  const origins = merged.rules.map((rule) => rule.line);
  lines.push(line(origins, "-A", name, protocol, rest, comment, target));
  // Who was not decided about goes on to the next rule.
  if (goesOn(restShapeOf(merged)))
    add("-j", "MARK", "--set-xmark", `${printMark(context.bitOf(source))}/${own}`);
  return lines;
}
