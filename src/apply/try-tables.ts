/**
 * The tables and sets that have to be loaded, tried in a namespace: what comes back is held against what was meant.
 */
import type { Family, Ruleset } from "../model/types.ts";
import type { LoadTable } from "./carry-out.ts";
import type { TouchedSet } from "./folder.ts";
import { liveTable, type Observation } from "./observe.ts";
import type { Prove } from "./prove.ts";
import { readTrial } from "./read-rules.ts";
import type { Refusal } from "./refusal.ts";
import { compareReadBack } from "./same-tables.ts";
import { differingSets, setsOfCommands } from "./sets-to-load.ts";
import type { System } from "./system.ts";
import { tablesToLoad } from "./table-texts.ts";
import { tryLoad } from "./trial.ts";

/** A table that has to be loaded, in its place in the order. */
export interface TableToLoad {
  readonly family: Family;
  readonly table: string;
  /** The ruleset that has it. */
  readonly meant: Ruleset;
}

/** Sets that have to be loaded. */
export interface SetsToLoad {
  /** Commands for ipset; empty where there are none. */
  readonly commands: string;
  readonly touched: readonly TouchedSet[];
}

const REPORT = "please report it with the ruleset";

/** Loads everything in a namespace, and compares what comes back with what was meant. */
export async function tryTables(
  system: System,
  observation: Observation,
  tables: readonly TableToLoad[],
  { commands }: SetsToLoad,
  prove: Prove,
): Promise<{ readonly tried: readonly LoadTable[]; readonly refusal: Refusal | null }> {
  const texts = tables.map(({ meant, table }) => tablesToLoad(meant.file).get(table) ?? "");
  const end = await tryLoad(system, {
    liveSets: observation.sets ?? "",
    newSets: commands,
    tables: tables.map(({ family, table }, at) => ({
      side: { backend: observation.backend, family },
      table,
      text: texts[at]!,
      before: liveTable(observation, family, table),
    })),
  });
  if (end.kind === "refused") {
    const next = "nothing was loaded; the message above is the kernel's own";
    return { tried: [], refusal: { message: `trial: ${end.what}`, details: [end.why], next } };
  }
  const wrongSets = commands === "" ? [] : differingSets(setsOfCommands(commands), end.sets);
  if (wrongSets.length > 0) {
    const message = "trial: sets did not come back as they were loaded";
    return { tried: [], refusal: { message, details: wrongSets, next: REPORT } };
  }
  const tried: LoadTable[] = [];
  for (const [at, { family, table, meant }] of tables.entries()) {
    const read = readTrial(end.texts[at]!, family);
    const [back] = read === null ? [] : await compareReadBack(meant, read, [table], prove);
    if (back === undefined || (back.answer !== "same" && back.answer !== "equal")) {
      const message = `trial: ${family} ${table} did not come back as it was loaded`;
      const details = back?.changes.flatMap(({ diff }) => diff) ?? [];
      return { tried: [], refusal: { message, details, next: REPORT } };
    }
    tried.push({ family, table, text: texts[at]!, meant: end.texts[at]! });
  }
  return { tried, refusal: null };
}
