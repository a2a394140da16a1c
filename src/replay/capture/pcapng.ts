/**
 * The capture file of blocks (draft-ietf-opsawg-pcapng): sections, each with interfaces that packets refer to.
 */
import {
  type BlockReader,
  type Direction,
  makeRecord,
  MOST_FRAME,
  type RecordSink,
  read16,
  read32,
} from "./record.ts";

const SECTION = 0x0a0d0d0a;
const BLOCK = { INTERFACE: 1, OLD_PACKET: 2, SIMPLE_PACKET: 3, PACKET: 6 } as const;
const OPTION = { NAME: 2, FLAGS: 2, RESOLUTION: 9 } as const;

/** Longer blocks are no packets: a length above it is taken for a lie. */
const MOST_BLOCK = 16 * MOST_FRAME;
/** More interfaces than any host has. */
const MOST_INTERFACES = 65_536;

/** By the two lowest bits of a packet's flags. */
const DIRECTIONS: readonly (Direction | null)[] = [null, "in", "out", null];

interface Interface {
  readonly link: number;
  /** 0: frames are whole. */
  readonly snapLength: number;
  readonly name: string | null;
  /** Seconds that one tick of its clock has. */
  readonly tick: number;
}

/** True where a file of this kind begins. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && read32(bytes, 0, true) === SECTION;
}

/** A reader from the file's first byte on; a class because it guards what the section says. */
export class PcapngReader implements BlockReader {
  readonly #sink: RecordSink;
  readonly #record = makeRecord();
  #isLittle = true;
  #interfaces: Interface[] = [];

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  take(bytes: Uint8Array, at: number, end: number): number | string {
    if (end - at < 12) return 0;
    const isSection = read32(bytes, at, true) === SECTION;
    if (isSection) {
      const fault = this.#beginSection(bytes, at);
      if (fault !== null) return fault;
    }
    const size = this.#read(bytes, at + 4);
    if (size < 12 || size % 4 !== 0 || size > MOST_BLOCK) return `a block claims to have ${size} bytes`;
    if (end - at < size) return 0;
    if (this.#read(bytes, at + size - 4) !== size) return "a block has two different lengths";
    if (isSection) return size;
    const fault = this.#takeBlock(bytes, this.#read(bytes, at), at + 8, at + size - 4);
    return fault ?? size;
  }

  #read(bytes: Uint8Array, at: number): number {
    return read32(bytes, at, this.#isLittle);
  }

  #beginSection(bytes: Uint8Array, at: number): string | null {
    const magic = read32(bytes, at + 8, true);
    if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) return "a section has no byte order";
    this.#isLittle = magic === 0x1a2b3c4d;
    this.#interfaces = [];
    return null;
  }

  /** `at` and `end` are those of the block's body. */
  #takeBlock(bytes: Uint8Array, type: number, at: number, end: number): string | null {
    const left = end - at;
    switch (type) {
      case BLOCK.INTERFACE:
        if (left < 8) return "an interface has no snapshot length";
        return this.#addInterface(bytes, at, end);
      case BLOCK.PACKET:
        if (left < 20) return "a packet's block is too short";
        return this.#takePacket(bytes, this.#read(bytes, at), at + 20, end, at + 4);
      case BLOCK.OLD_PACKET:
        if (left < 20) return "a packet's block is too short";
        return this.#takePacket(bytes, read16(bytes, at, this.#isLittle), at + 20, end, at + 4);
      case BLOCK.SIMPLE_PACKET:
        return left < 4 ? "a packet's block is too short" : this.#takeSimple(bytes, at, end);
      default:
        return null;
    }
  }

  #addInterface(bytes: Uint8Array, at: number, end: number): string | null {
    if (this.#interfaces.length >= MOST_INTERFACES) return "there are too many interfaces";
    let name: string | null = null;
    let tick = 1e-6;
    this.#eachOption(bytes, at + 8, end, (code, start, length) => {
      if (code === OPTION.NAME)
        name = String.fromCharCode(...bytes.subarray(start, start + Math.min(length, 64))).replace(
          /\0+$/,
          "",
        );
      // A power of two where the highest bit is set, else of ten.
      const power = bytes[start]! & 0x7f;
      if (code === OPTION.RESOLUTION && length > 0)
        tick = (bytes[start]! & 0x80) === 0 ? 10 ** -power : 2 ** -power;
    });
    const link = read16(bytes, at, this.#isLittle);
    this.#interfaces.push({ link, snapLength: this.#read(bytes, at + 4), name: name || null, tick });
    return null;
  }

  #eachOption(
    bytes: Uint8Array,
    from: number,
    end: number,
    visit: (code: number, start: number, length: number) => void,
  ): void {
    for (let at = from; at + 4 <= end; ) {
      const code = read16(bytes, at, this.#isLittle);
      const length = read16(bytes, at + 2, this.#isLittle);
      if (code === 0 || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  /** `head`: where time, captured and real length stand, four words. */
  #takePacket(bytes: Uint8Array, id: number, start: number, end: number, head: number): string | null {
    const seen = this.#interfaces[id];
    if (seen === undefined) return `a packet is of interface ${id}, which is not described`;
    const captured = this.#read(bytes, head + 8);
    if (captured > end - start || captured > MOST_FRAME) return `a packet claims to hold ${captured} bytes`;
    let direction: Direction | null = null;
    this.#eachOption(bytes, start + ((captured + 3) & ~3), end, (code, place, length) => {
      if (code === OPTION.FLAGS && length === 4) direction = DIRECTIONS[this.#read(bytes, place) & 3]!;
    });
    const time = (this.#read(bytes, head) * 2 ** 32 + this.#read(bytes, head + 4)) * seen.tick;
    this.#record.time = time;
    return this.#give(bytes, seen, start, captured, this.#read(bytes, head + 12), direction);
  }

  /** A packet without a time: it has that of the one before. */
  #takeSimple(bytes: Uint8Array, at: number, end: number): string | null {
    const seen = this.#interfaces[0];
    if (seen === undefined) return "a packet is of an interface that is not described";
    const length = this.#read(bytes, at);
    const limit = seen.snapLength === 0 ? length : Math.min(length, seen.snapLength);
    return this.#give(bytes, seen, at + 4, Math.min(limit, end - at - 4), length, null);
  }

  #give(
    bytes: Uint8Array,
    { link, name }: Interface,
    start: number,
    captured: number,
    length: number,
    direction: Direction | null,
  ): null {
    const record = this.#record;
    record.bytes = bytes;
    record.start = start;
    record.captured = captured;
    record.length = length;
    record.link = link;
    record.device = name;
    record.direction = direction;
    this.#sink(record);
    return null;
  }
}
