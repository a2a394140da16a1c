/**
 * Codes of the planner and the rewriter: what keeps a plan from being made or carried out.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const REWRITE_CODES = {
  MARK_GROUP_LIKE: {
    severity: "note",
    message: (args) => `chain ${args.chain} looks like a mark group, but ${args.why}; it stays as it is`,
    label: () => "stays as it is",
  },
  NO_FREE_MARK_BITS: {
    severity: "warning",
    message: (args) =>
      `groups would need ${args.needed} mark bits, but the ruleset uses ${args.used} of them itself: all rules stay flat`,
    help: (args) =>
      Number(args.unparsed) > 0
        ? "rules that can't be read may use any bit: mend them"
        : "free some bits: give MARK, CONNMARK and mark tests a mask (value/mask)",
  },
  POLICY_RULE_FIXED_LINE: {
    severity: "error",
    message: (args) => `policy rule ${args.name} can't merge line ${args.line}: it has to stay where it is`,
    help: () => "import the ruleset again, or take the policy rule back with accept: false",
  },
  POLICY_RULE_MIXED_LINES: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} can't merge line ${args.line} with line ${args.first}: they differ in more than its groups`,
    help: () => "import the ruleset again, or take the policy rule back with accept: false",
  },
  POLICY_RULE_ADDS_ACCESS: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} would match what no rule matched: ${args.cells}${Number(args.count) > 3 ? " …" : ""}`,
    help: () =>
      "take the member out of the group, or list each such combination under the policy rule: under missing to leave it as it is, under added to let it in; markify group add adds a member on purpose, with all that it changes shown",
  },
  POLICY_CHANGE_CANT_BE: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} can't have ${args.member}, since iptables would refuse such a rule: ${args.problem}`,
    help: () => "take it out of the group's added members",
  },
  POLICY_CHANGE_STAYS_FLAT: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} would not get what the plan changes, since ${args.place} stays flat (chainLayouts): ${args.changes}`,
    help: (args) => `take ${args.place} out of chainLayouts, or take the change back`,
  },
  POLICY_CHANGE_REFUSED: {
    severity: "warning",
    message: (args) =>
      `policy rule ${args.name} or a group of it is refused, so that a change of the policy has no effect there: ${args.changes}`,
    help: () => "accept them, or take the change back",
  },
  LAYOUT_OF_NO_CHAIN: {
    severity: "warning",
    message: (args) => `chainLayouts says how ${args.place} is written, and there is no such chain`,
    help: () => "name table and chain as the ruleset does, such as filter FORWARD",
  },
  POLICY_RULE_CANT_TURN: {
    severity: "error",
    message: (args) => `policy rule ${args.name} can't be for ${args.group}: ${args.why}`,
    help: () =>
      "write the group as the rules have it (`rule` says how), or change the ruleset and import it again",
  },
  POLICY_RULE_WHOLE_CHAINS: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} replaces whole chains, and its group ${args.group} lacks members of them: ${args.members}${Number(args.count) > 3 ? " …" : ""}`,
    help: () => "put them back into the group, or take the policy rule back with accept: false",
  },
  POLICY_RULE_OF_RUN: {
    severity: "error",
    message: (args) =>
      `${args.chain} stands in one run of policy rules with ${args.name}, which goes as a whole or not at all`,
    help: () => "accept all policy rules of the run, or refuse all of them with accept: false",
  },
  POLICY_RULE_NO_REST: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} can't be the rest of ${args.head}: it has to ask for some of its groups, and for no others`,
    help: (args) => `take restOf out of ${args.name}: then it has a rule chain of its own`,
  },
  POLICY_RULE_APART: {
    severity: "note",
    message: (args) =>
      `policy rule ${args.name} gets a rule chain of its own: it can't be brought behind ${args.head}, past what stands between them`,
  },
  POLICY_RULES_CANT_BE_ORDERED: {
    severity: "error",
    message: (args) =>
      `chain ${args.chain}: these policy rules can't all be merged, since rules between them decide otherwise: ${args.names}`,
    help: () => "refuse one of them with accept: false",
  },
  SET_NAME_TAKEN: {
    severity: "error",
    message: (args) =>
      `the group ${args.name} is to keep its members in an ipset, and rules name one of that name`,
    label: (args) => `${args.name} is not the group's alone`,
    help: () => "give the group another name, or say storage: lines",
  },
  CHAIN_NAME_TAKEN: {
    severity: "error",
    message: (args) => `table ${args.table} has a chain ${args.name} already`,
    help: () => "choose another name in the plan",
  },
  MARK_BITS_TAKEN: {
    severity: "error",
    message: (args) =>
      `the plan's mark bits ${args.bits} are used by the ruleset itself, or by others that the plan names`,
    help: () => "import the ruleset again: free bits are chosen then",
  },
} as const satisfies Record<string, CodeRow>;
