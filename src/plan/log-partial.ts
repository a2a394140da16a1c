/**
 * Logging of packets that a policy rule nearly matches: who asked for it, and how many lines it may write. A person asks for it; it changes what is logged, and nothing else.
 */
import { NO_LIMIT } from "../cluster/marks/partial-log.ts";
import { AXES } from "../model/types.ts";
import type { Plan, PlanPolicyRule } from "./types.ts";

/** Where no rate is given: enough to see what goes wrong, too little to fill a disk. */
export const USUAL_RATE = "6/min";

/** What can be written: `6/min`, `no-limit`. */
export const RATE_FORMS = "a rate such as 6/min (sec, min, hour, day), or no-limit";

/** A rate as iptables-save prints it; null where it is none, or more than iptables takes (10,000 a second). */
export function parseRate(text: string): string | null {
  if (text === NO_LIMIT) return text;
  const [, number, unit] = /^([1-9]\d{0,8})\/(s|m|h|d|sec|second|min|minute|hour|day)$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return null;
  const name = { s: "sec", m: "min", h: "hour", d: "day" }[unit[0]!]!;
  const seconds = { sec: 1, min: 60, hour: 3600, day: 86_400 }[name]!;
  return Number(number) <= 10_000 * seconds ? `${number}/${name}` : null;
}

/** Whether packets can be in some groups of a policy rule, as they are asked, and not in all; to be in none of a negated group's members is no such sign, since most packets are. */
export function canMatchInPart({
  groups,
  negated = [],
}: Pick<PlanPolicyRule, "groups" | "negated">): boolean {
  const used = AXES.filter((axis) => groups[axis] !== undefined);
  if (negated.length === 0) return used.length > 1;
  // The first one that is asked has to be one to be in.
  const first = used.some((axis) => axis !== "service" && !negated.includes(axis));
  return first && !negated.includes("service");
}

/** Policy rules that log, and that are carried out. */
export function findLogging({ policyRules, groups }: Plan, input?: number): readonly PlanPolicyRule[] {
  const refused = new Set(groups.filter(({ accept }) => !accept).map(({ id }) => id));
  return policyRules.filter(
    (rule) =>
      rule.logPartial !== undefined &&
      rule.accept &&
      (input === undefined || rule.input === input) &&
      !AXES.some((axis) => refused.has(rule.groups[axis] ?? "")),
  );
}

/** A policy rule with its rate. */
export interface LogRequest {
  readonly rule: string;
  readonly rate: string;
}

/** The plan with logging of more policy rules; else a sentence that says what can't be. */
export function addLogging(plan: Plan, requests: readonly LogRequest[]): Plan | string {
  const rates = new Map<PlanPolicyRule, string>();
  for (const { rule: name, rate } of requests) {
    const rule =
      plan.policyRules.find((each) => each.name === name) ?? plan.policyRules.find(({ id }) => id === name);
    if (rule === undefined) return `there is no policy rule ${name}`;
    if (!canMatchInPart(rule)) {
      const lack =
        rule.negated === undefined ? "one group" : "no group to be in, services and negated ones aside";
      return `${name} has ${lack}: no packet can match it in part`;
    }
    rates.set(rule, rate);
  }
  const policyRules = plan.policyRules.map((rule) => {
    const rate = rates.get(rule);
    return rate === undefined ? rule : { ...rule, logPartial: rate };
  });
  const changed = { ...plan, policyRules };
  const open = findLogging(changed);
  const idle = requests.find(
    ({ rule: name }) => !open.some((rule) => rule.name === name || rule.id === name),
  );
  return idle === undefined ? changed : `${idle.rule} is refused in the plan, or one of its groups is`;
}
