/**
 * What has to be loaded, in which order, or why nothing is.
 */
import { effectOf, orderTables, type TableChange } from "../../apply/load-order.ts";
import type { HeldFamily } from "../../apply/prepare.ts";
import type { Refusal } from "../../apply/refusal.ts";
import { chooseSets } from "../../apply/sets-to-load.ts";
import type { SetsToLoad, TableToLoad } from "../../apply/try-tables.ts";
import { printSetFile } from "../../emit/ipset-file.ts";
import type { VerifyView } from "../../report/verify-view.ts";
import type { Rewrites } from "../emit-product.ts";
import { findRefusals } from "./find-refusals.ts";
import { wantedSets } from "./live-inputs.ts";
import type { LiveWork } from "./live-work.ts";

/** Empty where what is live is what is meant. */
export interface LoadChoice {
  readonly tables: readonly TableToLoad[];
  readonly sets: SetsToLoad;
  readonly refusals: readonly Refusal[];
}

/** Chooses it. */
export function chooseLoad(work: LiveWork, families: readonly HeldFamily[]): LoadChoice {
  const { source, observation, view } = work;
  const mayChange = view.policyChange !== undefined;
  const { touched, refusal } = chooseSets(wantedSets(source.rewrites), observation.sets, mayChange);
  const swapped = touched.filter(({ existed }) => existed).map(({ name }) => name);
  const order = orderTables(changesOf(families, view), swapped);
  const refusals = [...findRefusals(work, families), order.refusal, refusal].flatMap((each) => each ?? []);
  const tables = (order.order ?? []).map(({ family, table }) => {
    const { meant } = families.find((each) => each.family === family)!;
    return { family, table, meant };
  });
  return { tables, sets: pickSets(source, touched), refusals };
}

/** What the loads of tables do to packets: nothing, where the plan changes no policy. */
function changesOf(families: readonly HeldFamily[], { policyChange }: VerifyView): readonly TableChange[] {
  return families.flatMap(({ family, changed }) =>
    changed.map((table): TableChange => {
      if (policyChange === undefined) return { family, table, effect: "none" };
      const { moreDifferences, differences } = policyChange;
      const own = differences.filter((region) => region.family === family);
      return { family, table, effect: effectOf(table, { differences: own, moreDifferences }) };
    }),
  );
}

function pickSets({ rewrites }: Rewrites, touched: SetsToLoad["touched"]): SetsToLoad {
  const names = new Set(touched.map(({ name }) => name));
  const sets = rewrites.flatMap((each) => each.sets.filter(({ name }) => names.has(name)));
  return { commands: printSetFile(sets, []), touched };
}
