/** Every product of a ruleset, whether it pays or not: the hardest input for the rewriter. */
import { findCandidates } from "../../src/cluster/candidates.ts";
import { makeSegment } from "../../src/cluster/dependencies.ts";
import { scheduleRuns } from "../../src/cluster/schedule.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import type { Clustering, Product } from "../../src/cluster/types.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { NO_OPTIONS } from "./small-tables.ts";

/** All products there are, without a judgement; `flat` stays empty. */
export function everyProduct(ruleset: Ruleset): Clustering {
  const products: Product[] = [];
  for (const table of ruleset.tables) {
    for (const { chain, pieces } of cutTable(table, ruleset, NO_OPTIONS)) {
      for (const piece of pieces) {
        if (piece.kind !== "segment") continue;
        for (const { items } of scheduleRuns(makeSegment(piece.rules)))
          for (const product of findCandidates(items))
            products.push({ table: table.name, chain: chain.name, ...product });
      }
    }
  }
  return { ruleset, products, flat: [] };
}
