/**
 * The target LOG as iptables-save prints it: options in its order, levels as numbers, the usual level left out.
 *
 * Source: iptables 1.8.9, `extensions/libxt_LOG.c`, `LOG_save`, and `linux/netfilter/xt_LOG.h`.
 */
import type { MatchContext } from "./match-context.ts";
import { parseUint } from "./numbers.ts";
import { quoteString } from "./quote.ts";
import type { OptionUse, TargetUse } from "./rule-parts.ts";
import type { Target } from "./types.ts";

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
const DEFAULT_LEVEL = 4;
/** The kernel's `char prefix[30]` ends in a NUL; iptables cuts off the rest. */
const LONGEST_PREFIX = 29;
const FLAGS = ["log-tcp-sequence", "log-tcp-options", "log-ip-options", "log-uid", "log-macdecode"] as const;

/** A level by its name or number; null when it is none. */
export function readLogLevel(text: string): number | null {
  return LEVELS.get(text) ?? parseUint(text, 7);
}

/** Null after an error. */
export function buildLogTarget(use: TargetUse, context: MatchContext): Target | null {
  const given = new Map<string, OptionUse>();
  for (const option of use.options) {
    if (given.has(option.row.name)) {
      context.report("OPTION_TWICE", option.word, { option: option.word.text });
      return null;
    }
    given.set(option.row.name, option);
  }
  const level = given.get("log-level")?.values[0];
  if (level !== undefined && /^0\d/u.test(level.text)) {
    const expected = "a number from 0 to 7 or a name";
    context.report("BAD_NUMBER", level, { value: level.text, what: "log level", expected });
    return null;
  }
  const prefix = given.get("log-prefix")?.values[0];
  const words = ["-j LOG"];
  if (prefix !== undefined) words.push(`--log-prefix ${quoteString(cutPrefix(prefix.text))}`);
  if (level !== undefined && readLogLevel(level.text) !== DEFAULT_LEVEL) {
    // A level that iptables does not know is kept: there is a warning about it.
    words.push(`--log-level ${readLogLevel(level.text) ?? level.text}`);
  }
  words.push(...FLAGS.filter((flag) => given.has(flag)).map((flag) => `--${flag}`));
  return { kind: "extension", name: "LOG", ends: "never", text: words.join(" ") };
}

/** Bytes count. How many a character beyond ASCII has depends on the file's encoding, so a prefix with one stays whole. */
function cutPrefix(prefix: string): string {
  return /^[\0-\x7f]*$/u.test(prefix) ? prefix.slice(0, LONGEST_PREFIX) : prefix;
}
