/**
 * Makes a plan of imported rulesets.
 */
import { findGroups } from "../cluster/find.ts";
import type { MarkBits } from "../cluster/types.ts";
import type { Axis } from "../model/types.ts";
import { makePlan, type PlanSource } from "../plan/make.ts";
import type { NameBase } from "../plan/naming/sources.ts";
import type { Plan, PlanInput, PlanOptions } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { Console } from "./console.ts";
import { describeDeclined } from "./declined.ts";
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
  const declined: Diagnostic[] = [];
  let bits: MarkBits = {};
  const sources = inputs.map(({ ruleset }, at): PlanSource => {
    const isKnown = (axis: Axis, members: readonly string[]) => base.known?.has(axis, members) === true;
    const clustering = findGroups(ruleset, options, onProgress, isKnown, bits);
    bits = { ...bits, ...clustering.marks?.bits };
    declined.push(...describeDeclined(heads[at]!.path, clustering));
    return { ...heads[at]!, clustering };
  });
  const { plan, diagnostics } = makePlan(sources, options, base);
  return { plan, diagnostics: [...diagnostics, ...declined] };
}
