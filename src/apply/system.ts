/**
 * Everything of a machine that `apply --live`, `confirm`, `rollback` and `history` touch, as one value: the real one is in `system/`, tests pass fakes, and others that fail.
 *
 * Every method may reject; a rejection says nothing of whether its effect took place.
 */
import type { Family } from "../model/types.ts";
import type { FolderFile } from "./folder.ts";

/** The two implementations of iptables. */
export type Backend = "legacy" | "nft";

/** The programs of a backend for one family: absolute paths. */
export interface FamilyPrograms {
  readonly save: string;
  readonly restore: string;
}

/** A network namespace: the one that markify runs in, or one that ends with the trial. */
export type Place = { readonly kind: "live" } | { readonly kind: "trial"; readonly pid: number };

/** The namespace that is at stake. */
export const LIVE: Place = Object.freeze({ kind: "live" });

/** What is there to work with. Absolute paths; null: not installed. */
export interface HostFacts {
  readonly isLinux: boolean;
  readonly isRoot: boolean;
  readonly programs: Readonly<Record<Backend, Readonly<Record<Family, FamilyPrograms | null>>>>;
  /** What `iptables` means where nobody says which: null without one. */
  readonly usual: Backend | null;
  readonly tools: Readonly<Record<Tool, string | null>>;
  /** Which of the paths that were asked for are there. */
  readonly existing: ReadonlySet<string>;
  readonly hostname: string;
}

/** Programs beside iptables. */
export const TOOLS = ["ipset", "nft", "unshare", "nsenter", "flock", "setsid", "awk", "conntrack"] as const;
export type Tool = (typeof TOOLS)[number];

/** Which save and restore a call means. */
export interface Side {
  readonly backend: Backend;
  readonly family: Family;
}

/** How an apply was decided. `abandoned`: nothing had been loaded. */
export type Decision = "confirmed" | "rolled-back" | "abandoned";

/** Something that ends when it is let go, or with this process. */
export interface Held {
  readonly release: () => Promise<void>;
}

/** Which lock: that of all iptables programs (legacy), or markify's own, which two applies can't have at once. */
export type LockName = "xtables" | "markify";

/** The machine. Texts of rules and sets have one character for each byte: comments may be in any encoding, and come back as they were. */
export interface System {
  /** `paths`: of which it is asked whether they are there. */
  readonly inspectHost: (paths: readonly string[]) => Promise<HostFacts>;
  /** The tables that exist, with counters, each from `*` to COMMIT; none is created by reading. */
  readonly readTables: (place: Place, side: Side) => Promise<string>;
  /** `ipset save`; empty where no set is there, null where ipset is not installed. */
  readonly readSets: (place: Place) => Promise<string | null>;
  /** Names of tables that `nft` has beside those of iptables: `inet firewalld`. */
  readonly listForeignTables: () => Promise<readonly string[]>;
  /** Opens an empty network namespace. */
  readonly openTrial: () => Promise<Place>;
  readonly closeTrial: (trial: Place) => Promise<void>;
  /** Commands of `ipset restore`. */
  readonly loadSets: (place: Place, text: string) => Promise<void>;
  /** One table, whole: from `*` to COMMIT, counters in brackets; `before`: what is there, empty for nothing. The kernel takes all of it or nothing. */
  readonly loadTable: (place: Place, side: Side, text: string, before: string) => Promise<void>;
  /** Whether programs of iptables-legacy take another file for their lock where they are told to: older ones would wait for the lock that markify holds. */
  readonly takesOtherLock: () => Promise<boolean>;
  /** Waits some seconds for it; rejects where somebody else has it all the time. */
  readonly takeLock: (name: LockName) => Promise<Held>;
  /** The process that loads, and its start time (field 22 of its stat, proc(5)); which start of the machine this is, null where nothing tells. */
  readonly identify: () => Promise<{
    readonly pid: number;
    readonly start: string;
    readonly boot: string | null;
  }>;
  /** The two scripts that need no Node. */
  readonly readScripts: () => Promise<{ readonly restore: Uint8Array; readonly watchdog: Uint8Array }>;
  /** Makes the folder of an apply, readable for root alone, and brings it to the disk. */
  readonly createFolder: (id: string, files: readonly FolderFile[]) => Promise<void>;
  /** Replaces or adds files of it, each whole, and brings them to the disk. */
  readonly addFiles: (id: string, files: readonly FolderFile[]) => Promise<void>;
  /** Null: it is not there. */
  readonly readFile: (id: string, name: string) => Promise<Uint8Array | null>;
  /** All applies, the oldest first. */
  readonly listFolders: () => Promise<readonly string[]>;
  /** Gives the folder of an apply another name, under which it is none; gives its new path. */
  readonly forgetFolder: (id: string) => Promise<string>;
  /** Where an apply's folder is. */
  readonly pathOf: (id: string) => string;
  /** Decides, where nobody has; gives what holds. One of two at once wins (symlink(2)). */
  readonly decide: (id: string, decision: Decision) => Promise<Decision>;
  readonly readDecision: (id: string) => Promise<Decision | null>;
  /** Starts the watchdog, and resolves when it stands; with what a person should know of how it was started, or null. */
  readonly arm: (id: string) => Promise<string | null>;
  readonly isWatched: (id: string) => Promise<boolean>;
  /** Says that this process starts no load any more: restore.sh kills one that has not said so. */
  readonly endLoad: (id: string) => Promise<void>;
  /** Sets the second (of `uptime`) at which the watchdog restores. */
  readonly setDeadline: (id: string, second: number) => Promise<void>;
  /** Runs restore.sh; gives its exit code. */
  readonly restore: (id: string) => Promise<number>;
  /** Runs a person's command by the shell, for so many seconds at most; passes on what it says, line by line; gives its exit code. */
  readonly runCheck: (command: string, seconds: number, say: (line: string) => void) => Promise<number>;
  /** Ends it, with all that it has started; nothing where none runs. */
  readonly stopCheck: () => Promise<void>;
  /** A file outside of the folder; null: it is not there. */
  readonly readPersistent: (path: string) => Promise<Uint8Array | null>;
  /** Replaces files outside of the folder, each whole; what was there is kept beside it under `keepAs`. */
  readonly writePersistent: (files: readonly PersistentFile[]) => Promise<void>;
  /** Seconds since the machine was started: the clock that nobody sets. */
  readonly uptime: () => Promise<number>;
  /** Waits; ends early where the person asks to end. */
  readonly wait: (milliseconds: number) => Promise<"elapsed" | "interrupted">;
  /** Waits, whatever a person asks. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** The wall clock, to be shown and to name folders. */
  readonly wallClock: () => Date;
  /** Four letters that no other apply of this second has. */
  readonly drawLetters: () => string;
}

/** A file that is read when the machine starts. */
export interface PersistentFile {
  readonly path: string;
  /** Null: there is to be none. */
  readonly text: string | null;
  readonly keepAs: string;
}

/** A refused or failed call. */
export class SystemFault extends Error {
  override readonly name = "SystemFault";
}
