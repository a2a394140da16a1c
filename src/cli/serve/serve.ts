/**
 * `markify review PLAN --serve`: the report's page on this machine alone, with which a person edits the plan. Each step that passes the checks is in the plan's file before it
 * is answered, so whatever ends the program loses nothing.
 */
import type { EndAnswer } from "../../report/edit-state.ts";
import { count } from "../../report/findings.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { isPassing, readSource } from "../sources.ts";
import { CommandStop } from "../stop.ts";
import { Desk } from "./desk.ts";
import { makePageOf } from "./page-of.ts";
import { endOf, openDoor } from "./open-door.ts";
import { isWrittenAs, makeServedPlan } from "./served-plan.ts";

/** Options of `review` that count here, too. */
export interface ServeOptions {
  readonly traffic?: string | undefined;
  readonly lintBudget?: number | undefined;
}

/** Runs it until somebody ends it: with the page's button, or a signal. */
export async function runServe(
  session: Session,
  planPath: string,
  { traffic, lintBudget }: ServeOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const source = await readEditable(session, planPath);
  await requireFile(session, traffic);
  const plan = makeServedPlan(session, planPath, source, traffic);
  const file = { bytes: source.bytes, text: source.file.text };
  const checked = await plan.check(file.text);
  if (checked.why !== undefined) {
    if (checked.stop !== null) throw checked.stop;
    reportProblems(session, checked.diagnostics);
    return endWithErrors(session, checked.diagnostics, false, `${planPath} can't be carried out`);
  }
  const tools = await io.loadServing();
  const makePage = makePageOf(session, planPath, lintBudget);
  const desk = new Desk({ plan, file, checked, makePage, startProof: tools.startProof });
  let ended: EndAnswer;
  try {
    await openDoor(session, planPath, desk, tools);
    ended = await endOf(planPath, desk);
  } finally {
    await desk.close();
  }
  const { next, state } = ended;
  for (const line of state.blocked) console.say(line);
  for (const line of state.lost) console.say(`something else has taken this edit out of the file: ${line}`);
  const rest = next === null ? "; the file can't be carried out as it is" : "";
  console.close(`${planPath}: ${count(desk.steps, "edit")} saved${rest}`, next ?? "");
  return EXIT.done;
}

/** The plan, where its file can be written as it was read. */
async function readEditable({ io }: Session, planPath: string) {
  if (planPath === "-")
    throw new CommandStop(EXIT.usage, "the plan is changed in its file; it can't be standard input");
  const source = await readSource(io, planPath);
  const { text, encoding } = source.file;
  if (isWrittenAs(source.bytes, text, encoding)) return source;
  throw new CommandStop(EXIT.usage, `${planPath} is compressed; it can't be edited in place`);
}

/** The traffic is read again for each step and each proof. */
async function requireFile({ io }: Session, traffic: string | undefined): Promise<void> {
  if (traffic === undefined || !(traffic === "-" || (await isPassing(io, traffic)))) return;
  const what = traffic === "-" ? "standard input" : "a pipe";
  throw new CommandStop(EXIT.usage, `the traffic is read again and again; it can't be ${what} with --serve`);
}
