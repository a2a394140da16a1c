/**
 * Codes of hosts and services files (`--hosts`, `--services`).
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const HOST_CODES = {
  HOSTS_LINE: {
    severity: "error",
    message: (args) => `${args.found} has no name`,
    label: () => "expected a name behind it",
    help: () => "a line is an address with names, or a PTR record of reverse DNS",
  },
  HOSTS_ADDRESS: {
    severity: "error",
    message: (args) => `${args.found} is no address`,
    label: () => "expected an address, or the name of one in in-addr.arpa or ip6.arpa",
  },
  SERVICES_LINE: {
    severity: "error",
    message: (args) => `no port and protocol can be read in ${args.found}`,
    label: () => "expected a line such as: ssh 22/tcp",
  },
} as const satisfies Record<string, CodeRow>;
