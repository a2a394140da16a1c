/**
 * A sampled packet as a request to the helper, or the reason why no kernel would ever see such a packet.
 */
import { CTSTATE } from "../../model/types.ts";
import { FIELD, optionsOf } from "../sample/packet.ts";
import { isCut, isTracked } from "../sample/normalise.ts";
import type { CompiledHook, CompiledTable } from "../sample/program.ts";
import { KIND } from "../sample/program.ts";
import { hexDigits } from "./bytes.ts";
import { connectionFor } from "./connection.ts";
import { addressBytes, packetBytes } from "./packet-bytes.ts";
import type { PacketRequest } from "./session.ts";
import { canCarryOptions } from "./transport-bytes.ts";

/** A request with the kind of device that it needs, or why there is none. */
export type Prepared =
  | { readonly kind: "tap" | "tun"; readonly request: PacketRequest }
  | { readonly kind: "impossible"; readonly reason: string };

/** Source address of Ethernet frames whose packet says that it is none of those that the rules name. */
const OTHER_MAC = "02006d6bfe01";

/** Packets that the harness does not make: what comes in by a device, or goes out, is tracked as it is. */
export const CUT_BEHIND_TRACKING =
  "it is cut, or a fragment, and has a connection: only what this host sends to itself may, or what a program changed";

/** Numbers that are extension headers in IPv6, and never a packet's protocol (net/ipv6/exthdrs_core.c, ipv6_ext_hdr). */
const EXTENSION_HEADERS: readonly number[] = [0, 43, 44, 51, 60];

/** The words of an address as text; IPv6 without `::`. */
function addressOf(packet: Int32Array, field: number, words: 1 | 4): string {
  const bytes = addressBytes(packet, field, words);
  if (words === 1) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16),
  );
  return groups.join(":");
}

/** Prepares one packet. `isTranslated`: the ruleset has a nat table. */
export function preparePacket(
  table: CompiledTable,
  hook: CompiledHook,
  packet: Int32Array,
  isTranslated: boolean,
): Prepared {
  const states = packet[FIELD.CTSTATE]!;
  const untracked = (states & CTSTATE.UNTRACKED) !== 0;
  const inside = packet[FIELD.IN]!;
  const testsMac = table.conditions.firstOfKind[KIND.MAC] !== table.conditions.firstOfKind[KIND.MAC + 1];
  const kind = inside !== 0 && packet[FIELD.MAC] === -1 && testsMac ? "tun" : "tap";
  const reason = findObstacle(table, packet, kind, untracked);
  if (reason !== null) return { kind: "impossible", reason };
  // Checksums are looked at where packets come in, never on the way out (nf_conntrack_proto_udp.c, udp_error).
  const isSpoiled = (states & CTSTATE.INVALID) !== 0 && inside !== 0;
  const destination = addressOf(packet, FIELD.DESTINATION, table.words);
  const source = addressOf(packet, FIELD.SOURCE, table.words);
  const connection = connectionFor(packet, { source, destination, isTranslated });
  const out = hook.name === "PREROUTING" || hook.name === "INPUT" ? 0 : packet[FIELD.OUT]!;
  return {
    kind,
    request: {
      ...(inside === 0 ? {} : { in: table.interfaces[inside]! }),
      ...(out === 0 ? {} : { out: table.interfaces[out]! }),
      destination,
      bytes: hexDigits(packetBytes(packet, table.words, isSpoiled)),
      mark: packet[FIELD.MARK]! >>> 0,
      mac: macOf(table, packet),
      ...(untracked ? { untracked } : {}),
      ...(connection === null ? {} : { connection }),
    },
  };
}

function findObstacle(
  table: CompiledTable,
  packet: Int32Array,
  kind: "tap" | "tun",
  untracked: boolean,
): string | null {
  if (isTracked(packet) && isCut(table, packet)) return CUT_BEHIND_TRACKING;
  if (table.words === 4 && EXTENSION_HEADERS.includes(packet[FIELD.PROTOCOL]!))
    return "IPv6 has that protocol number for an extension header";
  if (packet[FIELD.PROTOCOL] === 6 && !canCarryOptions(optionsOf(packet)))
    return "its tcp options don't fit in a header";
  if (table.name === "mangle" && packet[FIELD.IN] === 0 && isMulticast(packet, table.words))
    return "what this host sends to a multicast address can't be routed a second time";
  if (kind === "tun" && (packet[FIELD.MARK] !== 0 || untracked))
    return "without an Ethernet header there is no way to give it a mark or to leave it untracked";
  return null;
}

function isMulticast(packet: Int32Array, words: 1 | 4): boolean {
  const top = packet[FIELD.DESTINATION]! >>> 24;
  return words === 1 ? top >> 4 === 14 : top === 255;
}

function macOf(table: CompiledTable, packet: Int32Array): string {
  const text = packet[FIELD.MAC] === -1 ? "" : table.macs[packet[FIELD.MAC]!]!;
  return /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text) ? text.replaceAll(":", "") : OTHER_MAC;
}
