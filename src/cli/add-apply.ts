/**
 * `review` and `apply` on the command line: what becomes of a plan.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type LogRequest, parseRate, RATE_FORMS, USUAL_RATE } from "../plan/log-partial.ts";
import { type LaidOut, laidOutOf } from "../plan/layout.ts";
import { addLiveOptions, type LiveFlags, liveOptionsOf } from "./add-live.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { ReportFormat } from "./group-report.ts";
import { applyExamples, reviewExamples } from "./help.ts";
import type { Io } from "./io.ts";
import {
  assertOption,
  budgetOption,
  type CommonOptions,
  FEW_PACKETS,
  layoutOption,
  lintBudgetOption,
  makeCommand,
  membersOption,
  orderOption,
  packetsOption,
  seedOption,
  trafficOption,
} from "./options.ts";
import { makeSession } from "./session.ts";

type Finish = (exitCode: ExitCode) => void;

/** `--log-partial R-MGMT` and `--log-partial R-MGMT=1/sec`. */
function collectLogging(text: string, requests: readonly LogRequest[] = []): readonly LogRequest[] {
  const [, rule = text, given = USUAL_RATE] = /^(.*)=(.*)$/s.exec(text) ?? [];
  const rate = parseRate(given);
  if (rate === null) throw new InvalidArgumentError(`Behind = it has to be ${RATE_FORMS}.`);
  return [...requests, { rule, rate }];
}

/** Adds `review`. */
export function addReview(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly markdown?: true;
    readonly html?: string;
    readonly sarif?: true;
    readonly diff?: true;
    readonly why?: string;
    readonly check?: true;
    readonly lintBudget?: number;
    readonly traffic?: string;
  }
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
    .addOption(lintBudgetOption())
    .addOption(trafficOption())
    .addHelpText("after", reviewExamples)
    .action(async (plan: string, { json, markdown, sarif, diff, check, color, ...rest }: Options) => {
      const format: ReportFormat = json ? "json" : markdown ? "markdown" : sarif ? "sarif" : "terminal";
      const { runReview } = await import("./commands/review.ts");
      const { why, html, lintBudget, traffic } = rest;
      const flags = { diff: diff === true, check: check === true };
      const options = { format, ...flags, why, html, lintBudget, traffic };
      finish(await runReview(makeSession(io, color), plan, options));
    });
}

/** What Commander makes of the options of `apply`. */
interface ApplyFlags extends CommonOptions, LaidOut, LiveFlags {
  readonly budget?: number;
  readonly acceptSampled?: true;
  readonly allowPolicyChange?: true;
  readonly assert?: string;
  readonly logPartial?: readonly LogRequest[];
  readonly members?: string;
  readonly traffic?: string;
}

/** What `apply` refuses without a word. */
function addPermissions(command: Command): Command {
  return command
    .option(
      "--accept-sampled",
      "write the file (--live: load the rules) also where nothing more than samples stands behind it",
    )
    .option(
      "--allow-policy-change",
      "write the file (--live: load the rules) also where the plan adds or removes members, or adds combinations",
    );
}

/** Adds `apply`. */
export function addApply(program: Command, io: Io, finish: Finish): void {
  const command = makeCommand(
    program,
    "apply",
    "rewrite, check, write the restore file, or load it (--live)",
  );
  addLiveOptions(addPermissions(command))
    .argument("<plan>", "a plan that import wrote")
    .option("-o, --output <file>", "file to write (default: standard output); several: FILE.v4 and FILE.v6")
    .option("--json", "print the check's result as JSON")
    .addOption(seedOption())
    .addOption(packetsOption(FEW_PACKETS))
    .addOption(budgetOption())
    .addOption(assertOption())
    .addOption(membersOption())
    .addOption(layoutOption())
    .addOption(orderOption())
    .addOption(trafficOption())
    .option(
      "--log-partial <rule[=rate]>",
      `log packets that are in some groups of this policy rule and not in all, for debugging (repeatable; at most ${USUAL_RATE} of a test)`,
      collectLogging,
    )
    .addHelpText("after", applyExamples)
    .action(
      async (
        plan: string,
        { json, color, acceptSampled, allowPolicyChange, logPartial, members, ...flagged }: ApplyFlags,
      ) => {
        const { layout, order, traffic, output, seed, packets, budget, assert, ...liveFlags } = flagged;
        const live = liveOptionsOf(liveFlags);
        const given = { output, seed, packets, budget, assert, live };
        const rest = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const flags = {
          json: json === true,
          acceptSampled: acceptSampled === true,
          allowPolicyChange: allowPolicyChange === true,
        };
        const { runApply } = await import("./commands/apply.ts");
        const overrides = {
          ...(logPartial === undefined ? {} : { logPartial }),
          ...laidOutOf({ layout, order }),
          ...(traffic === undefined ? {} : { traffic }),
          ...(members === undefined ? {} : { storage: members }),
        };
        finish(await runApply(makeSession(io, color), plan, { ...rest, ...flags, overrides }));
      },
    );
}
