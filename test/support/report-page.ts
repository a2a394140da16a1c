/** Pages of reports, written and opened in a real browser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { runIn } from "../cli/fake-io.ts";
import { openBrowser } from "./chromium.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page on the disk, with the files that it was made from. */
export interface WrittenPage {
  readonly url: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A report to write, with options of `import` and of `review`. */
export interface ReportOrder {
  readonly name: string;
  readonly rules: string;
  readonly import?: readonly string[];
  readonly review?: readonly string[];
}

/** Writes the page of a ruleset into a folder. */
export async function writeReport(
  folder: string,
  name: string,
  rules: string,
  ...more: readonly string[]
): Promise<WrittenPage> {
  return writeOrder(folder, { name, rules, review: more });
}

async function writeOrder(folder: string, order: ReportOrder): Promise<WrittenPage> {
  const { name, rules, import: forImport = [], review = [] } = order;
  const plan = "old.rules.markify.yaml";
  const imported = await runIn({ "old.rules": rules }, ["import", "old.rules", ...forImport]);
  const reviewed = await runIn(imported.files, ["review", plan, "--html", "out.html", ...review]);
  const html = reviewed.files["out.html"];
  if (html === undefined) throw new Error(imported.stderr + reviewed.stderr);
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
  if (options.javaScriptEnabled !== false) await page.locator("h1.verdict").waitFor();
  return { page, requests, complaints, close: () => context.close() };
}

/** A browser of its own, and a folder for its pages. */
export interface Reports {
  /** Gives the page's address. */
  readonly write: (order: ReportOrder) => Promise<string>;
  readonly open: (url: string, options?: Parameters<Browser["newContext"]>[0]) => Promise<OpenPage>;
  readonly close: () => Promise<void>;
}

/** Starts them. */
export async function startReports(): Promise<Reports> {
  const browser = await openBrowser();
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  return {
    write: async (order) => (await writeOrder(folder, order)).url,
    open: (url, options) => openReport(browser, url, options),
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Goes to another part of a page. */
export async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/** Of what axe-core answers, what is asked here. */
interface Checked {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly object[];
  }[];
}

/** Serious faults of accessibility. The page has to be open with `bypassCSP`: its own policy would not let the checker in. */
export async function findGraveFaults(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const { violations }: Checked = await page.evaluate("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes).slice(0, 300)}`);
}
