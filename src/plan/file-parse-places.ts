/**
 * Reads where in the rulesets of a plan something stands: the chain of an input, and lines.
 */
import { parseLineRanges } from "./line-ranges.ts";
import type { PlanFlat, PlanInput } from "./types.ts";
import { type Fields, type Reader, readParsed } from "./yaml-reader.ts";

/** A chain of an input. */
export type Where = Pick<PlanFlat, "input" | "table" | "chain">;

/** Reads the field `where`. */
export function readWhere(reader: Reader, fields: Fields, inputs: readonly PlanInput[]): Where | null {
  return readParsed(reader, fields, "where", describeWhere(inputs), (text) => parseWhere(text, inputs));
}

/** Reads `filter FORWARD`, or `v6 filter FORWARD` in a plan of several inputs; null where a text is something else. */
export function parseWhere(text: string, inputs: readonly PlanInput[]): Where | null {
  const several = inputs.length > 1;
  const found = (several ? /^(v[46]) (\S+) (.+)$/s : /^()(\S+) (.+)$/s).exec(text);
  const input = several ? inputs.findIndex((each) => each.family === found?.[1]) : 0;
  return found === null || input === -1 ? null : { input, table: found[2]!, chain: found[3]! };
}

/** What it expects. */
export function describeWhere(inputs: readonly PlanInput[]): string {
  return inputs.length > 1
    ? "family, table and chain, such as v6 filter FORWARD"
    : "table and chain, such as filter FORWARD";
}

/** Reads the field `lines`. */
export function readLines(reader: Reader, fields: Fields): readonly number[] | null {
  return readParsed(reader, fields, "lines", "ascending line numbers, such as 12-40, 55", parseLineRanges);
}
