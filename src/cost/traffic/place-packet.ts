/**
 * Packets of a file of traffic in the terms of a compiled table.
 */
import type { ExplainPacket, PacketField } from "../../verify/explain/packet.ts";
import { FIELD } from "../../verify/sample/packet.ts";
import type { Table } from "../../model/types.ts";
import { interfaceFits } from "../../verify/sample/interfaces.ts";
import type { CompiledTable } from "../../verify/sample/program.ts";
import type { TrafficPacket } from "./types.ts";

/** Packets of a hook that are followed: more say little that these don't. */
const MOST_PACKETS = 400;

/** A packet that was chosen to stand for a part of the traffic. */
interface Chosen {
  readonly line: number;
  readonly weight: number;
  packet(hook: string): ExplainPacket;
}

/**
 * All packets, or as many as are followed: at even distances of the traffic, so that each stands for the same part of it, and what is much of the traffic is among them.
 */
export function choosePackets(packets: readonly TrafficPacket[]): readonly Chosen[] {
  const make = (each: TrafficPacket, weight: number): Chosen => ({
    line: each.line,
    weight,
    packet: (hook) => each.packetIn(hook),
  });
  if (packets.length <= MOST_PACKETS) return packets.map((each) => make(each, each.weight));
  const part = packets.reduce((sum, { weight }) => sum + weight, 0) / MOST_PACKETS;
  const chosen: Chosen[] = [];
  let passed = 0;
  for (const each of packets) {
    const before = Math.floor(passed / part + 0.5);
    passed += each.weight;
    const parts = Math.min(MOST_PACKETS, Math.floor(passed / part + 0.5)) - before;
    if (parts > 0) chosen.push(make(each, parts * part));
  }
  return chosen;
}

/** The number that an interface has in a compiled table. */
export type InterfaceNumbers = (name: string) => number;

/** Numbers of interfaces by their names. The table knows those that rules name, and of all that only patterns match, or that none does, one that is like them. */
export function numberInterfaces({ interfaces }: CompiledTable, tables: readonly Table[]): InterfaceNumbers {
  const matches = tables.flatMap(({ chains }) =>
    chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches)),
  );
  const patterns = [
    ...new Set(matches.flatMap((match) => (match.kind === "in" || match.kind === "out" ? [match.name] : []))),
  ];
  return (name) => {
    const known = interfaces.indexOf(name);
    if (known !== -1) return known;
    const isLike = (other: string) =>
      other !== "" &&
      patterns.every((pattern) => interfaceFits(pattern, other) === interfaceFits(pattern, name));
    return interfaces.findLastIndex(isLike);
  };
}

/** Where each field is in a packet, and how many words it has. */
const PLACES: readonly (readonly [PacketField, place: number])[] = [
  ["protocol", FIELD.PROTOCOL],
  ["sourcePort", FIELD.SPORT],
  ["destinationPort", FIELD.DPORT],
  ["icmpType", FIELD.ICMP_TYPE],
  ["icmpCode", FIELD.ICMP_CODE],
  ["tcpFlags", FIELD.FLAGS],
  ["ctstate", FIELD.CTSTATE],
  ["mark", FIELD.MARK],
  ["connmark", FIELD.CONNMARK],
];

/** A packet with what is known of it; all else is that of `stranger`, which no rule is for. */
export function placePacket(
  table: CompiledTable,
  numberOf: InterfaceNumbers,
  stranger: Int32Array,
  { fields, unset, interfaces }: ExplainPacket,
): Int32Array {
  const packet = stranger.slice();
  for (const [name, place] of PLACES) if (!unset.has(name)) packet[place] = fields[place]!;
  for (const [name, place] of [
    ["source", FIELD.SOURCE],
    ["destination", FIELD.DESTINATION],
  ] as const) {
    if (!unset.has(name)) packet.set(fields.subarray(place, place + table.words), place);
  }
  for (const [name, place] of [
    ["in", FIELD.IN],
    ["out", FIELD.OUT],
  ] as const) {
    if (!unset.has(name)) packet[place] = numberOf(interfaces[fields[place]!] ?? "");
  }
  return packet;
}
