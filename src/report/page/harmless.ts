/**
 * Data whose strings can be shown, and what is read as a ruleset as it is written: a sign that nobody sees may tell two chains apart.
 */
import { printable } from "../style.ts";

/** Strings that were changed, by where they stand. */
const written = new WeakMap<object, Map<string, string>>();

/** JSON in which no string does harm to the eye. */
export function parseHarmless<Value>(json: string): Value {
  return JSON.parse(json, function (this: object, key: string, value: unknown) {
    if (typeof value !== "string") return value;
    const shown = printable(value);
    if (shown !== value) written.set(this, (written.get(this) ?? new Map<string, string>()).set(key, value));
    return shown;
  });
}

/** Lines of parsed data with every sign as it was. */
export function linesAsWritten(lines: readonly string[]): readonly string[] {
  const changed = written.get(lines);
  return changed === undefined ? lines : lines.map((line, at) => changed.get(String(at)) ?? line);
}
