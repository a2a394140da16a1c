/**
 * Codes of the plan file: what a person may have mistyped in it.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const PLAN_CODES = {
  PLAN_YAML: {
    severity: "error",
    message: (args) => `this is not YAML: ${args.problem}`,
    label: (args) => `${args.problem}`,
  },
  PLAN_VERSION: {
    severity: "error",
    message: (args) => `the plan is of version ${args.version}; this markify reads version ${args.known}`,
    label: (args) => `expected ${args.known}`,
    help: () => "make the plan again with markify import",
  },
  PLAN_UNKNOWN_KEY: {
    severity: "error",
    message: (args) => `${args.what} has no key ${args.key}`,
    label: () => "no such key",
  },
  PLAN_MISSING_KEY: {
    severity: "error",
    message: (args) => `${args.what} lacks the key ${args.key}`,
    label: (args) => `${args.key} is missing`,
  },
  PLAN_DUPLICATE_KEY: {
    severity: "error",
    message: (args) => `${args.key} is here twice`,
    label: () => "the second one",
  },
  PLAN_WRONG_TYPE: {
    severity: "error",
    message: (args) => `${args.key}: found ${args.found}, expected ${args.expected}`,
    label: (args) => `expected ${args.expected}`,
  },
  PLAN_BAD_VALUE: {
    severity: "error",
    message: (args) => `${args.key} can't be "${args.value}"`,
    label: (args) => `expected ${args.expected}`,
  },
  PLAN_UNKNOWN_GROUP: {
    severity: "error",
    message: (args) => `the plan has no group ${args.group}`,
    label: () => "no such group",
  },
  PLAN_WRONG_AXIS: {
    severity: "error",
    message: (args) => `group ${args.group} holds ${args.has} values, and can't stand for ${args.axis}`,
    label: (args) => `a ${args.has} group`,
  },
  PLAN_NO_GROUP: {
    severity: "error",
    message: (args) => `policy rule ${args.rule} names no group`,
    help: () => "to refuse it, write accept: false",
  },
  PLAN_EMPTY_GROUP: {
    severity: "error",
    message: (args) => `group ${args.group} has no members`,
    label: () => "no members",
    help: () => "to refuse it, write accept: false",
  },
  PLAN_MEMBER_TWICE: {
    severity: "error",
    message: (args) => `group ${args.group} has the member ${args.member} twice`,
    label: () => "the second one",
  },
  PLAN_INCLUDE_RING: {
    severity: "error",
    message: (args) => `a group can't include itself: ${args.ring}`,
    label: () => "leads back",
    help: () => "take it out, and write the members that are meant",
  },
  PLAN_SAME_AS_AND_MORE: {
    severity: "error",
    message: (args) => `group ${args.group} is the same as ${args.other}, and can't have ${args.key}, too`,
    label: () => "not beside sameAs",
    help: (args) =>
      `change ${args.other}; to part the two, take sameAs out and write all members of ${args.group}`,
  },
  PLAN_SAME_AS_AXIS: {
    severity: "error",
    message: (args) =>
      `group ${args.group} (${args.axis}) can't be the same as ${args.other}, which holds ${args.has} values`,
    label: (args) => `a ${args.has} group`,
    help: (args) =>
      args.wanted === "none"
        ? "services have one direction only: let the policy rules name one group"
        : `sameAs of a group on the axis ${args.axis} names one on the axis ${args.wanted}`,
  },
  PLAN_SAME_AS_TWIN: {
    severity: "error",
    message: (args) =>
      `group ${args.group} can't be the same as ${args.other}, which has no members of its own`,
    label: () => "says sameAs itself",
    help: (args) => `write the members out in ${args.other}, or in ${args.group}`,
  },
  PLAN_PART_HAS_MEMBER: {
    severity: "error",
    message: (args) =>
      `group ${args.group} includes ${args.part}, which ${args.verb} ${args.member}, and says otherwise itself`,
    label: (args) => `${args.part} ${args.verb} ${args.member}`,
    help: (args) =>
      `change ${args.part}, or write its members out in ${args.group} and take it out of includes`,
  },
  PATTERN_WITHOUT_CHAIN: {
    severity: "warning",
    message: (args) => `${args.option} ${args.pattern} fits no chain`,
    help: () => "* stands for any text, ? for one character; case counts",
  },
  COMPILED_CHAINS_STAY: {
    severity: "note",
    message: (args) =>
      `${args.path}: ${
        args.count === 1
          ? "1 product that is compiled into chains stays as it is"
          : `${args.count} products that are compiled into chains stay as they are`
      }, since the file would grow by ${args.rules} rules: ${args.chains}`,
    help: () => "--compiled-chains takes them all the same, --names policy.fwb those that have names",
  },
  PLAN_UNKNOWN_MEMBER: {
    severity: "error",
    message: (args) => `group ${args.group}: no rule that could be merged has ${args.member}`,
    label: () => "no such member",
    help: () => "markify group add adds one on purpose",
  },
  PLAN_BAD_MEMBER: {
    severity: "error",
    message: (args) => `group ${args.group} can't have ${args.member}: it ${args.problem}`,
    label: (args) => `${args.problem}`,
  },
  PLAN_BAD_COMBINATION: {
    severity: "error",
    message: (args) =>
      `policy rule ${args.name} can't have ${args.combination} under ${args.list}: it ${args.problem}`,
    label: (args) => `${args.problem}`,
    help: () => "added is for combinations that are under missing: move one from there",
  },
  PLAN_NOT_EDITABLE: {
    severity: "error",
    message: (args) => `${args.key} can't be edited: the ruleset has ${args.expected}`,
    label: (args) => `the ruleset has ${args.expected}`,
    help: () => "change the ruleset instead, and import it again",
  },
  PLAN_DUPLICATE_NAME: {
    severity: "error",
    message: (args) => `the name ${args.name} is given twice`,
    label: (args) => `${args.first} has it already`,
  },
  PLAN_NAME_TOO_LONG: {
    severity: "error",
    message: (args) =>
      `the name ${args.name} has ${args.length} characters; a chain's name has ${args.most} at most`,
    label: (args) => `${args.length} characters, ${args.most} at most`,
  },
  PLAN_NAME_CHARACTERS: {
    severity: "error",
    message: (args) => `"${args.name}" can't be the name of a chain`,
    label: () => "letters, digits and _ . : + @ / - only, a letter, digit or _ first",
  },
  PLAN_NAME_RESERVED: {
    severity: "error",
    message: (args) =>
      `the name ${args.name} is taken: a built-in chain, a target, or a word of nft's language`,
    label: () => "reserved",
    help: (args) => `put something before or after it, such as ${args.example}`,
  },
} as const satisfies Record<string, CodeRow>;
