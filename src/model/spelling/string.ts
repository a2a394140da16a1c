/**
 * What `-m string` looks for: iptables keeps bytes, and prints them as text where all can be printed, as hexadecimal numbers otherwise.
 *
 * Source: iptables 1.8.9, `extensions/libxt_string.c`, `parse_hex_string`, `is_hex_string`, `print_hex_string`, `print_string`.
 */
import type { OptionUse } from "../rule-parts.ts";
import { bang, flag, inOrder, type Part, type Speller, value } from "./parts.ts";
import { bare, MOST, uint } from "./values.ts";

const LONGEST = 128;
const ASCII = /^[\0-\x7f]+$/u;
/** Text outside of bars with no escapes, and pairs of digits inside of them. */
const HEX_PARTS = /([^|\\]+)|\|((?:\s*[0-9a-f]{2})+\s*)\|/giu;

/** The characters of a pattern; null where it is not plain ASCII, or in a form that is not read. */
function patternOf({ row, values }: OptionUse): string | null {
  const { text } = values[0]!;
  if (!ASCII.test(text)) return null;
  if (row.name === "string") return text.length <= LONGEST ? text : null;
  if (text.replace(HEX_PARTS, "") !== "") return null;
  let pattern = "";
  for (const [, plain, digits = ""] of text.matchAll(HEX_PARTS)) {
    const pairs = digits.match(/[0-9a-f]{2}/giu) ?? [];
    pattern += plain ?? String.fromCharCode(...pairs.map((pair) => Number.parseInt(pair, 16)));
  }
  return pattern.length <= LONGEST ? pattern : null;
}

function printPattern(pattern: string): string {
  const isText = /^[ -~]+$/u.test(pattern) && !pattern.endsWith("\\");
  if (isText) return `--string "${pattern.replace(/["\\]/gu, "\\$&")}"`;
  const codes = [...pattern].map((character) => character.charCodeAt(0).toString(16).padStart(2, "0"));
  return `--hex-string "|${codes.join("")}|"`;
}

const pattern: Part = {
  options: ["string", "hex-string"],
  print: ({ options }) => {
    const [use, second] = ["string", "hex-string"].flatMap((name) => options.get(name) ?? []);
    if (use === undefined || second !== undefined) return null;
    const read = patternOf(use);
    return read === null ? null : `${bang(use)}${printPattern(read)}`;
  },
};

/** `-m string`. */
export const spellString: Speller = inOrder(
  pattern,
  value("algo", bare),
  value("from", uint(MOST[16]), { hidden: "0" }),
  value("to", uint(MOST[16]), { hidden: String(MOST[16]) }),
  flag("icase"),
);
