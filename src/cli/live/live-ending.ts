/**
 * The ends of a live apply, each with its exit code.
 */
import type { Decided } from "../../apply/await-decision.ts";
import type { Manifest } from "../../apply/manifest.ts";
import type { Restored } from "../../apply/restoring.ts";
import type { System } from "../../apply/system.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import type { LiveEnd, LiveView } from "./live-view.ts";
import { persistLive, sayPersisted } from "./persist-live.ts";
import { describeStay, nameCommand, sayOthers, sayUnknown } from "./words.ts";

/** What is said of every end. */
export type EndBase = Required<Pick<LiveView, "id" | "folder" | "tables">>;

/** After the wait. */
export async function endDecided(
  session: Session,
  system: System,
  { base, manifest }: { readonly base: EndBase; readonly manifest: Manifest },
  decided: Decided,
): Promise<LiveEnd> {
  const { console } = session;
  switch (decided.kind) {
    case "confirmed":
      return decided.by === "person"
        ? endConfirmedElsewhere(session, base)
        : await endConfirmed(session, system, base, manifest);
    case "left":
      console.close(
        "left while the new rules wait for a confirmation: the watchdog stays, and goes back at its time",
        nameCommand("confirm", base.folder),
      );
      return { exitCode: EXIT.interrupted, view: { ...base, outcome: "waiting" } };
    case "back": {
      const why = BACK_WORDS[decided.why];
      return endBack(session, base, decided.restored, { outcome: "rolled-back", why });
    }
  }
}

const BACK_WORDS = {
  deadline: "nobody confirmed in time, or somebody went back",
  check: "the check did not succeed",
  changed: "other rules would have stayed than those that were checked",
  "no-watchdog": "the watchdog was gone",
} as const;

/** `markify confirm` does what is left to do. */
function endConfirmedElsewhere({ console }: Session, base: EndBase): LiveEnd {
  console.close("confirmed: the new rules stay", nameCommand("rollback", base.folder));
  return { exitCode: EXIT.done, view: { ...base, outcome: "confirmed" } };
}

/** The new rules stay. */
async function endConfirmed(
  session: Session,
  system: System,
  base: EndBase,
  manifest: Manifest,
): Promise<LiveEnd> {
  const { console } = session;
  const written = await persistLive(system, manifest);
  const { persisted, fault } = written;
  sayPersisted(console, written);
  const undo = nameCommand("rollback", base.folder);
  if (fault === null) {
    console.close(describeStay(manifest), undo);
    return { exitCode: EXIT.done, view: { ...base, outcome: "confirmed", persisted } };
  }
  console.close(`confirmed: the new rules stay, but not for the next start of the machine: ${fault}`, undo);
  return { exitCode: EXIT.usage, view: { ...base, outcome: "confirmed", persisted, why: fault } };
}

/** The old rules came back, or did not. */
export function endBack(
  { console }: Session,
  base: EndBase,
  restored: Restored,
  { outcome, why }: { readonly outcome: "failed" | "rolled-back"; readonly why: string },
): LiveEnd {
  switch (restored.kind) {
    case "restored":
      sayOthers(console, restored.others);
      console.close(`the old rules are live again, and were read back: ${why}`, "");
      return {
        exitCode: outcome === "failed" ? EXIT.failedBack : EXIT.notConfirmed,
        view: { ...base, outcome, why },
      };
    case "confirmed":
      // Somebody confirmed what had not been loaded as a whole.
      sayUnknown(console, base.folder, `${why}, and somebody has confirmed it all the same`);
      return { exitCode: EXIT.liveUnknown, view: { ...base, outcome: "unknown", why } };
    case "unknown":
      sayUnknown(console, base.folder, `${why}; going back failed: ${restored.why}`);
      return { exitCode: EXIT.liveUnknown, view: { ...base, outcome: "unknown", why: restored.why } };
  }
}
