/**
 * From tables that have to be loaded to the load: tried in a namespace, read back, and laid down with the backup as the files of a folder.
 */
import type { Family, Ruleset } from "../model/types.ts";
import type { Load, LoadTable } from "./carry-out.ts";
import { bytesOfText } from "./bytes.ts";
import { type FolderSettings, makeFolderFiles, type TableText, type TouchedSet } from "./folder.ts";
import { type Manifest, printManifest } from "./manifest.ts";
import type { Observation } from "./observe.ts";
import { readTrial } from "./prepare.ts";
import type { Prove } from "./prove.ts";
import type { Refusal } from "./refusal.ts";
import { compareReadBack } from "./same-tables.ts";
import { splitTables } from "./saved-text.ts";
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

/** Loads everything in a namespace, and compares what comes back with what was meant. */
export async function tryTables(
  system: System,
  { backend, sets: liveSets }: Observation,
  tables: readonly TableToLoad[],
  { commands }: SetsToLoad,
  prove: Prove,
): Promise<{ readonly tried: readonly LoadTable[]; readonly refusal: Refusal | null }> {
  const texts = tables.map(({ meant, table }) => tablesToLoad(meant.file).get(table) ?? "");
  const end = await tryLoad(system, {
    liveSets: liveSets ?? "",
    newSets: commands,
    tables: tables.map(({ family, table }, at) => ({ side: { backend, family }, table, text: texts[at]! })),
  });
  if (end.kind === "refused") {
    const next = "nothing was loaded; the message above is the kernel's own";
    return { tried: [], refusal: { message: `trial: ${end.what}`, details: [end.why], next } };
  }
  const tried: LoadTable[] = [];
  for (const [at, { family, table, meant }] of tables.entries()) {
    const read = readTrial(end.texts[at]!, family);
    const [back] = read === null ? [] : await compareReadBack(meant, read, [table], prove);
    if (back === undefined || (back.answer !== "same" && back.answer !== "equal")) {
      const message = `trial: ${family} ${table} did not come back as it was loaded`;
      const details = back?.changes.flatMap(({ diff }) => diff) ?? [];
      return { tried: [], refusal: { message, details, next: "please report it with the ruleset" } };
    }
    tried.push({ family, table, text: texts[at]!, meant: end.texts[at]! });
  }
  return { tried, refusal: null };
}

/** What a load is made of. */
export interface LoadParts {
  readonly manifest: Manifest;
  readonly tables: readonly LoadTable[];
  readonly sets: SetsToLoad;
}

/** Makes the load, its folder's files among it. */
export async function makeLoad(
  system: System,
  observation: Observation,
  { manifest, tables, sets }: LoadParts,
): Promise<Load> {
  const { backend, texts } = observation;
  const scripts = await system.readScripts();
  const old = [...texts].flatMap(([family, text]) =>
    [...splitTables(text)].map(([table, own]): TableText => ({ family, table, bytes: bytesOfText(own) })),
  );
  const asText = (of: (table: LoadTable) => string) =>
    tables.map(
      (each): TableText => ({ family: each.family, table: each.table, bytes: bytesOfText(of(each)) }),
    );
  const files = makeFolderFiles({
    settings: await makeSettings(system, observation, manifest),
    old,
    load: asText(({ text }) => text),
    loaded: asText(({ meant }) => meant),
    oldSets: observation.sets === null ? null : bytesOfText(observation.sets),
    newSets: sets.commands === "" ? null : bytesOfText(sets.commands),
    touchedSets: sets.touched,
    restoreScript: scripts.restore,
    watchdogScript: scripts.watchdog,
  });
  const { id, seconds } = manifest;
  const own = { name: "manifest.json", bytes: new TextEncoder().encode(printManifest(manifest)) };
  return { id, backend, files: [...files, own], seconds, before: texts, sets: sets.commands, tables };
}

async function makeSettings(
  system: System,
  { facts, backend }: Observation,
  { families, seconds }: Manifest,
): Promise<FolderSettings> {
  const { pid, start } = await system.identify();
  const programs = facts.programs[backend];
  const of = (family: Family, what: "save" | "restore") =>
    families.includes(family) ? (programs[family]?.[what] ?? "") : "";
  return {
    backend,
    v4Save: of("v4", "save"),
    v4Restore: of("v4", "restore"),
    v6Save: of("v6", "save"),
    v6Restore: of("v6", "restore"),
    ipset: facts.tools.ipset ?? "",
    nft: facts.tools.nft ?? "",
    applyPid: pid,
    applyStart: start,
    deadline: Math.ceil((await system.uptime()) + seconds),
  };
}

/** What an apply is called: by the clock of the machine's world, so that they sort by age. */
export function makeId(system: System): string {
  const now = system.wallClock().toISOString();
  return `${now.slice(0, 10).replaceAll("-", "")}-${now.slice(11, 19).replaceAll(":", "")}-${system.drawLetters()}`;
}
