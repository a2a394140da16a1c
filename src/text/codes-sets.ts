/**
 * Codes of ipset save files, and of rules that name sets.
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const SET_CODES = {
  SET_LINE: {
    severity: "error",
    message: (args) => `this is no line of ipset save: ${args.reason}`,
    label: (args) => `${args.reason}`,
    help: () => "--ipset takes what ipset save prints",
  },
  SET_TWICE: {
    severity: "error",
    message: (args) => `the set ${args.set} is created twice`,
    label: () => "again",
  },
  SET_NOT_CREATED: {
    severity: "error",
    message: (args) => `no line above creates the set ${args.set}`,
    label: () => "no such set so far",
  },
  SET_ENTRY: {
    severity: "error",
    message: (args) => `${args.entry} is no entry of a ${args.type} set: ${args.reason}`,
    label: (args) => `${args.reason}`,
  },
  SETS_NOT_KNOWN: {
    severity: "note",
    message: (args) => `what is in ${args.sets} is not used, so matches of such sets stay as they are`,
  },
  SET_MISSING: {
    severity: "warning",
    message: (args) => `the set ${args.set} is not in ${args.file}`,
    label: (args) => `${args.set} is not in ${args.file}`,
    help: () => "iptables-restore refuses a rule whose set is not there; save both at the same time",
  },
  SET_OF_OTHER_FAMILY: {
    severity: "warning",
    message: (args) => `the set ${args.set} holds ${args.kind} addresses`,
    label: (args) => `holds ${args.kind} addresses`,
    help: () => "iptables-restore refuses such a rule; in a list of sets it may stand",
  },
} as const satisfies Record<string, CodeRow>;
