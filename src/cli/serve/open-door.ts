/**
 * From the address that is printed to the end: the server, what it serves, and who ends it.
 */
import { findPolicyChanges } from "../../plan/policy-change.ts";
import type { EndAnswer } from "../../report/edit-state.ts";
import { renderServedPage } from "../../report/html.ts";
import { PAGE_TOOLS } from "../page-file.ts";
import { nextApply } from "../report-ending.ts";
import type { Session } from "../session.ts";
import type { Desk } from "./desk.ts";
import { makeDoor } from "./door.ts";
import type { ServeTools } from "./tools.ts";

/** The command that follows on the plan as it is now. */
function nextAfter(planPath: string, { plan }: Desk): string {
  const { groups, rules } = findPolicyChanges(plan);
  const flag = groups.length + rules.length === 0 ? "" : " --allow-policy-change";
  return `${nextApply(planPath, plan.inputs.length)}${flag}`;
}

/** How the editing ended, after a last look at the file. */
export async function endOf(planPath: string, desk: Desk): Promise<EndAnswer> {
  await desk.tick();
  const state = desk.state();
  return { state, next: state.blocked.length > 0 ? null : nextAfter(planPath, desk) };
}

/** Serves a desk until somebody ends it: with the page's button, or a signal. */
export async function openDoor(
  session: Session,
  planPath: string,
  desk: Desk,
  tools: ServeTools,
): Promise<void> {
  const { io, console } = session;
  const token = tools.makeToken();
  const page = renderServedPage(io.version, await tools.readPageParts(), PAGE_TOOLS);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const isToken = (text: string): boolean => tools.isSame(text, token);
  const door = makeDoor({
    ...{ desk, page, isToken },
    end: () => endOf(planPath, desk).finally(end),
    report: makeReporter(session),
  });
  const { port, close } = await tools.listen(door);
  const release = tools.onInterrupt(end);
  try {
    // Behind #, no request, log or Referer ever has it.
    await console.product(`http://127.0.0.1:${port}/#token=${token}\n`);
    console.say(`${planPath} can be edited at this address, by whoever has it; Done or Ctrl-C ends it`);
    await ended;
  } finally {
    release();
    await close();
  }
}

/** The stack goes to a file, as that of any other command; the page goes on, since nothing was written. It asks every second: the same fault is kept and told once. */
function makeReporter({ io, console }: Session): (error: unknown) => Promise<string> {
  const told = new Set<string>();
  return async (error) => {
    const account = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const what = `this is a fault of markify itself: ${error instanceof Error ? error.message : String(error)}`;
    if (told.has(what)) return what;
    told.add(what);
    const path = await io.keepCrash(`markify ${io.version}\n${account}\n`);
    console.say(`${what} (the stack is in ${path}; please report it)`);
    return what;
  };
}
