/**
 * The page that `review --html` writes: its parts from the build, its data from the report, and the file.
 */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { renderHtml } from "../report/html.ts";
import { makePageData, type PageExtras } from "../report/page-data.ts";
import { renderTerminal } from "../report/terminal.ts";
import { renderVerify } from "../report/verify-terminal.ts";
import type { VerifyView } from "../report/verify-view.ts";
import type { GroupsView } from "../report/view.ts";
import type { LintFinding } from "../lint/types.ts";
import { type Rewrites, readProduct } from "./read-back.ts";
import type { Session } from "./session.ts";
import { stopForFile } from "./stop.ts";

const PLAIN = { color: false, width: 100, ascii: false };

const TOOLS = {
  sha256: (text: string) => createHash("sha256").update(text).digest("base64"),
  gzip: (text: string) => gzipSync(text, { level: 9 }).toString("base64"),
};

/** What a page is about. */
export interface PageSource extends Rewrites {
  readonly view: GroupsView;
  readonly check: VerifyView | null;
  readonly lint: readonly (readonly LintFinding[] | null)[];
}

/** Writes the page. */
export async function writePage({ io }: Session, path: string, source: PageSource): Promise<void> {
  const { view, check, rewrites } = source;
  const proof = check === null ? "" : `${renderVerify(check, PLAIN)}\n`;
  const plain = proof + renderTerminal({ view, rewrites, wholeDiff: false }, PLAIN);
  const data = makePageData(io.version, view, check, rewrites, extrasOf(source, io.version));
  const html = renderHtml(data, plain, await io.readPageParts(), TOOLS);
  try {
    await io.writeFiles([{ path: resolve(io.cwd, path), bytes: Buffer.from(html, "utf8") }]);
  } catch (error) {
    throw stopForFile("write", path, error);
  }
}

/** The lines alone do not say what is in sets, nor what they were made from. */
function extrasOf(source: PageSource, version: string): PageExtras {
  const { plan, rewrites, lint } = source;
  return {
    withSets: rewrites.map(({ sets }, at) => (sets.length === 0 ? null : readProduct(source, version, at))),
    made: plan.inputs.map(({ madeFrom }) => madeFrom !== undefined),
    lint,
  };
}
