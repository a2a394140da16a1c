/**
 * What REJECT answers with. Source: iptables 1.8.9, `extensions/libipt_REJECT.c`, `libip6t_REJECT.c`.
 */
import type { Family } from "./types.ts";

/** Full name and alias, in iptables' order: a start of a name is the first that it fits. */
const TYPES: Readonly<Record<Family, readonly (readonly [string, string])[]>> = {
  v4: [
    ["icmp-net-unreachable", "net-unreach"],
    ["icmp-host-unreachable", "host-unreach"],
    ["icmp-proto-unreachable", "proto-unreach"],
    ["icmp-port-unreachable", "port-unreach"],
    ["icmp-net-prohibited", "net-prohib"],
    ["icmp-host-prohibited", "host-prohib"],
    ["tcp-reset", "tcp-rst"],
    ["icmp-admin-prohibited", "admin-prohib"],
  ],
  v6: [
    ["icmp6-no-route", "no-route"],
    ["icmp6-adm-prohibited", "adm-prohibited"],
    ["icmp6-addr-unreachable", "addr-unreach"],
    ["icmp6-port-unreachable", "port-unreach"],
    ["tcp-reset", "tcp-reset"],
    ["icmp6-policy-fail", "policy-fail"],
    ["icmp6-reject-route", "reject-route"],
  ],
};

/** The type as iptables-save prints it, from a name, an alias or a start of one; null when it is none. */
export function parseRejectType(text: string, family: Family): string | null {
  const lower = text.toLowerCase();
  if (lower === "") return null;
  return TYPES[family].find((names) => names.some((name) => name.startsWith(lower)))?.[0] ?? null;
}

/** What a rule without --reject-with answers with. */
export function defaultRejectType(family: Family): string {
  return family === "v4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
}

/** The full names of a family, for suggestions. */
export function rejectTypes(family: Family): readonly string[] {
  return TYPES[family].map(([name]) => name);
}
