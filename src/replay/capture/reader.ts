/**
 * A capture file piece by piece, as it is read: never more in memory than one record and what was read at once.
 */
import { isPcap, PcapReader } from "./pcap.ts";
import { isPcapng, PcapngReader } from "./pcapng.ts";
import type { BlockReader, RecordSink } from "./record.ts";

/** Whether a file that begins like this is a capture. Four bytes are enough. */
export function isCapture(bytes: Uint8Array): boolean {
  return isPcap(bytes) || isPcapng(bytes);
}

/** Takes pieces and gives records; a class because it guards the piece of a record that waits for the rest. */
export class CaptureReader {
  readonly #sink: RecordSink;
  #reader: BlockReader | null = null;
  #waiting = new Uint8Array(0);
  /** The waiting bytes are those from #start to #end. */
  #start = 0;
  #end = 0;
  /** Bytes of the file before #start. */
  #passed = 0;
  #fault: string | null = null;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes; behind a fault they say nothing any more. */
  push(chunk: Uint8Array): void {
    if (this.#fault !== null) return;
    this.#keep(chunk);
    this.#reader ??= this.#choose();
    if (this.#reader === null) return;
    while (this.#start < this.#end) {
      const taken = this.#reader.take(this.#waiting, this.#start, this.#end);
      if (taken === 0) return;
      if (typeof taken === "string") {
        this.#fault = `it is damaged at byte ${this.#passed}: ${taken}`;
        return;
      }
      this.#start += taken;
      this.#passed += taken;
    }
  }

  /** What was wrong with the file, as a sentence about it; null where it was whole. */
  end(): string | null {
    if (this.#fault !== null) return this.#fault;
    return this.#start < this.#end || this.#reader === null
      ? `it is cut off after byte ${this.#passed}`
      : null;
  }

  #choose(): BlockReader | null {
    const bytes = this.#waiting.subarray(this.#start, this.#end);
    if (isPcapng(bytes)) return new PcapngReader(this.#sink);
    return isPcap(bytes) ? new PcapReader(this.#sink) : null;
  }

  /** Puts bytes behind those that wait. What was read already gives way first. */
  #keep(chunk: Uint8Array): void {
    const left = this.#end - this.#start;
    if (this.#end + chunk.length > this.#waiting.length) {
      const needed = left + chunk.length;
      const room = needed > this.#waiting.length ? new Uint8Array(2 * needed) : this.#waiting;
      room.set(this.#waiting.subarray(this.#start, this.#end));
      this.#waiting = room;
      this.#start = 0;
      this.#end = left;
    }
    this.#waiting.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}
