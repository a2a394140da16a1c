/**
 * The packets for a comparison: drawn around the rules of both sides, as the sampler does it.
 */
import type { Ruleset } from "../../model/types.ts";
import { pairTables } from "../pairs.ts";
import { compileTable } from "../sample/compile.ts";
import { makeJobs } from "../sample/jobs.ts";
import { type DrawnByKind, drawPackets } from "./draw-packets.ts";
import type { Tally } from "./tally.ts";
import type { Backend } from "./types.ts";
import { isTranslating } from "./uses.ts";

/** What is compared under one backend. */
export interface CompareOptions {
  readonly backend: Backend;
  readonly packets: number;
  readonly seed: number;
  readonly ownBits: number;
}

/** Draws around the rules of tables that differ, or of all where none does. */
export function drawForPair(old: Ruleset, now: Ruleset, options: CompareOptions, tally: Tally): DrawnByKind {
  const { backend, ownBits, packets, seed } = options;
  const paired = pairTables(old, now);
  const changed = paired.filter(({ isIdentical }) => !isIdentical);
  const tables = (changed.length > 0 ? changed : paired).map(({ pair }) =>
    compileTable(pair, ownBits, ownBits),
  );
  const drawn = { tap: [], tun: [] };
  const isTranslated = [old, now].some((side) => isTranslating(side.tables));
  for (const job of makeJobs(tables, packets, seed)) {
    const table = tables[job.table]!;
    drawPackets({ ...job, table, hook: table.hooks[job.hook]!, backend, isTranslated }, drawn, tally);
  }
  return drawn;
}
