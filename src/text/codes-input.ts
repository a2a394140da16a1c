/**
 * Codes of the way in: what a file is, before its lines are read.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const INPUT_CODES = {
  FOREIGN_FORMAT: {
    severity: "error",
    message: (args) => `this is ${args.format}, not the output of iptables-save`,
    label: (args) => `${args.format}`,
    help: (args) => `${args.instead}`,
  },
  SEVERAL_DUMPS: {
    severity: "error",
    message: (args) => `${args.count} dumps are in this file`,
    label: (args) => `dump 1 of ${args.count}: ${args.tables}`,
    help: () => "--dump N takes one of them",
  },
  DUMPS_UNCLEAR: {
    severity: "error",
    message: (args) =>
      `table ${args.table} is here twice, and nothing shows where one dump ends and the next begins`,
    label: () => "again",
    help: () => "split the file where the second dump begins",
  },
  NO_SUCH_DUMP: {
    severity: "error",
    message: (args) => `there is no dump ${args.wanted}: the file holds ${args.count}`,
  },
  DUMP_INCOMPLETE: {
    severity: "error",
    message: (args) => `${args.program} left something out, so this is not the whole firewall`,
    label: (args) => `${args.what}`,
    help: (args) => `${args.instead}; --partial goes on without it`,
  },
  PARTIAL_DUMP: {
    severity: "warning",
    message: (args) => `${args.what}: this is not the whole firewall (--partial)`,
  },
  SCRIPT_WITHOUT_FAMILY: {
    severity: "error",
    message: (args) => `the script sets no ${args.family} rules`,
  },
} as const satisfies Record<string, CodeRow>;
