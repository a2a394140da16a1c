/**
 * What capture files are taken apart into: one record for each packet, and what is wrong with a file.
 */

/** Which way a packet went when it was seen; `other`: it was for another host. */
export type Direction = "in" | "out" | "other";

/** A packet as it stands in the file. One object is used again for all of them. */
export interface CaptureRecord {
  /** The frame is bytes[start … start + captured). */
  bytes: Uint8Array;
  start: number;
  captured: number;
  /** How long it was on the wire: captures may keep the beginning only. */
  length: number;
  /** Seconds, from any start. */
  time: number;
  /** LINKTYPE_ number (www.tcpdump.org/linktypes.html). */
  link: number;
  /** The name of the interface that saw it; null where the file doesn't say. */
  device: string | null;
  direction: Direction | null;
}

/** Takes a record; it is good until this returns. */
export type RecordSink = (record: CaptureRecord) => void;

/** Reads one kind of file, block by block. */
export interface BlockReader {
  /** Reads the block that begins at `at`: how many bytes it has, 0 where not all of it is there yet, or a sentence about what is wrong. */
  take(bytes: Uint8Array, at: number, end: number): number | string;
}

/** No frame is as long: a length above it is a lie, and nothing is kept in memory for it. */
export const MOST_FRAME = 2 ** 20;

/** A record without a packet yet. */
export function makeRecord(): CaptureRecord {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    captured: 0,
    length: 0,
    time: 0,
    link: 0,
    device: null,
    direction: null,
  };
}

/** Reads numbers in a file's byte order. */
export function read32(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  return (isLittle ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export function read16(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const [a, b] = [bytes[at]!, bytes[at + 1]!];
  return isLittle ? (b << 8) | a : (a << 8) | b;
}
