/**
 * Lines of logs as they come: bytes in, text out in the same bytes, never more in memory than a line of moderate length and what was read at once.
 */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { EXIT } from "./exit-codes.ts";
import { CommandStop, systemErrorCode } from "./stop.ts";

/** Longer lines are no log lines; they pass as they are. */
const LONGEST_LINE = 65_536;

/** Lines, each with its line end where it has one; characters stand for bytes. `isLong`: a piece of a line that is too long to be looked at. */
export interface LogPiece {
  readonly text: string;
  readonly isLong: boolean;
}

/** The lines that one read gave. A line that is not finished waits for the next read. */
export async function* readPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly LogPiece[]> {
  let rest = "";
  let isLong = false;
  for await (const chunk of chunks) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    const pieces: LogPiece[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = text.slice(start, end + 1);
      pieces.push({ text: line, isLong: isLong || line.length > LONGEST_LINE });
      isLong = false;
      start = end + 1;
    }
    rest = text.slice(start);
    if (isLong || rest.length > LONGEST_LINE) {
      if (rest !== "") pieces.push({ text: rest, isLong: true });
      isLong = true;
      rest = "";
    }
    if (pieces.length > 0) yield pieces;
  }
  if (rest !== "") yield [{ text: rest, isLong }];
}

/** The same bytes, unpacked where they are gzip's. `name` is for people. */
export async function* unpackGzip(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = chunks[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  let isAtEnd = false;
  while (start.length < 2 && !isAtEnd) {
    const next = await reader.next();
    if (next.done === true) isAtEnd = true;
    else start = Buffer.concat([start, next.value]);
  }
  const all = (async function* () {
    yield start;
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) yield next.value;
  })();
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // Errors of either end come out of the loop below.
  pipeline(Readable.from(all), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    if (systemErrorCode(error)?.startsWith("Z_") !== true) throw error;
    throw new CommandStop(EXIT.usage, `${name} is compressed with gzip, and damaged or cut off`);
  }
}
