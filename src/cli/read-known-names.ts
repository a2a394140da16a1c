/**
 * Reads the file that `--names` gives.
 */
import { basename } from "node:path";
import { readFwbuilderNames } from "../import/fwbuilder/read-names.ts";
import { KnownNames } from "../plan/known-names.ts";
import type { Plan } from "../plan/types.ts";
import { count } from "../report/findings.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { Io } from "./io.ts";
import { readSource } from "./sources.ts";

/** Names for groups; null without a file, or with errors where it can't be read. */
export async function readKnownNames(
  io: Io,
  path: string | undefined,
): Promise<{ readonly known: KnownNames | null; readonly diagnostics: readonly Diagnostic[] }> {
  if (path === undefined) return { known: null, diagnostics: [] };
  const { file } = await readSource(io, path);
  const { sets, diagnostics } = readFwbuilderNames(file);
  return { known: sets === null ? null : new KnownNames(sets, basename(path)), diagnostics };
}

/** How many groups the file has names for, as a sentence. */
export function describeKnownNames({ groups }: Plan, path: string): string {
  const from = (word: string) => groups.filter(({ nameFrom }) => nameFrom === word).length;
  const near = from("fwbuilder-near");
  const like =
    near === 0 ? "" : `, and sets that ${count(near, "more group")} ${near === 1 ? "is" : "are"} like`;
  return `${path} has names for ${from("fwbuilder")} of ${count(groups.length, "group")}${like}`;
}
