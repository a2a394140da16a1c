/**
 * Rules that match nothing or change nothing, as findings with the rules that are the reason; rules of one chain with the same reason are one finding.
 */
import type { Rule } from "../model/types.ts";
import { reasonOf } from "../verify/symbolic/findings.ts";
import { type Met, Reasons } from "./because.ts";
import { type Draft, linesOf, nameLines } from "./drafts.ts";
import type { TableReach } from "./reach.ts";
import type { IdleRule, TableRoles } from "./rule-roles.ts";
import type { LintKind } from "./types.ts";

/** What is said about a rule. */
interface Reason {
  readonly kind: LintKind;
  readonly severity: "warning" | "note";
  readonly because: readonly Rule[];
  /** The message about one rule, and about several. */
  readonly message: readonly [one: string, several: string];
}

/** The findings, in the order of their first rules. */
export function findIdleRules({ reach, rules }: TableRoles): readonly Draft[] {
  if (reach === null) return [];
  const describer = new Describer(reach);
  const groups = new Map<string, { readonly reason: Reason; readonly idle: IdleRule[] }>();
  for (const idle of rules) {
    const reason = describer.describe(idle);
    const { kind, because, message } = reason;
    const key = [kind, idle.chain.name, idle.isFree, linesOf(because), ...message].join("\u0000");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { reason, idle: [idle] });
    else group.idle.push(idle);
  }
  return [...groups.values()].map(({ reason, idle }) => toDraft(reach, reason, idle));
}

function toDraft(reach: TableReach, { message, ...rest }: Reason, idle: readonly IdleRule[]): Draft {
  const [first, second] = idle;
  const rules = idle.map(({ rule }) => rule);
  return {
    ...rest,
    table: reach.table.name,
    chain: first!.chain.name,
    rules,
    message: second === undefined ? message[0] : message[1],
    advice: adviceFor(first!, rules),
    removes: first!.isFree === true ? rules : [],
  };
}

/** Finds reasons; a class because it keeps what is known of the table. */
class Describer {
  readonly #reach: TableReach;
  readonly #reasons: Reasons;

  constructor(reach: TableReach) {
    this.#reach = reach;
    this.#reasons = new Reasons(reach);
  }

  describe(idle: IdleRule): Reason {
    const { chain, place, rule } = idle;
    switch (idle.role) {
      case "never":
        return {
          kind: "never-matches",
          severity: "warning",
          because: [],
          message: [
            "no packet can match it: its conditions exclude each other",
            "no packet can match them: their conditions exclude each other",
          ],
        };
      case "astray":
        return astray(chain.name, this.#callersOf(chain.name));
      case "shadowed": {
        const met = this.#tryTo(() => this.#reasons.before(chain, place));
        return shadowed(rule, met?.alone ? [met.alone] : (met?.rules ?? []));
      }
      case "idle": {
        const met = this.#tryTo(() => this.#reasons.behind(chain, place));
        const after =
          chain.policy === null ? `what follows chain ${chain.name}` : `the policy ${chain.policy}`;
        return met?.alone?.target.text === rule.target.text ? covered(met.alone) : redundant(met, after);
      }
    }
  }

  #callersOf(chain: string): readonly Rule[] {
    const rules = this.#reach.table.chains.flatMap((caller) =>
      this.#reach.hooksOf(caller.name).length === 0 ? [] : caller.rules,
    );
    return rules.filter(
      ({ target }) => (target.kind === "jump" || target.kind === "goto") && target.chain === chain,
    );
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

function astray(chain: string, because: readonly Rule[]): Reason {
  const send = because.length === 1 ? "sends" : "send";
  const start = `no packet that ${nameLines(linesOf(because))} ${send} to ${chain} matches`;
  return { kind: "shadowed", severity: "warning", because, message: [`${start} it`, `${start} them`] };
}

function shadowed(rule: Rule, because: readonly Rule[]): Reason {
  const isRepeat = because.length > 0 && because.every(({ target }) => target.text === rule.target.text);
  const lines = because.length === 0 ? "rules before" : nameLines(linesOf(because));
  const [take, does] = because.length === 1 ? ["takes", "does"] : ["together take", "do"];
  const same = isRepeat ? `, and ${does} the same with them` : "";
  const start = `${lines} ${take} every packet that`;
  return {
    kind: "shadowed",
    severity: isRepeat ? "note" : "warning",
    because,
    message: [
      `${start} it matches before it gets here${same}`,
      `${start} they match before it gets here${same}`,
    ],
  };
}

function covered(by: Rule): Reason {
  const end = "packets too, and has the same target";
  return {
    kind: "generalised",
    severity: "note",
    because: [by],
    message: [`line ${by.line} matches all its ${end}`, `line ${by.line} matches all their ${end}`],
  };
}

function redundant(met: Met | null, after: string): Reason {
  const because = met?.rules ?? [];
  const who = [...(because.length === 0 ? [] : [nameLines(linesOf(because))]), ...(met?.goOn ? [after] : [])];
  const meet = who.length === 0 ? "" : `: they meet ${who.join(", then ")}`;
  return {
    kind: "redundant",
    severity: "note",
    because,
    message: [
      `packets that match it fare the same without it${meet}`,
      `packets that match them fare the same without them${meet}`,
    ],
  };
}

function adviceFor({ role, isFree }: IdleRule, rules: readonly Rule[]): string {
  const lines = nameLines(linesOf(rules));
  if (isFree === true) {
    const other = { idle: "", shadowed: ", or move what comes before", astray: ", or mend its conditions" };
    return `take ${lines} out${role === "never" ? other.astray : other[role]}`;
  }
  const why =
    isFree === null
      ? "whether testing has an effect of its own is not known"
      : "testing has an effect of its own (it counts, or drops packets whose header can't be read), which would be lost";
  return `look at ${lines}: ${why}`;
}
