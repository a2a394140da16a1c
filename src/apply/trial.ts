/**
 * The trial: what is to be loaded is loaded into an empty network namespace, and read back. iptables-restore's own `--test` lets loops and misplaced targets pass.
 */
import { messageOf } from "./restoring.ts";
import { splitTables } from "./saved-text.ts";
import type { Place, Side, System } from "./system.ts";

/** What the trial loads: sets that rules name and that stay as they are live, those that are loaded, and the tables. */
export interface TrialLoad {
  readonly liveSets: string;
  readonly newSets: string;
  readonly tables: readonly TrialTable[];
}

/** One table. */
export interface TrialTable {
  readonly side: Side;
  readonly table: string;
  readonly text: string;
  /** What is live; empty for nothing. */
  readonly before: string;
}

/** What came back: a text for each table, in their order; or what the kernel refused. */
export type TrialEnd =
  | { readonly kind: "read"; readonly texts: readonly string[]; readonly sets: string }
  | { readonly kind: "refused"; readonly what: string; readonly why: string };

/** Tries a load. The namespace is gone afterwards, whatever happens. */
export async function tryLoad(system: System, load: TrialLoad): Promise<TrialEnd> {
  let trial: Place;
  try {
    trial = await system.openTrial();
  } catch (error) {
    return { kind: "refused", what: "a network namespace can't be opened", why: messageOf(error) };
  }
  try {
    return await loadAndRead(system, trial, load);
  } catch (error) {
    return { kind: "refused", what: "the trial can't be read back", why: messageOf(error) };
  } finally {
    await system.closeTrial(trial).catch(() => {});
  }
}

async function loadAndRead(system: System, trial: Place, load: TrialLoad): Promise<TrialEnd> {
  for (const text of [load.liveSets, load.newSets]) {
    if (text === "") continue;
    try {
      await system.loadSets(trial, text);
    } catch (error) {
      return { kind: "refused", what: "the kernel refuses the sets", why: messageOf(error) };
    }
  }
  for (const { side, table, text, before } of load.tables) {
    try {
      // There it takes the place of what is live.
      if (side.backend === "nft" && before !== "") await system.loadTable(trial, side, before, "");
      await system.loadTable(trial, side, text, before);
    } catch (error) {
      const what = `the kernel refuses table ${table} (${side.family})`;
      return { kind: "refused", what, why: messageOf(error) };
    }
  }
  const texts: string[] = [];
  for (const { side, table } of load.tables) {
    const text = splitTables(await system.readTables(trial, side)).get(table);
    if (text === undefined) {
      const what = `table ${table} (${side.family}) is not there after its load`;
      return { kind: "refused", what, why: "the kernel took it and lists it nowhere" };
    }
    texts.push(text);
  }
  return { kind: "read", texts, sets: (await system.readSets(trial)) ?? "" };
}
