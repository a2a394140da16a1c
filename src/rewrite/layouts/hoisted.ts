/**
 * The hoisted layout: for a run of policy rules, all their addresses are tested once a packet, and each policy rule is one line that looks at the bits.
 *
 *     -A FORWARD -j P-FORWARD
 *     -A P-FORWARD -m mark ! --mark 0x0/0x3f -j MARK --set-xmark 0x0/0x3f   stale bits
 *     -A P-FORWARD -j P-FORWARD/S                                           the bits of all source groups (objects.ts)
 *     -A P-FORWARD -m mark --mark 0x0/0x18 -j RETURN                        in none of them: no rule is for this packet
 *     -A P-FORWARD -j P-FORWARD/D
 *     -A P-FORWARD -m mark --mark 0x0/0x22 -g M-CLEAR
 *     -A P-FORWARD -m mark --mark 0x28/0x28 -j R-LAN-WEB                    a policy rule
 *     -A P-FORWARD -j MARK --set-xmark 0x0/0x3f
 *     -A R-LAN-WEB -j SRV-WEB                                               its services, which only packets come to that have all its address bits
 *     -A R-LAN-WEB -m mark --mark 0x4/0x4 -j V-ACCEPT
 *     -A V-ACCEPT -j MARK --set-xmark 0x0/0x3f
 *     -A V-ACCEPT -j ACCEPT
 *
 * Invariants (held by test/rewrite/hoisted.test.ts and the checker): own bits are 0 on every way out, DROP aside; the bit of services is 0 where a rule's chain comes back; an exit stands only
 * where all rules behind it ask for one of the bits that are missing; services are tested behind all addresses.
 */
import { AXES, type Axis } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";
import type { RuleChain } from "./article.ts";
import type { LayoutContext } from "./context.ts";
import { headMatches, line, serviceGuards, verdictWords } from "./words.ts";
import type { VerdictChains } from "./verdicts.ts";

/** Axes that are tested once; the others are the services'. */
export const HOISTED_AXES: readonly Axis[] = AXES.filter((axis) => axis !== "service");

/** A run, with the names of its chains. */
export interface NamedRun {
  readonly name: string;
  readonly rules: readonly MergedRule[];
  /** The chains that test the objects of each axis. */
  readonly objects: Readonly<Partial<Record<Axis, string>>>;
}

/** The chain of a run. */
export function layOutRun(
  { name, rules, objects }: NamedRun,
  context: LayoutContext,
): readonly RewrittenLine[] {
  const own = printMark(context.own);
  const clear = ["-j", "MARK", "--set-xmark", `0x0/${own}`];
  const lines = [line([], "-A", name, "-m", "mark", "!", "--mark", `0x0/${own}`, ...clear)];
  const exits = findExits(rules, context);
  let open = 0;
  const exit = (bits: number): void => {
    // What has been set before has to be cleared; at first nothing is.
    const leave = open === 0 ? ["-j", "RETURN"] : ["-g", context.clearChain];
    lines.push(line([], "-A", name, "-m", "mark", "--mark", `0x0/${printMark(bits)}`, ...leave));
  };
  for (const { axis, bits, from } of exits) {
    lines.push(line([], "-A", name, "-j", objects[axis]!));
    if (from === 0) exit(bits);
    open = (open | bits) >>> 0;
  }
  for (const [at, rule] of rules.entries()) {
    for (const { bits, from } of exits) if (from === at && at > 0) exit(bits);
    const bits = printMark(bitsOf(rule, context));
    const origins = rule.rules.map((each) => each.line);
    const test = ["-m", "mark", "--mark", `${bits}/${bits}`];
    lines.push(line(origins, "-A", name, ...headMatches(rule), ...test, "-j", rule.policy.name));
  }
  lines.push(line([], "-A", name, ...clear));
  return lines;
}

/** An axis of a run. */
interface Exit {
  readonly axis: Axis;
  /** Of all its groups. */
  readonly bits: number;
  /** From this rule on all ask for one of them; -1: it is not worth a test. */
  readonly from: number;
}

/** Fewest rules that an exit saves. */
const FEWEST_SAVED = 2;

/** Axes in the order in which they are tested: those first that may end it all. */
function findExits(rules: readonly MergedRule[], context: LayoutContext): readonly Exit[] {
  const exits = HOISTED_AXES.flatMap((axis): readonly Exit[] => {
    const groups = rules.map((rule) => rule.groups.find((group) => group.axis === axis));
    const bits = groups.reduce(
      (mask, group) => (group === undefined ? mask : mask | context.bitOf(group)),
      0,
    );
    if (bits === 0) return [];
    const from = groups.lastIndexOf(undefined) + 1;
    return [{ axis, bits: bits >>> 0, from: from <= rules.length - FEWEST_SAVED ? from : -1 }];
  });
  return [...exits.filter(({ from }) => from === 0), ...exits.filter(({ from }) => from !== 0)];
}

function bitsOf({ groups }: MergedRule, context: LayoutContext): number {
  const own = groups.filter(({ axis }) => axis !== "service");
  return own.reduce((mask, group) => mask | context.bitOf(group), 0);
}

/** The chain of a policy rule in a run: its services, and the verdict. */
export function layOutHoistedRule(
  merged: MergedRule,
  comment: string,
  context: LayoutContext,
  verdicts: VerdictChains,
): RuleChain["lines"] {
  const { policy, template } = merged;
  const origins = merged.rules.map((rule) => rule.line);
  const { protocol, rest, target } = verdictWords(merged);
  const drops = template.rule.target.kind === "verdict" && template.rule.target.verdict === "DROP";
  // Bits may be left on packets that are dropped.
  const service = merged.groups.find(({ axis }) => axis === "service");
  const demanded = service === undefined && template.rule.target.kind === "extension";
  const beside = demanded ? (/(?<!! )-p \S+/.exec(rest)?.[0] ?? "") : protocol;
  const decide = drops ? target : `-j ${verdicts.take(beside, target, context)}`;
  if (service === undefined) return [line(origins, "-A", policy.name, rest, comment, decide)];
  const bit = printMark(context.bitOf(service));
  const needed = rest === "" ? "" : protocol;
  const test = `-m mark --mark ${bit}/${bit}`;
  return [
    ...serviceGuards(merged).map((before) => line([], "-A", policy.name, before, "-j", service.name)),
    line(origins, "-A", policy.name, needed, test, rest, comment, decide),
    // The next rule has services of its own.
    line([], "-A", policy.name, "-j", "MARK", "--set-xmark", `0x0/${bit}`),
  ];
}
