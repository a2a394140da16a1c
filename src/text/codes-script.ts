/**
 * Codes of the script reader: what in a shell script of iptables commands can't be known without running it, and what would fail.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const SCRIPT_CODES = {
  SCRIPT_SYNTAX: {
    severity: "error",
    message: (args) => `not a shell script that can be read: ${args.what}`,
    label: (args) => `${args.what}`,
    help: () => "sh -n FILE tells whether a shell reads it",
  },
  SCRIPT_SHELL_UNKNOWN: {
    severity: "error",
    message: (args) =>
      `bash and other shells read ${args.what} differently, and the script's first line names neither`,
    label: () => "not the same in all shells",
    help: (args) => `give ${args.option}; or write it in a way that all shells of #!/bin/sh have`,
  },
  SCRIPT_SHELL_UNREAD: {
    severity: "error",
    message: (args) =>
      `scripts of ${args.shell} are not read: its language is another than that of sh, bash and dash`,
    help: () => "if sh or bash runs it as well, name that in the first line of a copy",
  },
  SCRIPT_VALUE_UNKNOWN: {
    severity: "error",
    message: (args) => `what this command does to the rules can't be read: ${args.why}`,
    label: (args) => `${args.why}`,
    help: (args) => (args.option ? `give it with ${args.option}` : "write the value into the script"),
  },
  SCRIPT_CONDITION_UNKNOWN: {
    severity: "error",
    message: (args) => `whether this command runs can't be read: ${args.why}`,
    label: (args) => `it runs only if: ${args.why}`,
    help: (args) =>
      args.option
        ? `give it with ${args.option}`
        : "put true or false in the place of the condition, in a copy of the script",
  },
  SCRIPT_COMMAND_UNSEEN: {
    severity: "error",
    message: (args) => `${args.command} could change rules in a way that can't be read here`,
    help: () => "take it out of a copy of the script, or put the iptables commands that it runs in its place",
  },
  SCRIPT_COMMAND_IGNORED: {
    severity: "warning",
    message: (args) => `${args.command} is not known; it is taken for a command that changes no rule`,
    help: () => "if it does run iptables, put its commands into the script",
  },
  SCRIPT_COMMAND_FAILS: {
    severity: "error",
    message: (args) => `iptables would refuse this: ${args.why}`,
    label: (args) => `${args.why}`,
    help: () => "the script would go on without it; behind the command, || true says that this is meant",
  },
  SCRIPT_FAILURE_HANDLED: {
    severity: "warning",
    message: (args) => `iptables would refuse this, so that it changes nothing: ${args.why}`,
    label: (args) => `refused, and the script goes on: ${args.why}`,
  },
  SCRIPT_ENDS_IN_ERROR: {
    severity: "error",
    message: (args) => `the script ends here with status ${args.status}; nothing behind it runs`,
    help: () => "what the rules would be is the state of a script that gave up",
  },
  SCRIPT_COMMAND_UNREADABLE: {
    severity: "error",
    message: (args) => `not a command of iptables that can be read: ${args.why}`,
    label: (args) => `${args.why}`,
  },
  SCRIPT_MAY_END: {
    severity: "error",
    message: (args) => `the script may end here, before all the commands that follow: ${args.why}`,
    label: (args) => `it may end here: ${args.why}`,
    help: (args) =>
      args.option
        ? `give it with ${args.option}`
        : "take the exit out of a copy of the script, or what follows it",
  },
  SCRIPT_EXIT_ASSUMED: {
    severity: "note",
    message: (args) => `the script would end here with an error; taken for one that doesn't: ${args.why}`,
    label: () => "taken for not reached: it would end the script with an error",
  },
  SCRIPT_ARGUMENT_ASSUMED: {
    severity: "note",
    message: () => "read as if the script were called with the argument start",
    help: () => "another argument: --define 1=ARGUMENT",
  },
  SCRIPT_START_ASSUMED: {
    severity: "warning",
    message: (args) =>
      `the script does not empty table ${args.table} of ${args.program}; what the table held before is left out`,
    help: (args) =>
      args.program ? `${args.program} -t ${args.table} -F at its beginning would say so` : undefined,
  },
  SCRIPT_POLICY_ASSUMED: {
    severity: "note",
    message: (args) =>
      `the script does not set the policy of ${args.chain} in table ${args.table}; ACCEPT is assumed`,
  },
  SCRIPT_DEFINE_AMBIGUOUS: {
    severity: "error",
    message: (args) =>
      `--define ${args.name} would stand for the values of two commands that may differ: ${args.first} in line ${args.line}, and ${args.second}`,
    label: () => "another value of the same variable",
    help: () => "write the values into a copy of the script, each in its place",
  },
  SCRIPT_DEFINE_UNUSED: {
    severity: "warning",
    message: (args) => `--define ${args.name}: the script does not need it`,
    help: () => "is the name that of a variable of the script?",
  },
  SCRIPT_WITHOUT_COMMANDS: {
    severity: "error",
    message: () => "no command of iptables is reached in this script",
    help: () => "are they in functions that nothing calls, or in another file?",
  },
  SCRIPT_TOO_LONG: {
    severity: "error",
    message: (args) => `more than ${args.what}`,
    label: () => "this does not seem to end",
  },
} as const satisfies Record<string, CodeRow>;
