/**
 * What markify itself has to know of an apply later: a small JSON file in its folder.
 */
import type { Family } from "../model/types.ts";
import type { Backend } from "./system.ts";

/** Written before anything is loaded, and never changed. */
export interface Manifest {
  readonly version: 1;
  readonly markify: string;
  readonly id: string;
  /** As the person wrote it. */
  readonly plan: string;
  /** ISO 8601, by the wall clock. */
  readonly createdAt: string;
  readonly host: string;
  /** Which start of the machine it was; null where nothing told. */
  readonly boot: string | null;
  readonly backend: Backend;
  /** Those whose tables are read and compared. */
  readonly families: readonly Family[];
  /** Seconds that there are to confirm. */
  readonly seconds: number;
  /** Those that are loaded, in the order of the load. */
  readonly tables: readonly LoadedTable[];
  readonly sets: readonly LoadedSet[];
  readonly rules: { readonly before: number; readonly after: number };
  /** `--persist`: "" for the distribution's own files, a path, or null: not asked for. */
  readonly persist: string | null;
}

/** A table that the load replaces; `existed`: it was there before. */
export interface LoadedTable {
  readonly family: Family;
  readonly table: string;
  readonly existed: boolean;
}

/** A set that the load fills. */
export interface LoadedSet {
  readonly name: string;
  readonly existed: boolean;
}

/** The text of the file. */
export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Reads it; null where it is none, or of a version that this markify doesn't know. */
export function parseManifest(text: string): Manifest | null {
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : null;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  return (
    "version" in value &&
    value.version === 1 &&
    "id" in value &&
    typeof value.id === "string" &&
    "tables" in value &&
    Array.isArray(value.tables) &&
    "families" in value &&
    Array.isArray(value.families)
  );
}
