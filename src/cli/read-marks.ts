/**
 * What the options tell of the marks of others: `--ip-rules`, `--tc`, `--marks-of`, `--avoid`, `--this-host`, `--mark-mask`.
 */
import { readMarks } from "../import/marks/read-marks.ts";
import { findSoftware, MARK_SOFTWARE, type MarkSoftware, softwareUse } from "../import/marks/software.ts";
import type { Ruleset } from "../model/types.ts";
import { joinUses, reservationOf } from "../plan/reservation.ts";
import type { MarkReservation } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";
import { askThisHost, type HostOutput } from "./this-host.ts";

/** As they were given. */
export interface MarkOptions {
  readonly ipRules?: readonly string[];
  readonly tc?: readonly string[];
  readonly marksOf?: readonly string[];
  /** Names of software. */
  readonly avoid?: readonly string[];
  readonly thisHost?: true;
  readonly markMask?: number;
}

/** What the options come to; null where none was given. Errors are in the diagnostics. */
export async function readMarkOptions(
  session: Session,
  options: MarkOptions,
  rulesets: readonly Ruleset[],
): Promise<{ readonly marks: MarkReservation | null; readonly diagnostics: readonly Diagnostic[] }> {
  const { ipRules = [], tc = [], marksOf = [], avoid = [], thisHost, markMask } = options;
  const outputs: HostOutput[] = [];
  for (const [kind, paths] of [
    ["ip-rules", ipRules],
    ["tc", tc],
    ["any", marksOf],
  ] as const) {
    for (const path of paths) {
      if (path === "-") throw new CommandStop(EXIT.usage, "marks of others can't come from standard input");
      outputs.push({ file: (await readSource(session.io, path)).file, kind });
    }
  }
  if (thisHost === true) outputs.push(...(await askThisHost(session)));
  const found = outputs.map(({ file, kind }) => readMarks(file, kind, rulesets));
  const diagnostics = found.flatMap((each) => each.diagnostics);
  if (outputs.length === 0 && avoid.length === 0 && markMask === undefined)
    return { marks: null, diagnostics };
  const uses = [...avoid.map((name) => softwareUse(softwareOf(name))), ...found.flatMap((each) => each.uses)];
  const room = markMask === undefined ? {} : { markRoom: markMask };
  return { marks: reservationOf({ ...room, othersMarks: joinUses(uses) }), diagnostics };
}

function softwareOf(name: string): MarkSoftware {
  const found = findSoftware(name);
  if ("key" in found) return found;
  const hint = found.nearest === null ? "" : `; did you mean ${found.nearest}?`;
  const known = MARK_SOFTWARE.map(({ key }) => key).join(", ");
  throw new CommandStop(
    EXIT.usage,
    `--avoid does not know ${JSON.stringify(name)}${hint}`,
    `it knows ${known}`,
  );
}
