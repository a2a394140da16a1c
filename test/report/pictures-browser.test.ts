/** The pictures of the report's page in a real browser. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageData } from "../../src/report/page-data.ts";
import { PICTURES } from "../../src/report/page/pictures/choice.ts";
import { FLAT } from "../cli/rulesets.ts";
import { WHY_NO_BROWSER } from "../support/chromium.ts";
import { findGraveFaults, go, type Reports, startReports } from "../support/report-page.ts";

const EVIL = "<img/src=x/onerror=document.title=1>";

/** Rules of each source to each target. */
function rulesOf(sources: readonly number[], targets: readonly number[], end: string): readonly string[] {
  return sources.flatMap((source) =>
    targets.map((target) => `-A FORWARD -s 10.0.1.${source}/32 -d 10.8.0.${target}/32 ${end}`),
  );
}

/** Two policy rules whose groups share members, one of which lacks a combination; a chain with a hostile name. */
const RULES = FLAT.replace(
  ":OUTPUT ACCEPT [0:0]",
  `:OUTPUT ACCEPT [0:0]\n:${EVIL.slice(0, 24)} - [0:0]`,
).replace(
  "COMMIT",
  [
    ...[22, 23]
      .flatMap((port) => rulesOf([1, 2, 3], [1, 2, 3, 4], `-p tcp -m tcp --dport ${port} -j DROP`))
      .filter((rule) => !/1\.2\/32 -d 10\.8\.0\.3\/32 .* 22 /.test(rule)),
    `-A FORWARD -m comment --comment "${EVIL}" -j LOG --log-prefix "<b onclick=x>"`,
    `-A FORWARD -j ${EVIL.slice(0, 24)}`,
    "COMMIT",
  ].join("\n"),
);

const cells = (page: Page) => page.locator("[role=grid] [data-cell]");
const chosen = (page: Page) => page.locator('[role=grid] [aria-selected="true"]');

describe.skipIf(WHY_NO_BROWSER !== "")(`the pictures in a browser${WHY_NO_BROWSER}`, () => {
  let reports: Reports;
  let url = "";
  let plainUrl = "";
  beforeAll(async () => {
    reports = await startReports();
    url = await reports.write({ name: "rich", rules: RULES, import: ["--tolerance", "0.2"] });
    const plain = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n";
    plainUrl = await reports.write({ name: "plain", rules: plain });
  });
  afterAll(() => reports?.close());

  test("a link opens a cell of the policy, with its policy rules", async () => {
    const { page, requests, complaints, close } = await reports.open(`${url}#pictures`);
    expect(await cells(page).count()).toBe(2);
    const lists = await page.locator(".legend li").allTextContents();
    expect(lists.join()).toContain("SRV-");
    await cells(page).nth(1).click();
    await chosen(page).waitFor();
    const address = page.url();
    expect(address).toContain("#pictures/policy%3A");
    await close();
    const again = await reports.open(address);
    expect(await chosen(again.page).getAttribute("data-cell")).toBe("1");
    const link = again.page.getByRole("status").locator('a[href^="#policy/"]').first();
    const name = await link.textContent();
    await link.click();
    expect(await again.page.locator('tbody [aria-expanded="true"]').textContent()).toBe(name);
    expect([...requests, ...again.requests]).toHaveLength(2);
    expect([...complaints, ...again.complaints]).toEqual([]);
    await again.close();
  });

  test("the keyboard goes from cell to cell of the policy", async () => {
    const { page, close } = await reports.open(`${url}#pictures/policy`);
    const grid = page.getByRole("grid");
    await grid.focus();
    await grid.press("ArrowDown");
    await chosen(page).waitFor();
    expect(await chosen(page).getAttribute("data-cell")).toBe("0");
    const id = await chosen(page).getAttribute("id");
    expect(await grid.getAttribute("aria-activedescendant")).toBe(id);
    await grid.press("End");
    await page.locator('[data-cell="1"][aria-selected="true"]').waitFor();
    expect(await page.getByRole("status").textContent()).toContain("D");
    await close();
  });

  test("the flat rules are drawn, and a cell tells its lines, by mouse, keyboard and link", async () => {
    const { page, complaints, close } = await reports.open(`${url}#pictures/flat`);
    const canvas = page.locator("canvas");
    const box = (await canvas.boundingBox())!;
    expect(box.width).toBeGreaterThan(100);
    const field = page.getByRole("application");
    await field.focus();
    await field.press("Home");
    await page.waitForURL("**/*#pictures/flat%3Aold%3A0%3A*");
    const status = page.getByRole("status");
    expect(await status.textContent()).toContain("10.0.1.1/32");
    await field.press("ArrowRight");
    const line = await status.locator(".quotes a").first().textContent();
    expect(decodeURIComponent(page.url())).toContain(`flat:old:0:${line}?`);
    await canvas.click({ position: { x: box.width - 8, y: box.height - 8 } });
    expect(await status.locator(".quotes a").first().textContent()).not.toBe(line);
    await page.goto(`${url}#pictures/flat:old:0:${line}`);
    await status.locator(".quotes a").getByText(line!, { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("what is probably forgotten leads to the picture of its policy rule, with the missing cell", async () => {
    const { page, close } = await reports.open(`${url}#findings?q=probably-forgotten`);
    await page.locator("tbody th a").first().click();
    await page.locator(".detail").getByRole("link", { name: "picture" }).click();
    await page.waitForURL("**/*#pictures/rule%3A*");
    expect(await page.locator("main").textContent()).toContain("10.0.1.2/32 | 10.8.0.3/32");
    const field = page.getByRole("application");
    await field.focus();
    const status = page.getByRole("status");
    const seen = [];
    for (let press = 0; press < 12; press++) {
      const before = await status.textContent();
      await field.press(press === 0 ? "Home" : "ArrowRight");
      // At an end nothing moves; elsewhere the page says the next cell when it comes to it.
      for (let wait = 0; wait < 20 && (await status.textContent()) === before; wait++)
        await page.waitForTimeout(50);
      seen.push(await status.textContent());
    }
    const missing = seen.filter((text) => text!.includes("missing"));
    expect(missing).toHaveLength(1);
    expect(missing[0]).toContain("10.0.1.2/32 → 10.8.0.3/32");
    await close();
  });

  test("groups that share members lead to both", async () => {
    const { page, close } = await reports.open(`${url}#pictures/shared`);
    expect(await cells(page).count()).toBe(2);
    await cells(page).first().click();
    const detail = page.locator("tr.detail");
    await detail.waitFor();
    expect(await detail.locator('a[href^="#groups/"]').count()).toBe(2);
    expect(await detail.textContent()).toContain("10.0.1.4/32");
    await close();
  });

  test("chains open to where they lead, and are drawn before and after", async () => {
    const { page, close } = await reports.open(`${url}#pictures/chains`);
    expect(await page.locator("svg.drawing").count()).toBe(2);
    const tree = page.locator(".tree").first();
    const before = await tree.locator("li").count();
    const button = tree.locator('button[aria-expanded="true"]').first();
    await button.click();
    expect(await tree.locator("li").count()).toBeLessThan(before);
    await page.locator('svg.drawing a[href*="FORWARD"]').first().click();
    await page.waitForURL("**/*#pictures/chains%3AFORWARD*");
    expect(await page.locator(".side").first().textContent()).toContain("Called by no chain");
    await close();
  });

  test("text of a hostile ruleset stays text in every picture", async () => {
    const { page, requests, complaints, close } = await reports.open(url);
    const title = await page.title();
    for (const picture of PICTURES) {
      await go(page, `#pictures/${picture}`);
      await page.locator(".pictures [aria-current]").waitFor();
      expect(await page.locator("img, b img, main script").count()).toBe(0);
    }
    await go(page, "#pictures/chains");
    expect(await page.locator(".tree").first().textContent()).toContain(EVIL.slice(0, 24));
    expect(await page.title()).toBe(title);
    expect(requests).toHaveLength(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test("without any policy rule, each picture says so or shows what is there", async () => {
    const { page, complaints, close } = await reports.open(`${plainUrl}#pictures`);
    const main = page.locator("main");
    expect(await main.textContent()).toContain("no policy rule to draw");
    await go(page, "#pictures/shared");
    await main.getByText("No two groups share a member").waitFor();
    await go(page, "#pictures/flat");
    await page.locator("canvas").waitFor();
    await go(page, "#pictures/rule:none");
    await main.getByText("no such policy rule").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("a page of old, which has nothing to draw rules from, still shows the policy", async () => {
    const path = fileURLToPath(url);
    const html = readFileSync(path, "latin1").replace(/(?<=id="data">).*?(?=<\/script>)/s, (json) => {
      const data: PageData = JSON.parse(json);
      const files = data.files.map(({ picture: _, ...file }) => file);
      return JSON.stringify({ ...data, files }).replaceAll("<", "\\u003c");
    });
    const old = path.replace("rich", "old");
    writeFileSync(old, html, "latin1");
    const { page, complaints, close } = await reports.open(`${pathToFileURL(old).href}#pictures`);
    expect(await cells(page).count()).toBe(2);
    for (const picture of ["flat", "chains", "rule"]) {
      await go(page, `#pictures/${picture}`);
      await page.getByText("has not kept what this is drawn from").waitFor();
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test("on paper all pictures are there, without anything to press", async () => {
    const { page, close } = await reports.open(`${url}#diff`);
    await page.emulateMedia({ media: "print" });
    const pictures = page.locator('section[aria-labelledby="title-pictures"]');
    await pictures.locator("canvas").waitFor();
    expect(await pictures.getByRole("grid").count()).toBe(2);
    expect(await pictures.locator("svg.drawing").count()).toBe(2);
    expect(await pictures.locator("select").count()).toBe(0);
    // Heads that stick to the window would stand on the rows.
    const [head, row] = [
      pictures.locator(".matrix thead").first(),
      pictures.locator(".matrix tbody").first(),
    ];
    const heads = (await head.locator("th").first().boundingBox())!;
    expect(heads.y + heads.height).toBeLessThanOrEqual((await row.boundingBox())!.y + 1);
    await close();
  });

  test.each(["light", "dark"] as const)("have no serious fault of accessibility, %s", async (colorScheme) => {
    const { page, close } = await reports.open(url, { colorScheme, bypassCSP: true });
    await go(page, "#policy");
    const rule = (await page.locator("tbody th a").first().getAttribute("href"))!.replace("#policy/", "");
    const hashes = PICTURES.map((picture) => `#pictures/${picture}`).concat(
      `#pictures/policy:${rule}`,
      `#pictures/rule:${rule}`,
    );
    for (const hash of hashes) {
      await go(page, hash);
      await page.locator(".pictures [aria-current]").waitFor();
      expect(await findGraveFaults(page), hash).toEqual([]);
    }
    await close();
  });
});
