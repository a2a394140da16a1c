/**
 * What a script leaves to the kernel's state before it: said, since empty tables and accepting policies are taken for it.
 */
import { baseChains } from "../model/tables.ts";
import type { DiagnosticArgs } from "../text/code-row.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import type { Firewall } from "./firewall.ts";
import type { Stretch } from "./pieces.ts";

/** Reports tables that aren't emptied, and policies of filter that aren't set. */
export function reportAssumptions(
  firewall: Firewall,
  report: (code: DiagnosticCode, at: Stretch, args: DiagnosticArgs) => void,
): void {
  const program = firewall.family === "v6" ? "ip6tables" : "iptables";
  for (const table of firewall.tables) {
    const base = baseChains(table.name).map((name) => table.chains.get(name)!);
    const kept = base.find(({ rules, isFresh }) => rules.length > 0 && !isFresh);
    if (kept !== undefined && !firewall.allFresh)
      report("SCRIPT_START_ASSUMED", kept.rules[0]!.at, { table: table.name, program });
    if (table.name !== "filter") continue;
    for (const { name, at, rules } of base) {
      if (at === null && rules.length > 0)
        report("SCRIPT_POLICY_ASSUMED", rules[0]!.at, { chain: name, table: table.name });
    }
  }
}
