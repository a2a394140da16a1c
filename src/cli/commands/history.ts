/**
 * `markify history`: what was applied to this machine, and how it stands.
 */
import { type Apply, listApplies } from "../../apply/history.ts";
import { printable } from "../../report/style.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { requireRoot } from "../live/choose-apply.ts";
import { openSystem } from "../live/open-system.ts";
import { nameCommand } from "../live/words.ts";
import type { Session } from "../session.ts";

/** Runs it. */
export async function runHistory(
  session: Session,
  { stateDir, json }: { readonly stateDir: string; readonly json: boolean },
): Promise<ExitCode> {
  const { console } = session;
  const system = await openSystem(session, stateDir);
  await requireRoot(system);
  const applies = await listApplies(system);
  if (json) await console.product(renderJson({ version: 1, applies }));
  else for (const apply of applies) await console.product(`${describe(apply)}\n`);
  const waiting = applies.find(({ state }) => state === "waiting");
  const count = applies.length === 1 ? "1 apply" : `${applies.length} applies`;
  console.close(`${count} in ${stateDir}`, waiting === undefined ? "" : nameCommand("confirm", waiting.path));
  return EXIT.done;
}

function describe({ id, state, manifest, secondsLeft, why }: Apply): string {
  const left = secondsLeft === null ? "" : `, ${secondsLeft} s left`;
  const head = `${id}  ${`${state}${left}`.padEnd(22)}`;
  if (why !== null) return `${head}  (${printable(why)})`;
  if (manifest === null) return `${head}  (its manifest.json can't be read)`;
  const { backend, tables, plan, rules } = manifest;
  const names = tables.map(({ family, table }) => `${family} ${table}`).join(", ");
  return `${head}  ${backend} ${names}; rules ${rules.before} -> ${rules.after}; ${plan}`;
}
