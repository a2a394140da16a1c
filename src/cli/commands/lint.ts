/**
 * `markify lint`: what in a ruleset does nothing, or something else than it looks like?
 */
import { lint } from "../../lint/lint.ts";
import { renderJson } from "../../report/json.ts";
import { renderLint, summariseLint } from "../../report/lint-terminal.ts";
import { type LintedRuleset, makeLintView } from "../../report/lint-view.ts";
import { diagnosticFindings, lintFindings, lintOpen } from "../../report/sarif-findings.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printSarif } from "../print-sarif.ts";
import { type InputCommandOptions, readInputs } from "../read-input.ts";
import { seeThroughSets } from "../read-sets.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { CommandStop } from "../stop.ts";

/** Options of `lint`; what is missing has its default. */
export interface LintCommandOptions extends InputCommandOptions {
  readonly format: "terminal" | "json" | "sarif";
  readonly budget?: number;
}

/** Runs it. */
export async function runLint(
  session: Session,
  paths: readonly string[],
  { format, budget, ...flags }: LintCommandOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  if (paths.filter((path) => path === "-").length > 1)
    throw new CommandStop(EXIT.usage, "only one file can be standard input");
  const { inputs: read, sets } = await readInputs(session, paths, flags, { dumpOfSeveral: true });
  const given = read.flatMap(({ input }) =>
    input.rulesets.flatMap(({ imported: { ruleset } }) => (ruleset === null ? [] : [ruleset])),
  );
  const isWhole = read.every(({ input }) => input.rulesets.length > 0);
  const seen = seeThroughSets(sets, given);
  const diagnostics = [...read.flatMap(({ input }) => input.diagnostics), ...seen.diagnostics];
  reportProblems(session, diagnostics);
  const problems = format === "sarif" ? diagnosticFindings(diagnostics, paths[0]!) : [];
  if (!isWhole || seen.rulesets === null) {
    if (format === "sarif") await printSarif(session, { findings: problems, open: [], isWhole: false });
    return endWithErrors(session, diagnostics, format === "json", "nothing was looked at");
  }
  const options = { clock: io.now, ...(budget === undefined ? {} : { budget }) };
  const linted: LintedRuleset[] = [];
  for (const [at, ruleset] of seen.rulesets.entries()) {
    console.progress("looking at rulesets", at, seen.rulesets.length);
    linted.push({ ruleset, result: lint(ruleset, options) });
  }
  const view = makeLintView(linted);
  if (format === "json")
    await console.product(renderJson({ ...view, diagnostics: viewDiagnostics(diagnostics) }));
  else if (format === "sarif")
    await printSarif(session, {
      findings: [...problems, ...lintFindings(view)],
      open: lintOpen(view),
      isWhole: true,
    });
  else await console.product(renderLint(view, console.style));
  console.close(`${paths.join(", ")}: ${summariseLint(view)}`, "");
  return view.findings.length > 0 ? EXIT.negative : view.unsettled.length > 0 ? EXIT.unknown : EXIT.done;
}
