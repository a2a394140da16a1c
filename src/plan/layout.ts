/**
 * The layout of a plan: how its policy rules become chains.
 */
import type { Layout } from "./types.ts";

/** All layouts; the first is taken where a plan says nothing. */
export const LAYOUTS: readonly Layout[] = ["article", "hoisted"];

/** Reads the word; null where it is none. */
export function parseLayout(text: string): Layout | null {
  return LAYOUTS.find((layout) => layout === text) ?? null;
}

/** The text of a plan file that says another layout; all else stays. */
export function withLayout(text: string, layout: Layout): string {
  const line = `layout: ${layout}`;
  if (/^layout:.*$/m.test(text)) return text.replace(/^layout:.*$/m, line);
  return text.replace(/^rewriteChains:/m, `${line}\nrewriteChains:`);
}
