/**
 * What somebody has changed of what an apply has loaded: going back would lose it, and a confirmation would be one of other rules.
 */
import { textOfBytes } from "./bytes.ts";
import type { Manifest } from "./manifest.ts";
import { chainsOf, policiesOf, splitTables } from "./saved-text.ts";
import type { Family } from "../model/types.ts";
import { messageOf } from "./restoring.ts";
import { differingSets, setsOfCommands } from "./sets-to-load.ts";
import { LIVE, type System } from "./system.ts";

/** The same as `findLaterChanges`; one that can't be told is a line, too. Never rejects. */
export async function describeLaterChanges(system: System, manifest: Manifest): Promise<readonly string[]> {
  return await findLaterChanges(system, manifest).catch((error: unknown) => [
    `what is live can't be read: ${messageOf(error)}`,
  ]);
}

/**
 * Lines that are live in chains which the apply has written, and that it has not written, as `v4 filter +-A INPUT …`; those that are missing (`-`); policies, and members of sets.
 */
export async function findLaterChanges(
  system: System,
  { id, backend, tables, sets }: Manifest,
): Promise<readonly string[]> {
  const changes: string[] = [];
  const all = new Map<Family, ReadonlyMap<string, string>>();
  for (const family of new Set(tables.map((each) => each.family)))
    all.set(family, splitTables(await system.readTables(LIVE, { backend, family })));
  for (const { family, table } of tables) {
    const [loaded, same] = await Promise.all([
      readText(system, id, `loaded/${family}.${table}`),
      readText(system, id, `same/${family}.${table}`),
    ]);
    const live = all.get(family)?.get(table) ?? "";
    const found = [
      ...changedPolicies(loaded, live),
      ...changedRules(loaded, live, new Set(same.split("\n"))),
    ];
    changes.push(...found.map((line) => `${family} ${table} ${line}`));
  }
  if (sets.length === 0) return changes;
  const wanted = setsOfCommands(await readText(system, id, "new/sets"));
  return [...changes, ...differingSets(wanted, await system.readSets(LIVE))];
}

function changedPolicies(loaded: string, live: string): readonly string[] {
  const now = policiesOf(live);
  return [...policiesOf(loaded)].flatMap(([chain, policy]) => {
    const found = now.get(chain) ?? "ACCEPT";
    return found === policy ? [] : [`the policy of ${chain} is ${found}, and was ${policy}`];
  });
}

/** `theirs`: chains that the load has left as they were; what others do to them stays. */
function changedRules(loaded: string, live: string, theirs: ReadonlySet<string>): readonly string[] {
  const now = chainsOf(live);
  return [...chainsOf(loaded)].flatMap(([chain, rules]) => {
    if (theirs.has(chain)) return [];
    const found = now.get(chain) ?? [];
    const lost = linesNotIn(found, rules).map((line) => `+${line}`);
    const gone = linesNotIn(rules, found).map((line) => `-${line}`);
    if (lost.length + gone.length > 0) return [...lost, ...gone];
    return found.join("\n") === rules.join("\n")
      ? []
      : [`${chain}: the same rules in another order, or another number of times`];
  });
}

function linesNotIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

async function readText(system: System, id: string, name: string): Promise<string> {
  const bytes = await system.readFile(id, name);
  return bytes === null ? "" : textOfBytes(bytes);
}
