/**
 * What targets outside the model change: the connection state, the packet, the mark.
 */
import type { ExtensionTarget, Table } from "../../model/types.ts";
import { TRACK } from "./outcomes.ts";

/** Thrown where nothing can be proved, with the reason as a sentence part. */
export class ProofGap extends Error {
  override readonly name = "ProofGap";
}

/** Targets that tell somebody about the packet and change nothing that a later rule could see. */
const REPORTING = new Set(["LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "LED", "RATEEST", "IDLETIMER", "TEE"]);

/** What a target may change. */
export interface Changes {
  /** Whether matches that are not modelled may answer otherwise afterwards. */
  readonly changesState: boolean;
  readonly track: number;
}

/** Throws ProofGap for targets that write marks in a way that is not modelled. */
export function changesOf({ name, text, ends }: ExtensionTarget): Changes {
  if (REPORTING.has(name)) return { changesState: false, track: TRACK.NONE };
  const writesMark =
    name === "HMARK" || name === "CONNMARK" || (name === "SET" && text.includes("--map-mark"));
  if (writesMark && ends === "never")
    throw new ProofGap(`${name} writes the mark in a way that is not followed (${text})`);
  const isNotrack = name === "NOTRACK" || (name === "CT" && / --notrack\b/.test(text));
  const track = isNotrack ? TRACK.UNTRACKED : name === "CT" ? TRACK.TEMPLATE : TRACK.NONE;
  return { changesState: true, track };
}

/** Whether a table's targets may change what matches that are not modelled read, and the connection state. */
export function changesOfTables(tables: readonly Table[]): {
  readonly changesState: boolean;
  readonly tracks: boolean;
} {
  let changesState = false;
  let tracks = false;
  for (const table of tables) {
    for (const { rules } of table.chains) {
      for (const { target } of rules) {
        if (target.kind !== "extension" || target.ends === "always") continue;
        const changes = changesOf(target);
        changesState ||= changes.changesState;
        tracks ||= changes.track !== TRACK.NONE;
      }
    }
  }
  return { changesState, tracks };
}
