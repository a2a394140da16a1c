/**
 * Rules that match nothing or change nothing, as findings with the rules that are the reason.
 */
import type { Rule } from "../model/types.ts";
import { reasonOf } from "../verify/symbolic/findings.ts";
import { type Met, Reasons } from "./because.ts";
import { type Draft, linesOf, nameLines } from "./drafts.ts";
import type { TableReach } from "./reach.ts";
import type { IdleRule, TableRoles } from "./rule-roles.ts";

/** The findings, in the order of the rules. */
export function findIdleRules({ reach, rules }: TableRoles): readonly Draft[] {
  if (reach === null) return [];
  const describer = new Describer(reach);
  return rules.map((idle) => describer.describe(idle));
}

/** Finds words; a class because it keeps what is known of the table. */
class Describer {
  readonly #reach: TableReach;
  readonly #reasons: Reasons;

  constructor(reach: TableReach) {
    this.#reach = reach;
    this.#reasons = new Reasons(reach);
  }

  describe(idle: IdleRule): Draft {
    const { rule, chain, role } = idle;
    const place = { table: this.#reach.table.name, chain: chain.name, rules: [rule] };
    if (role === "idle") return { ...place, removes: [rule], ...this.#describeIdle(idle) };
    const removes = idle.isFree === true ? [rule] : [];
    return { ...place, removes, ...this.#describeUnmatched(idle) };
  }

  #describeUnmatched(idle: IdleRule): Pick<Draft, "kind" | "severity" | "message" | "advice" | "because"> {
    const { role, chain, place, rule } = idle;
    const advice = adviceFor(idle);
    if (role === "never") {
      const message = "no packet can match it: its conditions exclude each other";
      return { kind: "never-matches", severity: "warning", message, advice };
    }
    if (role === "astray") {
      const because = this.#callersOf(chain.name);
      const message =
        `no packet that ${nameLines(linesOf(because))} sends to ${chain.name} matches it`.replace(
          /(lines .*) sends/u,
          "$1 send",
        );
      return { kind: "shadowed", severity: "warning", message, advice, because };
    }
    const met = this.#tryTo(() => this.#reasons.before(chain, place));
    const because = met?.alone ? [met.alone] : (met?.rules ?? []);
    const isRepeat = because.length > 0 && because.every(({ target }) => target.text === rule.target.text);
    return {
      kind: "shadowed",
      severity: isRepeat ? "note" : "warning",
      message:
        `${takers(because)} before it gets here${isRepeat ? ", and does the same with them" : ""}`.replace(
          /^(lines.*), and does/u,
          "$1, and do",
        ),
      advice,
      because,
    };
  }

  #callersOf(chain: string): readonly Rule[] {
    const rules = this.#reach.table.chains.flatMap((caller) =>
      this.#reach.hooksOf(caller.name).length === 0 ? [] : caller.rules,
    );
    return rules.filter(
      ({ target }) => (target.kind === "jump" || target.kind === "goto") && target.chain === chain,
    );
  }

  #describeIdle({
    chain,
    place,
    rule,
  }: IdleRule): Pick<Draft, "kind" | "severity" | "message" | "advice" | "because"> {
    const severity = "note";
    const met = this.#tryTo(() => this.#reasons.behind(chain, place));
    const alone = met?.alone ?? null;
    if (alone?.target.text === rule.target.text) {
      const message = `line ${alone.line} matches all its packets too, and has the same target`;
      return { kind: "generalised", severity, message, advice: takeOut(rule), because: [alone] };
    }
    const message = `packets that match it fare the same without it${met === null ? "" : whoElse(chain.name, chain.policy, met)}`;
    return { kind: "redundant", severity, message, advice: takeOut(rule), because: met?.rules ?? [] };
  }

  /** Null where the budget is spent: the finding stands without its reasons. */
  #tryTo(find: () => Met): Met | null {
    try {
      return find();
    } catch (error) {
      reasonOf(error);
      return null;
    }
  }
}

function takeOut({ line }: Rule): string {
  return `take line ${line} out`;
}

function adviceFor({ rule, role, isFree }: IdleRule): string {
  const other = role === "shadowed" ? "or move it before them" : "or mend its conditions";
  if (isFree === true) return `${takeOut(rule)}, ${other}`;
  const why =
    isFree === null
      ? "whether testing it has an effect of its own is not known"
      : "testing it has an effect of its own (it counts, or drops packets whose header can't be read), so the ruleset without it is not the same";
  return `look at line ${rule.line}: ${why}`;
}

function takers(rules: readonly Rule[]): string {
  if (rules.length === 0) return "rules before take every packet that it matches";
  const lines = nameLines(linesOf(rules));
  return rules.length === 1
    ? `${lines} takes every packet that it matches`
    : `${lines} together take every packet that it matches`;
}

function whoElse(chain: string, policy: string | null, { rules, goOn }: Met): string {
  const after = policy === null ? `what follows chain ${chain}` : `the policy ${policy}`;
  const who = [...(rules.length === 0 ? [] : [nameLines(linesOf(rules))]), ...(goOn ? [after] : [])];
  return who.length === 0 ? "" : `: they meet ${who.join(", then ")}`;
}
