/**
 * Finds what an option's name stands for among the options that a rule has loaded so far.
 */
import { BASE_OPTIONS, type BaseOption, type OptionRow, type OptionTable } from "./options.ts";
import type { OptionUse } from "./rule-parts.ts";

/** A loaded match or target; its options are looked up, and what is read is added. */
export interface Scope {
  readonly name: string;
  readonly what: "match" | "target";
  /** Null where all words belong to it anyway. */
  readonly table: OptionTable | null;
  readonly options: OptionUse[];
}

/** What a name stands for. */
export type FoundOption =
  | { readonly kind: "base"; readonly option: BaseOption }
  | { readonly kind: "module"; readonly option: OptionRow; readonly scope: Scope }
  | { readonly kind: "ambiguous"; readonly names: readonly string[] };

/** Looks up a name with its dashes; later scopes go first. An exact name wins over abbreviations; null when nothing fits. */
export function findOption(name: string, scopes: readonly Scope[]): FoundOption | null {
  if (!name.startsWith("--")) return null;
  const bare = name.slice(2);
  for (let index = scopes.length - 1; index >= 0; index -= 1) {
    const scope = scopes[index]!;
    const option = scope.table?.get(bare);
    if (option !== undefined) return { kind: "module", option, scope };
  }
  return bare === "" ? null : findAbbreviated(bare, scopes);
}

/** getopt_long: several names that start so are fine as long as they are one option. */
function findAbbreviated(bare: string, scopes: readonly Scope[]): FoundOption | null {
  const found = new Map<OptionRow, { readonly name: string; readonly result: FoundOption }>();
  for (const [name, option] of BASE_OPTIONS) {
    if (name.startsWith(`--${bare}`)) found.set(option, { name, result: { kind: "base", option } });
  }
  for (const scope of scopes.toReversed()) {
    for (const [name, option] of scope.table ?? []) {
      if (!name.startsWith(bare) || found.has(option)) continue;
      found.set(option, { name: `--${name}`, result: { kind: "module", option, scope } });
    }
  }
  const results = [...found.values()];
  if (results.length > 1) return { kind: "ambiguous", names: results.map(({ name }) => name) };
  return results[0]?.result ?? null;
}
