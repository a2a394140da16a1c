/**
 * Codes of the file that `--names` gives: Firewall Builder's XML, which may come from anywhere.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const NAMES_CODES = {
  NAMES_XML: {
    severity: "error",
    message: (args) => `this is no XML that can be read: ${args.problem}`,
    label: (args) => `${args.problem}`,
    help: (args) =>
      String(args.problem).includes("entity")
        ? "entities that a file defines itself are not expanded; Firewall Builder writes none"
        : undefined,
  },
  NAMES_NOT_FWBUILDER: {
    severity: "error",
    message: (args) => `this is no file of Firewall Builder: found <${args.found}>`,
    label: () => "expected <FWObjectDatabase>",
  },
  NAMES_TOO_LARGE: {
    severity: "error",
    message: (args) => `the file is too large to be read: more than ${args.most} ${args.what}`,
  },
  NAMES_UNRESOLVED: {
    severity: "warning",
    message: (args) => `group ${args.group} has a member ${args.id} that is not in the file`,
    label: () => "no such object",
    help: () => "the group names nothing, since its members are not all known",
  },
  NAMES_CYCLE: {
    severity: "warning",
    message: (args) => `group ${args.group} is a member of itself`,
    help: () => "it is taken to have the members of all groups of the ring",
  },
  NAMES_BAD_VALUE: {
    severity: "warning",
    message: (args) => `${args.what} ${args.name} has no ${args.expected} that can be read: "${args.value}"`,
    help: () => "it and the groups that it is in name nothing",
  },
} as const satisfies Record<string, CodeRow>;
