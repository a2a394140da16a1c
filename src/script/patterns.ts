/**
 * Patterns of the shell (`*`, `?`, `[…]`) as regular expressions.
 */
import type { Pieces } from "./pieces.ts";

/** A part of a pattern: text in quotes stands for itself. */
export interface PatternPart {
  readonly pieces: Pieces;
  readonly quoted: boolean;
}

/** The inside of a regular expression for a pattern; null where it holds something unknown. */
export function patternSource(parts: readonly PatternPart[], isGreedy = true): string | null {
  let source = "";
  for (const { pieces, quoted } of parts) {
    for (const piece of pieces) {
      if (piece.unknown !== null) return null;
      source += quoted ? escapeRegExp(piece.text) : translate(piece.text, isGreedy);
    }
  }
  return source;
}

function translate(text: string, isGreedy: boolean): string {
  return text.replace(/\[!?[^\]]+\]|[\s\S]/gu, (part) => {
    if (part === "*") return isGreedy ? "[\\s\\S]*" : "[\\s\\S]*?";
    if (part === "?") return "[\\s\\S]";
    if (part.length > 1) return part.replace(/^\[!/u, "[^").replace(/\\/gu, "\\\\");
    return escapeRegExp(part);
  });
}

/** Text that stands for itself in a regular expression. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** A regular expression, or null where the pattern makes none. */
export function compilePattern(source: string): RegExp | null {
  try {
    return new RegExp(source, "u");
  } catch {
    return null;
  }
}
