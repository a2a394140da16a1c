/**
 * `review` on the command line.
 */
import { type Command, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import type { ReportFormat } from "./group-report.ts";
import { reviewExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { type CommonOptions, lintBudgetOption, makeCommand, trafficOption } from "./options.ts";
import { makeSession } from "./session.ts";

type Finish = (exitCode: ExitCode) => void;

/** `--serve`. */
function serveOption(): Option {
  return new Option(
    "--serve",
    "edit the plan in a browser: prints an address on this machine that nobody else knows, until Done or Ctrl-C",
  ).conflicts(["json", "markdown", "sarif", "html", "diff", "why", "check"]);
}

/** Options of `review`, as commander gives them. */
interface Options extends CommonOptions {
  readonly markdown?: true;
  readonly html?: string;
  readonly sarif?: true;
  readonly diff?: true;
  readonly why?: string;
  readonly check?: true;
  readonly serve?: true;
  readonly lintBudget?: number;
  readonly traffic?: string;
  /** False with `--no-pager`. */
  readonly pager: boolean;
}

/** Adds `review`. */
export function addReview(program: Command, io: Io, finish: Finish): void {
  makeCommand(program, "review", "show the report of a plan, with the edits made in it")
    .argument("<plan>", "a plan that import wrote")
    .option("--json", "print the report as JSON")
    .addOption(new Option("--markdown", "print the report as Markdown").conflicts("json"))
    .addOption(
      new Option("--html <file>", "write the report as a page for the browser, one file").conflicts([
        ...["json", "markdown", "sarif", "diff", "why"],
      ]),
    )
    .addOption(
      new Option("--sarif", "print what is to be looked at as SARIF, for code review").conflicts([
        ...["json", "markdown", "diff", "why"],
      ]),
    )
    .addOption(new Option("--diff", "show the whole diff").conflicts(["json", "markdown"]))
    .addOption(
      new Option("--why <name>", "why this group or policy rule is proposed").conflicts(["markdown", "diff"]),
    )
    .addOption(
      new Option(
        "--check",
        "prove it, too, for a job on plans in version control: 0 equal, 1 the policy changes, 4 not proved, 5 the plan is stale",
      ).conflicts("why"),
    )
    .option("--no-pager", "print the report as it is, on a terminal, too (PAGER says which pager; less)")
    .addOption(serveOption())
    .addOption(lintBudgetOption())
    .addOption(trafficOption())
    .addHelpText("after", reviewExamples)
    .action(async (plan: string, { json, markdown, sarif, diff, check, serve, color, ...rest }: Options) => {
      const format: ReportFormat = json ? "json" : markdown ? "markdown" : sarif ? "sarif" : "terminal";
      const { runReview } = await import("./commands/review.ts");
      const { why, html, lintBudget, traffic, pager } = rest;
      if (serve === true) {
        const { runServe } = await import("./serve/serve.ts");
        return finish(await runServe(makeSession(io, color), plan, rest));
      }
      const flags = { diff: diff === true, check: check === true };
      const options = { format, ...flags, why, html, lintBudget, traffic, pager };
      finish(await runReview(makeSession(io, color), plan, options));
    });
}
