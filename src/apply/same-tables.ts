/**
 * Is what was read back what was meant? After a load, in the trial and on the live firewall, for each table.
 */
import type { Ruleset } from "../model/types.ts";
import { type ChainChange, findChainChanges } from "./chain-changes.ts";
import { tableNames } from "./normal-lists.ts";
import { type Prove, proveSame, type SameAnswer } from "./prove.ts";

/** One table of a read-back. */
export interface TableReadBack {
  readonly table: string;
  readonly answer: SameAnswer;
  /** Why unknown. */
  readonly reason: string | null;
  /** From what was meant to what was read; empty where it is the same. */
  readonly changes: readonly ChainChange[];
}

/** Compares each of `tables`: by lists, and where these differ, by proof. A table that one side lacks is empty there. */
export async function compareReadBack(
  meant: Ruleset,
  read: Ruleset,
  tables: readonly string[],
  prove: Prove,
): Promise<readonly TableReadBack[]> {
  const results: TableReadBack[] = [];
  for (const table of tables) {
    const replaced = withTableOf(meant, read, table);
    const changes = findChainChanges(meant, replaced);
    if (changes.length === 0) results.push({ table, answer: "same", reason: null, changes });
    else {
      const { answer, reason } = await proveSame(meant, replaced, prove);
      results.push({ table, answer, reason, changes });
    }
  }
  return results;
}

/** Tables whose lists are not the same ones: those that have to be loaded, since a load of the others would only reset them. */
export function changedTables(live: Ruleset, meant: Ruleset): readonly string[] {
  const changed = new Set(findChainChanges(live, meant).map(({ table }) => table));
  const named = new Set(meant.tables.map(({ name }) => name));
  // A table that the new file doesn't name stays as it is.
  return tableNames(live, meant).filter((table) => changed.has(table) && named.has(table));
}

/** A ruleset with one table as another one has it. What packets a table meets also depends on the others, so these stay. */
function withTableOf(ruleset: Ruleset, other: Ruleset, table: string): Ruleset {
  const rest = ruleset.tables.filter(({ name }) => name !== table);
  return { ...ruleset, tables: [...rest, ...other.tables.filter(({ name }) => name === table)] };
}
