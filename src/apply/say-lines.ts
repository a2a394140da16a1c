/**
 * Lists that may be long, as they are said.
 */
import type { Say } from "./carry-out.ts";

/** Lines of a list that are said. */
const MOST_LINES = 40;

/** Says a heading, and lines below it. */
export function sayLines(say: Say, heading: string, lines: readonly string[]): void {
  say(heading);
  for (const line of lines.slice(0, MOST_LINES)) say(`  ${line}`);
  if (lines.length > MOST_LINES) say(`  and ${lines.length - MOST_LINES} more`);
}
