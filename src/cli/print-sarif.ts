/**
 * `--sarif`: prints findings with URIs as a reader of the folder needs them that the command runs in.
 */
import { createHash } from "node:crypto";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { describeKind } from "../report/finding-words.ts";
import { renderJson } from "../report/json.ts";
import { makeSarif, type SarifRun } from "../report/sarif.ts";
import type { Session } from "./session.ts";

/** Prints the document to standard output. */
export async function printSarif(
  { io, console }: Session,
  run: Pick<SarifRun, "findings" | "open" | "isWhole">,
): Promise<void> {
  const view = makeSarif({
    ...run,
    version: io.version,
    describe: describeKind,
    toUri: (path) => uriOf(path, io.cwd),
    digest: (text) => createHash("sha256").update(text).digest("hex").slice(0, 16),
  });
  await console.product(renderJson(view));
}

/** Relative below the folder, else a file URL. */
function uriOf(path: string, cwd: string): string {
  const whole = resolve(cwd, path);
  const below = relative(cwd, whole);
  const isOutside = below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below);
  return isOutside ? pathToFileURL(whole).href : below.split(sep).map(encodeURIComponent).join("/");
}
