/**
 * Codes of files that tell of the host: which marks others use (`--ip-rules`, `--tc`, `--marks-of`), and what the traffic is (`--traffic`).
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const MARK_CODES = {
  TRAFFIC_NOT_READ: {
    severity: "error",
    message: (args) => `${args.problem}`,
    label: () => "here",
  },
  MARKS_NOT_READ: {
    severity: "error",
    message: (args) => `${args.found} can't be read, and could be a use of marks`,
    label: (args) => String(args.expected),
  },
  MARKS_OF_WHAT: {
    severity: "error",
    message: () => "no command is known whose output begins like this",
    label: () => "not recognised",
    help: (args) => `it can be the output of ${args.known}`,
  },
  MARK_BITS_RESERVED: {
    severity: "error",
    message: (args) =>
      `groups need ${args.needed} mark bits, but too few are left: the ruleset and others use ${args.used}, of which ${args.reserved} were given by options`,
    help: () => "give more room (--mark-mask), or leave out what is not on this host (--avoid, --marks-of)",
  },
} as const satisfies Record<string, CodeRow>;
