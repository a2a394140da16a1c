/**
 * One object of Firewall Builder to the members that it stands for: addresses, networks and ranges; services.
 *
 * A host or firewall is the addresses of its interfaces, as in the compiled rules. What is only known while the firewall runs (dynamic interfaces, DNS names, address
 * tables), and what more than addresses and ports make (TCP flags, IP options, custom code), is unknown: a group with such a member names nothing.
 */
import { isEveryPort } from "../../model/ports.ts";
import type { PortRange } from "../../model/types.ts";
import { addressInterval, ANY_PORT, icmpInterval, portInterval, protocolInterval } from "../lanes.ts";
import type { Interval, NamedMember } from "../named-set.ts";
import type { XmlElement } from "./read-xml.ts";

/** What an object stands for. `bad`: a value in it can't be read. */
export type ObjectMembers =
  | { readonly kind: "known"; readonly members: readonly NamedMember[] }
  | { readonly kind: "unknown" }
  | { readonly kind: "bad"; readonly expected: string; readonly value: string };

const UNKNOWN: ObjectMembers = { kind: "unknown" };

/** Kinds of objects that stand for addresses. */
export const ADDRESS_ELEMENTS: readonly string[] = [
  ...["IPv4", "IPv6", "Network", "NetworkIPv6", "AddressRange"],
  ...["Host", "Firewall", "Cluster", "Interface", "AddressTable", "DNSName", "AnyNetwork"],
];

/** Kinds of objects that stand for services. */
export const SERVICE_ELEMENTS: readonly string[] = [
  ...["TCPService", "UDPService", "ICMPService", "ICMP6Service", "IPService"],
  ...["CustomService", "TagService", "UserService", "AnyIPService"],
];

/** Reads an object; all that are not addresses or services are unknown. */
export function readMembers(element: XmlElement): ObjectMembers {
  switch (element.name) {
    case "IPv4":
    case "IPv6":
      return readAddress(element, attribute(element, "address"));
    case "Network":
    case "NetworkIPv6":
      return readAddress(element, `${attribute(element, "address")}/${attribute(element, "netmask")}`);
    case "AddressRange":
      return readAddress(
        element,
        `${attribute(element, "start_address")}-${attribute(element, "end_address")}`,
      );
    case "Host":
    case "Firewall":
    case "Cluster":
    case "Interface":
      return readInterfaces(element);
    case "TCPService":
    case "UDPService":
      return readPorts(element);
    case "ICMPService":
    case "ICMP6Service":
      return readIcmp(element);
    case "IPService":
      return readProtocol(element);
    default:
      return UNKNOWN;
  }
}

/** An attribute; empty where it is missing. */
export function attribute(element: XmlElement, name: string): string {
  return Object.hasOwn(element.attributes, name) ? element.attributes[name]! : "";
}

function isTrue(element: XmlElement, name: string): boolean {
  return attribute(element, name) === "True";
}

function known(text: string, interval: Interval): ObjectMembers {
  return { kind: "known", members: [{ ...interval, text }] };
}

function readAddress(element: XmlElement, value: string): ObjectMembers {
  const isV6 = element.name.includes("6") || value.includes(":");
  const interval = addressInterval(value);
  if (interval === null || (interval.lane === "v6") !== isV6) {
    return { kind: "bad", expected: "address", value };
  }
  return known(value, interval);
}

/** The addresses of an interface, or of all interfaces of a host, subinterfaces too. */
function readInterfaces(host: XmlElement): ObjectMembers {
  const members: NamedMember[] = [];
  const open = [host];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    if (element.name === "Interface" && isTrue(element, "dyn")) return UNKNOWN;
    for (const child of element.children) {
      if (child.name === "Interface") open.push(child);
      if (child.name !== "IPv4" && child.name !== "IPv6") continue;
      const address = readMembers(child);
      if (address.kind !== "known") return address;
      members.push(...address.members);
    }
  }
  return members.length === 0 ? UNKNOWN : { kind: "known", members };
}

const FLAGS: readonly string[] = ["ack", "fin", "psh", "rst", "syn", "urg"];

function readPorts(element: XmlElement): ObjectMembers {
  const isTcp = element.name === "TCPService";
  if (isTcp && (isTrue(element, "established") || FLAGS.some((flag) => isTrue(element, `${flag}_flag_mask`))))
    return UNKNOWN;
  const source = readRange(element, "src");
  const destination = readRange(element, "dst");
  const interval =
    source === null || destination === null ? null : portInterval(isTcp ? 6 : 17, destination, source);
  if (interval === null || destination === null || source === null) {
    const values = ["src", "dst"].map(
      (side) => `${attribute(element, `${side}_range_start`)}:${attribute(element, `${side}_range_end`)}`,
    );
    return { kind: "bad", expected: "ports", value: values.join(" ") };
  }
  const words = [isTcp ? "tcp" : "udp"];
  if (!isEveryPort(source)) words.push(`source ${printRange(source)}`);
  if (!isEveryPort(destination)) words.push(printRange(destination));
  return known(words.join(" "), interval);
}

/** 0 and 0: every port; an end of 0 behind a start: one port. */
function readRange(element: XmlElement, side: "src" | "dst"): PortRange | null {
  const [first, end] = [
    readNumber(attribute(element, `${side}_range_start`), 0, 65535),
    readNumber(attribute(element, `${side}_range_end`), 0, 65535),
  ];
  if (first === null || end === null) return null;
  if (first === 0 && end === 0) return ANY_PORT;
  return { first, last: end === 0 ? first : end };
}

function printRange({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}:${last}`;
}

/** -1 stands for any type, and any code. */
function readIcmp(element: XmlElement): ObjectMembers {
  const [protocol, word] =
    element.name === "ICMPService" ? ([1, "icmp"] as const) : ([58, "icmpv6"] as const);
  const type = readNumber(attribute(element, "type"), -1, 255);
  const code = readNumber(attribute(element, "code"), -1, 255);
  const codes = code === null ? null : code === -1 ? { first: 0, last: 255 } : { first: code, last: code };
  const interval =
    type === null || codes === null ? null : icmpInterval(protocol, type === -1 ? null : type, codes);
  if (interval === null) {
    return {
      kind: "bad",
      expected: "icmp type",
      value: `${attribute(element, "type")}/${attribute(element, "code")}`,
    };
  }
  const text = type === -1 ? word : code === -1 ? `${word} type ${type}` : `${word} type ${type}/${code}`;
  return known(text, interval);
}

const IP_OPTIONS: readonly string[] = [
  "fragm",
  "lsrr",
  "rr",
  "short_fragm",
  "ssrr",
  "ts",
  "any_opt",
  "rtralt",
];

function readProtocol(element: XmlElement): ObjectMembers {
  if (IP_OPTIONS.some((option) => isTrue(element, option))) return UNKNOWN;
  if (["tos", "dscp"].some((name) => attribute(element, name) !== "")) return UNKNOWN;
  const value = attribute(element, "protocol_num");
  const number = readNumber(value, 0, 255);
  const interval = number === null || number === 0 ? null : protocolInterval(number);
  // 0 is any protocol, which no set of services is.
  if (number === 0) return UNKNOWN;
  return interval === null
    ? { kind: "bad", expected: "protocol", value }
    : known(`protocol ${value}`, interval);
}

function readNumber(text: string, least: number, most: number): number | null {
  const number = Number(text);
  return /^-?\d{1,5}$/.test(text) && number >= least && number <= most ? number : null;
}
