/**
 * The ipset save file that a command is given beside rulesets (`--ipset`), and the rulesets seen through it.
 */
import type { Ruleset } from "../model/types.ts";
import { limitDiagnostics } from "../import/limit.ts";
import type { Plan } from "../plan/types.ts";
import { findSetFindings } from "../report/set-findings.ts";
import type { Finding } from "../report/view.ts";
import { knowGroupSets, knowSets } from "../sets/know.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { GivenSets } from "./read-input.ts";

/** Rulesets, and what was to say about sets on the way. */
export interface SeenThroughSets {
  /** Null where the file of sets has errors. */
  readonly rulesets: readonly Ruleset[] | null;
  /** The rulesets in which the sets alone are known that hold members of their groups, and the file that they are from; null where nothing was given, or it has errors. */
  readonly groups: { readonly rulesets: readonly Ruleset[]; readonly digest: string } | null;
  /** What the sets say about a plan of the rulesets, which are its inputs. */
  readonly findingsOf: (plan: Plan) => readonly Finding[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Sees rulesets through the sets that were given. All of them are of one host, or the sides of one comparison. */
export function seeThroughSets(given: GivenSets, rulesets: readonly Ruleset[]): SeenThroughSets {
  if (given === null) return { rulesets, groups: null, findingsOf: () => [], diagnostics: [] };
  const { sets, diagnostics, digest } = given;
  if (sets === null)
    return { rulesets: null, groups: null, findingsOf: () => [], diagnostics: limitDiagnostics(diagnostics) };
  const known = knowSets(rulesets, sets);
  return {
    rulesets: known.rulesets,
    groups: { rulesets: knowGroupSets(rulesets, sets), digest },
    findingsOf: (plan) => findSetFindings(plan, known.rulesets, sets),
    diagnostics: [...diagnostics, ...known.diagnostics],
  };
}
