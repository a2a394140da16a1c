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
import { describeStay, nameCommand, sayChanges, sayUnknown } from "../live/words.ts";
import type { Session } from "../session.ts";

/** Options of `confirm`. */
export interface ConfirmOptions {
  readonly stateDir: string;
  readonly json: boolean;
  /** Also where somebody has changed what was loaded. */
  readonly withChanges: boolean;
}

/** Runs it; without an id, for the one that waits. */
export async function runConfirm(
  session: Session,
  wanted: string | undefined,
  { stateDir, json, withChanges }: ConfirmOptions,
): Promise<ExitCode> {
  const { console } = session;
  const system = await openSystem(session, stateDir);
  const apply = await chooseApply(system, wanted, ["waiting", "loading", "undecided", "broken off"]);
  const confirmed = await confirmApply(system, apply, withChanges);
  const end: End = async (exitCode, outcome, summary, { next = "", ...more } = {}) => {
    if (json) await console.product(renderJson({ version: 1, id: apply.id, outcome, ...more }));
    console.close(summary, next);
    return exitCode;
  };
  switch (confirmed.kind) {
    case "already":
      // One that was killed in between has left this to do.
      if (!(await hasStartFiles(system, apply.id))) return await endConfirmed(session, system, apply, end);
      return await end(EXIT.done, "confirmed", `${apply.id} is confirmed already`);
    case "not-loaded": {
      const next = nameCommand(apply.state === "loading" ? "confirm" : "rollback", apply.path);
      const why =
        apply.state === "undecided"
          ? `what is live is not what ${apply.id} has loaded`
          : `${apply.id} is ${apply.state}`;
      return await end(EXIT.refused, apply.state, `nothing to confirm: ${why}`, { next, why });
    }
    case "changed": {
      const { lines } = confirmed;
      sayChanges(console, "somebody has changed what was loaded:", lines);
      const next = `${nameCommand("confirm", apply.path)} --with-changes`;
      const summary = "not confirmed: other rules would stay than those that were checked; the timer goes on";
      return await end(EXIT.refused, "changed", summary, { next, lines });
    }
    case "too-late":
      return await endTooLate(session, system, apply, confirmed.restored, end);
    case "unknown": {
      const why = `whether that was decided can't be told: ${confirmed.why}`;
      sayUnknown(console, apply.path, why);
      return await end(EXIT.liveUnknown, "unknown", why, { why });
    }
    case "confirmed":
      return await endConfirmed(session, system, apply, end);
  }
}

type End = (
  exitCode: ExitCode,
  outcome: string,
  summary: string,
  more?: {
    readonly next?: string;
    readonly persisted?: readonly string[];
    readonly why?: string;
    readonly lines?: readonly string[];
  },
) => Promise<ExitCode>;

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
    return await end(EXIT.notConfirmed, "rolled-back", "too late: the old rules are back, or come back now", {
      why: "too late",
    });
  sayUnknown(console, path, restored.why);
  return await end(EXIT.liveUnknown, "unknown", "too late to confirm", { why: restored.why });
}

/** Where apply still waits, it sees the decision and leaves the rest to this command. */
async function endConfirmed(
  { console }: Session,
  system: System,
  { path, manifest }: Apply,
  end: End,
): Promise<ExitCode> {
  const next = nameCommand("rollback", path);
  if (manifest === null) return await end(EXIT.done, "confirmed", "confirmed: the new rules stay", { next });
  const written = await persistLive(system, manifest);
  sayPersisted(console, written);
  const { persisted, fault } = written;
  if (fault === null) return await end(EXIT.done, "confirmed", describeStay(manifest), { next, persisted });
  const summary = `confirmed: the new rules stay, but not for the next start of the machine: ${fault}`;
  return await end(EXIT.usage, "confirmed", summary, { next, persisted, why: fault });
}
