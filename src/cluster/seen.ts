/**
 * What the search for groups has to choose from before anything is chosen: for people who ask why a product lost.
 */
import { segmentOf } from "./dependencies.ts";
import { findCandidates } from "./candidates.ts";
import { scheduleRuns } from "./schedule.ts";
import { cutTable } from "./segments.ts";
import type { ClusterOptions, Product } from "./types.ts";
import type { Ruleset } from "../model/types.ts";

/** The products that either method finds among the rules of one chain. */
export function findSeenProducts(
  ruleset: Ruleset,
  options: ClusterOptions,
  at: { readonly table: string; readonly chain: string },
): readonly Product[] {
  return ruleset.tables
    .filter(({ name }) => name === at.table)
    .flatMap((table) => cutTable(table, ruleset, options))
    .filter(({ chain }) => chain.name === at.chain)
    .flatMap(({ pieces }) => pieces)
    .flatMap((piece) => (piece.kind === "barrier" ? [] : scheduleRuns(segmentOf(piece.rules))))
    .flatMap((run) =>
      (["cover", "blocks"] as const).flatMap((method) =>
        findCandidates(run.items, method, options.tolerance ?? 0).map((product) => ({ ...at, ...product })),
      ),
    );
}
