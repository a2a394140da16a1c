/**
 * `apply --live` from the load on: what a person is told and asked before it; then it waits (`await-live.ts`).
 */
import { carryOut, type Load, type Loaded } from "../../apply/carry-out.ts";
import type { Manifest } from "../../apply/manifest.ts";
import { messageOf } from "../../apply/restoring.ts";
import { findSaveOnStop } from "../../apply/save-on-stop.ts";
import type { System } from "../../apply/system.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { awaitLive } from "./await-live.ts";
import { endBack, type EndBase } from "./live-ending.ts";
import type { LiveOptions } from "./live-options.ts";
import type { LiveEnd, LiveView } from "./live-view.ts";
import { refuseOpen } from "./open-applies.ts";

/** What is carried out. */
export interface LiveLoad {
  readonly load: Load;
  readonly manifest: Manifest;
}

/** Loads, waits, and says how it ended. */
export async function carryOutLive(
  session: Session,
  system: System,
  { load, manifest }: LiveLoad,
  live: LiveOptions,
): Promise<LiveEnd> {
  const { console } = session;
  const tables = load.tables.map(({ family, table }) => `${family} ${table}`);
  const sets = manifest.sets.map(({ name }) => `set ${name}`);
  console.say(`to load into ${load.backend}: ${[...sets, ...tables].join(", ")}`);
  for (const note of await findSaveOnStop(system)) console.say(`note: ${note}`);
  const base = { id: load.id, folder: system.pathOf(load.id), tables };
  if (live.dryRun) return endDryRun(session, load, live);
  const why = await mayBegin(session, live);
  if (why !== null) {
    console.close(`nothing was touched: ${why}`, "");
    return { exitCode: EXIT.refused, view: { outcome: "declined", tables, why } };
  }
  const end = await underLock(session, system, () => loadOnce(session, system, load, base));
  if (end.kind === "ended") return end;
  return await awaitLive(session, system, end, { base, manifest }, live);
}

/** The load has ended the apply, or the wait begins. */
type LoadEnd = ({ readonly kind: "ended" } & LiveEnd) | Extract<Loaded, { readonly kind: "loaded" }>;

async function loadOnce(session: Session, system: System, load: Load, base: EndBase): Promise<LoadEnd> {
  const { console } = session;
  const loaded = await carryOut(system, load, console.say);
  switch (loaded.kind) {
    case "abandoned":
      console.close(`nothing was loaded: ${loaded.why}`, "");
      return ended({ exitCode: EXIT.refused, view: { ...base, outcome: "refused", why: loaded.why } });
    case "failed":
      console.say(`the load failed: ${loaded.why}`);
      return ended(endBack(session, base, loaded.restored, { outcome: "failed", why: loaded.why }));
    case "loaded":
      return loaded;
  }
}

function ended(end: LiveEnd): LoadEnd {
  return { kind: "ended", ...end };
}

/** Two applies at once would each take the other's rules for the old ones. */
async function underLock(
  { console }: Session,
  system: System,
  work: () => Promise<LoadEnd>,
): Promise<LoadEnd> {
  const refuse = (why: string): LoadEnd => {
    console.close(`nothing was touched: ${why}`, "markify history");
    return ended({ exitCode: EXIT.refused, view: { outcome: "refused", why } });
  };
  const lock = await system.takeLock("markify").catch(messageOf);
  if (typeof lock === "string") return refuse(`another apply may be at work: ${lock}`);
  try {
    const open = await refuseOpen(system);
    return open === null ? await work() : refuse(`${open.message}; ${open.next}`);
  } finally {
    await lock.release().catch(() => {});
  }
}

/** Null: go on; else why not. */
async function mayBegin({ io }: Session, { yes }: LiveOptions): Promise<string | null> {
  if (yes) return null;
  if (!io.stdinIsTerminal) return "there is no terminal to ask on; --yes loads without asking";
  const answer = await io.askLine("Load it now? Type yes: ");
  return answer.trim() === "yes" ? null : 'the answer was not "yes"';
}

function endDryRun({ console }: Session, load: Load, { seconds, check, persist }: LiveOptions): LiveEnd {
  const tables = load.tables.map(({ family, table }) => `${family} ${table}`);
  const steps = [
    `would write the backup and its restore.sh (${load.files.length} files)`,
    `would start the watchdog, which goes back after ${seconds} s`,
    ...(load.backend === "legacy" ? ["would take the lock of iptables"] : []),
    "would read the live rules again, and stop if they have changed",
    ...(load.sets === "" ? [] : ["would load the sets"]),
    ...tables.map((table) => `would load ${table}`),
    "would read everything back",
    check === null
      ? "would wait for markify confirm"
      : `would run ${check}, and go back unless it ends with 0`,
    ...(persist === null ? [] : ["would write the files for the next start of the machine"]),
  ];
  for (const step of steps) console.say(step);
  console.close("dry run: nothing was touched", "");
  return { exitCode: EXIT.done, view: { outcome: "dry-run", tables } satisfies LiveView };
}
