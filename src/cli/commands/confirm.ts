/**
 * `markify confirm`: the new rules stay.
 */
import { confirmApply } from "../../apply/confirm.ts";
import { type Apply, readApply } from "../../apply/history.ts";
import { hasStartFiles } from "../../apply/persisted.ts";
import type { Restored } from "../../apply/restoring.ts";
import type { System } from "../../apply/system.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { chooseApply } from "../live/choose-apply.ts";
import { openSystem } from "../live/open-system.ts";
import { persistLive, sayPersisted } from "../live/persist-live.ts";
import { describeStay, sayUnknown } from "../live/words.ts";
import type { Session } from "../session.ts";

/** Runs it; without an id, for the one that waits. */
export async function runConfirm(
  session: Session,
  wanted: string | undefined,
  { stateDir, json }: { readonly stateDir: string; readonly json: boolean },
): Promise<ExitCode> {
  const { console } = session;
  const system = await openSystem(session, stateDir);
  const apply = await chooseApply(system, wanted, ["waiting", "loading", "undecided", "broken off"]);
  const confirmed = await confirmApply(system, apply);
  const end: End = async (exitCode, outcome, summary, next = "") => {
    if (json) await console.product(renderJson({ version: 1, id: apply.id, outcome }));
    console.close(summary, next);
    return exitCode;
  };
  switch (confirmed.kind) {
    case "already":
      // One that was killed in between has left this to do.
      if (!(await hasStartFiles(system, apply.id))) return await endConfirmed(session, system, apply, end);
      return await end(EXIT.done, "confirmed", `${apply.id} is confirmed already`);
    case "not-loaded": {
      const next = apply.state === "loading" ? "markify confirm" : `markify rollback ${apply.id}`;
      return await end(
        EXIT.refused,
        apply.state,
        `nothing to confirm yet: ${apply.id} is ${apply.state}`,
        next,
      );
    }
    case "too-late":
      return await endTooLate(session, system, apply, confirmed.restored, end);
    case "unknown":
      return await end(
        EXIT.liveUnknown,
        "unknown",
        `it can't be told whether that was decided: ${confirmed.why}`,
      );
    case "confirmed":
      return await endConfirmed(session, system, apply, end);
  }
}

type End = (exitCode: ExitCode, outcome: string, summary: string, next?: string) => Promise<ExitCode>;

/** Somebody, or the clock, was faster. */
async function endTooLate(
  { console }: Session,
  system: System,
  { id, path }: Apply,
  restored: Restored | null,
  end: End,
): Promise<ExitCode> {
  if ((await readApply(system, id)).state === "abandoned")
    return await end(EXIT.refused, "abandoned", "there is nothing to confirm: nothing had been loaded");
  if (restored?.kind !== "unknown")
    return await end(EXIT.notConfirmed, "rolled-back", "too late: the old rules are back, or come back now");
  sayUnknown(console, path, restored.why);
  return await end(EXIT.liveUnknown, "unknown", "too late to confirm");
}

/** Where apply still waits, it sees the decision and leaves the rest to this command. */
async function endConfirmed(
  { console }: Session,
  system: System,
  { id, manifest }: Apply,
  end: End,
): Promise<ExitCode> {
  const undo = `markify rollback ${id}`;
  if (manifest === null) return await end(EXIT.done, "confirmed", "confirmed: the new rules stay", undo);
  const written = await persistLive(system, manifest);
  sayPersisted(console, written);
  if (written.fault === null) return await end(EXIT.done, "confirmed", describeStay(manifest), undo);
  const summary = `confirmed: the new rules stay, but not for the next start of the machine: ${written.fault}`;
  return await end(EXIT.usage, "confirmed", summary, undo);
}
