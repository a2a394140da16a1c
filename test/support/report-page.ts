/** Pages of reports, written and opened in a real browser. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { runIn } from "../cli/fake-io.ts";

/** A page on the disk, with the files that it was made from. */
export interface WrittenPage {
  readonly url: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Writes the page of a ruleset into a folder. */
export async function writeReport(
  folder: string,
  name: string,
  rules: string,
  ...more: readonly string[]
): Promise<WrittenPage> {
  const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
  const reviewed = await runIn(files, ["review", "old.rules.markify.yaml", "--html", "out.html", ...more]);
  const html = reviewed.files["out.html"];
  if (html === undefined) throw new Error(reviewed.stderr);
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html, "latin1");
  return { url: pathToFileURL(path).href, files: reviewed.files };
}

/** An open page, and what it asked for and complained of. */
export interface OpenPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

/** Opens a page. */
export async function openReport(
  browser: Browser,
  url: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => void requests.push(request.url()));
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", (error) => void complaints.push(error.message));
  await page.goto(url);
  await page.locator("h1.verdict").waitFor();
  return { page, requests, complaints, close: () => context.close() };
}
