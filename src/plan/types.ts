/**
 * The plan: what a person reads, edits and approves between import and apply.
 */
import type { ChainLayout, ClusterOptions, FlatReason, MarkBits } from "../cluster/types.ts";
import type { MarkUse } from "../import/marks/mark-reader.ts";
import type { Axis, Family } from "../model/types.ts";

/** One input of a plan. */
export interface PlanInput {
  /** Relative to the plan file; `-` for standard input, then `text` holds it. */
  readonly path: string;
  /** `sha256:` and 64 hex digits, of the bytes of the save file. */
  readonly digest: string;
  readonly family: Family;
  /** Rules in the file, all tables. */
  readonly rules: number;
  /** How many of them could not be read and were kept word for word; missing where there are none: then it is read without such leniency again. */
  readonly unparsed?: number;
  readonly tables: readonly string[];
  /** What is missing in it, where it is known not to be the whole firewall (`--partial`); not empty. */
  readonly partial?: readonly string[];
  /** The save file itself, where it came from standard input or was made from a file that is none. */
  readonly text?: string;
  /** Digest of the file that the text was made from (a script, one dump of several). */
  readonly madeFrom?: string;
  /** The ipset save file that holds members of its groups. */
  readonly sets?: PlanSets;
}

/** A file of sets: path as that of an input, and digest. */
export interface PlanSets {
  readonly path: string;
  readonly digest: string;
}

/** Where the chain of a group keeps its members (`storage.ts`). */
export type Storage = "lines" | "ipset";

/** A named set of members on one axis. */
export interface PlanGroup {
  /** What policy rules refer to: the name it was found under. Unique in the plan. */
  readonly id: string;
  /** What a person calls it, and the name of its chain. At first the id. */
  readonly name: string;
  readonly axis: Axis;
  /** False: the rules that use it stay flat. */
  readonly accept: boolean;
  /** Where the name came from: a word of `naming/sources.ts`. */
  readonly nameFrom: string;
  /** What is worth knowing about the name, for people: in what the set differs from the one that it is like, which sets it is together, which comment or hosts it is from. */
  readonly nameNote?: string;
  /** As iptables-save prints them, in source order: the flat rules have them, and so has the chain. */
  readonly members: readonly string[];
  /** Ids of groups of the axis whose members, with all that is added and removed, are among those of the lists here: the file names the groups instead. Missing where there are none. */
  readonly includes?: readonly string[];
  /** Id of the group of the opposite axis whose members and changes the lists here repeat: the file names it instead, and includes follow from it. That group says its own. */
  readonly sameAs?: string;
  /** What the chain is to have beside them although no flat rule has it: that changes the policy. Missing where there are none. */
  readonly added?: readonly string[];
  /** What the flat rules have and the chain is not to have any more: that changes the policy, too. Missing where there are none. */
  readonly removed?: readonly string[];
  /** Where its chain keeps the members; missing where that is as the plan says for all groups. */
  readonly storage?: Storage;
}

/** Groups by id. */
export type GroupsById = ReadonlyMap<string, PlanGroup>;

/** One policy rule: flat rules that become a rule chain. */
export interface PlanPolicyRule {
  readonly id: string;
  /** Name of its chain. */
  readonly name: string;
  /** `chain`: that of its chain in the input; `comment`: from what its rules say; missing: from the names of its groups. */
  readonly nameFrom?: string;
  /** As that of a group. */
  readonly nameNote?: string;
  readonly accept: boolean;
  /** Index in `inputs`. */
  readonly input: number;
  readonly table: string;
  readonly chain: string;
  /** Group ids on the axes that have groups. */
  readonly groups: Readonly<Partial<Record<Axis, string>>>;
  /** Axes whose group is negated, in AXES order: the rule is for packets that are not in it. Missing where there are none. */
  readonly negated?: readonly Axis[];
  /** Axes whose group the rules have the other way round: a person has written "not" before it, or has taken it away. That changes the policy. Missing where there are none. */
  readonly turned?: readonly Axis[];
  /** The rest of the rule for people: single values, other matches, target. Not read back. */
  readonly summary: string;
  /** Source lines, ascending. */
  readonly lines: readonly number[];
  /** How many combinations of members its lines say, where some say several at once and are split: lists of ports. Missing where each line is one. */
  readonly combinations?: number;
  /** Combinations of members that no line says, and that stay as they are: `missingText`. Missing where there are none. */
  readonly missing?: readonly string[];
  /** Those that no line says and that are to fare as the others do: that changes the policy. Missing where there are none. */
  readonly added?: readonly string[];
  /** Packets that are in some of its groups and not in all are logged, at most so many of a test: a word of `log-partial.ts`. Missing where that was not asked for. */
  readonly logPartial?: string;
  /** Id of a policy rule of the chain that asks for this one's groups, and more: what this one says of packets that are in these alone stands in that one's rule chain. Missing where it has its own. */
  readonly restOf?: string;
  /** Chains of the input that are this policy rule already, and go; missing where there are none. */
  readonly replaces?: readonly string[];
}

/** Rules that stay flat for one reason, in one chain. */
export interface PlanFlat {
  readonly input: number;
  readonly table: string;
  readonly chain: string;
  readonly reason: FlatReason;
  /** Ascending. */
  readonly lines: readonly number[];
}

export type { ChainLayout, MarkBits };

/** What the policy rules of a chain can be: lines as they are, or in a layout. */
export type ChainForm = "flat" | ChainLayout;

/** What is to become of the policy rules of one chain, whatever the plan says of all. */
export interface PlanChainLayout {
  readonly input: number;
  readonly table: string;
  readonly chain: string;
  readonly layout: ChainForm;
}

/** The same for a plan; `auto`: what costs least, for each chain. */
export type Layout = ChainLayout | "auto";

/** In which order rules stand that may swap: what is used most first, where that is known, or as they are written. */
export type Order = "used" | "written";

/** Which mark bits are not for groups, beside those that the rulesets show. */
export interface MarkReservation {
  /** Bits that groups may use, unsigned; all where it is missing. */
  readonly markRoom?: number;
  /** Uses by others on the host, and where they were read; not empty. */
  readonly othersMarks?: readonly MarkUse[];
}

/** What decides about a plan beside the rulesets. */
export interface PlanOptions extends ClusterOptions, MarkReservation {
  /** Where groups keep their members (`storage.ts`); missing: in lines, or as the ruleset has them already. */
  readonly storage?: string;
}

export interface Plan extends PlanOptions {
  readonly version: 1;
  readonly inputs: readonly PlanInput[];
  /** `article` where it is missing. */
  readonly layout?: Layout;
  /** Of chains that have their own; not empty. */
  readonly chainLayouts?: readonly PlanChainLayout[];
  /** `used` where it is missing. */
  readonly order?: Order;
  readonly markBits: MarkBits;
  readonly groups: readonly PlanGroup[];
  readonly policyRules: readonly PlanPolicyRule[];
  readonly flat: readonly PlanFlat[];
}
