/** Pages of `review --html` in a real browser, opened from the disk, and what they ask for and complain of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { runIn } from "../cli/fake-io.ts";
import { openBrowser } from "./chromium.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A report to write. */
export interface ReportOrder {
  readonly name: string;
  readonly rules: string;
  /** Options of `import` and of `review`. */
  readonly import?: readonly string[];
  readonly review?: readonly string[];
}

/** A page that is open. */
export interface OpenPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A browser, and a folder for its pages. */
export interface Reports {
  /** Gives the page's address. */
  write(order: ReportOrder): Promise<string>;
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

/** Starts them. */
export async function startReports(): Promise<Reports> {
  const browser = await openBrowser();
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  return {
    write: (order) => writeReport(folder, order),
    open: (url, options = {}) => openPage(browser, url, options),
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function writeReport(folder: string, order: ReportOrder): Promise<string> {
  const { name, rules, import: forImport = [], review = [] } = order;
  const imported = await runIn({ "old.rules": rules }, ["import", "old.rules", ...forImport]);
  const plan = "old.rules.markify.yaml";
  const { files: made, stderr } = await runIn(imported.files, [
    "review",
    plan,
    "--html",
    "out.html",
    ...review,
  ]);
  const html = made["out.html"];
  if (html === undefined) throw new Error(imported.stderr + stderr);
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html, "latin1");
  return pathToFileURL(path).href;
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
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
