/**
 * The plan's file while it is being edited: read, checked as `review` checks it, and written only in place of what was read.
 */
import { resolve } from "node:path";
import type { PlanText } from "../../plan/editing/apply-edit.ts";
import { readPlanText } from "../../plan/editing/session.ts";
import { describeDiagnostic } from "../../text/excerpt.ts";
import { type Encoding, locate, makeSourceFile } from "../../text/source.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { CHANGED_MEANWHILE } from "../io.ts";
import { type KnownRulesets, openPlanText } from "../plan-files.ts";
import type { OpenedPlan } from "../rewrite-all.ts";
import type { Session } from "../session.ts";
import { type ReadSource, readSource } from "../sources.ts";
import { CommandStop, stopForFile, systemErrorCode } from "../stop.ts";

/** A plan that can be carried out. */
export type Opened = NonNullable<OpenedPlan["opened"]>;

/** A state of the file. */
export interface PlanFile {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A text that passed all checks, or what is wrong with it: sentences. */
export type Checked =
  | {
      readonly opened: Opened;
      readonly plan: PlanText;
      /** What is worth knowing, and no error: sentences. */
      readonly notes: readonly string[];
      /** Digest of the traffic's file, which decides the order of rules and layouts; empty without one. */
      readonly trafficDigest: string;
      readonly why?: undefined;
    }
  | {
      readonly why: readonly string[];
      readonly diagnostics: readonly Diagnostic[];
      /** What a command would end with, where a file could not be read or has changed. */
      readonly stop: CommandStop | null;
    };

/** Reads, checks and writes. */
export interface ServedPlan {
  readonly path: string;
  readonly encoding: Encoding;
  readonly traffic: string | null;
  /** The file as it is; a sentence where it can't be read. */
  readonly read: () => Promise<PlanFile | string>;
  readonly check: (text: string) => Promise<Checked>;
  /** Writes the text in place of these bytes; null: they are not there any more, and nothing was written. A sentence where it can't be written. */
  readonly write: (text: string, replaced: Uint8Array) => Promise<PlanFile | string | null>;
}

/** Makes them for a plan that was read once. */
export function makeServedPlan(
  session: Session,
  planPath: string,
  { file: { encoding } }: ReadSource,
  traffic: string | undefined,
): ServedPlan {
  const known: KnownRulesets = new Map();
  const overrides = traffic === undefined ? {} : { traffic };
  return {
    ...{ path: planPath, encoding, traffic: traffic ?? null },
    read: async () => {
      const read = await orStop(() => readSource(session.io, planPath));
      if (read instanceof CommandStop) return read.message;
      const { bytes, file } = read;
      return isWrittenAs(bytes, file.text, encoding) ? { bytes, text: file.text } : otherBytes(planPath);
    },
    check: async (text) => {
      const file = makeSourceFile(planPath, text, encoding);
      const found = await orStop(() => openPlanText(session, planPath, file, overrides, known));
      if (found instanceof CommandStop) return { why: [found.message], diagnostics: [], stop: found };
      const { opened, diagnostics } = found;
      const plan = readPlanText(planPath, text);
      if (opened === null || plan === null)
        return { why: describePlaces(diagnostics, true), diagnostics, stop: null };
      const seen = traffic === undefined ? null : await orStop(() => readSource(session.io, traffic));
      if (seen instanceof CommandStop) return { why: [seen.message], diagnostics: [], stop: seen };
      return {
        ...{ opened, plan, notes: describePlaces(diagnostics, false) },
        trafficDigest: seen?.digest ?? "",
      };
    },
    write: async (text, replaces) => {
      const bytes = Buffer.from(text, encoding);
      try {
        await session.io.writeFiles([{ path: resolve(session.io.cwd, planPath), bytes, replaces }]);
        return { bytes, text };
      } catch (error) {
        return systemErrorCode(error) === CHANGED_MEANWHILE
          ? null
          : stopForFile("write", planPath, error).message;
      }
    },
  };
}

/** Whether a text that is written in this encoding gives these bytes: what is compressed or in another encoding is not written back as it was. */
export function isWrittenAs(bytes: Uint8Array, text: string, encoding: Encoding): boolean {
  return Buffer.compare(Buffer.from(text, encoding), bytes) === 0;
}

function otherBytes(planPath: string): string {
  return `${planPath} was saved compressed or in another encoding than it had at the start; save it as it was, or end here and start again`;
}

async function orStop<Value>(work: () => Promise<Value>): Promise<Value | CommandStop> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandStop) return error;
    throw error;
  }
}

/** Errors, or all that is none, with the line of the plan that each is about. */
function describePlaces(diagnostics: readonly Diagnostic[], isError: boolean): readonly string[] {
  return diagnostics
    .filter(({ severity }) => (severity === "error") === isError)
    .map((each) => {
      const { span } = each;
      const place = span === null ? "" : ` (line ${locate(span.file, span.start).line} of ${span.file.path})`;
      return `${describeDiagnostic(each)}${place}`;
    });
}
