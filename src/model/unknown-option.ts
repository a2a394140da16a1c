/**
 * Says the most useful thing about an option that a rule does not have: whose it might be, or what was meant.
 */
import type { Report } from "../syntax/report.ts";
import type { Word } from "../syntax/tree.ts";
import { MATCH_ROWS } from "./match-table.ts";
import type { Suggest } from "./nearest.ts";
import type { Scope } from "./option-lookup.ts";
import { BASE_OPTIONS } from "./options.ts";

/** Protocols whose module is loaded by `-p`. */
const PROTOCOL_MODULES: ReadonlySet<string> = new Set(["tcp", "udp", "udplite", "sctp", "dccp", "icmp"]);

const LONG_BASE_OPTIONS = [...BASE_OPTIONS.keys()].filter((name) => name.startsWith("--"));

/** The modules that have an option, by its name. */
const OWNERS: ReadonlyMap<string, readonly string[]> = findOwners();

function findOwners(): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const row of MATCH_ROWS.values()) {
    for (const name of row.options?.keys() ?? []) owners.set(name, [...(owners.get(name) ?? []), row.name]);
  }
  return owners;
}

/** Reports an unknown option. */
export function reportUnknownOption(
  word: Word,
  scopes: readonly Scope[],
  { report, suggest }: { readonly report: Report; readonly suggest: Suggest },
): void {
  const option = word.text;
  const bare = option.replace(/^--?/u, "");
  const owners = OWNERS.get(bare) ?? [];
  const missing = owners.filter((owner) => !scopes.some((scope) => scope.name === owner));
  if (option.startsWith("--") && missing.length > 0 && missing.length === owners.length) {
    const first = missing[0]!;
    const example = PROTOCOL_MODULES.has(first) ? `-p ${first}` : `-m ${first}`;
    report("OPTION_NEEDS_MODULE", word, {
      option,
      modules: missing.map((name) => `-m ${name}`).join(", "),
      example,
    });
    return;
  }
  for (const scope of scopes.toReversed()) {
    const nearest = suggest(bare, scope.table?.keys() ?? []);
    if (nearest !== null) {
      reportFor(scope, word, nearest, report);
      return;
    }
  }
  const nearest = suggest(option, LONG_BASE_OPTIONS);
  const last = scopes.at(-1);
  if (nearest !== null || last === undefined)
    report("UNKNOWN_OPTION", word, { option, nearest: nearest ?? "" });
  else reportFor(last, word, null, report);
}

function reportFor(scope: Scope, word: Word, nearest: string | null, report: Report): void {
  const args = { option: word.text, nearest: nearest === null ? "" : `--${nearest}` };
  if (scope.what === "match") report("UNKNOWN_MATCH_OPTION", word, { ...args, module: scope.name });
  else report("UNKNOWN_TARGET_OPTION", word, { ...args, target: scope.name });
}
