/**
 * How good covers are: products of whole chains, before any is judged, beside a lower bound.
 */
import type { Ruleset } from "../model/types.ts";
import { cellsOfRun } from "./candidates.ts";
import { type Cell, coverCells } from "./cover.ts";
import { segmentOf } from "./dependencies.ts";
import { findFoolingSet } from "./fooling-set.ts";
import { scheduleRuns } from "./schedule.ts";
import { cutTable } from "./segments.ts";
import type { ClusterOptions } from "./types.ts";

/** Rules of one chain that can stand side by side and differ in members only. */
export interface CoveredCells {
  readonly table: string;
  readonly chain: string;
  readonly cells: readonly Cell[];
  /** Products of the cover, those of one cell among them. */
  readonly products: number;
  /** No cover has fewer products than this has cells. */
  readonly bound: readonly Cell[];
}

/** All that the first round of the search covers. */
export function measureCover(ruleset: Ruleset, options: ClusterOptions): readonly CoveredCells[] {
  const found: CoveredCells[] = [];
  for (const table of ruleset.tables) {
    for (const { chain, pieces } of cutTable(table, ruleset, options)) {
      for (const piece of pieces) {
        if (piece.kind !== "segment") continue;
        for (const run of scheduleRuns(segmentOf(piece.rules)))
          for (const cells of cellsOfRun(run.items)) {
            const products = cells[0]!.length === 0 ? 1 : coverCells(cells).length;
            found.push({
              table: table.name,
              chain: chain.name,
              cells,
              products,
              bound: findFoolingSet(cells),
            });
          }
      }
    }
  }
  return found;
}
