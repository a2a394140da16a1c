/**
 * Makes a plan of imported rulesets.
 */
import { findGroups } from "../cluster/find.ts";
import { matchesPattern } from "../cluster/segments.ts";
import type { ClusterOptions, MarkBits } from "../cluster/types.ts";
import type { Axis } from "../model/types.ts";
import { makePlan, type PlanSource } from "../plan/make.ts";
import type { NameBase } from "../plan/naming/sources.ts";
import type { Plan, PlanInput, PlanOptions } from "../plan/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Console } from "./console.ts";
import type { ImportInput } from "./import-inputs.ts";
import type { Io } from "./io.ts";
import { pathInPlan } from "./plan-inputs.ts";

/** What a plan says of an input before anything is searched. */
export type InputHead = Pick<
  PlanInput,
  "path" | "digest" | "family" | "partial" | "text" | "madeFrom" | "sets"
>;

/** Heads of the inputs, in their order. */
export function describeInputs(
  io: Io,
  inputs: readonly ImportInput[],
  planPath: string,
): readonly InputHead[] {
  return inputs.map(({ path, passing, digest, partial, text, madeFrom, sets, ruleset }) => ({
    path: passing ? path : pathInPlan(io, planPath, path),
    digest,
    family: ruleset.family,
    ...(partial === undefined ? {} : { partial }),
    ...(text === undefined ? {} : { text }),
    ...(madeFrom === undefined || passing ? {} : { madeFrom }),
    ...(sets === undefined ? {} : { sets: { ...sets, path: pathInPlan(io, planPath, sets.path) } }),
  }));
}

/** Searches all inputs for groups; `base` is where their names are looked up. */
export function findPlan(
  console: Console,
  inputs: readonly ImportInput[],
  heads: readonly InputHead[],
  options: PlanOptions,
  base: NameBase,
): { readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] } {
  const onProgress = (done: number, total: number) => console.progress("finding groups", done, total);
  let bits: MarkBits = {};
  const sources = inputs.map(({ ruleset }, at): PlanSource => {
    const isKnown = (axis: Axis, members: readonly string[]) => base.known?.has(axis, members) === true;
    const clustering = findGroups(ruleset, options, onProgress, isKnown, bits);
    bits = { ...bits, ...clustering.marks?.bits };
    return { ...heads[at]!, clustering };
  });
  return makePlan(sources, options, base);
}

/** Warns of patterns of options that fit no chain of any input: a typing error, mostly. */
export function findIdlePatterns(
  inputs: readonly ImportInput[],
  options: ClusterOptions,
): readonly Diagnostic[] {
  const chains = inputs.flatMap(({ ruleset }) =>
    ruleset.tables.flatMap((table) => table.chains.map(({ name }) => name)),
  );
  const find = (option: string, patterns: readonly string[]) =>
    patterns
      .filter((pattern) => !chains.some((chain) => matchesPattern(chain, pattern)))
      .map((pattern) => makeDiagnostic("PATTERN_WITHOUT_CHAIN", null, { option, pattern }));
  return [...find("--keep-chain", options.keepChains), ...find("--rewrite-chain", options.rewriteChains)];
}
