/**
 * `markify rollback`: the old rules come back, during the wait or any time later.
 */
import type { Apply } from "../../apply/history.ts";
import { type RolledBack, rollBackApply } from "../../apply/rollback.ts";
import { renderJson } from "../../report/json.ts";
import type { Console } from "../console.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { chooseApply } from "../live/choose-apply.ts";
import { runForget } from "../live/forget-apply.ts";
import { openSystem } from "../live/open-system.ts";
import { nameCommand, sayChanges, sayOthers, sayUnknown } from "../live/words.ts";
import type { Session } from "../session.ts";

/** Options of `rollback`. */
export interface RollbackOptions {
  readonly stateDir: string;
  readonly json: boolean;
  readonly discardChanges: boolean;
  /** Nothing is loaded: only the apply is to have an end. */
  readonly forget: boolean;
}

/** Runs it; without an id, for the newest that can be gone back from. */
export async function runRollback(
  session: Session,
  wanted: string | undefined,
  { stateDir, json, discardChanges, forget }: RollbackOptions,
): Promise<ExitCode> {
  const { console } = session;
  const system = await openSystem(session, stateDir);
  if (forget) return await runForget(session, system, wanted, json);
  const apply = await chooseApply(system, wanted, [
    "waiting",
    "loading",
    "going back",
    "undecided",
    "broken off",
    "unknown",
    "confirmed",
  ]);
  console.say(`going back to the rules from before ${apply.id}`);
  const end = await rollBackApply(system, apply, discardChanges);
  if (json) await console.product(renderJson({ version: 1, id: apply.id, ...viewOf(end) }));
  return sayEnd(console, apply, end, discardChanges);
}

/** As JSON: paths alone are what programs read first. */
function viewOf(end: RolledBack): object {
  if (end.kind !== "restored") return end;
  const edited = end.persistent.filter(({ editedKeptAs }) => editedKeptAs !== null);
  return { ...end, persistent: end.persistent.map(({ path }) => path), edited };
}

function sayEnd(console: Console, apply: Apply, end: RolledBack, discardChanges: boolean): ExitCode {
  switch (end.kind) {
    case "restored": {
      sayOthers(console, end.others);
      const { persistent } = end;
      for (const { path } of persistent) console.say(`put back for the next start of the machine: ${path}`);
      const edited = persistent.filter(({ editedKeptAs }) => editedKeptAs !== null);
      for (const { path, editedKeptAs } of edited)
        console.say(`${path} HAD BEEN EDITED since the apply wrote it; what stood there is ${editedKeptAs}`);
      console.close("the old rules are live again, and were read back", "");
      // Nobody has said that edits may go.
      return edited.length > 0 && !discardChanges ? EXIT.usage : EXIT.done;
    }
    case "nothing":
      console.close(`nothing was done: ${end.why}`, "");
      return EXIT.done;
    case "changed": {
      const heading = "what the apply had loaded has been changed since, and going back would lose that:";
      sayChanges(console, heading, end.lines);
      console.close("nothing was touched", `${nameCommand("rollback", apply.path)} --discard-changes`);
      return EXIT.refused;
    }
    case "confirmed":
      console.close(
        "nothing was done: it was confirmed at the same moment",
        nameCommand("rollback", apply.path),
      );
      return EXIT.refused;
    case "busy":
      console.close(`nothing was touched: ${end.why}`, "markify history");
      return EXIT.refused;
    case "not-persistent":
      sayOthers(console, end.others);
      console.say(`the files that were there before are in ${apply.path}/persistent`);
      console.close(
        `the old rules are live again, but not for the next start of the machine: ${end.why}`,
        "",
      );
      return EXIT.usage;
    case "unknown":
      sayUnknown(console, apply.path, end.why);
      return EXIT.liveUnknown;
  }
}
