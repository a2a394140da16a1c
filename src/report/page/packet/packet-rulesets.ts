/**
 * The two rulesets of an input from the lines that the page holds, by the parser that the command has: what walks through them here is what would there.
 */
import { importRuleset } from "../../../import/import.ts";
import type { Ruleset } from "../../../model/types.ts";
import { memberLines } from "../../../verify/explain/groups.ts";
import { type KnownSets, knowListedSets } from "../../../sets/known-matches.ts";
import { makeSourceFile } from "../../../text/source.ts";
import type { PageData } from "../../page-data.ts";
import { linesAsWritten } from "../harmless.ts";

/** One side of an input, ready to walk. */
export interface PacketSide {
  readonly ruleset: Ruleset;
  /** The group that each line is a member's of, by its number. */
  readonly groups: ReadonlyMap<number, string>;
}

/** Before and after. */
export interface PacketSides {
  readonly old: PacketSide;
  readonly new: PacketSide;
}

/** Reads both sides; null where there is no such input, or where its lines can't be read (those of another version of markify). */
export function readSides({ files, report }: PageData, index: number): PacketSides | null {
  const [file, input] = [files[index], report.inputs[index]];
  if (file === undefined || input === undefined) return null;
  const read = (lines: readonly string[], sets: KnownSets | null = null): PacketSide | null => {
    const text = linesAsWritten(lines)
      .map((line) => `${line}\n`)
      .join("");
    const reading = { family: input.family, keepUnparsed: input.unparsed > 0 };
    const { ruleset } = importRuleset(makeSourceFile(file.path, text), reading);
    if (ruleset === null) return null;
    return sideOf(sets === null ? ruleset : knowListedSets(ruleset, sets));
  };
  const [old, now] = [read(file.old, file.sets?.old), read(file.new, file.sets?.new)];
  return old === null || now === null ? null : { old, new: now };
}

function sideOf(ruleset: Ruleset): PacketSide {
  const groups = new Map<number, string>();
  for (const table of ruleset.tables)
    for (const [{ line }, name] of memberLines(table)) groups.set(line, name);
  return { ruleset, groups };
}
