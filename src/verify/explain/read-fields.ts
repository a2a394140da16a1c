/**
 * Single values of a packet as people write them: addresses, interfaces, protocols, ports, icmp types, states, marks.
 */
import { parseHost } from "../../model/address.ts";
import { type IcmpKind, icmpNames, parseIcmpType } from "../../model/icmp.ts";
import { findNearest } from "../../model/nearest.ts";
import { parseUint } from "../../model/numbers.ts";
import { parsePortRange } from "../../model/ports.ts";
import { parseProtocol } from "../../model/protocols.ts";
import { parseTcpFlags } from "../../model/tcp-flags.ts";
import { CTSTATE, type Family } from "../../model/types.ts";
import { PROTOCOL } from "../sample/packet.ts";
import type { ReportFault } from "./types.ts";

/** Longest name that the kernel takes (IFNAMSIZ - 1). */
const MAX_NAME = 15;

/** An interface's name; null after a fault, as everywhere here. */
export function readInterface(option: string, text: string, report: ReportFault): string | null {
  if (text.endsWith("+")) {
    report(`${option} ${text}: that is a pattern`, "the name of one interface");
  } else if (text.length > MAX_NAME) {
    report(`${option} ${text}: an interface's name has ${MAX_NAME} characters at most`);
  } else if (text === "" || /[\s/]/u.test(text)) {
    report(`${option} '${text}': that is no interface's name`);
  } else return text;
  return null;
}

const FAMILY_NAMES: Readonly<Record<Family, string>> = { v4: "IPv4", v6: "IPv6" };

/** The words of one address. */
export function readAddress(
  option: string,
  text: string,
  family: Family,
  report: ReportFault,
): readonly number[] | null {
  const host = text.replace(family === "v4" ? /\/32$/ : /\/128$/, "");
  const words = parseHost(host, family);
  if (typeof words !== "string") return words;
  if (host.includes("/")) {
    report(`${option} ${text}: that is a network`, "one address in it");
  } else if (words === "foreign") {
    const other = family === "v4" ? "v6" : "v4";
    report(
      `${option} ${text} is an ${FAMILY_NAMES[other]} address, and the ruleset is ${FAMILY_NAMES[family]}`,
      `an ${FAMILY_NAMES[family]} address, or --family ${other} where the file is one of ip${other === "v6" ? "6" : ""}tables`,
    );
  } else {
    report(
      `${option} ${text}: that is no address`,
      words === "name" ? "an address; names are not looked up" : "",
    );
  }
  return null;
}

/** The number of a protocol. */
export function readProtocol(text: string, family: Family, report: ReportFault): number | null {
  const number = parseProtocol(text);
  const foreign = family === "v4" ? PROTOCOL.ICMP6 : PROTOCOL.ICMP;
  if (number === null) {
    const nearest = findNearest(text, [
      "tcp",
      "udp",
      "icmp",
      "icmpv6",
      "sctp",
      "dccp",
      "udplite",
      "esp",
      "gre",
    ]);
    report(`-p ${text}: there is no such protocol`, nearest === null ? "" : `did you mean ${nearest}?`);
  } else if (number === 0) {
    report(`-p ${text} is every protocol`, "the packet's own, such as -p tcp");
  } else if (number === foreign && !/^\d/.test(text)) {
    report(`-p ${text} is not for ${FAMILY_NAMES[family]}`, family === "v4" ? "-p icmp" : "-p icmpv6");
  } else return number;
  return null;
}

/** A port's number, from a number or a service's name. */
export function readPort(option: string, text: string, report: ReportFault): number | null {
  const range = parsePortRange(text);
  if (range === "service") report(`${option} ${text}: there is no such service here`, "the port's number");
  else if (range === "bad") report(`${option} ${text}: that is no port`, "a number from 0 to 65535");
  else if (text.includes(":")) report(`${option} ${text}: that is a range`, "one port");
  else return range.first;
  return null;
}

/** Type and code; a type alone has all codes. */
export function readIcmpType(text: string, family: Family, report: ReportFault): IcmpKind | null {
  const kind = parseIcmpType(text, family);
  if (kind !== null && kind.type !== null) return kind;
  const nearest = findNearest(text, icmpNames(family));
  report(
    `--icmp-type ${text}: that is no type`,
    nearest === null || kind !== null
      ? "a number, TYPE/CODE, or a name such as echo-request"
      : `did you mean ${nearest}?`,
  );
  return null;
}

/** TCP flags that are set. */
export function readFlags(text: string, report: ReportFault): number | null {
  const flags = parseTcpFlags(text);
  if (typeof flags === "number") return flags;
  report(
    `--tcp-flags ${text}: ${flags || "''"} is no flag`,
    "FIN, SYN, RST, PSH, ACK, URG, joined by commas, or NONE",
  );
  return null;
}

const STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"] as const;

/** Bits of ctstate: one state, and SNAT or DNAT beside those that have a connection. */
export function readState(text: string, report: ReportFault): number | null {
  const names = text.toUpperCase().split(",");
  const unknown = names.find((name) => !Object.hasOwn(CTSTATE, name));
  if (unknown !== undefined) {
    const nearest = findNearest(unknown, Object.keys(CTSTATE));
    const known = `one of ${STATES.join(", ")}`;
    report(
      `--state ${text}: ${unknown || "''"} is no state`,
      nearest === null ? known : `did you mean ${nearest}?`,
    );
    return null;
  }
  const bits = Object.entries(CTSTATE).reduce(
    (sum, [name, bit]) => (names.includes(name) ? sum | bit : sum),
    0,
  );
  const flags = bits & (CTSTATE.SNAT | CTSTATE.DNAT);
  if (STATES.filter((name) => names.includes(name)).length !== 1)
    report(
      `--state ${text}: a packet is in one state`,
      `one of ${STATES.join(", ")}; SNAT and DNAT go beside it`,
    );
  else if (flags !== 0 && (bits & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0)
    report(`--state ${text}: a packet without a connection is neither SNAT nor DNAT`);
  else return bits;
  return null;
}

/** A 32-bit mark. */
export function readMark(option: string, text: string, report: ReportFault): number | null {
  const mark = parseUint(text, 0xffffffff);
  if (mark === null)
    report(`${option} ${text}: that is no mark`, "a 32-bit number without a mask, such as 0x1");
  return mark;
}

/** A hardware address in lower case. */
export function readMac(text: string, report: ReportFault): string | null {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) return text.toLowerCase();
  report(`--mac ${text}: that is no hardware address`, "six bytes, such as 02:00:5e:10:00:01");
  return null;
}
