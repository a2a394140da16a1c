/** A ruleset through every stage, as `markify import` and `markify apply` do it, without files. */
import { findGroups } from "../../src/cluster/find.ts";
import { DAEMON_CHAINS } from "../../src/cluster/segments.ts";
import type { Clustering, ClusterOptions } from "../../src/cluster/types.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import { importRuleset } from "../../src/import/import.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import type { Rewritten } from "../../src/rewrite/types.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile, type SourceFile } from "../../src/text/source.ts";

/** What the stages made of a ruleset. */
export interface PipelineRun {
  readonly ruleset: Ruleset;
  readonly clustering: Clustering;
  readonly plan: Plan;
  readonly rewritten: Rewritten;
  /** The restore file. */
  readonly text: string;
}

/** What the command line uses when it isn't told otherwise. */
export const DEFAULT_CLUSTER_OPTIONS: ClusterOptions = { keepChains: DAEMON_CHAINS, rewriteChains: [] };

/** Imports a text that has to be right; throws with the diagnostics where it is not. */
export function importOrThrow(file: SourceFile, family: Family): Ruleset {
  const { ruleset, diagnostics } = importRuleset(file, { family });
  if (ruleset === null) throw new Error(`${file.path} is refused: ${describe(diagnostics)}`);
  return ruleset;
}

/** Import, search, plan, rewrite, emit. Throws where a stage refuses. */
export function runPipeline(file: SourceFile, family: Family): PipelineRun {
  const ruleset = importOrThrow(file, family);
  const clustering = findGroups(ruleset, DEFAULT_CLUSTER_OPTIONS);
  const source = { path: file.path, digest: "sha256:made-for-a-test", clustering };
  const { plan } = makePlan([source], DEFAULT_CLUSTER_OPTIONS);
  const { rewritten, diagnostics } = rewriteRuleset(ruleset, plan, 0);
  if (rewritten === null) throw new Error(`${file.path} can't be rewritten: ${describe(diagnostics)}`);
  const text = emitRestoreFile(rewritten, [`Made from ${file.path} by a test.`]);
  return { ruleset, clustering, plan, rewritten, text };
}

/** A ruleset through every stage with a plan in which everything is refused: its rules have to come out as they are. */
export function applyNothing(text: string, family: Family): string {
  const file = makeSourceFile("t.rules", text);
  const ruleset = importOrThrow(file, family);
  const source = {
    path: file.path,
    digest: "sha256:made-for-a-test",
    clustering: findGroups(ruleset, DEFAULT_CLUSTER_OPTIONS),
  };
  const { plan } = makePlan([source], DEFAULT_CLUSTER_OPTIONS);
  const refused: Plan = {
    ...plan,
    groups: plan.groups.map((group) => ({ ...group, accept: false })),
    policyRules: plan.policyRules.map((rule) => ({ ...rule, accept: false })),
  };
  const { rewritten, diagnostics } = rewriteRuleset(ruleset, refused, 0);
  if (rewritten === null) throw new Error(describe(diagnostics));
  return emitRestoreFile(rewritten, []);
}

/** The new ruleset, read from the restore file's text. */
export function importRewritten(run: PipelineRun): Ruleset {
  const { family, file } = run.ruleset;
  return importOrThrow(makeSourceFile(`rewritten/${file.path}`, run.text, file.encoding), family);
}

function describe(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, args }) => `${code} ${JSON.stringify(args)}`)
    .join("; ");
}
