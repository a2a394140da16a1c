/**
 * The check of a new file that logs more than the old one, because the plan asks for it: the file without these lines is what is compared, and the lines themselves are shown
 * to do nothing but log.
 */
import type { Rule, Ruleset } from "../model/types.ts";
import { addLogging, findLogging, limitMatch, type LogRequest } from "../plan/log-partial.ts";
import type { Plan, PlanPolicyRule } from "../plan/types.ts";
import { partialTarget } from "../rewrite/layouts/log-partial.ts";
import { InternalError } from "../text/internal-error.ts";
import { EXIT } from "./exit-codes.ts";
import { CommandStop } from "./stop.ts";

/** The plan with logging of policy rules that the command line names; stops where one can't log. */
export function withLogging(plan: Plan, requests: readonly LogRequest[]): Plan {
  const logging = addLogging(plan, requests);
  if (typeof logging === "string") throw new CommandStop(EXIT.usage, `--log-partial: ${logging}`);
  return logging;
}

/** A new file without the lines that were asked for, and how many they were. */
export interface WithoutLogs {
  readonly ruleset: Ruleset;
  readonly lines: number;
}

/** Takes them out; `now` is the file as it reads, the product of one input. */
export function withoutPartialLogs(now: Ruleset, plan: Plan, input: number, own: number): WithoutLogs {
  const logging = findLogging(plan, input);
  if (logging.length === 0) return { ruleset: now, lines: 0 };
  let lines = 0;
  const tables = now.tables.map((table) => {
    const policies = new Map(
      logging.filter((policy) => policy.table === table.name).map((policy) => [policy.name, policy]),
    );
    const chains = table.chains.map((chain) => {
      const policy = policies.get(chain.name);
      if (policy === undefined) return chain;
      const rules = chain.rules.filter((rule) => !isPartialLog(rule, policy, own));
      const found = chain.rules.length - rules.length;
      const wanted = Object.keys(policy.groups).length - 1;
      if (found !== wanted)
        throw new InternalError(`${policy.name} has ${found} lines that log, and should have ${wanted}`);
      lines += found;
      return { ...chain, rules };
    });
    return { ...table, chains };
  });
  return { ruleset: { ...now, tables }, lines };
}

/**
 * True for a rule that only logs: LOG never ends a walk and changes no packet, a mark test reads, and a limit of its own keeps nobody else's count
 * (net/netfilter/xt_LOG.c, xt_limit.c).
 */
function isPartialLog({ matches, target }: Rule, policy: PlanPolicyRule, own: number): boolean {
  if (target.kind !== "extension" || target.ends !== "never" || target.text !== partialTarget(policy))
    return false;
  const [test, ...rest] = matches;
  const limit = limitMatch(policy.logPartial ?? "");
  const limits = rest.map(({ text }) => text).join(" ");
  return test?.kind === "mark" && test.negated && (test.mask & ~own) === 0 && limits === limit;
}

/** What the check says of them; nothing where there are none. */
export function describePartialLogs(lines: number): readonly string[] {
  if (lines === 0) return [];
  const what = lines === 1 ? "One line that logs was" : `${lines} lines that log were`;
  return [
    `${what} added because of logPartial, and left out of the comparison: a test of own marks, a limit, LOG.`,
  ];
}

/** What the header says of them. */
export function headPartialLogs(plan: Plan, input: number): readonly string[] {
  const logging = findLogging(plan, input);
  if (logging.length === 0) return [];
  const rules = logging.map(({ name, logPartial }) => `${name} (${logPartial})`).join(", ");
  return [`It logs more than the input, because of logPartial: packets that match in part ${rules}.`];
}
