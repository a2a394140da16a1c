/**
 * What REJECT answers with. Source: iptables 1.8.9, `extensions/libipt_REJECT.c`, `libip6t_REJECT.c`.
 */
import type { Family } from "./types.ts";

/** Full name and alias; the first is what iptables takes when nothing is said. */
const TYPES: Readonly<Record<Family, readonly (readonly [string, string])[]>> = {
  v4: [
    ["icmp-port-unreachable", "port-unreach"],
    ["icmp-net-unreachable", "net-unreach"],
    ["icmp-host-unreachable", "host-unreach"],
    ["icmp-proto-unreachable", "proto-unreach"],
    ["icmp-net-prohibited", "net-prohib"],
    ["icmp-host-prohibited", "host-prohib"],
    ["tcp-reset", "tcp-rst"],
    ["icmp-admin-prohibited", "admin-prohib"],
  ],
  v6: [
    ["icmp6-port-unreachable", "port-unreach"],
    ["icmp6-no-route", "no-route"],
    ["icmp6-adm-prohibited", "adm-prohibited"],
    ["icmp6-addr-unreachable", "addr-unreach"],
    ["tcp-reset", "tcp-reset"],
    ["icmp6-policy-fail", "policy-fail"],
    ["icmp6-reject-route", "reject-route"],
  ],
};

/** The type as iptables-save prints it, from a name, an alias or a start that fits one type only; null when it is none. */
export function parseRejectType(text: string, family: Family): string | null {
  const lower = text.toLowerCase();
  const fitting = TYPES[family].filter((names) => names.some((name) => name.startsWith(lower)));
  return fitting.length === 1 ? fitting[0]![0] : null;
}

/** What a rule without --reject-with answers with. */
export function defaultRejectType(family: Family): string {
  return TYPES[family][0]![0];
}

/** The full names of a family, for suggestions. */
export function rejectTypes(family: Family): readonly string[] {
  return TYPES[family].map(([name]) => name);
}
