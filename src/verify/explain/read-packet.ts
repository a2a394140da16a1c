/**
 * The options of an explanation to a packet: reads each value, refuses what no packet is, and notes what is missing or assumed.
 */
import { CTSTATE, type Family } from "../../model/types.ts";
import { Names } from "../sample/names.ts";
import { FIELD, hasPorts, makePacket, PROTOCOL } from "../sample/packet.ts";
import type { ExplainPacket, FieldGap, PacketField } from "./packet.ts";
import {
  readAddress,
  readFlags,
  readIcmpType,
  readInterface,
  readMac,
  readMark,
  readPort,
  readProtocol,
  readState,
} from "./read-fields.ts";
import type { ExplainOptions, ReportFault } from "./types.ts";

/** What the options are read into. */
interface Draft {
  readonly family: Family;
  readonly hook: string;
  readonly options: ExplainOptions;
  readonly fields: Int32Array;
  readonly interfaces: Names;
  readonly macs: Names;
  readonly unset: Map<PacketField, FieldGap>;
  readonly assumed: Set<PacketField>;
  readonly report: ReportFault;
}

/** Reads the packet. Where a fault was reported, it is good for nothing. */
export function readPacket(
  options: ExplainOptions,
  family: Family,
  hook: string,
  report: ReportFault,
): ExplainPacket {
  const draft: Draft = {
    family,
    hook,
    options,
    fields: makePacket(),
    interfaces: new Names([""]),
    // The evaluator's stand-in for every address that no rule names.
    macs: new Names(["other"]),
    unset: new Map(),
    assumed: new Set(),
    report,
  };
  readPlaces(draft);
  const protocol = readTransport(draft);
  readPorts(draft, protocol);
  readIcmp(draft, protocol);
  readTcp(draft, protocol);
  readMarks(draft);
  const { fields, unset, assumed } = draft;
  if (options.backend === "nft") fields[FIELD.NFT] = 1;
  return { family, fields, unset, assumed, interfaces: draft.interfaces.list(), macs: draft.macs.list() };
}

/** Notes that a field has no value, and the option that gives it one. */
function leave({ unset }: Draft, field: PacketField, what: string, ...option: string[]): void {
  unset.set(field, { why: `${what} is not ${option.length === 0 ? "known" : "given"}`, option });
}

function readPlaces(draft: Draft): void {
  const { options, hook, family, fields, interfaces, report } = draft;
  const name = (option: "in" | "out", isThere: boolean): number => {
    const text = options[option];
    if (text !== undefined) return interfaces.number(readInterface(`--${option}`, text, report) ?? "");
    if (isThere) leave(draft, option, `the packet's ${option}-interface`, `--${option}`, "NAME");
    return 0;
  };
  // Without --in, a packet in POSTROUTING is one of this host.
  fields[FIELD.IN] = name("in", hook !== "OUTPUT" && hook !== "POSTROUTING");
  fields[FIELD.OUT] = name("out", hook !== "PREROUTING" && hook !== "INPUT");
  for (const side of ["source", "destination"] as const) {
    const option = side === "source" ? "-s" : "-d";
    const text = options[side];
    if (text === undefined) leave(draft, side, `the packet's ${side}`, option, "ADDRESS");
    else {
      const words = readAddress(option, text, family, report) ?? [];
      fields.set(words, side === "source" ? FIELD.SOURCE : FIELD.DESTINATION);
    }
  }
  const hasEthernet = hook !== "OUTPUT" && hook !== "POSTROUTING";
  if (options.mac === undefined) {
    if (hasEthernet) leave(draft, "mac", "the packet's hardware address", "--mac", "ADDRESS");
  } else if (!hasEthernet) {
    report(`a packet in ${hook} has no hardware address of its sender`, "leave --mac out");
  } else fields[FIELD.MAC] = draft.macs.number(readMac(options.mac, report) ?? "");
}

/** Protocol and fragment; gives the protocol, or null where it is not known. */
function readTransport(draft: Draft): number | null {
  const { options, family, fields, report } = draft;
  const protocol = options.protocol === undefined ? null : readProtocol(options.protocol, family, report);
  if (options.protocol === undefined) leave(draft, "protocol", "the packet's protocol", "-p", "PROTOCOL");
  fields[FIELD.PROTOCOL] = protocol ?? 0;
  if (options.fragment === true) {
    fields[FIELD.FRAGMENT] = 2;
    for (const option of ["sport", "dport", "icmpType", "tcpFlags"] as const) {
      if (options[option] !== undefined)
        report(
          `a later fragment has no ${OPTION_OF[option]}`,
          `leave --fragment or ${OPTION_OF[option]} out`,
        );
    }
  } else draft.assumed.add("fragment");
  return protocol;
}

const OPTION_OF = {
  sport: "--sport",
  dport: "--dport",
  icmpType: "--icmp-type",
  tcpFlags: "--tcp-flags",
} as const;

/** True where the option is there, and the protocol is none that it goes with: then that was reported. */
function isMisplaced(
  { options, report }: Draft,
  option: keyof typeof OPTION_OF,
  isFitting: boolean,
  wanted: string,
): boolean {
  if (options[option] === undefined || isFitting) return false;
  const found = options.protocol === undefined ? "there is no -p" : `-p ${options.protocol} has none`;
  report(`${OPTION_OF[option]} needs ${wanted}, and ${found}`, wanted);
  return true;
}

function readPorts(draft: Draft, protocol: number | null): void {
  const isFitting = protocol !== null && hasPorts(protocol);
  for (const [option, field, name, place] of [
    ["sport", "sourcePort", "source port", FIELD.SPORT],
    ["dport", "destinationPort", "destination port", FIELD.DPORT],
  ] as const) {
    const text = draft.options[option];
    if (draft.options.fragment === true)
      leave(draft, field, "what stands in place of a later fragment's ports");
    else if (text === undefined) leave(draft, field, `the packet's ${name}`, `--${option}`, "PORT");
    else if (!isMisplaced(draft, option, isFitting, "-p tcp or -p udp"))
      draft.fields[place] = readPort(`--${option}`, text, draft.report) ?? 0;
  }
}

function readIcmp(draft: Draft, protocol: number | null): void {
  const { family, fields, options, report } = draft;
  const wanted = family === "v4" ? PROTOCOL.ICMP : PROTOCOL.ICMP6;
  const text = options.icmpType;
  const option = ["--icmp-type", "TYPE/CODE"] as const;
  if (text === undefined) {
    leave(draft, "icmpType", "the packet's icmp type", ...option);
    leave(draft, "icmpCode", "the packet's icmp code", ...option);
    return;
  }
  if (isMisplaced(draft, "icmpType", protocol === wanted, family === "v4" ? "-p icmp" : "-p icmpv6")) return;
  const kind = readIcmpType(text, family, report);
  if (kind === null) return;
  fields[FIELD.ICMP_TYPE] = kind.type ?? 0;
  fields[FIELD.ICMP_CODE] = kind.firstCode;
  if (kind.firstCode !== kind.lastCode)
    leave(draft, "icmpCode", "the packet's icmp code", "--icmp-type", `${kind.type}/CODE`);
}

/** The flags that the first packet of a connection has, or any later one, where nobody says. */
function readTcp(draft: Draft, protocol: number | null): void {
  const { options, fields, assumed, report } = draft;
  const state = options.state === undefined ? CTSTATE.NEW : (readState(options.state, report) ?? 0);
  fields[FIELD.CTSTATE] = state;
  if (options.state === undefined) assumed.add("ctstate");
  if (options.fragment === true) {
    leave(draft, "tcpFlags", "what stands in place of a later fragment's flags");
    return;
  }
  assumed.add("tcpOption");
  if (options.tcpFlags === undefined) {
    assumed.add("tcpFlags");
    fields[FIELD.FLAGS] = (state & CTSTATE.NEW) !== 0 ? 2 : 16;
  } else if (!isMisplaced(draft, "tcpFlags", protocol === PROTOCOL.TCP, "-p tcp")) {
    fields[FIELD.FLAGS] = readFlags(options.tcpFlags, report) ?? 0;
  }
}

function readMarks({ options, fields, assumed, report }: Draft): void {
  for (const option of ["mark", "connmark"] as const) {
    const text = options[option];
    if (text === undefined) assumed.add(option);
    else {
      const mark = readMark(`--${option}`, text, report) ?? 0;
      fields[option === "mark" ? FIELD.MARK : FIELD.CONNMARK] = mark;
      if (option === "connmark" && mark !== 0 && (fields[FIELD.CTSTATE]! & NO_CONNECTION) !== 0)
        report("a packet without a connection has no connection mark", "leave --connmark out");
    }
  }
}

const NO_CONNECTION = CTSTATE.INVALID | CTSTATE.UNTRACKED;
