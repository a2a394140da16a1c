/**
 * What is found in one table by proof: rules and chains that do nothing, bits of marks that are turned over twice.
 */
import type { Rule, Ruleset, Table } from "../model/types.ts";
import { type ProofLimits, reasonOf } from "../verify/symbolic/findings.ts";
import { findIdleChains } from "./chain-findings.ts";
import type { Draft } from "./drafts.ts";
import { isMarkGuard } from "./mark-findings.ts";
import { findFlips } from "./mark-flips.ts";
import { findIdleRules } from "./rule-findings.ts";
import { findRoles, type TableRoles } from "./rule-roles.ts";
import type { Unsettled } from "./types.ts";

/** The findings in one table of a ruleset, and what could not be found out. `limits` null: no proof is wanted. */
export function findInTable(
  table: Table,
  ruleset: Ruleset,
  limits: ProofLimits | null,
): { readonly drafts: readonly Draft[]; readonly unsettled: readonly Unsettled[] } {
  const roles = limits === null ? notAsked(table) : findRoles(table, ruleset, limits);
  const flips = flipsOf(roles);
  const chains = findIdleChains(table, roles);
  const drafts = [...findIdleRules(withoutNamed(roles, chains)), ...chains, ...flips.drafts];
  return { drafts, unsettled: [...roles.unsettled, ...flips.unsettled] };
}

/** A rule of which something more exact is said need not be called redundant, too; nor one that guards marks shadowed. */
function withoutNamed(roles: TableRoles, chains: readonly Draft[]): TableRoles {
  const calls = chains.flatMap(({ kind, rules = [] }) => (kind === "empty-chain" ? rules : []));
  const named = new Set<Rule>(calls);
  const rules = roles.rules.filter(
    ({ rule, role }) => (role !== "idle" || !named.has(rule)) && (role === "never" || !isMarkGuard(rule)),
  );
  return { ...roles, rules };
}

function notAsked({ name, chains }: Table): TableRoles {
  const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
  const unsettled =
    rules === 0 ? [] : [{ table: name, chain: null, rules, reason: "no proof was asked for" }];
  return { reach: null, rules: [], unreached: [], unsettled };
}

function flipsOf({ reach }: TableRoles): {
  readonly drafts: readonly Draft[];
  readonly unsettled: readonly Unsettled[];
} {
  if (reach === null) return { drafts: [], unsettled: [] };
  try {
    return { drafts: findFlips(reach), unsettled: [] };
  } catch (error) {
    const { name, chains } = reach.table;
    const marking = (rule: Rule): boolean => rule.target.kind === "mark";
    const rules = chains.reduce((sum, chain) => sum + chain.rules.filter(marking).length, 0);
    return { drafts: [], unsettled: [{ table: name, chain: null, rules, reason: reasonOf(error) }] };
  }
}
