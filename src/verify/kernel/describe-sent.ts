/**
 * A packet in words, as the kernel had it.
 */
import { describePacket } from "../sample/describe.ts";
import { FIELD } from "../sample/packet.ts";
import type { WitnessPacket } from "../types.ts";
import type { Drawn } from "./draw-packets.ts";
import type { Arrival } from "./fate.ts";

/** The packet in words, with the state and marks that it had where its hook began. */
export function describeSent({ table, hook, packet }: Drawn, arrival: Arrival | null): WitnessPacket {
  const sent = Int32Array.from(packet);
  sent[FIELD.CTSTATE] = arrival?.state ?? sent[FIELD.CTSTATE]!;
  sent[FIELD.CONNMARK] = arrival?.connmark ?? 0;
  return { table: table.name, hook: hook.name, fields: describePacket(table, sent) };
}
