/**
 * Rulesets and plans from files and standard input, and their digests.
 */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { decodeSource, type SourceFile } from "../text/source.ts";
import type { FileFacts, Io } from "./io.ts";
import { stopForFile, systemErrorCode } from "./stop.ts";

/** A text that was read, with the digest of its bytes. */
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
    return {
      file: decodeSource(path === "-" ? "standard input" : path, bytes),
      bytes,
      digest: digestOf(bytes),
    };
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
    if (digestOf(bytes) === digest) return decodeSource(path === "-" ? "standard input" : path, bytes);
  }
  return null;
}

/** Bytes of a text that goes with a source file. Characters that the encoding lacks can only be in names of ours, and become `?`. */
export function encodeLike(file: SourceFile, text: string): Uint8Array {
  if (file.encoding === "utf8") return Buffer.from(text, "utf8");
  return Buffer.from(text.replace(/[\u{100}-\u{10ffff}]/gu, "?"), "latin1");
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
