/**
 * From tables that were tried to the load, laid down with the backup as the files of a folder.
 */
import type { Family } from "../model/types.ts";
import type { Load, LoadTable } from "./carry-out.ts";
import { bytesOfText } from "./bytes.ts";
import { type FolderSettings, makeFolderFiles, type TableText, type TouchedSet } from "./folder.ts";
import { type Manifest, printManifest } from "./manifest.ts";
import type { Observation } from "./observe.ts";
import { splitTables } from "./saved-text.ts";
import { fillingName } from "../rewrite/group-sets.ts";
import { LIVE, type System } from "./system.ts";
import type { SetsToLoad } from "./try-tables.ts";

/** What a load is made of. */
export interface LoadParts {
  readonly manifest: Manifest;
  readonly tables: readonly LoadTable[];
  readonly sets: SetsToLoad;
  /** Names of the sets that the plan knows. */
  readonly knownSets: readonly string[];
}

/** Makes the load, its folder's files among it. */
export async function makeLoad(
  system: System,
  observation: Observation,
  { manifest, tables, sets, knownSets }: LoadParts,
): Promise<Load> {
  const { backend, texts } = observation;
  const scripts = await system.readScripts();
  const old = [...(await readBackup(system, observation))].flatMap(([family, text]) =>
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
    touchedSets: sets.touched.flatMap((set) => [set, fillingOf(set, observation.sets ?? "")]),
    restoreScript: scripts.restore,
    watchdogScript: scripts.watchdog,
  });
  const { id, seconds } = manifest;
  const own = { name: "manifest.json", bytes: new TextEncoder().encode(printManifest(manifest)) };
  const names = [...knownSets, ...sets.touched.map(({ name }) => name)];
  const setsBefore = { names, saved: observation.sets };
  return {
    ...{ id, backend, files: [...files, own], seconds, before: texts, tables },
    isLocked: backend === "legacy" && (await system.takesOtherLock()),
    ...{ sets: sets.commands, setsBefore },
  };
}

/** All tables of both families: of one that the plan is not about, as far as it can be read, since nothing of it is changed. */
async function readBackup(
  system: System,
  { facts, backend, texts }: Observation,
): Promise<ReadonlyMap<Family, string>> {
  const all = new Map(texts);
  for (const family of ["v4", "v6"] as const) {
    if (all.has(family) || facts.programs[backend][family] === null) continue;
    const text = await system.readTables(LIVE, { backend, family }).catch(() => null);
    if (text !== null) all.set(family, text);
  }
  return all;
}

/** A load that is broken off leaves the set by which it fills another one. */
function fillingOf({ name }: TouchedSet, liveSets: string): TouchedSet {
  const filling = fillingName(name);
  return {
    name: filling,
    existed: liveSets.split("\n").some((line) => line.startsWith(`create ${filling} `)),
  };
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
