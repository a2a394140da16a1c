/**
 * The groups report as plain data: what `import --json` and `review --json` print, and what the terminal and Markdown reports are made from. It has a
 * version; keys may be added without raising it.
 */
import type { FlatReason } from "../cluster/types.ts";
import type { Axis, Family } from "../model/types.ts";
import type { CostView } from "./cost-view.ts";
import type { LintSummary } from "./lint-summary.ts";
import type { Tidied } from "../rewrite/types.ts";

/** A line of an input: `file` is the input's path as it stands in the plan, `line` is from 1. */
export interface LineView {
  readonly file: string;
  readonly line: number;
}

/** One input, with what the rewrite makes of it. */
export interface InputView {
  /** Relative to the plan; `-` for standard input. */
  readonly path: string;
  readonly digest: string;
  readonly family: Family;
  readonly rules: number;
  /** How many of them could not be read, and stay word for word. */
  readonly unparsed: number;
  readonly tables: readonly string[];
  /** What is missing in it, where it is known not to be the whole firewall. */
  readonly partial?: readonly string[];
  readonly rulesBefore: number;
  readonly rulesAfter: number;
  readonly tablesChanged: readonly string[];
  /** Names of the chains that the rewrite makes. */
  readonly newChains: readonly string[];
  /** What else was cleaned, so that iptables-restore loads the new file: `line-ends`, `last-line-end`, `byte-order-mark`, `outside-text`, `leading-blanks`, `trailing-blanks`. */
  readonly tidied: readonly Tidied[];
}

/** One group. */
export interface GroupView {
  readonly id: string;
  readonly name: string;
  /** What the name was made from: a word of `plan/naming/sources.ts`; `person`: somebody gave it in the plan. */
  readonly nameFrom: string;
  /** What the name does not say: in what the set differs from the one that it is like, the whole comment, the hosts. */
  readonly nameNote?: string;
  readonly axis: Axis;
  readonly accept: boolean;
  /** As iptables-save prints them, in source order. */
  readonly members: readonly string[];
  /** Names of groups that it is put together from; their members are among its own. Missing where there are none. */
  readonly includes?: readonly string[];
  /** Name of the group of the opposite axis that has its members, with all that is added and removed; missing where it has its own. */
  readonly sameAs?: string;
  /** Members that no rule has: they change the policy. Missing where there are none. */
  readonly added?: readonly string[];
  /** Members of rules that are to go: that changes the policy, too. Missing where there are none. */
  readonly removed?: readonly string[];
  /** Names of accepted policy rules for packets that are not in it. Missing where there are none. */
  readonly negatedBy?: readonly string[];
  /** How many accepted policy rules use it. */
  readonly uses: number;
  /** Rules of the input that these policy rules merge, in file order. */
  readonly lines: readonly LineView[];
}

/** One policy rule: what the lines it names become. */
export interface ProductView {
  readonly id: string;
  readonly name: string;
  /** `chain`: that of its chain in the input; `comment`: what its rules say; `groups`: the names of its groups; `person`: somebody gave it in the plan. */
  readonly nameFrom: string;
  /** The whole comment. */
  readonly nameNote?: string;
  /** False: refused, or one of its groups is. */
  readonly accept: boolean;
  readonly file: string;
  readonly table: string;
  readonly chain: string;
  /** Names of its groups by axis. */
  readonly groups: Readonly<Partial<Record<Axis, string>>>;
  /** Axes whose group is negated: it is for packets that are not in it. Missing where there are none. */
  readonly negated?: readonly Axis[];
  /** Groups that the rules have the other way round, as the plan has them (`not S-LAN`): that changes the policy. Missing where there are none. */
  readonly turned?: readonly string[];
  /** The whole rule as one line for people. */
  readonly summary: string;
  /** Name of the policy rule whose rest it is, and in whose rule chain its verdict stands; missing where it has its own. */
  readonly restOf?: string;
  /** The lines that it merges; all lines that it could merge where it is refused. */
  readonly lines: readonly LineView[];
  /** How many combinations of members its lines say, where lists of ports are split; missing where each line is one. */
  readonly combinations?: number;
  /** Combinations of its members that no line says, such as `10.1.4.7/32 | tcp dport 5432`: they stay as they are. */
  readonly missing: readonly string[];
  /** Those that the plan adds to the policy. Missing where there are none. */
  readonly added?: readonly string[];
}

/** Rules of one chain that stay flat for one reason. */
export interface FlatView {
  readonly file: string;
  readonly table: string;
  readonly chain: string;
  readonly reason: FlatReason;
  /** The reason in words. */
  readonly why: string;
  readonly lines: readonly LineView[];
}

/** One thing worth knowing. */
export interface Finding {
  /** Stable word: `policy-change`, `partial`, `unparsed`, `marks-of-others`, `log-partial`, `nothing-to-do`, `grows`, `small-ruleset`, `tidied`, `lost-comments`, `lost-counters`, `kept-chains`, `probably-forgotten`, `empty-set`, `group-like-set`. */
  readonly kind: string;
  /** `warning`: look at it before applying. `note`: good to know. */
  readonly severity: "warning" | "note";
  /** One sentence, without a full stop. */
  readonly message: string;
  /** Rules that it is about; empty for the plan as a whole. */
  readonly lines: readonly LineView[];
  /** Id of the policy rule that it is about; missing where it is about none alone. */
  readonly policyRule?: string;
}

/** The report. */
export interface GroupsView {
  readonly version: 1;
  readonly inputs: readonly InputView[];
  readonly groups: readonly GroupView[];
  /** How many policy rules are accepted. */
  readonly policyRules: number;
  readonly products: readonly ProductView[];
  /** What stays as it is: each rule of an input is here or in an accepted product. */
  readonly flat: readonly FlatView[];
  /** Over all inputs. */
  readonly rulesBefore: number;
  readonly rulesAfter: number;
  /** Rules that could not be read, over all inputs. */
  readonly unparsed: number;
  /** All bits of the packet mark that the new chains use, such as `0x1f`; `0x0` for none. */
  readonly ownMarkBits: string;
  readonly markBits: Readonly<Partial<Record<Axis, string>>>;
  /** Rule comments that have no place in the new ruleset. */
  readonly lostComments: readonly (LineView & { readonly comment: string })[];
  /** How many merged rules had counted packets. */
  readonly lostCounters: number;
  readonly findings: readonly Finding[];
  /** What lint found in each input, in short; missing where nobody asked. */
  readonly lint?: readonly LintSummary[];
  /** What packets cost before and after, for each input; of `review` only. */
  readonly costs?: readonly CostView[];
}
