/**
 * A captured packet in the sample evaluator's terms, and what is known beside its fields.
 */
import type { Family } from "../../model/types.ts";
import { FIELD, PACKET_SIZE } from "../../verify/sample/packet.ts";
import type { Direction } from "../capture/record.ts";

/** One object is used again for every packet. */
export interface Frame {
  family: Family;
  /** Without interfaces, hardware address, connection state and marks. */
  readonly fields: Int32Array;
  /** Seconds, from any start. */
  time: number;
  /** The interface that saw it: its name, or its number alone; null and -1 where the file doesn't say. */
  device: string | null;
  deviceNumber: number;
  direction: Direction | null;
  /** Whether it came with a VLAN tag: then the interface of the capture is not the one that the rules see. */
  hasTag: boolean;
  /** The sender's hardware address: six bytes from here on; -1: the link has none, -2: nobody knows. */
  macAt: number;
  bytes: Uint8Array;
  /** Identifies the datagram that a fragment is of. */
  fragmentId: number;
  /** Whether more fragments follow. */
  isFirstFragment: boolean;
  /** Echo's identifier, or the first chunk of sctp; -1 where there is none. */
  detail: number;
  /** Behind an icmp error: the packet that it is about, as far as it says which connection that was; null where it doesn't. */
  about: Int32Array | null;
}

/** Words of an address. */
export function wordsOf(family: Family): 1 | 4 {
  return family === "v4" ? 1 : 4;
}

/** A frame without a packet yet. */
export function makeFrame(): Frame {
  return {
    family: "v4",
    fields: new Int32Array(PACKET_SIZE),
    time: 0,
    device: null,
    deviceNumber: -1,
    direction: null,
    hasTag: false,
    macAt: -2,
    bytes: new Uint8Array(0),
    fragmentId: 0,
    isFirstFragment: false,
    detail: -1,
    about: null,
  };
}

/** Takes the packet out. */
export function clearFrame(frame: Frame): void {
  frame.fields.fill(0);
  frame.fields[FIELD.MAC] = -1;
  frame.device = null;
  frame.deviceNumber = -1;
  frame.direction = null;
  frame.hasTag = false;
  frame.macAt = -2;
  frame.fragmentId = 0;
  frame.isFirstFragment = false;
  frame.detail = -1;
  frame.about = null;
}

/** Why a packet is not judged. `passed`: no rule of iptables would see it, so that nothing is missing without it. */
export interface Unjudged {
  readonly kind: "passed" | "unjudged";
  readonly why: string;
}

export function passed(why: string): Unjudged {
  return { kind: "passed", why };
}

export function unjudged(why: string): Unjudged {
  return { kind: "unjudged", why };
}

export const CUT: Unjudged = unjudged("the capture cut its headers off (tcpdump -s 0 keeps them)");

/** Packets of a family without rulesets. */
export const NO_RULESETS: Readonly<Record<Family, Unjudged>> = {
  v4: unjudged("packets of IPv4, and no IPv4 rulesets were given"),
  v6: unjudged("packets of IPv6, and no IPv6 rulesets were given"),
};

/** A number of two bytes, as they are sent. */
export function word16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Four bytes, as a signed number. */
export function word32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
