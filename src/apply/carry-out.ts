/**
 * The load: from the folder with the backup to the new rules, read back. From the moment that something was loaded it ends with the new rules, the old rules, or the
 * word that nobody knows.
 */
import type { Family } from "../model/types.ts";
import { bytesOfText } from "./bytes.ts";
import { FOLDER_NAMES, type FolderFile } from "./folder.ts";
import { goBack, messageOf, type Restored } from "./restoring.ts";
import { differingTables, splitTables, withoutCounters } from "./saved-text.ts";
import { differingSets, setsOfCommands } from "./sets-to-load.ts";
import { textOfSets } from "./watched-sets.ts";
import { type Backend, type Held, LIVE, type Side, type System } from "./system.ts";

/** What is loaded, and what has to be there before and after. */
export interface Load {
  readonly id: string;
  readonly backend: Backend;
  /** The lock of iptables is held from the first table to the last. */
  readonly isLocked: boolean;
  /** The folder as it is made, the backup in it. */
  readonly files: readonly FolderFile[];
  readonly seconds: number;
  /** Tables of each family that is read, as they were when the plan was held against them. */
  readonly before: ReadonlyMap<Family, string>;
  /** Commands for ipset; empty where no sets are loaded. */
  readonly sets: string;
  /** Sets that have to be as they were then: those that the plan knows, and those that are loaded. */
  readonly setsBefore: { readonly names: readonly string[]; readonly saved: string | null };
  /** In the order of the load. */
  readonly tables: readonly LoadTable[];
}

/** A table that is loaded. */
export interface LoadTable {
  readonly family: Family;
  readonly table: string;
  /** What goes to iptables-restore. */
  readonly text: string;
  /** What iptables-save has to print then, as the trial said. */
  readonly meant: string;
}

/** How it ended. */
export type Loaded =
  | {
      readonly kind: "loaded";
      readonly deadline: number;
      /** What the folder has to hold from now on, but for the deadline. */
      readonly backup: readonly FolderFile[];
    }
  /** Nothing was loaded. */
  | { readonly kind: "abandoned"; readonly why: string }
  /** Something was, and it was decided to go back. */
  | { readonly kind: "failed"; readonly why: string; readonly restored: Restored };

/** Tells how far it is. */
export type Say = (text: string) => void;

/** Carries out a load. */
export async function carryOut(system: System, load: Load, say: Say): Promise<Loaded> {
  let lock: Held | null = null;
  try {
    await prepareFolder(system, load, say);
    await stopIfAsked(system);
    lock = load.isLocked ? await system.takeLock("xtables") : null;
    await requireUnchanged(system, load, load.before);
    await requireSameSets(system, load);
  } catch (error) {
    await lock?.release().catch(() => {});
    // Where even that can't be written, the watchdog will load the old rules over themselves.
    await system.decide(load.id, "abandoned").catch(() => {});
    return { kind: "abandoned", why: messageOf(error) };
  }
  try {
    await loadAll(system, load, say);
    const loaded = await keepLoaded(system, load);
    await system.endLoad(load.id);
    await lock?.release();
    lock = null;
    const deadline = (await system.uptime()) + load.seconds;
    await system.setDeadline(load.id, deadline);
    return { kind: "loaded", deadline, backup: backupOf(load.files, loaded) };
  } catch (error) {
    // The watchdog needs the lock, and kills who may still load.
    await lock?.release().catch(() => {});
    await system.endLoad(load.id).catch(() => {});
    return { kind: "failed", why: messageOf(error), restored: await goBack(system, load.id) };
  }
}

async function prepareFolder(system: System, { id, files, seconds, tables }: Load, say: Say): Promise<void> {
  await system.createFolder(id, files);
  say(`backup: ${system.pathOf(id)}`);
  // The time to confirm begins when everything is loaded; until then a load that hangs is what the watchdog is for.
  await system.setDeadline(id, (await system.uptime()) + seconds + loadSeconds(tables));
  const note = await system.arm(id);
  if (note !== null) say(`note: ${note}`);
}

/** What a load may take on a busy machine: some seconds, and more for large tables. */
function loadSeconds(tables: readonly LoadTable[]): number {
  const length = tables.reduce((sum, { text }) => sum + text.length, 0);
  return 30 + Math.ceil(length / 100_000);
}

async function loadAll(system: System, load: Load, say: Say): Promise<void> {
  if (load.sets !== "") {
    await stopIfAsked(system);
    await system.loadSets(LIVE, load.sets);
  }
  const expected = new Map(load.before);
  for (const { family, table, text, meant } of load.tables) {
    await stopIfAsked(system);
    // nft's programs take no lock, and old ones of legacy each their own: a change of somebody else's must not be overwritten.
    if (!load.isLocked) await requireUnchanged(system, load, expected);
    const all = expected.get(family) ?? "";
    await system.loadTable(LIVE, sideOf(load, family), text, splitTables(all).get(table) ?? "");
    expected.set(family, replaceTable(all, table, meant));
    say(`loaded ${family} ${table}`);
  }
  await requireUnchanged(system, load, expected);
  await stopIfAsked(system);
}

/** Compares all tables of all families with what has to be there. */
async function requireUnchanged(
  system: System,
  load: Load,
  expected: ReadonlyMap<Family, string>,
): Promise<void> {
  for (const [family, text] of expected) {
    const found = differingTables(text, await system.readTables(LIVE, sideOf(load, family)));
    if (found.length === 0) continue;
    throw new Error(`somebody else has changed ${family} ${found.join(", ")} at the same time`);
  }
}

async function requireSameSets(system: System, { setsBefore: { names, saved } }: Load): Promise<void> {
  if (names.length === 0 || textOfSets(saved, names) === textOfSets(await system.readSets(LIVE), names))
    return;
  throw new Error(`somebody else has changed one of the sets ${names.join(", ")} at the same time`);
}

/** Keeps what is live now, so that what others change later can be told from it. */
async function keepLoaded(system: System, load: Load): Promise<readonly FolderFile[]> {
  const files: FolderFile[] = [];
  const wanted = setsOfCommands(load.sets);
  const [wrong] = wanted.length === 0 ? [] : differingSets(wanted, await system.readSets(LIVE));
  if (wrong !== undefined) throw new Error(`${wrong}, after its load`);
  for (const family of load.before.keys()) {
    const tables = splitTables(await system.readTables(LIVE, sideOf(load, family)));
    for (const { table, meant } of load.tables.filter((each) => each.family === family)) {
      const text = tables.get(table);
      if (text === undefined || withoutCounters(text) !== withoutCounters(meant))
        throw new Error(`${family} ${table} is not what was loaded`);
      files.push({ name: `loaded/${family}.${table}`, bytes: bytesOfText(text) });
    }
  }
  await system.addFiles(load.id, files);
  return files;
}

/** The folder as it is after a load: tables as they were read back, and the word that the load is over. */
function backupOf(files: readonly FolderFile[], loaded: readonly FolderFile[]): readonly FolderFile[] {
  const { deadline, reserve, loadEnded } = FOLDER_NAMES;
  const others = new Set<string>([deadline, reserve, ...loaded.map(({ name }) => name)]);
  return [
    ...files.filter(({ name }) => !others.has(name)),
    ...loaded,
    { name: loadEnded, bytes: new Uint8Array() },
  ];
}

/** Between two steps. */
async function stopIfAsked(system: System): Promise<void> {
  if ((await system.wait(0)) === "interrupted") throw new Error("interrupted");
}

function sideOf({ backend }: Load, family: Family): Side {
  return { backend, family };
}

/** The text of all tables with another one in it. */
function replaceTable(all: string, table: string, text: string): string {
  const tables = new Map(splitTables(all));
  tables.set(table, text);
  return [...tables.values()].join("");
}
