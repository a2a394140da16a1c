/**
 * Rulesets and plans from files and standard input, and their digests.
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { decodeSource, type SourceFile, STANDARD_INPUT } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { FileFacts, Io } from "./io.ts";
import { findNoText } from "./no-text.ts";
import { shellWord } from "./shell.ts";
import { CommandStop, stopForFile, systemErrorCode } from "./stop.ts";

/** A text that was read, with the digest of the file's bytes. */
export interface ReadSource {
  readonly file: SourceFile;
  readonly bytes: Uint8Array;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

/** Reads a file, or standard input for `-`. `path` is what the user wrote. */
export async function readSource(io: Io, path: string): Promise<ReadSource> {
  try {
    const bytes = path === "-" ? await io.readStdin() : await io.readFile(resolve(io.cwd, path));
    return { file: decodeInput(path, bytes), bytes, digest: digestOf(bytes) };
  } catch (error) {
    throw stopForFile("read", path, error);
  }
}

/** Larger than any ruleset: a small file can claim to be of any size. */
const MOST_BYTES = 2 ** 30;

/** Other compressed files, by their first bytes, and what unpacks them. */
const PACKED: readonly (readonly [signature: string, command: string])[] = [
  ["fd377a585a00", "xz -dc"],
  ["425a68", "bzip2 -dc"],
  ["28b52ffd", "zstd -dc"],
  ["504b0304", "unzip -p"],
];

/** The text of a file that may be compressed with gzip. */
function decodeInput(path: string, bytes: Uint8Array): SourceFile {
  const name = path === "-" ? STANDARD_INPUT : path;
  const signature = Buffer.from(bytes.subarray(0, 6)).toString("hex");
  const packed = PACKED.find(([start]) => signature.startsWith(start));
  if (packed !== undefined) {
    const next = `${packed[1]} ${shellWord(path)} | markify import - -o PLAN`;
    throw new CommandStop(EXIT.usage, `${name} is compressed in a way that is not read here`, next);
  }
  const text = signature.startsWith("1f8b") ? unpack(name, bytes) : bytes;
  const fault = findNoText(text, path);
  if (fault !== null) throw new CommandStop(EXIT.usage, `${name} ${fault.message}`, fault.next);
  return decodeSource(name, text);
}

function unpack(name: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    throw new CommandStop(
      EXIT.usage,
      `${name} is compressed with gzip, and damaged or cut off (or over 1 GB)`,
    );
  }
}

/** The files of a folder that are no hidden ones, by name. */
export async function listFolder(io: Io, path: string): Promise<readonly string[]> {
  try {
    const names = await io.listFolder(resolve(io.cwd, path));
    return names
      .filter((name) => !name.startsWith("."))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw stopForFile("read", path, error);
  }
}

/** Looks at what a path leads to; nothing need be there. */
export async function inspectPath(io: Io, path: string): Promise<FileFacts> {
  try {
    return await io.inspect(resolve(io.cwd, path));
  } catch (error) {
    throw stopForFile("read", path, error);
  }
}

/** Names of this process's own open files: whatever they are, the next process has others. */
const DESCRIPTOR = /^\/(dev\/(stdin|stdout|stderr|fd\/\d+)|proc\/(self|\d+)\/fd\/\d+)$/;

/** Whether a path leads to a pipe or a device (`<(iptables-save)`, `/dev/stdin`): what comes out of it comes once. */
export async function isPassing(io: Io, path: string): Promise<boolean> {
  return DESCRIPTOR.test(resolve(io.cwd, path)) || !(await inspectPath(io, path)).isRegular;
}

/** Reads a file that need not be there. */
export async function readIfThere(io: Io, path: string): Promise<ReadSource | null> {
  try {
    const bytes = await io.readFile(resolve(io.cwd, path));
    return { file: decodeSource(path, bytes), bytes, digest: digestOf(bytes) };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw stopForFile("read", path, error);
  }
}

/** A text that a plan keeps, in the encoding whose bytes have the digest; null when none has (somebody changed the text). */
export function restoreSource(path: string, text: string, digest: string): SourceFile | null {
  for (const encoding of ["utf8", "latin1"] as const) {
    const bytes = Buffer.from(text, encoding);
    if (digestOf(bytes) === digest) return decodeSource(path === "-" ? STANDARD_INPUT : path, bytes);
  }
  return null;
}

/** Bytes of a text that goes with a source file. Characters that the encoding lacks can only be in names of ours, and become `?`. */
export function encodeLike(file: SourceFile, text: string): Uint8Array {
  if (file.encoding === "utf8") return Buffer.from(text, "utf8");
  return Buffer.from(text.replace(/[\u{100}-\u{10ffff}]/gu, "?"), "latin1");
}

/** Digest of bytes, as plans keep it. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
