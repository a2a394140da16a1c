/**
 * Packets that somebody gave as the traffic of a firewall.
 */
import type { ExplainPacket } from "../../verify/explain/packet.ts";

/** Packets that are alike. */
export interface TrafficPacket {
  /** Where they stand in the file. */
  readonly line: number;
  /** How many they are, among others; above 0. */
  readonly weight: number;
  /** In the order in which they meet them; at least one. */
  readonly hooks: readonly string[];
  /** The packet as one of these hooks sees it: translated addresses differ. */
  packetIn(hook: string): ExplainPacket;
}

/** The traffic of one ruleset. */
export interface Traffic {
  /** The file, for people. */
  readonly name: string;
  readonly packets: readonly TrafficPacket[];
  /** What is left out or not known, as sentences. */
  readonly notes: readonly string[];
}
