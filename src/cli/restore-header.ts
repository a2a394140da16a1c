/**
 * The comment above an emitted restore file: what it was made from, how to read it, and what was checked. No time stamp: the same plan gives the same
 * bytes.
 */
import { basename } from "node:path";
import { AXES } from "../model/types.ts";
import { headPartialLogs } from "./partial-logs.ts";
import { printMark } from "../plan/own-bits.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import { headFlatChains } from "../plan/written-layouts.ts";
import type { Plan } from "../plan/types.ts";
import { describeChanges } from "../report/findings.ts";
import { printable } from "../report/style.ts";
import type { Rewritten } from "../rewrite/types.ts";

/** What a header tells of. */
export interface HeaderFacts {
  readonly version: string;
  readonly planPath: string;
  readonly plan: Plan;
  readonly rewritten: Pick<
    Rewritten,
    | "flatOwners"
    | "markBits"
    | "moved"
    | "newBits"
    | "rests"
    | "ruleset"
    | "runs"
    | "sets"
    | "sharedOwners"
    | "treeGroups"
  >;
  /** Index of the input in the plan. */
  readonly input: number;
  /** The check's outcome; it is one line, so that line numbers don't depend on it. */
  readonly check: string;
}

/** Lines without `#`. Paths are cut to their last part: the file may travel further than the folder's name should. */
export function makeRestoreHeader(facts: HeaderFacts): readonly string[] {
  const { plan } = facts;
  const { flatOwners, markBits, moved, newBits, rests, runs, sets, sharedOwners, treeGroups } =
    facts.rewritten;
  const input = plan.inputs[facts.input];
  const name = input === undefined || input.path === "-" ? "standard input" : basename(input.path);
  const bits = AXES.flatMap((axis) => {
    const bit = markBits[axis];
    return bit === undefined ? [] : [`${axis} ${printMark(bit)}`];
  });
  // Where all policy rules are in runs, no rule chain asks groups itself.
  const alone = (lines: readonly string[]) => (bits.length === 0 ? [] : lines);
  const program = facts.rewritten.ruleset.family === "v6" ? "ip6tables-restore" : "iptables-restore";
  const lines = [
    `Made by markify ${facts.version} from ${name} with plan ${basename(facts.planPath)}, for ${program}`,
    `  ${name}: ${input?.digest ?? ""}`,
    ...(input?.partial === undefined
      ? []
      : [`Not the whole firewall (--partial): ${input.partial.join("; ")}`]),
    ...alone([
      `How to read it: a group's chain has one line a member, which sets the group's mark bit (${bits.join(", ")}).`,
    ]),
    ...(treeGroups.length > 0 ? TREES : []),
    ...(runs > 0 ? RUNS : []),
    ...(sharedOwners.length > 0 ? SHARED : []),
    ...alone([
      "A rule's chain asks its groups one after the other, returns as soon as a bit is missing, and gives the verdict at its end.",
    ]),
    ...(rests.length > 0 ? RESTS : []),
    `It owns the mark bits ${printMark(newBits)} and leaves the others alone; packets have to come in with its own at 0.`,
    ...(moved.length === 0
      ? []
      : [
          `Rules that may swap stand in the order of their use in ${moved.map(({ chain }) => chain).join(", ")}.`,
        ]),
    ...headFlatChains(flatOwners),
    ...describeSets(sets.map((set) => set.name)),
    ...headChanges(plan, facts.input),
    ...headPartialLogs(plan, facts.input),
    `Check: ${facts.check}`,
  ];
  return lines.map(printable);
}

/** Sets that the header names. */
const MOST_SETS = 10;

function describeSets(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const rest = names.length > MOST_SETS ? ` and ${names.length - MOST_SETS} more` : "";
  const list = names.slice(0, MOST_SETS).join(", ") + rest;
  return [
    `IT NEEDS SETS: the members of ${list} are in ipsets of the same names. Load the file .ipset beside it first.`,
  ];
}

/** How to read and change groups that are trees. */
const TREES: readonly string[] = [
  "A group of many networks is a tree of chains by prefix, so that a packet meets few lines: S-LAN/10.1 is the part of S-LAN for 10.1.0.0/16.",
  "To add a member, copy the line of another one and append it to the chain with the group's own name: it works there, wherever its address belongs.",
];

/** How to read and change runs in the hoisted layout. */
const RUNS: readonly string[] = [
  "P-FORWARD has the policy rules of FORWARD in a row. P-FORWARD/D finds out once a packet which destination groups it is in: it calls the chain of each, which sets a bit; packets in none leave.",
  "P-FORWARD/S leads a packet into the chains of its source groups: S-LAN has the policy rules of S-LAN, each a line that tests the bits and calls its own chain. (D- and S- may have changed parts.)",
  "To add a host, copy a line that calls its group, and append it to P-FORWARD/S (or /D) itself: it works there, wherever its address belongs. A group with rules that have to wait for others has",
  "a second chain, S-LAN/2, called by P-FORWARD/S-2: do the same there.",
];

/** How to read rule chains that end processing. */
const RESTS: readonly string[] = [
  "Where a rule says what becomes of packets that are in some of its groups alone, they meet that behind the test: DROP in the test's own line, LOG, REJECT and others in the chain R-LAN-WEB/rest, with the bits cleared.",
];

/** How to read policy rules that ask their source together. */
const SHARED: readonly string[] = [
  "P-S-LAN has neighbours that are for the sources in S-LAN: it asks that once, sends all others back, and calls the rules' chains in their order; these ask the rest.",
];

/** One line for each group that gets members which no rule had, for each that loses some, and for each policy rule that gets combinations. */
function headChanges(plan: Plan, input: number): readonly string[] {
  const { groups, rules } = findPolicyChanges(plan, input);
  const changes = describeChanges({
    groups: groups.map(({ group: { name }, ...lists }) => ({ name, ...lists })),
    rules: rules.map(({ rule: { name }, ...lists }) => ({ name, ...lists })),
  });
  if (changes.length === 0) return [];
  return [
    "THE POLICY IS NOT THAT OF THE INPUT: the plan changes it, and --allow-policy-change let it.",
    ...changes.map((change) => `  ${change}`),
  ];
}
