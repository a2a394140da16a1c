/**
 * What the options tell of the marks of others: `--ip-rules`, `--tc`, `--marks-of`, `--avoid`, `--this-host`, `--mark-mask`.
 */
import type { MarkUse } from "../import/marks/mark-reader.ts";
import { type MarkFileKind, readMarks } from "../import/marks/read-marks.ts";
import { findSoftware, MARK_SOFTWARE, type MarkSoftware, softwareUse } from "../import/marks/software.ts";
import { joinUses, reservationOf } from "../plan/reservation.ts";
import type { MarkReservation } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";
import { askThisHost } from "./this-host.ts";

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
): Promise<{ readonly marks: MarkReservation | null; readonly diagnostics: readonly Diagnostic[] }> {
  const { ipRules = [], tc = [], marksOf = [], avoid = [], thisHost, markMask } = options;
  const uses: MarkUse[] = avoid.map((name) => softwareUse(softwareOf(name)));
  const diagnostics: Diagnostic[] = [];
  const read = (file: SourceFile, kind: MarkFileKind): void => {
    const found = readMarks(file, kind);
    uses.push(...found.uses);
    diagnostics.push(...found.diagnostics);
  };
  for (const [kind, paths] of [
    ["ip-rules", ipRules],
    ["tc", tc],
    ["any", marksOf],
  ] as const) {
    for (const path of paths) {
      if (path === "-") throw new CommandStop(EXIT.usage, "marks of others can't come from standard input");
      read((await readSource(session.io, path)).file, kind);
    }
  }
  if (thisHost === true) for (const { file, kind } of await askThisHost(session)) read(file, kind);
  const isGiven = uses.length > 0 || markMask !== undefined || thisHost === true;
  const hasFiles = ipRules.length + tc.length + marksOf.length > 0;
  if (!isGiven && !hasFiles) return { marks: null, diagnostics };
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
