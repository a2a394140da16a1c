/**
 * The target LOG. Source: iptables 1.8.9, `extensions/libxt_LOG.c` and `libipt_LOG.c`, `LOG_save`.
 */
import { parseUint } from "./numbers.ts";

/** Levels by name; the last of a number is the usual one. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["panic", 0],
  ["emerg", 0],
  ["alert", 1],
  ["crit", 2],
  ["error", 3],
  ["warning", 4],
  ["notice", 5],
  ["info", 6],
  ["debug", 7],
]);

/** A level by its name or number; null when it is none. */
export function readLogLevel(text: string): number | null {
  return LEVELS.get(text) ?? parseUint(text, 7);
}
