/**
 * The folder of one apply as data: what stands in `/var/lib/markify/<id>/` before anything is loaded, so that `restore.sh` and `watchdog.sh`,
 * which need no Node, can bring the old ruleset back; and readers for the files that they write. Nothing here touches the disk.
 */
import type { Family } from "../model/types.ts";
import { crcOfFile } from "./cksum.ts";
import { emptyTable, findUntouchedChains } from "./table-chains.ts";

/** A table as iptables-save printed it, or as iptables-restore will read it: bytes, since comments may be in any encoding. */
export interface TableText {
  readonly family: Family;
  /** `filter`, `nat` … */
  readonly table: string;
  readonly bytes: Uint8Array;
}

/** What the scripts have to know of the machine. Programs are absolute paths; empty where the family is not touched or the program isn't there. */
export interface FolderSettings {
  readonly backend: "legacy" | "nft";
  readonly v4Save: string;
  readonly v4Restore: string;
  readonly v6Save: string;
  readonly v6Restore: string;
  readonly ipset: string;
  readonly nft: string;
  /** The process that loads, and the 22nd field of its `/proc/PID/stat`: together they are never another process. */
  readonly applyPid: number;
  readonly applyStart: string;
  /** Seconds of `/proc/uptime` (whole ones) at which the watchdog restores; apply may rewrite the file `deadline` later, by rename. */
  readonly deadline: number;
}

/** An ipset that the load changes: it was there before, or the load makes it. */
export interface TouchedSet {
  readonly name: string;
  readonly existed: boolean;
}

/** All that an apply knows before it arms the watchdog. */
export interface FolderContents {
  readonly settings: FolderSettings;
  /** Every table that there is, `iptables-save -c`; those of `load` among them have been there before, the others of `load` are created. */
  readonly old: readonly TableText[];
  /** The tables that change, in the order of the load. */
  readonly load: readonly TableText[];
  /** The same tables as the trial read them back (the kernel's spelling); written again by apply when it has read the live ones back. */
  readonly loaded: readonly TableText[];
  /** `ipset save`; null where there is no ipset. */
  readonly oldSets: Uint8Array | null;
  /** What `ipset restore` reads before the tables are loaded; null for nothing. */
  readonly newSets: Uint8Array | null;
  readonly touchedSets: readonly TouchedSet[];
  /** The texts of the two scripts that come with markify. */
  readonly restoreScript: Uint8Array;
  readonly watchdogScript: Uint8Array;
}

/** One file to write, its name relative to the folder (`old/v4.filter`); all are for root alone (0600). */
export interface FolderFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Names in the folder that apply, confirm and rollback need beside the ones of `makeFolderFiles`. */
export const FOLDER_NAMES = {
  /** A symbolic link to one of `DECISIONS`, made with symlink(2), which fails when it is there: the first who decides wins. */
  decision: "decision",
  /** Seconds of /proc/uptime; replaced by rename. */
  deadline: "deadline",
  /**
   * Apply makes this (empty) when it will start no load any more, whether all went well or not, and before it decides to roll back. An apply that is
   * alive without it is killed by restore.sh: it could go on loading after the old rules are back. One that died without it is rolled back at once.
   */
  loadEnded: "load-ended",
  /** Written by the watchdog: it stands, see `parseArmed`. */
  armed: "armed",
  /** Written by the watchdog: why it doesn't stand. One line. */
  notArmed: "not-armed",
  /** Written by restore.sh at its end, see `parseOutcome`. */
  outcome: "outcome",
  /** What others had changed while the new rules were live: text to show. */
  others: "others",
  log: "log",
  /** Room for the last words where the disk is full: removed before they are written. */
  reserve: "reserve",
  /** An empty file: XTABLES_LOCKFILE for the children of whoever holds the real lock. */
  lock: "lock",
  restoreScript: "restore.sh",
  watchdogScript: "watchdog.sh",
} as const;

export const DECISIONS = { confirmed: "confirmed", rolledBack: "rolled-back" } as const;

/**
 * Children that load (iptables-restore, ipset) get this in their environment, with the folder's path: restore.sh kills those that are still alive, so
 * that none commits a table after the old ones are back. Nobody else may have it: not the watchdog, not a check command, not apply itself.
 */
export const LOADING_VARIABLE = "MARKIFY_LOADING";

/** Kept free for the day when the disk is full: given back before the decision and the outcome are written. */
const RESERVE_BYTES = 65536;

/** Every file of the folder, in the order in which they are to be written; names unique. */
export function makeFolderFiles(contents: FolderContents): readonly FolderFile[] {
  const { settings, load, loaded, touchedSets } = contents;
  // What restore.sh relies on: it goes by nothing here whose checksum is wrong.
  const trusted: readonly FolderFile[] = [
    ...contents.old.map((table) => ({ name: `old/${fileOf(table)}`, bytes: table.bytes })),
    ...makeOptional("old/sets", contents.oldSets),
    ...load.flatMap((table) => makeBeside(table, contents)),
    makeFile(
      "touched",
      load.map(
        (table) => `${table.family} ${table.table} ${existed(table, contents) ? "existed" : "created"}\n`,
      ),
    ),
    makeFile(
      "touched-sets",
      touchedSets.map((set) => `${set.name} ${set.existed ? "existed" : "created"}\n`),
    ),
    makeFile("vars", makeVars(settings)),
  ];
  const checksums = trusted.map(({ name, bytes }) => `${crcOfFile(bytes)} ${bytes.length} ${name}\n`);
  return [
    ...trusted,
    makeFile("checksums", [...checksums, "end\n"]),
    ...load.map((table) => ({ name: `new/${fileOf(table)}`, bytes: table.bytes })),
    ...makeOptional("new/sets", contents.newSets),
    ...loaded.map((table) => ({ name: `loaded/${fileOf(table)}`, bytes: table.bytes })),
    makeFile(FOLDER_NAMES.deadline, [`${settings.deadline}\n`]),
    makeFile(FOLDER_NAMES.lock, []),
    { name: FOLDER_NAMES.reserve, bytes: new Uint8Array(RESERVE_BYTES).fill(10) },
    { name: FOLDER_NAMES.restoreScript, bytes: contents.restoreScript },
    { name: FOLDER_NAMES.watchdogScript, bytes: contents.watchdogScript },
  ];
}

/** What restore.sh says at its end; null for a text that it never writes (none yet, or damaged). */
export type Outcome = { readonly kind: "restored" } | { readonly kind: "unknown"; readonly why: string };

export function parseOutcome(text: string): Outcome | null {
  const match = /^(restored|unknown)(?: ([^\n]*))?\n$/.exec(text);
  if (match === null) return null;
  return match[1] === "restored" ? { kind: "restored" } : { kind: "unknown", why: match[2] ?? "" };
}

/**
 * The process that will restore, and its start time (field 22 of its stat). It's alive when /proc/PID/stat says the same. If it is killed, its parent
 * starts it again within two seconds, and the file says another PID then: only a process that stays dead means that nobody watches.
 */
export interface Armed {
  readonly pid: number;
  readonly start: string;
}

export function parseArmed(text: string): Armed | null {
  const match = /^([1-9]\d*) (\d+)\n$/.exec(text);
  return match === null ? null : { pid: Number(match[1]), start: match[2]! };
}

/** A word of a POSIX shell that stands for exactly this text, whatever is in it. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fileOf(table: TableText): string {
  return `${table.family}.${table.table}`;
}

function findTable(tables: readonly TableText[], wanted: TableText): TableText | null {
  return tables.find((table) => fileOf(table) === fileOf(wanted)) ?? null;
}

function existed(table: TableText, { old }: FolderContents): boolean {
  return findTable(old, table) !== null;
}

/** `same/`: the chains that the load leaves as they are; `empty/`: what a table that the load creates goes back to. */
function makeBeside(table: TableText, { old, loaded }: FolderContents): readonly FolderFile[] {
  // The trial's read back is in the kernel's spelling, as the old text is.
  const [before, after] = [findTable(old, table), findTable(loaded, table) ?? table];
  const name = fileOf(table);
  if (before !== null)
    return [{ name: `same/${name}`, bytes: findUntouchedChains(before.bytes, after.bytes) }];
  return [makeFile(`same/${name}`, []), { name: `empty/${name}`, bytes: emptyTable(after.bytes) }];
}

function makeVars(settings: FolderSettings): readonly string[] {
  const values: readonly (readonly [string, string])[] = [
    ["BACKEND", settings.backend],
    ["V4_SAVE", settings.v4Save],
    ["V4_RESTORE", settings.v4Restore],
    ["V6_SAVE", settings.v6Save],
    ["V6_RESTORE", settings.v6Restore],
    ["IPSET", settings.ipset],
    ["NFT", settings.nft],
    ["APPLY_PID", String(settings.applyPid)],
    ["APPLY_START", settings.applyStart],
  ];
  return values.map(([name, value]) => `${name}=${quoteForShell(value)}\n`);
}

function makeOptional(name: string, bytes: Uint8Array | null): readonly FolderFile[] {
  return bytes === null ? [] : [{ name, bytes }];
}

function makeFile(name: string, lines: readonly string[]): FolderFile {
  return { name, bytes: new TextEncoder().encode(lines.join("")) };
}
