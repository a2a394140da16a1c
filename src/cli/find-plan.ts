/**
 * Makes a plan of imported rulesets, and writes it.
 */
import { resolve } from "node:path";
import { findGroups } from "../cluster/find.ts";
import type { ClusterOptions } from "../cluster/types.ts";
import { printPlan } from "../plan/file.ts";
import { makePlan, type PlanSource } from "../plan/make.ts";
import type { Plan, PlanInput } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { Console } from "./console.ts";
import type { ImportInput } from "./import-inputs.ts";
import type { Io } from "./io.ts";
import { pathInPlan } from "./plan-files.ts";
import { stopForFile } from "./stop.ts";

/** What a plan says of an input before anything is searched. */
export type InputHead = Pick<PlanInput, "path" | "digest" | "family" | "text">;

/** Heads of the inputs, in their order. */
export function describeInputs(
  io: Io,
  inputs: readonly ImportInput[],
  planPath: string,
): readonly InputHead[] {
  return inputs.map(({ path, source, passing, ruleset }) => ({
    path: passing ? path : pathInPlan(io, planPath, path),
    digest: source.digest,
    family: ruleset.family,
    ...(passing ? { text: source.file.text } : {}),
  }));
}

/** Searches all inputs for groups. */
export function findPlan(
  console: Console,
  inputs: readonly ImportInput[],
  heads: readonly InputHead[],
  options: ClusterOptions,
): { readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] } {
  const onProgress = (done: number, total: number) => console.progress("finding groups", done, total);
  const sources = inputs.map(({ ruleset }, at): PlanSource => {
    return { ...heads[at]!, clustering: findGroups(ruleset, options, onProgress) };
  });
  return makePlan(sources, options);
}

/** Writes a plan file. */
export async function writePlan(io: Io, planPath: string, plan: Plan): Promise<void> {
  try {
    await io.writeFiles([{ path: resolve(io.cwd, planPath), bytes: Buffer.from(printPlan(plan), "utf8") }]);
  } catch (error) {
    throw stopForFile("write", planPath, error);
  }
}
