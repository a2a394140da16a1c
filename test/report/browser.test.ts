/** The report's page in a real browser, opened from the disk. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TABS } from "../../src/report/page/address.ts";
import { FLAT } from "../cli/rulesets.ts";
import { WHY_NO_BROWSER } from "../support/chromium.ts";
import { findGraveFaults, go, type Reports, startReports } from "../support/report-page.ts";

const EVIL = '</script><img onerror="document.title=1" src=x>';
/** A ruleset with markup wherever iptables takes text. */
const HOSTILE = FLAT.replace(
  "COMMIT",
  `-A FORWARD -m comment --comment "${EVIL.replaceAll('"', "'")}" -j LOG --log-prefix "<b onclick=x>"\n-A FORWARD -j <i>x\nCOMMIT`,
).replace(":OUTPUT", ":<i>x - [0:0]\n:OUTPUT");

let reports: Reports;
const open: Reports["open"] = (url, options) => reports.open(url, options);

/** What the keyboard has to reach. */
const REACHABLE = "a[href], button, input, select, [role=listbox], [role=grid], [role=application]";

const rows = (page: Page) => page.locator("tbody > tr:not(.detail)");

describe.skipIf(WHY_NO_BROWSER !== "")(`the page in a browser${WHY_NO_BROWSER}`, () => {
  let url = "";
  beforeAll(async () => {
    reports = await startReports();
    url = await reports.write({ name: "flat", rules: FLAT, review: ["--check"] });
  });
  afterAll(() => reports?.close());

  test("asks for nothing but itself, and complains of nothing in any tab", async () => {
    const { page, requests, complaints, close } = await open(url);
    await expect(page.locator("h1").textContent()).resolves.toBe("equal, proved for all packets");
    for (const tab of TABS) {
      await page.locator(`nav a[href="#${tab}"]`).click();
      await page.locator(`#title-${tab}`).waitFor();
      expect(await page.locator('nav [aria-current="page"]').getAttribute("href")).toBe(`#${tab}`);
    }
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
    await close();
  });

  test("opens the item that a link names, and lets it go", async () => {
    const { page, close } = await open(`${url}#groups/S-10-0-1`);
    const head = page.locator('[aria-expanded="true"]');
    expect(await head.textContent()).toBe("S-10-0-1");
    expect(await page.locator("tr.detail").count()).toBe(1);
    expect(await page.locator("tr.detail").textContent()).toContain(":S-10-0-1 ");
    await head.click();
    await page.locator("tr.detail").waitFor({ state: "detached" });
    await page.goBack();
    await page.locator("tr.detail").waitFor();
    await close();
  });

  test("shows what a line goes with", async () => {
    const line = FLAT.split("\n").findIndex((text) => text.startsWith("-A FORWARD")) + 1;
    const { page, close } = await open(`${url}#rules/old:0:${line}`);
    const chosen = page.getByRole("option", { selected: true });
    expect(await chosen.textContent()).toContain(FLAT.split("\n")[line - 1]!);
    expect(
      await page.getByRole("listbox", { name: "New lines" }).locator(".related").count(),
    ).toBeGreaterThan(0);
    await page.getByRole("listbox", { name: "Old lines" }).press("ArrowDown");
    await page.waitForURL(`**/*#rules/old%3A0%3A${line + 1}`);
    await close();
  });

  test("filters with counts that say what is there", async () => {
    const { page, close } = await open(`${url}#groups`);
    const all = await rows(page).count();
    for (const kind of await page.locator("fieldset a").all()) {
      await kind.click();
      const number = Number(await kind.locator(".count").textContent());
      await page.waitForFunction(`document.querySelectorAll("tbody > tr").length === ${number}`);
      expect(await page.getByRole("status").textContent()).toBe(`${number} of ${all} shown`);
    }
    await page.locator("fieldset a").first().click();
    await page.getByRole("searchbox").fill("no such thing");
    expect(await rows(page).count()).toBe(0);
    await page.getByRole("searchbox").fill("s-10-0-1");
    expect(await rows(page).count()).toBeGreaterThan(0);
    expect(new URL(page.url()).hash).toContain("q=s-10-0-1");
    await close();
  });

  test("sorts by the column that is pressed, both ways", async () => {
    const { page, close } = await open(`${url}#groups?sort=name`);
    const names = () => page.locator("tbody th").allTextContents();
    const up = await names();
    expect(up.length).toBeGreaterThan(2);
    await page.locator('th[aria-sort="ascending"] a').click();
    await page.locator('th[aria-sort="descending"]').waitFor();
    expect(await names()).toEqual([...up].reverse());
    await close();
  });

  test.each(TABS)("the keyboard reaches everything in %s", async (tab) => {
    const { page, close } = await open(`${url}#${tab}`);
    const wanted = await page.locator(REACHABLE).count();
    expect(wanted).toBeGreaterThan(TABS.length);
    const seen = new Set<unknown>();
    for (let press = 0; press < wanted + 5; press++) {
      await page.keyboard.press("Tab");
      const place = await page.evaluate(
        `[...document.querySelectorAll('${REACHABLE}')].indexOf(document.activeElement)`,
      );
      if (place !== -1) seen.add(place);
    }
    expect(seen.size).toBe(wanted);
    await close();
  });

  test("prints all groups, policy rules and findings, each open", async () => {
    const { page, close } = await open(`${url}#diff`);
    await page.emulateMedia({ media: "print" });
    await page.locator("#title-groups").waitFor();
    for (const name of ["groups", "policy", "flat", "findings", "proof"])
      expect(await page.locator(`#title-${name}`).count(), name).toBe(1);
    const groups = page.locator('section[aria-labelledby="title-groups"]');
    expect(await groups.locator("tr.detail").count()).toBe(await groups.locator("tbody th").count());
    expect(await page.locator("nav").isVisible()).toBe(false);
    await page.emulateMedia({ media: "screen" });
    await page.locator("#title-diff").waitFor();
    expect(await page.locator("#title-groups").count()).toBe(0);
    await close();
  });

  test("reads without script", async () => {
    const { page, complaints, close } = await open(url, { javaScriptEnabled: false });
    const text = await page.locator("body").innerText();
    expect(text).toContain("equal, proved for all packets");
    expect(text).toContain("S-10-0-1");
    expect(complaints).toEqual([]);
    await close();
  });

  test("is dark where the system is", async () => {
    const ground = async (colorScheme: "light" | "dark") => {
      const { page, close } = await open(url, { colorScheme });
      const colour = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      await close();
      return colour;
    };
    expect(await ground("light")).toBe("rgb(255, 255, 255)");
    expect(await ground("dark")).toBe("rgb(20, 24, 31)");
  });

  test("text of a hostile ruleset stays text in every tab", async () => {
    const { page, requests, complaints, close } = await open(
      await reports.write({ name: "hostile", rules: HOSTILE }),
    );
    const title = await page.title();
    for (const tab of TABS) {
      await go(page, `#${tab}`);
      await page.locator(`#title-${tab}`).waitFor();
      expect(await page.locator("img, i, main script").count()).toBe(0);
    }
    await go(page, "#rules?q=onerror");
    await page.getByRole("option").first().waitFor();
    expect(await page.getByRole("option").first().textContent()).toContain("</script><img onerror");
    expect(await page.title()).toBe(title);
    expect(requests).toHaveLength(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each(["light", "dark"] as const)(
    "has no serious fault of accessibility in any tab, %s",
    async (colorScheme) => {
      const { page, close } = await open(url, { colorScheme, bypassCSP: true });
      for (const hash of [...TABS, "groups/S-10-0-1", "rules/old:0:10", "policy?q=nothing"]) {
        await go(page, `#${hash}`);
        await page.locator(`#title-${hash.split(/[/?]/)[0]}`).waitFor();
        expect(await findGraveFaults(page), hash).toEqual([]);
      }
      await close();
    },
  );
});
