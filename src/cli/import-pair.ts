/**
 * Reads the two rulesets that `verify` compares.
 */
import { type Imported, importRuleset } from "../import/import.ts";
import type { Family } from "../model/types.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** Reads and imports both sides. A file that says nothing about its family is of the family of the other one. */
export async function importPair(
  io: Io,
  paths: readonly [string, string],
  family: Family | undefined,
): Promise<readonly [Imported, Imported]> {
  if (paths[0] === "-" && paths[1] === "-")
    throw new CommandStop(EXIT.usage, "only one side can be standard input");
  const files = [(await readSource(io, paths[0])).file, (await readSource(io, paths[1])).file] as const;
  const given = family === undefined ? {} : { family };
  const [old, now] = [importRuleset(files[0], given), importRuleset(files[1], given)];
  if (old.ruleset === null || now.ruleset === null || old.ruleset.family === now.ruleset.family)
    return [old, now];
  if (isAssumed(now)) return [old, importRuleset(files[1], { family: old.ruleset.family })];
  if (isAssumed(old)) return [importRuleset(files[0], { family: now.ruleset.family }), now];
  return [old, now];
}

function isAssumed({ diagnostics }: Imported): boolean {
  return diagnostics.some(({ code }) => code === "FAMILY_ASSUMED");
}
