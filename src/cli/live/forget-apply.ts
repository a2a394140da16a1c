/**
 * `markify rollback ID --forget`: an apply whose end is not known gets one, and what is live stays as it is.
 */
import { forgetApply } from "../../apply/forget.ts";
import type { System } from "../../apply/system.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { shellWord } from "../shell.ts";
import { CommandStop } from "../stop.ts";
import { chooseApply } from "./choose-apply.ts";
import { nameCommand } from "./words.ts";

/** Runs it. Only by its ID: there is no telling which one somebody means who has put rules right by hand. */
export async function runForget(
  { console }: Session,
  system: System,
  wanted: string | undefined,
  json: boolean,
): Promise<ExitCode> {
  if (wanted === undefined)
    throw new CommandStop(EXIT.usage, "--forget needs the ID of the apply", "markify history");
  const apply = await chooseApply(system, wanted, []);
  const end = await forgetApply(system, apply);
  if (json) await console.product(renderJson({ version: 1, id: apply.id, ...end }));
  switch (end.kind) {
    case "forgotten":
      console.say(`its backup is still there: sh ${shellWord(`${end.path}/restore.sh`)} loads the old rules`);
      console.close("forgotten: nothing was loaded, what is live stays", "");
      return EXIT.done;
    case "nothing":
      console.close(`nothing was done: ${end.why}`, "");
      return EXIT.done;
    case "busy":
      console.close(`nothing was done: ${end.why}`, nameCommand("rollback", apply.path));
      return EXIT.refused;
  }
}
