/**
 * Takes back what no packet has, and gives what every packet has: fields drawn one by one don't know of each other.
 */
import { CTSTATE } from "../../model/types.ts";
import { clearOptions, FIELD, hasPorts } from "./packet.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";

/** Clears fields that a packet of that protocol, in that hook, does not have. */
export function normalisePacket(table: CompiledTable, hook: CompiledHook, packet: Int32Array): void {
  if (table.backend !== -1) packet[FIELD.NFT] = table.backend;
  // POSTROUTING shows the in-interface of forwarded packets to newer kernels only (measured on 6.18): both are drawn.
  if (hook.name === "OUTPUT") packet[FIELD.IN] = 0;
  if (hook.name === "OUTPUT" || hook.name === "POSTROUTING") packet[FIELD.MAC] = -1;
  if (hook.name === "PREROUTING" || hook.name === "INPUT") packet[FIELD.OUT] = 0;
  const protocol = packet[FIELD.PROTOCOL]!;
  if (!hasPorts(protocol)) packet[FIELD.SPORT] = packet[FIELD.DPORT] = 0;
  if (protocol !== 6) {
    packet[FIELD.FLAGS] = 0;
    clearOptions(packet);
  }
  if (protocol !== (table.words === 1 ? 1 : 58)) packet[FIELD.ICMP_TYPE] = packet[FIELD.ICMP_CODE] = 0;
  if (table.words === 1) packet[FIELD.BROKEN] = 0;
  const states = packet[FIELD.CTSTATE]!;
  if ((states & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0) {
    packet[FIELD.CTSTATE] = states & (CTSTATE.INVALID | CTSTATE.UNTRACKED);
    packet[FIELD.CONNMARK] = 0;
  }
  // The nat table sees the first packet of a connection only (net/netfilter/nf_nat_core.c, nf_nat_inet_fn).
  if (table.name === "nat" && (states & (CTSTATE.NEW | CTSTATE.RELATED)) === 0)
    packet[FIELD.CTSTATE] = CTSTATE.NEW | (states & (CTSTATE.SNAT | CTSTATE.DNAT));
}
