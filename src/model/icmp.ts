/**
 * Names of ICMP types and codes, as iptables knows them. Source: iptables 1.8.9, `extensions/libxt_icmp.h`.
 */
import { parseUint } from "./numbers.ts";
import type { Family } from "./types.ts";

/** A type (null: any) with its codes, both ends inclusive. */
export interface IcmpKind {
  readonly type: number | null;
  readonly firstCode: number;
  readonly lastCode: number;
}

/** `name=type` or `name=type/code`. */
const V4 = `any=any echo-reply=0 pong=0 destination-unreachable=3 network-unreachable=3/0 host-unreachable=3/1 protocol-unreachable=3/2
  port-unreachable=3/3 fragmentation-needed=3/4 source-route-failed=3/5 network-unknown=3/6 host-unknown=3/7 network-prohibited=3/9
  host-prohibited=3/10 TOS-network-unreachable=3/11 TOS-host-unreachable=3/12 communication-prohibited=3/13 host-precedence-violation=3/14
  precedence-cutoff=3/15 source-quench=4 redirect=5 network-redirect=5/0 host-redirect=5/1 TOS-network-redirect=5/2 TOS-host-redirect=5/3
  echo-request=8 ping=8 router-advertisement=9 router-solicitation=10 time-exceeded=11 ttl-exceeded=11 ttl-zero-during-transit=11/0
  ttl-zero-during-reassembly=11/1 parameter-problem=12 ip-header-bad=12/0 required-option-missing=12/1 timestamp-request=13
  timestamp-reply=14 address-mask-request=17 address-mask-reply=18`;

const V6 = `destination-unreachable=1 no-route=1/0 communication-prohibited=1/1 beyond-scope=1/2 address-unreachable=1/3 port-unreachable=1/4
  failed-policy=1/5 reject-route=1/6 packet-too-big=2 time-exceeded=3 ttl-exceeded=3 ttl-zero-during-transit=3/0
  ttl-zero-during-reassembly=3/1 parameter-problem=4 bad-header=4/0 unknown-header-type=4/1 unknown-option=4/2 echo-request=128 ping=128
  echo-reply=129 pong=129 router-solicitation=133 router-advertisement=134 neighbour-solicitation=135 neighbor-solicitation=135
  neighbour-advertisement=136 neighbor-advertisement=136 redirect=137`;

const NAMES: Readonly<Record<Family, ReadonlyMap<string, IcmpKind>>> = {
  v4: readNames(V4),
  v6: readNames(V6),
};

function readNames(text: string): ReadonlyMap<string, IcmpKind> {
  const names = new Map<string, IcmpKind>();
  for (const item of text.split(/\s+/u)) {
    const [name = "", value = ""] = item.split("=");
    const [type = "", code] = value.split("/");
    names.set(name.toLowerCase(), {
      type: type === "any" ? null : Number(type),
      firstCode: Number(code ?? 0),
      lastCode: Number(code ?? 255),
    });
  }
  return names;
}

/**
 * Reads a name, an unambiguous start of one, a type or `type/code`; null when it is none of them. Type 255 is "any" in IPv4, an ordinary
 * type in IPv6.
 */
export function parseIcmpType(text: string, family: Family): IcmpKind | null {
  if (!/^\d/u.test(text)) return parseName(text.toLowerCase(), NAMES[family]);
  const slash = text.indexOf("/");
  const type = parseUint(slash === -1 ? text : text.slice(0, slash), 255);
  const code = slash === -1 ? undefined : parseUint(text.slice(slash + 1), 255);
  if (type === null || code === null) return null;
  if (type === 255 && family === "v4") return { type: null, firstCode: 0, lastCode: 255 };
  return { type, firstCode: code ?? 0, lastCode: code ?? 255 };
}

function parseName(name: string, names: ReadonlyMap<string, IcmpKind>): IcmpKind | null {
  const exact = names.get(name);
  if (exact !== undefined) return exact;
  const longer = [...names.keys()].filter((candidate) => candidate.startsWith(name));
  return longer.length === 1 ? names.get(longer[0]!)! : null;
}

/** The names of a family, for suggestions. */
export function icmpNames(family: Family): Iterable<string> {
  return NAMES[family].keys();
}

/** As iptables-save prints it: `8`, `3/4`, `any`. */
export function printIcmpType(kind: IcmpKind): string {
  if (kind.type === null) return "any";
  return kind.firstCode === 0 && kind.lastCode === 255 ? String(kind.type) : `${kind.type}/${kind.firstCode}`;
}
