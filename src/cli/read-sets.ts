/**
 * The ipset save file that a command is given beside rulesets (`--ipset`), and the rulesets seen through it.
 */
import type { Ruleset } from "../model/types.ts";
import { limitDiagnostics } from "../import/limit.ts";
import type { Plan } from "../plan/types.ts";
import { findSetFindings } from "../report/set-findings.ts";
import type { Finding } from "../report/view.ts";
import { knowGroupSets, knowSets } from "../sets/know.ts";
import { parseSets } from "../sets/parse.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

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

/** Reads the file, where one was given; `paths` are those of the rulesets. All rulesets are of one host, or the sides of one comparison. */
export async function seeThroughSets(
  io: Io,
  path: string | undefined,
  paths: readonly string[],
  rulesets: readonly Ruleset[],
): Promise<SeenThroughSets> {
  if (path === undefined) return { rulesets, groups: null, findingsOf: () => [], diagnostics: [] };
  if (path === "-" && paths.includes("-"))
    throw new CommandStop(EXIT.usage, "only one input can be standard input", "ipset save > SETS");
  const { file, digest } = await readSource(io, path);
  const { sets, diagnostics } = parseSets(file);
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
