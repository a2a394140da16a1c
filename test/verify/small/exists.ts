/**
 * Which IPv4 packets exist, to brute force: a packet of a connection has the header that connection tracking wants to see, unless it may be this host's own.
 */
import type { NaivePacket } from "../naive.ts";

/** Tcp with its options, udp, icmp. */
const NEEDED: Readonly<Record<number, number>> = { 6: 21, 17: 8, 1: 8 };

/** Whether connection tracking takes the packet for one of a connection. */
export function isTrackable({ protocol, fragmentOffset, headerLength }: NaivePacket): boolean {
  return fragmentOffset === 0 && headerLength >= (NEEDED[protocol] ?? 0);
}

/** By the loopback device. */
export function comesByLoopback(packet: NaivePacket): boolean {
  return packet.in === "lo";
}

/** Whether a hook ever sees the packet. */
export function exists(packet: NaivePacket, hook: string): boolean {
  const isLoose = packet.states.includes("INVALID") || packet.states.includes("UNTRACKED");
  if (isLoose || isTrackable(packet)) return true;
  return comesByLoopback(packet) && (hook === "PREROUTING" || hook === "INPUT");
}
