/**
 * The packet of an explanation: the sample evaluator's packet, with the fields that nobody gave. What depends on one of those has no answer.
 */
import { printHost } from "../../model/address.ts";
import { printProtocol } from "../../model/protocols.ts";
import { printTcpFlags } from "../../model/tcp-flags.ts";
import { CTSTATE, type Family, type Match } from "../../model/types.ts";
import { FIELD, hasPorts, PROTOCOL } from "../sample/packet.ts";

/** Fields that can be missing or assumed, by the names that explanations show. */
export type PacketField =
  | "in"
  | "out"
  | "source"
  | "destination"
  | "protocol"
  | "sourcePort"
  | "destinationPort"
  | "icmpType"
  | "icmpCode"
  | "tcpFlags"
  | "tcpOption"
  | "ctstate"
  | "mark"
  | "connmark"
  | "mac"
  | "fragment";

/** A packet of which not everything need be known. */
export interface ExplainPacket {
  readonly family: Family;
  /** As `sample/packet.ts` lays it out; unset fields hold anything. */
  readonly fields: Int32Array;
  /** The names that FIELD.IN and FIELD.OUT stand for; the first is empty. */
  readonly interfaces: readonly string[];
  /** The hardware addresses that FIELD.MAC stands for. */
  readonly macs: readonly string[];
  /** Fields without a value, each with the option that gives one. Only in packets whose headers are whole: no unset field can drop one. */
  readonly unset: ReadonlyMap<PacketField, FieldGap>;
  /** Fields with a value that nobody gave. */
  readonly assumed: ReadonlySet<PacketField>;
}

/** Why a field has no value, and the words of an option that gives one (none where no option can). */
export interface FieldGap {
  readonly why: string;
  readonly option: readonly string[];
}

/** Where the fields of a match are. */
export function fieldsOf(match: Match): readonly PacketField[] {
  switch (match.kind) {
    case "source":
    case "destination":
      return match.address?.prefix === 0 ? [] : [match.kind];
    case "in":
    case "out":
      return match.name === "+" ? [] : [match.kind];
    case "protocol":
    case "fragment":
    case "ctstate":
    case "mark":
    case "connmark":
    case "mac":
      return [match.kind];
    case "transport":
      return [
        "protocol",
        ...wanted("sourcePort", match.source),
        ...wanted("destinationPort", match.destination),
        ...wanted("tcpFlags", match.flags),
        ...wanted("tcpOption", match.option),
      ];
    case "multiport": {
      const ports = { source: ["sourcePort"], destination: ["destinationPort"] } as const;
      const either = ["sourcePort", "destinationPort"] as const;
      return ["protocol", ...(match.side === "either" ? either : ports[match.side])];
    }
    case "icmp": {
      const isEveryCode = match.firstCode === 0 && match.lastCode === 255;
      return match.type === null ? [] : isEveryCode ? ["icmpType"] : ["icmpType", "icmpCode"];
    }
    case "iprange":
      return [...wanted("source", match.source), ...wanted("destination", match.destination)];
    case "addressSet":
      return match.ranges.length === 0 ? [] : [match.side];
    default:
      return [];
  }
}

function wanted(field: PacketField, part: object | null): readonly PacketField[] {
  return part === null ? [] : [field];
}

/** The known fields in reading order, with values as iptables prints them. */
export function describeFields(packet: ExplainPacket): Readonly<Record<string, string>> {
  const { fields, family, unset } = packet;
  const words = (field: number): readonly number[] =>
    Array.from(fields.subarray(field, field + (family === "v4" ? 1 : 4)), (word) => word >>> 0);
  const protocol = unset.has("protocol") ? -1 : fields[FIELD.PROTOCOL]!;
  const isIcmp = protocol === (family === "v4" ? PROTOCOL.ICMP : PROTOCOL.ICMP6);
  const all: readonly (readonly [name: PacketField | "backend", isThere: boolean, text: () => string])[] = [
    ["in", fields[FIELD.IN] !== 0, () => packet.interfaces[fields[FIELD.IN]!]!],
    ["out", fields[FIELD.OUT] !== 0, () => packet.interfaces[fields[FIELD.OUT]!]!],
    ["source", true, () => printHost(words(FIELD.SOURCE))],
    ["destination", true, () => printHost(words(FIELD.DESTINATION))],
    ["protocol", true, () => printProtocol(protocol, "")],
    ["sourcePort", hasPorts(protocol), () => String(fields[FIELD.SPORT]!)],
    ["destinationPort", hasPorts(protocol), () => String(fields[FIELD.DPORT]!)],
    ["icmpType", isIcmp, () => icmpText(packet)],
    ["tcpFlags", protocol === PROTOCOL.TCP, () => printTcpFlags(fields[FIELD.FLAGS]!)],
    ["ctstate", true, () => stateText(fields[FIELD.CTSTATE]!)],
    ["mark", true, () => hex(fields[FIELD.MARK]!)],
    [
      "connmark",
      fields[FIELD.CONNMARK] !== 0 || !packet.assumed.has("connmark"),
      () => hex(fields[FIELD.CONNMARK]!),
    ],
    ["mac", fields[FIELD.MAC] !== -1, () => packet.macs[fields[FIELD.MAC]!]!],
    ["fragment", fields[FIELD.FRAGMENT] !== 0, () => "later fragment"],
    ["backend", fields[FIELD.NFT] === 1, () => "nft"],
  ];
  const known = all.filter(([name, isThere]) => isThere && (name === "backend" || !unset.has(name)));
  return Object.fromEntries(known.map(([name, , text]) => [name, text()]));
}

function icmpText({ fields, unset }: ExplainPacket): string {
  const type = String(fields[FIELD.ICMP_TYPE]!);
  return unset.has("icmpCode") ? type : `${type}/${fields[FIELD.ICMP_CODE]!}`;
}

/** A connection state with its flags, such as `NEW,DNAT`. */
export function stateText(states: number): string {
  const names = Object.entries(CTSTATE).filter(([, bit]) => (states & bit) !== 0);
  return names.map(([name]) => name).join(",");
}

/** A mark as iptables prints it. */
export function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}
