/**
 * Values that iptables-restore refuses in extensions that are kept as texts: rates, and words where a number stands.
 */
import type { Word } from "../syntax/tree.ts";
import type { MatchUse, TargetUse } from "./rule-parts.ts";
import { MATCH_SPELLERS } from "./spelling/matches.ts";
import { findRateFault } from "./spelling/rates.ts";
import { TARGET_SPELLERS } from "./spelling/targets.ts";

/** Options that take a rate, by their module. */
const RATES: ReadonlyMap<
  string,
  { readonly module: "limit" | "hashlimit"; readonly options: readonly string[] }
> = new Map([
  ["-m limit", { module: "limit", options: ["limit"] }],
  ["-m hashlimit", { module: "hashlimit", options: ["hashlimit-upto", "hashlimit-above"] }],
]);

/** What iptables would take for a number, or for the beginning of one: whether it does depends on the option. */
const NUMBER = /^\s*[+-]?\d/u;

/** The values, each with the reason. */
export function findBadValues(
  use: MatchUse | TargetUse,
  kind: "-m" | "-j",
): readonly { readonly word: Word; readonly why: string }[] {
  const rates = RATES.get(`${kind} ${use.name}`);
  const numbers = (kind === "-m" ? MATCH_SPELLERS : TARGET_SPELLERS).get(use.name)?.numbers;
  return use.options.flatMap(({ row, values: [word] }) => {
    if (word === undefined) return [];
    if (rates?.options.includes(row.name)) {
      const why = findRateFault(word.text, rates.module);
      return why === null ? [] : { word, why };
    }
    return numbers?.has(row.name) && !NUMBER.test(word.text) ? { word, why: "it wants a number" } : [];
  });
}
