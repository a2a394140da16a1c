/**
 * Prints a rewritten ruleset as a restore file. An unchanged one is the input again, byte for byte.
 */
import type { Rewritten } from "../rewrite/types.ts";

/**
 * The text for iptables-restore. `header` are lines without `#`, put in front as comments where anything changed; encode the result as the
 * source file was (`rewritten.ruleset.file.encoding`).
 */
export function emitRestoreFile(rewritten: Rewritten, header: readonly string[]): string {
  if (!rewritten.changed) return rewritten.ruleset.file.text;
  const comments = header.map((line) => `${`# ${line}`.trimEnd()}\n`).join("");
  return comments + rewritten.lines.map(({ text }) => text).join("\n");
}
