/**
 * The service of an assertion: `tcp/22`, `udp/53,123`, `icmp/8`, `esp`.
 */
import { ICMP_NUMBER, type AssertedService } from "../../model/assertion.ts";
import { parseIcmpType } from "../../model/icmp.ts";
import { parsePortRange } from "../../model/ports.ts";
import { parseProtocol } from "../../model/protocols.ts";
import type { PortRange } from "../../model/types.ts";
import type { ReportPart, Token } from "./scan.ts";

/** Protocols whose headers begin with two ports: tcp, udp, dccp, sctp, udplite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/** Reads the word; null for any protocol (`all`), undefined after a mistake. */
export function readService(word: Token, report: ReportPart): AssertedService | null | undefined {
  const slash = word.text.indexOf("/");
  const name = slash === -1 ? word.text : word.text.slice(0, slash);
  const refuse = (problem: string): undefined => {
    report("ASSERTION_SERVICE", word, { service: word.text, problem });
    return undefined;
  };
  const number = parseProtocol(name);
  if (number === null) return refuse(`there is no protocol ${name}`);
  if (slash === -1) return number === 0 ? null : { kind: "protocol", number };
  const values = word.text.slice(slash + 1);
  if (number === ICMP_NUMBER.v4 || number === ICMP_NUMBER.v6) return readIcmp(number, values, refuse);
  if (!WITH_PORTS.has(number)) return refuse(`${name} has no ports`);
  return readPorts(number, values, refuse);
}

type Refuse = (problem: string) => undefined;

function readIcmp(number: number, text: string, refuse: Refuse): AssertedService | undefined {
  const found = parseIcmpType(text, number === ICMP_NUMBER.v4 ? "v4" : "v6");
  if (found === null) return refuse(`there is no type ${text}`);
  const { type, firstCode, lastCode } = found;
  return type === null ? { kind: "protocol", number } : { kind: "icmp", number, type, firstCode, lastCode };
}

function readPorts(number: number, text: string, refuse: Refuse): AssertedService | undefined {
  const ranges: PortRange[] = [];
  for (const item of text.split(",")) {
    const range = item === "" ? "bad" : parsePortRange(item.replace(/^(\d+)-(\d+)$/u, "$1:$2"));
    if (range === "bad") return refuse(`"${item}" is no port from 0 to 65535`);
    if (range === "service") return refuse(`the port of ${item} is not known; write its number`);
    if (range.first > range.last) return refuse(`${range.first} is above ${range.last}`);
    ranges.push(range);
  }
  return { kind: "ports", number, ranges };
}
