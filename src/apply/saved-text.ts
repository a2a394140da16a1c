/**
 * What `iptables-save -c` printed, as texts to compare: the same rules are the same text once counters and comment lines are gone.
 */

/** The kernel's own spelling on both sides: only counters and comment lines differ between two dumps of the same rules. */
export function withoutCounters(text: string): string {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/^\[\d+:\d+\] /, "").replace(/^(:\S+ \S+) \[\d+:\d+\]$/, "$1"))
    .join("\n");
}

/** Texts of the tables of a dump, each from `*` to COMMIT with a line break behind it, by their names. */
export function splitTables(text: string): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  for (const [whole, name] of text.matchAll(/^\*(\S+)\n[\s\S]*?^COMMIT\n/gm)) tables.set(name!, whole);
  return tables;
}

/** Where two dumps of one family differ: names of tables, in order; empty where they are the same. */
export function differingTables(before: string, after: string): readonly string[] {
  const [old, now] = [splitTables(before), splitTables(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].filter((name) => {
    const [one, other] = [old.get(name), now.get(name)];
    return one === undefined || other === undefined || withoutCounters(one) !== withoutCounters(other);
  });
}

/** Policies of the base chains of one table. */
export function policiesOf(table: string): ReadonlyMap<string, string> {
  const declared = table.matchAll(/^:(\S+) ([^-\s]\S*)/gm);
  return new Map([...declared].map(([, chain, policy]) => [chain!, policy!]));
}

/** Rules of the chains of one table, without counters, in order. */
export function chainsOf(table: string): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, string[]>();
  for (const line of withoutCounters(table).split("\n")) {
    const [, declared] = /^:(\S+) /.exec(line) ?? [];
    if (declared !== undefined) chains.set(declared, []);
    const [, chain] = /^-A (\S+)/.exec(line) ?? [];
    if (chain === undefined) continue;
    const own = chains.get(chain) ?? [];
    own.push(line);
    chains.set(chain, own);
  }
  return chains;
}
