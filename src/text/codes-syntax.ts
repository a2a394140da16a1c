/**
 * Codes of the parser: what can be wrong with a line of a save file, or with the order of its lines.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const SYNTAX_CODES = {
  EMPTY_FILE: {
    severity: "error",
    message: () => "the file holds no table",
    help: () => "expected the output of iptables-save or ip6tables-save",
  },
  NUL_BYTE: {
    severity: "error",
    message: () => "a NUL byte in the line",
    help: () => "this is not a text file; is it compressed, or UTF-16?",
  },
  UNREADABLE_LINE: {
    severity: "error",
    message: (args) => `neither a table, a chain, a rule nor COMMIT: ${args.word}`,
    label: () => "not a line of a save file",
  },
  TEXT_AROUND_DUMP: {
    severity: "warning",
    message: () => "text outside the dump, left aside",
    help: () => "delete it if it came from a terminal",
  },
  REFUSED_WHITESPACE: {
    severity: "warning",
    message: (args) => `${args.what}, which ${args.program} refuses`,
    help: () => "a file that markify writes anew has none; one that it leaves as it is keeps it",
  },
  UNTERMINATED_QUOTE: {
    severity: "error",
    message: () => "this quote is not closed on its line",
  },
  TABLE_NAME_MISSING: {
    severity: "error",
    message: () => "expected a table's name after *",
  },
  UNKNOWN_TABLE: {
    severity: "error",
    message: (args) => `iptables has no table ${args.table}`,
    help: () => "the tables are raw, mangle, nat, filter and security",
  },
  TABLE_TWICE: {
    severity: "error",
    message: (args) => `table ${args.table} is in this file already`,
    help: () => "the second one would replace the first; keep one dump a file",
  },
  TABLE_NOT_COMMITTED: {
    severity: "error",
    message: (args) => `table ${args.table} has no COMMIT, so this is not the whole firewall`,
    help: () => "iptables-restore applies nothing without COMMIT; was the dump cut off? --partial goes on",
  },
  COMMIT_OUTSIDE_TABLE: {
    severity: "error",
    message: () => "COMMIT without a table",
  },
  OUTSIDE_TABLE: {
    severity: "error",
    message: (args) => `a ${args.what} outside any table`,
    help: () => "expected a line like *filter before it",
  },
  TRAILING_WORDS: {
    severity: "error",
    message: (args) => `unexpected ${args.word}`,
    label: () => "expected the end of the line",
  },
  CHAIN_LINE_INCOMPLETE: {
    severity: "error",
    message: () => "expected :CHAIN POLICY [packets:bytes]",
  },
  CHAIN_TWICE: {
    severity: "error",
    message: (args) => `chain ${args.chain} is declared already`,
    help: () => "iptables-legacy refuses this, iptables-nft would silently empty the chain",
  },
  CHAIN_NAME_TOO_LONG: {
    severity: "error",
    message: (args) => `chain name of ${args.bytes} bytes; iptables takes 28`,
  },
  BAD_POLICY: {
    severity: "error",
    message: (args) => `${args.policy} can't be the policy of ${args.chain}`,
    help: (args) =>
      args.base === 1 ? "a base chain's policy is ACCEPT or DROP" : "a user-defined chain has - for a policy",
  },
  POLICY_NOT_SET: {
    severity: "warning",
    message: (args) =>
      `the file does not set the policy of ${args.chain}; ACCEPT is assumed, the kernel keeps what it has`,
    help: (args) => `declare it, for example :${args.chain} ACCEPT [0:0]`,
  },
  BAD_COUNTERS: {
    severity: "error",
    message: (args) => `${args.text} is no pair of counters`,
    help: () => "expected [packets:bytes], two decimal numbers",
  },
  UNDECLARED_CHAIN: {
    severity: "error",
    message: (args) => `table ${args.table} has no chain ${args.chain}`,
    help: (args) =>
      args.nearest ? `did you mean ${args.nearest}?` : `a line :${args.chain} - [0:0] must come before it`,
  },
  COMMAND_NOT_SUPPORTED: {
    severity: "error",
    message: (args) => `command ${args.command}: only -A is understood in a save file`,
    help: () => "load the file into a network namespace and take the output of iptables-save",
  },
  CHAIN_MISSING: {
    severity: "error",
    message: (args) => `expected a chain after ${args.command}`,
  },
  TABLE_OPTION: {
    severity: "error",
    message: () => "-t is not allowed here; the table is the one of the * line above",
  },
} as const satisfies Record<string, CodeRow>;
