/**
 * The page that `review --html` writes: its parts from the build, its data from the report, and the file.
 */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { renderHtml } from "../report/html.ts";
import { makePageData } from "../report/page-data.ts";
import { renderTerminal } from "../report/terminal.ts";
import { renderVerify } from "../report/verify-terminal.ts";
import { extrasOf, type PageSource } from "./page-extras.ts";
import type { Session } from "./session.ts";
import { stopForFile } from "./stop.ts";

const PLAIN = { color: false, width: 100, ascii: false };

const TOOLS = {
  sha256: (text: string) => createHash("sha256").update(text).digest("base64"),
  gzip: (text: string) => gzipSync(text, { level: 9 }).toString("base64"),
};

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
