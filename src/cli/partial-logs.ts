/**
 * The check of a new file that logs more than the old one, because the plan asks for it: the file without these lines is what is compared, and the lines themselves are shown
 * to do nothing but log.
 */
import type { Rule, Ruleset } from "../model/types.ts";
import { findMarkRules } from "../cluster/marks/find.ts";
import { readPartialLog } from "../cluster/marks/partial-log.ts";
import { addLogging, findLogging, type LogRequest } from "../plan/log-partial.ts";
import type { Plan, PlanPolicyRule } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
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

/** True for a rule that only logs: LOG never ends a walk and changes no packet, a mark test reads, and a limit of its own keeps nobody else's count (net/netfilter/xt_limit.c). */
function isPartialLog(rule: Rule, policy: PlanPolicyRule, own: number): boolean {
  const log = readPartialLog(rule);
  return log !== null && log.rate === policy.logPartial && (log.test.mask & ~own) === 0;
}

/** The same for the old ruleset: rule chains of ours that are written anew may have such lines already. */
export function withoutKnownLogs({ ruleset, mergedLines, changed }: Rewritten, plan: Plan): WithoutLogs {
  // A file that stays as it is has the same ones on both sides.
  if (!changed) return { ruleset, lines: 0 };
  const logging = findMarkRules(ruleset, plan).trees.filter(
    ({ calls, variants }) => variants[0]!.logPartial !== undefined && mergedLines.has(calls[0]!.line),
  );
  if (logging.length === 0) return { ruleset, lines: 0 };
  const rules = new Set(logging.flatMap(({ variants }) => variants[0]!.rules));
  const isKnown = (rule: Rule): boolean => rules.has(rule) && readPartialLog(rule) !== null;
  const all = ruleset.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !isKnown(rule)) })),
  }));
  return { ruleset: { ...ruleset, tables }, lines: all.filter(isKnown).length };
}

/** What the check says of them, `before` of them in the old file and `after` in the new one; nothing where there are none. */
export function describePartialLogs(before: number, after: number): readonly string[] {
  const many = (count: number) => (count === 1 ? "One line that logs" : `${count} lines that log`);
  const is = (count: number) => (count === 1 ? "is" : "are");
  const nature = "a test of own marks, a limit, LOG";
  if (before === 0 && after === 0) return [];
  if (before === 0) {
    const was = after === 1 ? "was" : "were";
    return [`${many(after)} ${was} added because of logPartial, and left out of the comparison: ${nature}.`];
  }
  if (after === 0)
    return [
      `${many(before)} partial matches in the input ${is(before)} not in the new file, since the plan has no logPartial any more.`,
    ];
  return [
    `${many(before)} in the input and ${after} in the new file are left out of the comparison, because of logPartial: ${nature}.`,
  ];
}

/** What the header says of them. */
export function headPartialLogs(plan: Plan, input: number): readonly string[] {
  const logging = findLogging(plan, input);
  if (logging.length === 0) return [];
  const rules = logging.map(({ name, logPartial }) => `${name} (${logPartial})`).join(", ");
  return [`It logs more than the input, because of logPartial: packets that match in part ${rules}.`];
}
