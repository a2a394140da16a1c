/** Packets that are tried in the page, in a real browser: what it shows is what `explain` says of the files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderHtml } from "../../src/report/html.ts";
import { TABS } from "../../src/report/page/address.ts";
import type { Explanation } from "../../src/verify/explain/types.ts";
import type { PageData } from "../../src/report/page-data.ts";
import { FLAT, FLAT_V6 } from "../cli/rulesets.ts";
import { runIn } from "../cli/fake-io.ts";
import { buildPage } from "../support/build-page.ts";
import { openBrowser, WHY_NO_BROWSER } from "../support/chromium.ts";
import { type OpenPage, openReport, type WrittenPage, writeReport } from "../support/report-page.ts";

const PLAN = "old.rules.markify.yaml";
const EVIL = "</script><img onerror='document.title=1' src=x>";
/** Markup, and signs that turn the direction of writing, wherever iptables takes text. */
const HOSTILE = FLAT.replace(
  "COMMIT",
  `-A FORWARD -m comment --comment "${EVIL}" -j <i>x\n-A <i>x -p udp -m comment --comment "a\u202eb" -j LOG --log-prefix "<b onclick=x>"\nCOMMIT`,
).replace(":OUTPUT", ":<i>x - [0:0]\n:OUTPUT");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PACKET = "-i eth0 -o eth1 -s 10.0.1.2 -d 10.9.0.3 -p tcp --dport 443";

let browser: Browser;
let flat: WrittenPage;
const folder = mkdtempSync(join(tmpdir(), "packet-"));

const addressOf = (url: string, packet: string) => `${url}#packet/${encodeURIComponent(packet)}`;

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/** What `explain` says of the old file and of the new one. */
async function explainBoth(files: WrittenPage["files"], packet: string): Promise<readonly Explanation[]> {
  const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules"]);
  const walks: Explanation[] = [];
  for (const path of ["old.rules", "new.rules"]) {
    const { stdout } = await runIn(applied.files, ["explain", path, ...packet.split(" "), "--json"]);
    walks.push(JSON.parse(stdout));
  }
  return walks;
}

/** Opens all that is folded, and what is folded in that. */
async function openFolds(part: Locator): Promise<void> {
  for (let folded = part.locator("details:not([open]) > summary"); (await folded.count()) > 0; )
    await folded.first().click();
}

/** Opens all that is folded, and reads the rules that were tested on a side: the word for what came of each, and its text. */
/** A walk may take a moment longer than the words above it. */
const PATIENT = { timeout: 20_000, interval: 100 };

async function readWalk(page: Page, side: number): Promise<readonly string[]> {
  const part = page.locator(".outcome .side").nth(side);
  await openFolds(part);
  const rules = await part.locator(".tested").all();
  return Promise.all(
    rules.map(
      async (rule) =>
        `${await rule.locator(".result").textContent()} ${await rule.locator("code").textContent()}`,
    ),
  );
}

const WORDS = { matched: "yes", failed: "no", dropped: "drop", unknown: "?" } as const;

function rulesOf({ steps }: Explanation): readonly string[] {
  return steps.flatMap((step) => (step.kind === "rule" ? [`${WORDS[step.result]} ${step.text}`] : []));
}

describe.skipIf(WHY_NO_BROWSER !== "")(`a packet in the page${WHY_NO_BROWSER}`, () => {
  beforeAll(async () => {
    browser = await openBrowser();
    flat = await writeReport(folder, "flat", FLAT, "--check");
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test("that is filled in walks as explain does, and stands in the address", async () => {
    const { page, requests, complaints, close } = await openReport(browser, `${flat.url}#packet`);
    for (const [label, value] of [
      ["In by interface", "eth0"],
      ["Out by interface", "eth1"],
      ["Source", "10.0.1.2"],
      ["Destination", "10.9.0.3"],
      ["Protocol", "tcp"],
      ["Destination port", "443"],
    ] as const)
      await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole("button", { name: "walk both rulesets" }).click();
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe(`#packet/${PACKET}`);
    const walks = await explainBoth(flat.files, PACKET);
    expect(walks.map(({ verdict }) => verdict)).toEqual(["ACCEPT", "ACCEPT"]);
    for (const [side, walk] of walks.entries())
      await expect.poll(() => readWalk(page, side), PATIENT).toEqual(rulesOf(walk));
    const text = await page.locator(".outcome").textContent();
    const { matched } = walks[1]!.groups;
    expect(matched.length).toBeGreaterThan(2);
    for (const group of matched)
      expect(text).toMatch(new RegExp(`${group}: \\d+ rules? tested, mark 0x\\w+: the packet is in it`));
    expect(text).toContain(`markify explain old.rules --family v4 ${PACKET}`);
    expect(requests).toEqual([flat.url]);
    expect(complaints).toEqual([]);
    await close();
  });

  test("comes by a link; its rules lead to their lines, and back", async () => {
    const { page, close } = await openReport(browser, addressOf(flat.url, PACKET));
    await page.locator(".outcome").waitFor();
    expect(await page.getByLabel("Source", { exact: true }).inputValue()).toBe("10.0.1.2");
    const matched = page.locator(".outcome .side").first().locator(".tested.matched");
    const text = await matched.locator("code").textContent();
    await matched.locator("a").click();
    await page.locator("#title-rules").waitFor();
    expect(await page.getByRole("option", { selected: true }).textContent()).toContain(text);
    await page.goBack();
    await page.locator(".outcome").waitFor();
    await close();
  });

  test("comes from a policy rule, from a line, and from the first page of the tab", async () => {
    const { page, close } = await openReport(browser, `${flat.url}#policy`);
    await page.locator("tbody th a").first().click();
    await page.getByRole("link", { name: /^Try a packet of/ }).click();
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    await page.goto(`${flat.url}#rules/old:0:5`);
    await page.getByRole("link", { name: "Try a packet of this rule" }).click();
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    await page.goto(`${flat.url}#packet`);
    await page.locator("main li a").first().click();
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    await close();
  });

  test.each([
    ["Destination port", "-i eth0 -p tcp --dport 99999", "a number from 0 to 65535"],
    ["Source", "-i eth0 -s 10.0.0.300 -p tcp", "that is no address"],
    ["Destination", "-i eth0 -d 10.0.0.0/8 -p tcp", "that is a network"],
    ["Out by interface", "-i eth0 -o eth1 --hook INPUT", "has no out-interface"],
    ["More, as markify explain takes it", "-i eth0 --sprt 1", "did you mean --sport?"],
  ])("that is none says so at the field: %s", async (label, packet, words) => {
    const { page, close } = await openReport(browser, addressOf(flat.url, packet));
    const field = page.getByLabel(label, { exact: true });
    await page.locator("[aria-invalid]").first().waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const described = await field.getAttribute("aria-describedby");
    expect(await page.locator(`#${described}`).textContent()).toContain(words);
    expect(await page.locator(".outcome").count()).toBe(0);
    await close();
  });

  test("of which something is not known says what, and goes on with a link", async () => {
    const rules = FLAT.replace("COMMIT", "-A INPUT -m limit --limit 5/min -j DROP\nCOMMIT");
    const { url } = await writeReport(folder, "limit", rules);
    const { page, close } = await openReport(browser, addressOf(url, "-i eth1 -s 10.0.0.1"));
    await page.locator(".outcome").waitFor();
    expect(await page.locator(".outcome > .verdict").textContent()).toContain("Can't tell");
    await page.getByRole("link", { name: "true", exact: true }).first().click();
    expect(decodeURIComponent(new URL(page.url()).hash)).toContain("--match '-m limit --limit 5/min=true'");
    await page.getByText("Same: DROP on both sides").waitFor();
    await close();
  });

  test("works by the keyboard alone", async () => {
    const { page, close } = await openReport(browser, `${flat.url}#packet`);
    await page.getByLabel("In by interface", { exact: true }).focus();
    for (const value of ["eth0", "eth1", "10.0.1.2", "10.9.0.3", "tcp"]) {
      await page.keyboard.type(value);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Tab");
    await page.keyboard.type("443");
    await page.keyboard.press("Enter");
    await page.locator(".outcome").waitFor();
    expect(await page.evaluate("document.activeElement?.name")).toBe("dport");
    const folded = page.locator("details:not([open]) > summary");
    const before = await folded.count();
    expect(before).toBeGreaterThan(0);
    await folded.first().focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(`document.querySelectorAll("details:not([open])").length < ${before}`);
    await close();
  });

  test("through a hostile ruleset leaves its text text", async () => {
    const { url } = await writeReport(folder, "hostile", Buffer.from(HOSTILE, "utf8").toString("latin1"));
    const packet = "-i eth0 -o eth1 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2";
    const { page, complaints, close } = await openReport(browser, addressOf(url, packet));
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    const title = await page.title();
    const text = (await readWalk(page, 0)).join("\n");
    expect(text).toContain(EVIL);
    expect(text).toContain("<b onclick=x>");
    expect(text).toContain("a\ufffdb");
    expect(await page.locator("main img, main i, main script").count()).toBe(0);
    expect(await page.title()).toBe(title);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each(["light", "dark"] as const)("has no serious fault of accessibility, %s", async (colorScheme) => {
    // The page's own policy would not let the checker in.
    const { page, close } = await openReport(browser, addressOf(flat.url, PACKET), {
      colorScheme,
      bypassCSP: true,
    });
    await page.evaluate(AXE);
    for (const packet of [PACKET, "-i eth0 -p tcp --dport 99999", "-i eth0 -s 10.0.0.1"]) {
      await page.goto(addressOf(flat.url, packet));
      await page.locator(".outcome, [aria-invalid]").first().waitFor();
      await openFolds(page.locator("main"));
      const { violations } = await page.evaluate<{ violations: { id: string; impact: string }[] }>(
        "axe.run()",
      );
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(
        grave.map(({ id }) => id),
        packet,
      ).toEqual([]);
    }
    await close();
  });
});

/** Data of each version that was released: pages made of it still open. */
const KEPT = ["page-data-0.1.0.json"];

function readKept(name: string): PageData {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8"));
}

describe.skipIf(WHY_NO_BROWSER !== "")(`pages of data${WHY_NO_BROWSER}`, () => {
  const own = mkdtempSync(join(tmpdir(), "kept-"));
  let other: Browser;
  beforeAll(async () => {
    other = await openBrowser();
  });
  afterAll(async () => {
    await other?.close();
    rmSync(own, { recursive: true });
  });

  /** Hashes are somebody else's test: this is about the data. */
  async function openData(data: PageData, hash: string): Promise<OpenPage> {
    const file = join(own, "page.html");
    const gzip = (text: string) => gzipSync(text).toString("base64");
    writeFileSync(file, renderHtml(data, "", await buildPage(), { sha256: () => "", gzip }));
    return openReport(other, `${pathToFileURL(file).href}#${hash}`, { bypassCSP: true });
  }

  test.each(KEPT)("that was released open: %s", async (name) => {
    const { page, complaints, close } = await openData(readKept(name), "groups");
    for (const tab of TABS) {
      await page.locator(`nav a[href="#${tab}"]`).click();
      await page.locator(`#title-${tab}`).waitFor();
    }
    await go(page, "#packet");
    await page.locator("main li a").first().click();
    await page.getByText("Same: ACCEPT on both sides").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("whose sides are not the same say so, at the packet that the proof shows", async () => {
    const data = readKept(KEPT[0]!);
    const [file] = data.files;
    const wrong = file!.new.map((text) =>
      text.startsWith("-A R-OFFICES-THE-WEB ") ? text.replace("-j ACCEPT", "-j DROP") : text,
    );
    const fields = {
      ...{ in: "lan0", out: "dmz0", source: "192.168.10.7", destination: "172.16.1.12", protocol: "tcp" },
      ...{ sourcePort: "1", destinationPort: "443", tcpFlags: "SYN", ctstate: "NEW", mark: "0x0" },
    };
    const walk = { file: "", steps: [], verdict: "", effects: [], mark: "0x0" };
    const packet = { table: "filter", hook: "FORWARD", fields };
    const witness = { packet, differs: ["verdict"], old: walk, new: walk, seed: null };
    const check = { ...data.check!, result: "different" as const, witness };
    const { page, close } = await openData({ ...data, check, files: [{ ...file!, new: wrong }] }, "proof");
    await page.getByRole("link", { name: "Try this packet" }).click();
    await page.getByText("Different: the packet fares otherwise").waitFor();
    expect(await page.locator(".outcome h3").allTextContents()).toEqual([
      expect.stringMatching(/^Old: ACCEPT by line/),
      expect.stringMatching(/^New: DROP by line/),
      "The same on the command line",
    ]);
    await close();
  });

  test("with lines that are no ruleset say so, and show the rest", async () => {
    const data = readKept(KEPT[0]!);
    const broken = { ...data, files: [{ ...data.files[0]!, old: ["*filter", "-A nowhere", "COMMIT"] }] };
    const { page, complaints, close } = await openData(broken, "packet/-i%20lan0");
    await page.getByText("can't be read as a ruleset here").waitFor();
    await page.locator('nav a[href="#groups"]').click();
    await page.locator("#title-groups").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("with ten thousand findings show all of them, a part at a time, and find the one", async () => {
    const data = readKept(KEPT[0]!);
    const finding = (at: number) => ({
      ...{
        kind: at === 7777 ? "mark-stale" : "redundant",
        severity: "note",
        table: "filter",
        chain: "FORWARD",
      },
      ...{ lines: [21 + (at % 50)], because: [at === 7777 ? 22 : 23], removes: [] },
      ...{ message: `finding number ${at}`, advice: "take it out" },
    });
    const many = Array.from({ length: 10_000 }, (_, at) => finding(at));
    const lint = [{ file: data.files[0]!.path, family: "v4", found: null }];
    const full = { ...data, report: { ...data.report, lint }, lint: [many] };
    const { page, close } = await openData(JSON.parse(JSON.stringify(full)), "findings");
    expect(await page.getByRole("status").textContent()).toMatch(/^10,00\d of 10,00\d shown$/);
    expect(await page.locator("tbody > tr").count()).toBe(200);
    expect(await page.locator("tbody th").first().textContent()).toBe("finding number 7777");
    await page.getByRole("searchbox").fill("number 9999");
    expect(await page.locator("tbody th").allTextContents()).toEqual(["finding number 9999"]);
    await page.locator("tbody th a").click();
    const detail = await page.locator("tr.detail").textContent();
    expect(detail).toContain("Packets that match the rule fare the same without it.");
    expect(detail).toContain("What to do: take it out");
    expect(detail).toContain(data.files[0]!.old[22]);
    await page.getByRole("link", { name: "Try a packet of this rule" }).click();
    await page.locator(".outcome").waitFor();
    await close();
  });
});

describe.skipIf(WHY_NO_BROWSER !== "")(`two families${WHY_NO_BROWSER}`, () => {
  test("have a form each, and the packet stays in it", async () => {
    const both = { "old.rules": FLAT, "old6.rules": FLAT_V6 };
    const { files } = await runIn(both, ["import", "old.rules", "old6.rules", "-o", "plan.yaml"]);
    const { files: made } = await runIn(files, ["review", "plan.yaml", "--html", "out.html"]);
    const path = mkdtempSync(join(tmpdir(), "both-"));
    const own = await openBrowser();
    try {
      writeFileSync(join(path, "both.html"), made["out.html"]!, "latin1");
      const { page, close } = await openReport(own, `${pathToFileURL(join(path, "both.html")).href}#packet`);
      await page.getByRole("link", { name: "old6.rules (IPv6)" }).click();
      await page.locator("main li a").first().click();
      await page.getByText("Same: ACCEPT on both sides").waitFor();
      expect(await page.getByLabel("Source", { exact: true }).inputValue()).toContain("2001:db8:1::");
      expect(await page.locator(".command").first().textContent()).toContain(
        "explain old6.rules --family v6",
      );
      await page.getByRole("link", { name: "old.rules (IPv4)" }).click();
      await page.getByText("and the ruleset is IPv4").first().waitFor();
      await close();
    } finally {
      await own.close();
      rmSync(path, { recursive: true });
    }
  });
});
