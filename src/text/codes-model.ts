/**
 * Codes of the model: options, values, modules and targets of rules, and what they add up to.
 */
import type { CodeRow } from "./code-row.ts";

/** The groups of an IPv6 address are hexadecimal and may begin with zeros; what comes after its slash may not. */
function octalHelp(value: string | number | undefined): string | undefined {
  const text = String(value);
  const numbers = text.includes("::") || text.split(":").length > 2 ? text.replace(/^[^/]*/u, "") : text;
  if (!/(?:^|[^\da-fx])0\d/iu.test(numbers)) return undefined;
  return "iptables reads a number with a leading 0 as octal; write it without";
}

/** Rows for `codes.ts`. */
export const MODEL_CODES = {
  UNEXPECTED_WORD: {
    severity: "error",
    message: (args) => `unexpected ${args.word}`,
    label: () => "expected an option here",
  },
  UNKNOWN_OPTION: {
    severity: "error",
    message: (args) => `iptables has no option ${args.option}`,
    label: () => "no such option",
    help: (args) => (args.nearest ? `did you mean ${args.nearest}?` : undefined),
  },
  UNKNOWN_MATCH_OPTION: {
    severity: "error",
    message: (args) => `${args.module} has no option ${args.option}`,
    label: (args) => `${args.module} has no such option`,
    help: (args) => (args.nearest ? `did you mean ${args.nearest}?` : undefined),
  },
  UNKNOWN_TARGET_OPTION: {
    severity: "error",
    message: (args) => `target ${args.target} has no option ${args.option}`,
    label: (args) => `${args.target} has no such option`,
    help: (args) => (args.nearest ? `did you mean ${args.nearest}?` : undefined),
  },
  OPTION_NEEDS_MODULE: {
    severity: "error",
    message: (args) => `${args.option} belongs to ${args.modules}, which the rule does not load`,
    help: (args) => `put ${args.example} before it`,
  },
  AMBIGUOUS_OPTION: {
    severity: "error",
    message: (args) => `${args.option} may be short for ${args.candidates}`,
    help: () => "write it out",
  },
  MISSING_VALUE: {
    severity: "error",
    message: (args) =>
      args.count === 1 ? `${args.option} needs a value` : `${args.option} needs ${args.count} values`,
  },
  GLUED_VALUE: {
    severity: "error",
    message: (args) => `iptables-restore would read all of ${args.word} as the value`,
    label: () => "iptables-restore reads all of this as the value",
    help: (args) => `write ${args.option} ${args.value}`,
  },
  OPTION_TWICE: {
    severity: "error",
    message: (args) => `${args.option} is in this rule already`,
  },
  NOT_NEGATABLE: {
    severity: "error",
    message: (args) => `${args.option} can't be negated`,
  },
  DOUBLE_NEGATION: {
    severity: "error",
    message: () => "! twice",
  },
  OLD_NEGATION: {
    severity: "warning",
    message: (args) => `! after ${args.option}, as before iptables 1.4.3; read as ! ${args.option}`,
    help: () => "the new file has ! before the option",
  },
  COMMA_LIST: {
    severity: "error",
    message: (args) => `a list of ${args.count} addresses in one rule`,
    help: () => "iptables-save never writes lists: write one rule for each",
  },
  BAD_ADDRESS: {
    severity: "error",
    message: (args) => `${args.value} is no IPv${args.version} address`,
    help: (args) => octalHelp(args.value),
  },
  FOREIGN_ADDRESS: {
    severity: "error",
    message: (args) => `${args.value} is an IPv${args.found} address in an IPv${args.version} file`,
  },
  UNREADABLE_ADDRESS: {
    severity: "warning",
    message: (args) => `${args.value} is no address; kept word for word`,
    help: () => "iptables would ask the name service, or refuse it; rules with it stay as they are",
  },
  INTERFACE_TOO_LONG: {
    severity: "error",
    message: (args) => `interface name of ${args.length} characters; Linux takes 15`,
  },
  UNKNOWN_PROTOCOL: {
    severity: "error",
    message: (args) => `unknown protocol ${args.value}`,
    help: (args) => octalHelp(args.value) ?? "write its number",
  },
  BAD_PORT: {
    severity: "error",
    message: (args) => `${args.value} is no port`,
    help: (args) =>
      octalHelp(args.value) ?? "expected a number from 0 to 65535, first:last or a service's name",
  },
  UNKNOWN_SERVICE: {
    severity: "warning",
    message: (args) =>
      `markify does not know the number of service ${args.value}; the match is kept word for word`,
    help: () => "write the port's number",
  },
  INVERTED_RANGE: {
    severity: "warning",
    message: (args) => `the range ${args.value} ends before it begins and matches nothing`,
  },
  TOO_MANY_PORTS: {
    severity: "error",
    message: () => "multiport takes 15 ports, a range counts as two",
  },
  BAD_NUMBER: {
    severity: "error",
    message: (args) => `${args.value} is no ${args.what}`,
    help: (args) => octalHelp(args.value) ?? (args.expected ? `expected ${args.expected}` : undefined),
  },
  UNREADABLE_MAC: {
    severity: "warning",
    message: (args) => `${args.value} is no MAC address; kept word for word`,
    help: () => "iptables would refuse it",
  },
  REFUSED_BY_IPTABLES: {
    severity: "warning",
    message: (args) => `iptables-restore refuses ${args.what} here: ${args.why}`,
    label: (args) => String(args.why),
    help: () => "the rule is kept as it is; iptables-restore would refuse the whole file",
  },
  UNKNOWN_STATE: {
    severity: "error",
    message: (args) => `unknown connection state ${args.value}`,
    help: () => "the states are NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, SNAT and DNAT",
  },
  UNKNOWN_FLAG: {
    severity: "error",
    message: (args) => `unknown TCP flag ${args.value}`,
    help: () => "the flags are SYN, ACK, FIN, RST, URG, PSH, ALL and NONE",
  },
  UNKNOWN_ICMP_TYPE: {
    severity: "error",
    message: (args) => `unknown ICMP${args.version} type ${args.value}`,
    help: (args) =>
      octalHelp(args.value) ??
      (args.nearest ? `did you mean ${args.nearest}?` : "expected a name, type or type/code"),
  },
  UNKNOWN_REJECT_TYPE: {
    severity: "error",
    message: (args) => `REJECT can't answer with ${args.value}`,
    help: (args) => (args.nearest ? `did you mean ${args.nearest}?` : undefined),
  },
  NEEDS_PROTOCOL: {
    severity: "error",
    message: (args) => `${args.module} needs ${args.expected} in the same rule`,
  },
  NEEDS_OPTION: {
    severity: "error",
    message: (args) => `${args.module} needs ${args.expected}`,
  },
  UNKNOWN_MATCH_MODULE: {
    severity: "warning",
    message: (args) => `markify does not know match ${args.module}; its rule stays as it is`,
  },
  UNKNOWN_TARGET: {
    severity: "warning",
    message: (args) =>
      `${args.target} is neither a chain of this table nor a target markify knows; its rule stays as it is`,
  },
  FOREIGN_MODULE: {
    severity: "error",
    message: (args) => `${args.module} does not exist in IPv${args.version}`,
  },
  OTHER_FAMILY: {
    severity: "error",
    message: (args) =>
      `iptables-restore leaves a rule with ${args.option} out of an IPv${args.version} ruleset`,
    label: (args) => `leaves the rule out of an IPv${args.version} ruleset`,
    help: () => "IPv4 and IPv6 belong into two files",
  },
  TARGET_TWICE: {
    severity: "error",
    message: () => "a second target in one rule",
  },
  GOTO_TARGET: {
    severity: "error",
    message: (args) => `-g goes to user-defined chains, and ${args.target} is none`,
  },
  MISSING_CHAIN: {
    severity: "error",
    message: (args) => `table ${args.table} has no chain ${args.chain}`,
    help: (args) => (args.nearest ? `did you mean ${args.nearest}?` : undefined),
  },
  CHAIN_NAMED_LIKE_TARGET: {
    severity: "error",
    message: (args) => `${args.chain} is the name of a target and can't be a chain's`,
  },
  JUMP_TO_BASE: {
    severity: "error",
    message: (args) => `${args.chain} is a base chain; rules can't jump to it`,
  },
  RULE_TOO_LONG: {
    severity: "error",
    message: (args) => `a rule of ${args.words} words; iptables-restore takes fewer than ${args.most}`,
    label: (args) => `the rule has ${args.words} words; iptables-restore takes fewer than ${args.most}`,
    help: () => "make several rules of it",
  },
  CHAIN_LOOP: {
    severity: "error",
    message: (args) => `a loop of chains: ${args.path}`,
    help: () => "the kernel refuses to load it",
  },
  RULES_KEPT_UNPARSED: {
    severity: "warning",
    message: (args) =>
      args.count === 1
        ? `${args.file}: 1 rule can't be read and is kept as it is; nothing that reaches it can be proved`
        : `${args.file}: ${args.count} rules can't be read and are kept as they are; nothing that reaches one can be proved`,
    help: () => "the warnings about each say what is wrong with it; without --keep-unparsed they are errors",
  },
  MORE_FINDINGS: {
    severity: "note",
    message: (args) => {
      const counts = [
        [args.errors, "errors"],
        [args.warnings, "warnings"],
        [args.notes, "notes"],
      ];
      const more = counts
        .filter(([count]) => Number(count) > 0)
        .map(([count, what]) => `${count} more ${what}`);
      return `too many to list: ${more.join(", ")}`;
    },
  },
  FAMILY_UNKNOWN: {
    severity: "error",
    message: (args) => `nothing in ${args.file} tells IPv4 from IPv6`,
    help: () =>
      "say which it is: --family v4 or --family v6; where its rules name ipsets, --ipset FILE tells, too",
  },
  FAMILY_CONTRADICTION: {
    severity: "error",
    message: (args) =>
      `${args.second} says IPv${args.secondVersion}, but ${args.first} says IPv${args.firstVersion}`,
    help: () => "IPv4 and IPv6 belong into two files",
  },
} as const satisfies Record<string, CodeRow>;
