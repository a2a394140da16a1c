/**
 * The public API: markify as a library. Re-exports only; nothing here reads a file, the clock or the command line.
 */
export { findGroups } from "./cluster/find.ts";
export type {
  Clustering,
  ClusterOptions,
  FlatReason,
  FlatRule,
  MemberSet,
  Product,
} from "./cluster/types.ts";
export { emitRestoreFile } from "./emit/restore.ts";
export { type Imported, type ImportOptions, importRuleset } from "./import/import.ts";
export { type Input, type InputOptions, NO_INPUT_OPTIONS, readInput } from "./import/input.ts";
export { DEFAULT_LINT_OPTIONS, type LintOptions, lint } from "./lint/lint.ts";
export type { LintFinding, LintKind, LintResult, Unsettled } from "./lint/types.ts";
export type { Assertion } from "./model/assertion.ts";
export type { Axis, Chain, Family, Match, Rule, Ruleset, Table, Target } from "./model/types.ts";
export { type ParsedAssertions, parseAssertions } from "./plan/assertions.ts";
export { type CarriedPlan, carryEdits } from "./plan/edits.ts";
export { type NameSourceFiles, readNameBase } from "./plan/naming/name-base.ts";
export type { NameBase } from "./plan/naming/sources.ts";
export { type ParsedPlan, parsePlan, printPlan } from "./plan/file.ts";
export { makePlan, type PlanSource } from "./plan/make.ts";
export type { MarkBits, Plan, PlanFlat, PlanGroup, PlanInput, PlanPolicyRule } from "./plan/types.ts";
export { renderDiff } from "./report/diff.ts";
export { renderExplanation } from "./report/explain-terminal.ts";
export { renderJson } from "./report/json.ts";
export { renderLint } from "./report/lint-terminal.ts";
export { type LintedRuleset, type LintView, makeLintView } from "./report/lint-view.ts";
export { makeGroupsView, type ReportSource } from "./report/make-view.ts";
export { findCase, type WhyCase } from "./report/why/case.ts";
export { makeWhyView } from "./report/why/make-why.ts";
export type { WhyView } from "./report/why/view.ts";
export { renderMarkdown } from "./report/markdown.ts";
export type { Style } from "./report/style.ts";
export { renderTerminal, type TerminalReport } from "./report/terminal.ts";
export { renderVerify } from "./report/verify-terminal.ts";
export { type CheckedPair, makeVerifyView, type VerifyView } from "./report/verify-view.ts";
export type {
  FlatView,
  Finding,
  GroupsView,
  GroupView,
  InputView,
  LineView,
  ProductView,
} from "./report/view.ts";
export type { ReplayOptions, ReplayPair } from "./replay/family-replay.ts";
export { type Replayed, type ReplayTraffic, replayTraffic } from "./replay/replay.ts";
export type { ReplayView } from "./replay/view.ts";
export { renderReplay } from "./report/replay-terminal.ts";
export { rewriteRuleset } from "./rewrite/rewrite.ts";
export type { Rewritten, RewrittenLine } from "./rewrite/types.ts";
export { printTree } from "./syntax/print.ts";
export { type Diagnostic, hasErrors, type Severity } from "./text/diagnostic.ts";
export { formatDiagnostic } from "./text/excerpt.ts";
export { decodeSource, makeSourceFile, type SourceFile, type Span } from "./text/source.ts";
export { type AssertionLimits, checkAssertions } from "./verify/assert/check.ts";
export type { AssertionCheck, AssertionResult, AssertionWitness } from "./verify/assert/types.ts";
export { type Explained, explain } from "./verify/explain/explain.ts";
export type { ExplainFault, ExplainOptions, ExplainStep, Explanation } from "./verify/explain/types.ts";
export type {
  Backend,
  DifferenceRegion,
  VerifyCheck,
  VerifyOptions,
  VerifyResult,
  Witness,
} from "./verify/types.ts";
export { DEFAULT_VERIFY_OPTIONS, type VerifyTools, verify } from "./verify/verify.ts";
