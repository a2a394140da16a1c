/**
 * What somebody has changed of what an apply has loaded: going back would lose it.
 */
import { textOfBytes } from "./bytes.ts";
import type { Manifest } from "./manifest.ts";
import { chainsOf, policiesOf, splitTables } from "./saved-text.ts";
import { differingSets, setsOfCommands } from "./sets-to-load.ts";
import { LIVE, type System } from "./system.ts";

/**
 * Lines that are live in chains which the apply has written, and that it has not written, as `v4 filter +-A INPUT …`; those that are missing (`-`); policies, and members of sets.
 */
export async function findLaterChanges(
  system: System,
  { id, backend, tables, sets }: Manifest,
): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const { family, table } of tables) {
    const [loaded, same] = await Promise.all([
      readText(system, id, `loaded/${family}.${table}`),
      readText(system, id, `same/${family}.${table}`),
    ]);
    const live = splitTables(await system.readTables(LIVE, { backend, family })).get(table) ?? "";
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
