/**
 * The hoisted layout: for a run of policy rules, each address is looked for once a packet. Groups of one side lead: each has a chain with its own policy rules. All other groups
 * have a mark bit that these rules test.
 *
 *     -A FORWARD -j P-FORWARD
 *     -A P-FORWARD -m mark ! --mark 0x0/0x3 -j MARK --set-xmark 0x0/0x3     stale bits
 *     -A P-FORWARD -j P-FORWARD/D                                           the bits of all destination groups (objects.ts)
 *     -A P-FORWARD -m mark --mark 0x0/0x3 -j RETURN                         in none of them: no rule is for this packet
 *     -A P-FORWARD -j P-FORWARD/S                                           the source groups, each with its rules
 *     -A P-FORWARD -j MARK --set-xmark 0x0/0x3
 *     -A P-FORWARD/S -s 10.1.4.7/32 -j S-LAN
 *     -A S-LAN -m mark --mark 0x2/0x2 -j R-LAN-WEB                          a policy rule
 *     -A R-LAN-WEB -g SRV-WEB                                               its services, which only packets come to that are in all its other groups
 *     -A SRV-WEB -p tcp -m tcp --dport 80 -j V-ACCEPT
 *     -A V-ACCEPT -j MARK --set-xmark 0x0/0x3
 *     -A V-ACCEPT -j ACCEPT
 *
 * Invariants (held by test/rewrite/hoisted.test.ts and the checker): own bits are 0 on every way out, DROP aside; an exit stands only where all rules behind it ask for one of the bits that
 * are missing; services are tested behind all addresses; groups of one step may be met in any order.
 */
import { AXES, type Axis } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { MergedRule } from "../product.ts";
import { type Arrangement, groupOn, rulesOf } from "../runs/types.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext } from "./context.ts";
import { headMatches, line } from "./words.ts";

/** Axes whose groups have bits in a run. */
export function bitAxes({ lead, bits }: Arrangement): readonly Axis[] {
  const used = new Set([...bits.keys()].map(({ axis }) => axis));
  return AXES.filter((axis) => axis !== lead && used.has(axis));
}

/** The chain of a run. `objects`: the chains that set the bits of each axis; `sections`: for each step the chain that finds the leading groups, where it has some. */
export function layOutRun(
  name: string,
  run: Arrangement,
  objects: ReadonlyMap<Axis, string>,
  sections: readonly (string | null)[],
  context: LayoutContext,
): readonly RewrittenLine[] {
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${printMark(context.own)}`];
  const exits = findExits(run);
  const lines: RewrittenLine[] = [];
  const add = (...words: readonly string[]): void => void lines.push(line([], "-A", name, ...words));
  if (exits.length > 0) add("-m", "mark", "!", "--mark", `0x0/${printMark(context.own)}`, ...clear);
  let isClean = true;
  const exit = (bits: number): void => {
    // What has been set before has to be cleared; at first nothing is.
    const leave = isClean ? ["-j", "RETURN"] : ["-g", context.clearChain];
    add("-m", "mark", "--mark", `0x0/${printMark(bits)}`, ...leave);
  };
  for (const { axis, bits, from } of exits) {
    add("-j", objects.get(axis)!);
    if (from === 0) exit(bits);
    isClean = false;
  }
  for (const [at, step] of run.steps.entries()) {
    for (const { bits, from } of exits) if (from === at && at > 0) exit(bits);
    if (step.kind === "sections") add("-j", sections[at]!);
    else lines.push(...layOutLines(name, step.rules, run));
  }
  if (exits.length > 0) add(...clear);
  return lines;
}

/** Lines of policy rules, in the run's chain or in that of a leading group. */
export function layOutLines(
  chain: string,
  rules: readonly MergedRule[],
  { lead, bits }: Arrangement,
): readonly RewrittenLine[] {
  return rules.map((rule) => {
    const groups = rule.groups.filter(({ axis }) => axis !== lead && axis !== "service");
    const masks = groups.map((group) => bits.get(group)!);
    const single = masks.filter(isSingle).reduce((all, mask) => (all | mask) >>> 0, 0);
    const tests = [
      ...(single === 0 ? [] : [`-m mark --mark ${printMark(single)}/${printMark(single)}`]),
      ...masks.filter((mask) => !isSingle(mask)).map((mask) => `-m mark ! --mark 0x0/${printMark(mask)}`),
    ];
    const origins = rule.rules.map((each) => each.line);
    return line(origins, "-A", chain, ...headMatches(rule), ...tests, "-j", rule.policy.name);
  });
}

/** Whether a mask is one bit; a group with several is in one of the groups that have these. */
export function isSingle(mask: number): boolean {
  return (mask & (mask - 1)) === 0;
}

/** An axis with bits. */
interface Exit {
  readonly axis: Axis;
  /** Of all its groups. */
  readonly bits: number;
  /** From this step on all rules ask for one of them; -1: none do. */
  readonly from: number;
}

/** Axes in the order in which they are tested: those first that may end it all. */
function findExits(run: Arrangement): readonly Exit[] {
  const exits = bitAxes(run).map((axis): Exit => {
    const bits = [...run.bits].flatMap(([group, mask]) => (group.axis === axis ? [mask] : []));
    const lacks = run.steps.map((step) =>
      rulesOf({ ...run, steps: [step] }).some((rule) => groupOn(rule, axis) === undefined),
    );
    const from = lacks.lastIndexOf(true) + 1;
    const all = bits.reduce((mask, each) => (mask | each) >>> 0, 0);
    return { axis, bits: all, from: from < run.steps.length ? from : -1 };
  });
  return [...exits.filter(({ from }) => from === 0), ...exits.filter(({ from }) => from !== 0)];
}
