/**
 * `rollback`: the old rules come back, in the wait or any time later.
 */
import { textOfBytes } from "./bytes.ts";
import type { Apply } from "./history.ts";
import type { Manifest } from "./manifest.ts";
import { restorePersistent } from "./persisted.ts";
import { goBack, messageOf, type Restored, restoreHere } from "./restoring.ts";
import { chainsOf, splitTables } from "./saved-text.ts";
import { LIVE, type System } from "./system.ts";

/** How it ended. */
export type RolledBack =
  | { readonly kind: "restored"; readonly others: string | null; readonly persistent: readonly string[] }
  | { readonly kind: "nothing"; readonly why: string }
  /** Somebody has changed what the apply had loaded, and that would be lost. */
  | { readonly kind: "changed"; readonly lines: readonly string[] }
  | { readonly kind: "confirmed" }
  | { readonly kind: "unknown"; readonly why: string };

/** Goes back. `discardChanges`: also where that loses rules that somebody has added to what was loaded. */
export async function rollBackApply(
  system: System,
  { id, state, manifest }: Apply,
  discardChanges: boolean,
): Promise<RolledBack> {
  switch (state) {
    case "loading":
    case "waiting":
    case "going back":
      return await end(system, id, await goBack(system, id));
    case "undecided":
    case "broken off":
    case "unknown": {
      const decision = await system.decide(id, "rolled-back").catch(() => null);
      if (decision === "abandoned") return { kind: "nothing", why: "nothing had been loaded" };
      return await end(system, id, await restoreHere(system, id));
    }
    case "confirmed": {
      if (manifest === null) return { kind: "unknown", why: "its manifest.json can't be read" };
      const lines = discardChanges ? [] : await findLaterChanges(system, manifest);
      if (lines.length > 0) return { kind: "changed", lines };
      return await end(system, id, await restoreHere(system, id));
    }
    case "rolled back":
      return { kind: "nothing", why: "the old rules are back already" };
    case "abandoned":
      return { kind: "nothing", why: "nothing had been loaded" };
  }
}

async function end(system: System, id: string, restored: Restored): Promise<RolledBack> {
  if (restored.kind !== "restored") return restored;
  try {
    return { ...restored, persistent: await restorePersistent(system, id) };
  } catch (error) {
    const why = `the old rules are live again, and the files for the next start of the machine are not: ${messageOf(error)}`;
    return { kind: "unknown", why };
  }
}

/** Lines that are live in chains which the apply has written, and that it has not written, as `v4 filter +-A INPUT …`; and those that are missing (`-`). */
async function findLaterChanges(
  system: System,
  { id, backend, tables }: Manifest,
): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const { family, table } of tables) {
    const [loaded, same] = await Promise.all([
      readText(system, id, `loaded/${family}.${table}`),
      readText(system, id, `same/${family}.${table}`),
    ]);
    const live = splitTables(await system.readTables(LIVE, { backend, family })).get(table) ?? "";
    const theirs = new Set(same.split("\n"));
    const [was, is] = [chainsOf(loaded), chainsOf(live)];
    for (const [chain, rules] of was) {
      if (theirs.has(chain)) continue;
      const found = is.get(chain) ?? [];
      const lost = linesNotIn(found, rules).map((line) => `${family} ${table} +${line}`);
      const gone = linesNotIn(rules, found).map((line) => `${family} ${table} -${line}`);
      changes.push(...lost, ...gone);
      if (lost.length + gone.length === 0 && found.join("\n") !== rules.join("\n"))
        changes.push(
          `${family} ${table} ${chain}: the same rules in another order, or another number of times`,
        );
    }
  }
  return changes;
}

function linesNotIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

async function readText(system: System, id: string, name: string): Promise<string> {
  const bytes = await system.readFile(id, name);
  return bytes === null ? "" : textOfBytes(bytes);
}
