/**
 * Codes of the assertions file: what a person may have mistyped in it.
 */
import type { CodeRow } from "./code-row.ts";
import { PLAN_CODES } from "./codes-plan.ts";

/** Rows for `codes.ts`. */
export const ASSERT_CODES = {
  ASSERTION_YAML: {
    ...PLAN_CODES.PLAN_YAML,
    help: () =>
      'put an assertion that has [, { or ": " in it in quotes: - never: "[10.0.0.1, 10.0.0.2] -> any"',
  },
  ASSERTION_UNKNOWN_KEY: PLAN_CODES.PLAN_UNKNOWN_KEY,
  ASSERTION_MISSING_KEY: PLAN_CODES.PLAN_MISSING_KEY,
  ASSERTION_DUPLICATE_KEY: PLAN_CODES.PLAN_DUPLICATE_KEY,
  ASSERTION_WRONG_TYPE: PLAN_CODES.PLAN_WRONG_TYPE,
  ASSERTION_NONE: {
    severity: "error",
    message: () => "there is no assertion in this file",
    label: () => "no assertion",
    help: () => "write one, such as - always: 10.0.0.5 -> this host tcp/22",
  },
  ASSERTION_KIND: {
    severity: "error",
    message: (args) => `an assertion is one never: or one always:, and this has ${args.found}`,
    label: () => "one of the two",
  },
  ASSERTION_FORM: {
    severity: "error",
    message: (args) => `found ${args.found}, expected ${args.expected}`,
    label: (args) => `expected ${args.expected}`,
    help: () => "an assertion is SOURCE -> DESTINATION SERVICE, in NAME, out NAME, state STATES",
  },
  ASSERTION_NAME: {
    severity: "error",
    message: (args) => `"${args.name}" can't be the name of addresses`,
    label: () => "a letter or _ first, then letters, digits and _ . - only; not any and not this",
  },
  ASSERTION_UNKNOWN_NAME: {
    severity: "error",
    message: (args) => `nothing is called ${args.name}`,
    label: () => "no such name",
    help: (args) => `define it under names: ${args.name}: [10.0.0.0/8]; names are looked up upwards`,
  },
  ASSERTION_ADDRESS: {
    severity: "error",
    message: (args) => `"${args.address}" is no address: ${args.problem}`,
    label: (args) => `${args.problem}`,
    help: () => "an address is 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9 or an IPv6 one in the same forms",
  },
  ASSERTION_NEGATED_NAME: {
    severity: "error",
    message: (args) => `${args.name} is a "not" itself, and can't stand in another one`,
    label: () => "a not already",
  },
  ASSERTION_SERVICE: {
    severity: "error",
    message: (args) => `"${args.service}" is no service: ${args.problem}`,
    label: (args) => `${args.problem}`,
    help: () => "a service is tcp/22, udp/53,123, tcp/1024-65535, icmp/8, icmpv6/128, esp or any protocol",
  },
  ASSERTION_OPTION: {
    severity: "error",
    message: (args) => `${args.option}: ${args.problem}`,
    label: (args) => `${args.problem}`,
  },
  ASSERTION_BOTH_HOST: {
    severity: "error",
    message: () => "source and destination are both this host",
    label: () => "this host again",
    help: () => "for what the host says to itself write any -> this host …, in lo",
  },
  ASSERTION_FAMILIES: {
    severity: "error",
    message: () => "no packet is like this: its parts are of different families, IPv4 and IPv6",
    label: () => "IPv4 meets IPv6",
    help: () => "icmp is IPv4's, icmpv6 is IPv6's; source and destination need addresses of one family",
  },
} as const satisfies Record<string, CodeRow>;
