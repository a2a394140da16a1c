/**
 * The classic capture file (pcap-savefile(5)): a header of 24 bytes, then records with a header of 16 bytes each.
 */
import { type BlockReader, makeRecord, MOST_FRAME, type RecordSink, read32 } from "./record.ts";

/** The first four bytes, read in little-endian order: byte order of the file, and what counts the fractions of a second. */
const MAGICS: ReadonlyMap<number, readonly [isLittle: boolean, fraction: number]> = new Map([
  [0xa1b2c3d4, [true, 1e-6]],
  [0xd4c3b2a1, [false, 1e-6]],
  [0xa1b23c4d, [true, 1e-9]],
  [0x4d3cb2a1, [false, 1e-9]],
]);

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** True where a file of this kind begins. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && MAGICS.has(read32(bytes, 0, true));
}

/** A reader from the file's first byte on; a class because it guards what the file's header says. */
export class PcapReader implements BlockReader {
  readonly #sink: RecordSink;
  readonly #record = makeRecord();
  #isLittle: boolean | null = null;
  #fraction = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  take(bytes: Uint8Array, at: number, end: number): number | string {
    if (this.#isLittle === null) return this.#takeHeader(bytes, at, end);
    if (end - at < RECORD_HEADER) return 0;
    const number = (place: number): number => read32(bytes, at + place, this.#isLittle!);
    const captured = number(8);
    if (captured > MOST_FRAME) return `a record claims to hold ${captured} bytes`;
    if (end - at < RECORD_HEADER + captured) return 0;
    const record = this.#record;
    record.bytes = bytes;
    record.start = at + RECORD_HEADER;
    record.captured = captured;
    record.length = number(12);
    record.time = number(0) + number(4) * this.#fraction;
    this.#sink(record);
    return RECORD_HEADER + captured;
  }

  #takeHeader(bytes: Uint8Array, at: number, end: number): number | string {
    if (end - at < FILE_HEADER) return 0;
    const [isLittle, fraction] = MAGICS.get(read32(bytes, at, true))!;
    this.#isLittle = isLittle;
    this.#fraction = fraction;
    // The upper half says whether frames end in a checksum, which is behind all that is read.
    this.#record.link = read32(bytes, at + 20, isLittle) & 0xffff;
    return FILE_HEADER;
  }
}
