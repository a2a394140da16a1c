/**
 * Links that fill the form of a packet: from a line, a policy rule, a packet that a proof found.
 */
import type { PageData } from "../../page-data.ts";
import type { LineView } from "../../view.ts";
import type { Witness } from "../../../verify/types.ts";
import { printPacketWords } from "../../../verify/explain/packet-words.ts";
import { shellValue } from "../../../text/shell-words.ts";
import { printAddress } from "../address.ts";
import { fileIndex } from "../lookup.ts";
import { packetOfLine } from "./packet-of-rule.ts";

/** The address of a packet that a line of an input fits; null where the line is no rule. */
export function linePacket(data: PageData, { file, line }: LineView): string | null {
  const index = fileIndex(data, file);
  const [found, input] = [data.files[index], data.report.inputs[index]];
  if (found === undefined || input === undefined) return null;
  const item = packetOfLine(found.old, line, input.family, found.sets?.old?.matches);
  return item === null ? null : packetAddress(data, index, item);
}

/** The address of a packet for the first of some lines: of a policy rule, of a finding. */
export function firstPacket(data: PageData, lines: readonly LineView[]): string | null {
  return lines[0] === undefined ? null : linePacket(data, lines[0]);
}

/** The address of a packet by the words for it. Of several inputs the family names one: a plan has one of each. */
export function packetAddress({ report }: PageData, index: number, item: string): string {
  const { inputs } = report;
  return printAddress({ tab: "packet", item, only: inputs.length > 1 ? inputs[index]!.family : "" });
}

/** Fields of a packet that a proof found, and the options that give them. */
const OPTIONS = {
  in: "in",
  out: "out",
  source: "source",
  destination: "destination",
  protocol: "protocol",
  sourcePort: "sport",
  destinationPort: "dport",
  icmpType: "icmpType",
  tcpFlags: "tcpFlags",
  ctstate: "state",
  mark: "mark",
  connmark: "connmark",
  mac: "mac",
  backend: "backend",
} as const;

/** The address of a packet that a proof found, in the input that its walk was in. */
export function witnessAddress(data: PageData, witness: Witness): string {
  const { source = "" } = witness.packet.fields;
  const family = source.includes(":") ? "v6" : "v4";
  const index = data.report.inputs.findIndex((input) => input.family === family);
  return packetAddress(data, Math.max(0, index), witnessWords(witness));
}

/** The words of a packet that a proof found. What it says of matches that are not modelled stays open: the walk asks for it. */
export function witnessWords({ packet }: Witness): string {
  const { table, hook, fields } = packet;
  const given = Object.entries(OPTIONS).flatMap(([name, option]) =>
    fields[name] === undefined ? [] : [[option, fields[name]] as const],
  );
  const isPort = (option: string): boolean => option === "sport" || option === "dport";
  const isFragment = fields.fragment !== undefined;
  const kept = given.filter(
    ([option, value]) =>
      !(isFragment && (isPort(option) || option === "icmpType" || option === "tcpFlags")) &&
      !(option === "mac" && value === "other"),
  );
  const options = { ...Object.fromEntries(kept), ...(isFragment ? { fragment: true } : {}), hook, table };
  return printPacketWords(options).map(shellValue).join(" ");
}
