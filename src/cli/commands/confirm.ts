/**
 * `markify confirm`: the new rules stay.
 */
import { confirmApply } from "../../apply/confirm.ts";
import { readApply } from "../../apply/history.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { chooseApply } from "../live/choose-apply.ts";
import { openSystem } from "../live/live-apply.ts";
import { persistLive } from "../live/persist-live.ts";
import { sayUnknown } from "../live/words.ts";
import type { Session } from "../session.ts";

/** Runs it; without an id, for the one that waits. */
export async function runConfirm(
  session: Session,
  wanted: string | undefined,
  { stateDir, json }: { readonly stateDir: string; readonly json: boolean },
): Promise<ExitCode> {
  const { console } = session;
  const system = await openSystem(session, stateDir);
  const apply = await chooseApply(system, wanted, ["waiting", "undecided"]);
  const confirmed = await confirmApply(system, apply);
  const end = async (exitCode: ExitCode, outcome: string, summary: string, next = ""): Promise<ExitCode> => {
    if (json) await console.product(renderJson({ version: 1, id: apply.id, outcome }));
    console.close(summary, next);
    return exitCode;
  };
  switch (confirmed.kind) {
    case "already":
      return await end(EXIT.done, "confirmed", `${apply.id} is confirmed already`);
    case "too-late": {
      const now = await readApply(system, apply.id);
      if (now.state === "abandoned")
        return await end(EXIT.refused, "abandoned", "there is nothing to confirm: nothing had been loaded");
      if (confirmed.restored?.kind === "unknown") {
        sayUnknown(console, apply.path, confirmed.restored.why);
        return await end(EXIT.liveUnknown, "unknown", "too late to confirm");
      }
      return await end(
        EXIT.notConfirmed,
        "rolled-back",
        "too late: the old rules are back, or come back now",
      );
    }
    case "unknown":
      return await end(
        EXIT.liveUnknown,
        "unknown",
        `it can't be told whether that was decided: ${confirmed.why}`,
      );
    case "confirmed": {
      // Where apply still waits, it sees the decision and does the same; files are written whole.
      const { persisted, fault } =
        apply.manifest === null ? { persisted: [], fault: null } : await persistLive(system, apply.manifest);
      for (const path of persisted) console.say(`written for the next start of the machine: ${path}`);
      const undo = `markify rollback ${apply.id}`;
      if (fault === null) return await end(EXIT.done, "confirmed", "confirmed: the new rules stay", undo);
      const summary = `confirmed: the new rules stay, but not for the next start of the machine: ${fault}`;
      return await end(EXIT.usage, "confirmed", summary, undo);
    }
  }
}
