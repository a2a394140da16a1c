/** Editing in a real browser: what a person does there is in the plan's file, and `apply` makes of it what was meant. */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TABS } from "../../../src/report/page/address.ts";
import { openBrowser, WHY_NO_BROWSER } from "../../support/chromium.ts";
import { runIn } from "../fake-io.ts";
import { FLAT } from "../rulesets.ts";
import { type Serving, serve } from "./serving.ts";

const PLAN = "old.rules.markify.yaml";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A rule that is missing, so that the policy rule lacks a combination; a policy that drops, so that this makes a difference. */
const HOLED = FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP").replace(
  /^-A FORWARD -s 10\.0\.1\.1\/32 -d 10\.9\.0\.3\/32 .*443.*\n/m,
  "",
);
const EVIL = "<img src=x onerror=document.title=1>";

/** Of what axe-core answers, what is asked here. */
interface Checked {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly object[];
  }[];
}

/** What the keyboard has to reach. */
const REACHABLE = "a[href], button, input, select, summary";

let browser: Browser;
let open: { readonly serving: Serving; readonly context: BrowserContext }[] = [];

interface Opened {
  readonly serving: Serving;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly requests: string[];
  readonly complaints: string[];
}

/** Serves the plan of a ruleset, and opens the page. */
async function start(
  rules: string,
  options: {
    readonly argv?: readonly string[];
    readonly change?: (plan: string) => string;
    readonly context?: Parameters<Browser["newContext"]>[0];
  } = {},
): Promise<Opened> {
  const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules", ...(options.argv ?? [])]);
  const plan = (options.change ?? ((text) => text))(files[PLAN]!);
  const serving = await serve({ ...files, [PLAN]: plan }, PLAN);
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options.context });
  open.push({ serving, context });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => void requests.push(request.url()));
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", (error) => void complaints.push(error.message));
  await page.goto(serving.url);
  await bar(page).waitFor();
  return { serving, page, context, requests, complaints };
}

const bar = (page: Page) => page.getByRole("region", { name: "Editing" });

/** Waits for words in the bar. */
async function hear(page: Page, words: string): Promise<void> {
  await bar(page).getByText(words).first().waitFor();
}

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/** Applies the plan as it is; the new ruleset. */
async function apply(rules: string, plan: string, ...more: readonly string[]): Promise<string> {
  const argv = ["apply", PLAN, "-o", "new.rules", "--packets", "1000", ...more];
  const { code, stderr, files } = await runIn({ "old.rules": rules, [PLAN]: plan }, argv);
  expect(code, stderr).toBe(0);
  return files["new.rules"]!;
}

/** Rules and chains of a restore file. */
const linesOf = (text: string) => text.split("\n").filter((line) => /^[-:]/.test(line));

describe.skipIf(WHY_NO_BROWSER !== "")(`editing in a browser${WHY_NO_BROWSER}`, () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const { context, serving } of open) {
      await context.close();
      serving.interrupt();
      await serving.outcome;
    }
    open = [];
  });

  test("the secret goes out of the address, and the page asks nobody else", async () => {
    const { serving, page, requests, complaints } = await start(FLAT);
    expect(page.url()).toBe(`${serving.origin}/`);
    await hear(page, "equal (proved)");
    for (const tab of [...TABS, "policy"]) {
      await page.locator(`nav a[href="#${tab}"]`).click();
      await page.locator(`#title-${tab}`).waitFor();
    }
    // Loading it anew needs no address with the secret.
    await page.reload();
    await bar(page).waitFor();
    expect(page.url()).toBe(`${serving.origin}/#policy`);
    expect(requests.every((url) => url.startsWith(`${serving.origin}/`))).toBe(true);
    expect(requests.some((url) => url.includes(serving.token) && !url.includes("#"))).toBe(false);
    expect(complaints).toEqual([]);
  });

  test("a group is renamed, and apply calls its chain so", async () => {
    const { serving, page } = await start(FLAT, {
      change: (plan) => plan.replace("name: S-10-0-1", "name: S-10-0-1 # ask Eva"),
    });
    const before = await serving.text();
    await go(page, "#groups/S-10-0-1");
    await page.getByLabel("Name", { exact: true }).fill("S-OFFICE");
    await page.getByRole("button", { name: "Rename" }).click();
    await hear(page, "Saved: rename S-10-0-1 to S-OFFICE");
    const after = await serving.text();
    expect(after).toBe(before.replace("name: S-10-0-1 #", "name: S-OFFICE #"));
    await hear(page, "equal (proved)");
    const [old, now] = [await apply(FLAT, before), await apply(FLAT, after)].map(linesOf);
    expect(now).toEqual(old!.map((line) => line.replaceAll("S-10-0-1", "S-OFFICE")));
    // The name stays in the field, and the item that is open stays open.
    await expect.poll(() => page.getByLabel("Name", { exact: true }).inputValue()).toBe("S-OFFICE");
  });

  test("names that can't be are refused in words, and nothing is written", async () => {
    const { serving, page } = await start(FLAT);
    const before = await serving.text();
    await go(page, "#groups/S-10-0-1");
    for (const [name, words] of [
      ["D-10-9-0", "given twice"],
      ["S".repeat(29), "28 at most"],
      [EVIL, "can't be the name of a chain"],
    ] as const) {
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByRole("button", { name: "Rename" }).click();
      await hear(page, words);
    }
    expect(await page.locator("img").count()).toBe(0);
    expect(await serving.text()).toBe(before);
  });

  test("a group is refused: its rules come back flat, and undo merges them again", async () => {
    const { serving, page } = await start(FLAT);
    const before = await serving.text();
    await go(page, "#groups/SRV-WEB");
    await page.getByRole("button", { name: "Refuse: its rules stay flat" }).click();
    await hear(page, "Saved: refuse SRV-WEB");
    await hear(page, "rules in the new file: ");
    expect(linesOf(await apply(FLAT, await serving.text()))).toEqual(linesOf(FLAT));
    await page.getByRole("button", { name: "Undo: refuse SRV-WEB" }).click();
    await hear(page, "Saved: undo: refuse SRV-WEB");
    expect(await serving.text()).toBe(before);
    await page.getByRole("button", { name: "Redo: refuse SRV-WEB" }).click();
    await page.getByText("Refused in the plan.").waitFor();
  });

  test("a combination that is missing is let in: a change of the policy, proved to be no other", async () => {
    const { serving, page } = await start(HOLED, { argv: ["--tolerance", "0.2"] });
    await hear(page, "equal (proved)");
    await go(page, "#policy/R-10-0-1-10-9-0-WEB");
    await page.getByRole("button", { name: /^Let in: changes the policy/ }).click();
    const combination = "10.0.1.1/32 | 10.9.0.3/32 | tcp dport 443";
    await hear(page, `policy change: R-10-0-1-10-9-0-WEB gets ${combination}`);
    expect(await serving.text()).toContain(`    added:\n      - "${combination}"\n`);
    const now = await apply(HOLED, await serving.text(), "--allow-policy-change");
    const full = FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP");
    const verified = await runIn({ "a.rules": full, "b.rules": now }, [
      "verify",
      "a.rules",
      "b.rules",
      "--packets",
      "0",
    ]);
    expect(verified.stdout).toContain("equal, proved");
    await page.getByRole("button", { name: `Leave out again: ${combination}` }).click();
    await hear(page, "equal (proved)");
  });

  test("members are added, taken out and merged with another group's", async () => {
    const { serving, page } = await start(FLAT);
    await go(page, "#groups/S-10-0-1");
    await page.getByLabel("A member that no rule has; changes the policy").fill("10.0.1.9");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await hear(page, "Saved: add 10.0.1.9 to S-10-0-1");
    expect(await serving.text()).toContain("    added:\n      - 10.0.1.9/32\n");
    await page.getByLabel("Members", { exact: true }).selectOption(["10.0.1.9/32"]);
    await page.getByRole("button", { name: "Remove: changes the policy" }).click();
    await hear(page, "Saved: remove 10.0.1.9/32 from S-10-0-1");
    await page.getByLabel("Members", { exact: true }).selectOption(["10.0.1.4/32"]);
    await page.getByRole("button", { name: "Take out: their rules stay flat" }).click();
    await hear(page, "Saved: leave rules of 10.0.1.4/32 flat");
    await hear(page, "equal (proved)");
    const now = linesOf(await apply(FLAT, await serving.text()));
    expect(now.filter((line) => line.startsWith("-A FORWARD -s 10.0.1.4/32"))).toHaveLength(8);
    await page.getByLabel("Its members are kept").selectOption("ipset");
    await hear(page, "Saved: keep members of S-10-0-1 in sets");
    await page.getByText("For the whole plan").click();
    await page.getByLabel("Layout").selectOption("shared");
    await hear(page, "Saved: layout shared");
    expect(await serving.text()).toMatch(/^layout: shared$/m);
  });

  test("two windows show the same, and neither undoes the other unseen", async () => {
    const { serving, page, context } = await start(FLAT);
    const other = await context.newPage();
    await other.goto(serving.url);
    await bar(other).waitFor();
    for (const each of [page, other]) await go(each, "#groups/S-10-0-1");
    // A window that has not looked since.
    await other.route("**/tick", () => {});
    await page.getByLabel("Name", { exact: true }).fill("S-ONE");
    await page.getByRole("button", { name: "Rename" }).click();
    await hear(page, "Saved: rename S-10-0-1 to S-ONE");
    await other.getByRole("button", { name: "Refuse: its rules stay flat" }).click();
    await hear(other, "the plan was changed meanwhile");
    await expect.poll(() => other.getByLabel("Name", { exact: true }).inputValue()).toBe("S-ONE");
    await other.getByRole("button", { name: "Refuse: its rules stay flat" }).click();
    await hear(other, "Saved: refuse S-ONE");
    await hear(page, "The plan was changed in another window");
    await page.getByText("Refused in the plan.").waitFor();
    const text = await serving.text();
    expect(text).toContain("name: S-ONE");
    expect(text).toContain("accept: false");
  });

  test("a plan that is changed on the disk is shown, and what is lost by that is told", async () => {
    const { serving, page } = await start(FLAT);
    const old = await serving.text();
    await go(page, "#groups/S-10-0-1");
    await page.getByLabel("Name", { exact: true }).fill("S-OFFICE");
    await page.getByRole("button", { name: "Rename" }).click();
    await hear(page, "Saved: rename");
    await serving.setText(old.replace("name: D-10-9-0", "name: D-EVA"));
    await hear(page, "these edits made here are not in it any more");
    await page.getByRole("button", { name: "Make them again" }).click();
    await hear(page, "Saved: rename S-10-0-1 to S-OFFICE");
    const text = await serving.text();
    expect(text).toContain("name: S-OFFICE");
    expect(text).toContain("name: D-EVA");
    await serving.setText("version: 1\n");
    await hear(page, "Nothing can be edited at the moment");
    await serving.setText(text);
    await page.getByText("Nothing can be edited at the moment").waitFor({ state: "detached" });
  });

  test("text of a hostile plan stays text", async () => {
    const rules = FLAT.replace("COMMIT", `-A FORWARD -m comment --comment "${EVIL}" -j DROP\nCOMMIT`);
    const { page, complaints } = await start(rules, {
      change: (plan) =>
        plan
          .replaceAll("S-10-0-1", EVIL)
          .replace(`name: ${EVIL}`, "name: S-X")
          .replace(`  ${EVIL}:`, `  "${EVIL}":`),
    });
    await go(page, "#groups");
    await page.getByRole("link", { name: "S-X", exact: true }).click();
    await page.getByRole("button", { name: "Refuse: its rules stay flat" }).click();
    await hear(page, "Saved: refuse S-X");
    for (const tab of ["groups", "policy", "rules", "findings"]) {
      await go(page, `#${tab}`);
      await page.locator(`#title-${tab}`).waitFor();
      expect(await page.locator("img").count()).toBe(0);
    }
    expect(complaints).toEqual([]);
  });

  test("works by the keyboard alone, and keeps its place", async () => {
    const { serving, page } = await start(FLAT);
    await go(page, "#groups/S-10-0-1");
    await page.getByLabel("Name", { exact: true }).waitFor();
    const labelled = () => page.evaluate("document.activeElement?.labels?.[0]?.textContent");
    for (let press = 0; press < 100 && (await labelled()) !== "Name"; press++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("S-KEYS");
    await page.keyboard.press("Enter");
    await hear(page, "Saved: rename S-10-0-1 to S-KEYS");
    expect(await serving.text()).toContain("name: S-KEYS");
    expect(await labelled()).toBe("Name");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await hear(page, "Saved: refuse S-KEYS");
    expect(await page.evaluate("document.activeElement.textContent")).toContain("Accept");
  });

  test.each(["groups/S-10-0-1", "policy/R-10-0-1-10-9-0-WEB"])(
    "the keyboard reaches everything in %s",
    async (hash) => {
      const { page } = await start(HOLED, { argv: ["--tolerance", "0.2"] });
      await hear(page, "equal (proved)");
      await go(page, `#${hash}`);
      await page.getByRole("button", { name: "Rename" }).waitFor();
      await page.getByText("For the whole plan").click();
      const wanted = await page.locator(REACHABLE).count();
      const seen = new Set<unknown>();
      for (let press = 0; press < wanted + 5; press++) {
        await page.keyboard.press("Tab");
        seen.add(
          await page.evaluate(
            `[...document.querySelectorAll('${REACHABLE}')].indexOf(document.activeElement)`,
          ),
        );
      }
      seen.delete(-1);
      expect(seen.size).toBe(wanted);
    },
  );

  test("another page of the browser gets nothing, and changes nothing", async () => {
    const { serving, context } = await start(FLAT);
    const before = await serving.text();
    const evil = createServer((_, response) => void response.end("<!doctype html><title>evil</title>"));
    await new Promise<void>((listening) => void evil.listen(0, "127.0.0.1", listening));
    const port = (evil.address() as AddressInfo).port;
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const body = JSON.stringify({
      revision: 1,
      request: { kind: "edit", edit: { kind: "layout", layout: "hoisted" } },
    });
    const attempts = [
      ["/data", {}],
      ["/data", { headers: { "x-markify-token": serving.token } }],
      ["/step", { method: "POST", body }],
      [
        "/step",
        { method: "POST", body, headers: { "content-type": "text/plain", "x-markify-token": serving.token } },
      ],
      [
        "/step",
        {
          method: "POST",
          body,
          headers: { "content-type": "application/json", "x-markify-token": serving.token },
        },
      ],
    ] as const;
    for (const [path, init] of attempts) {
      const script = `fetch(${JSON.stringify(serving.origin + path)}, ${JSON.stringify(init)}).then((a) => a.text(), (error) => "failed: " + error.name)`;
      expect(await page.evaluate(script)).toBe("failed: TypeError");
    }
    // A form needs no leave to be sent, and neither does a request whose answer nobody may read.
    const blind = { method: "POST", mode: "no-cors", body };
    await page.evaluate(
      `fetch(${JSON.stringify(`${serving.origin}/step`)}, ${JSON.stringify(blind)}).catch(() => {})`,
    );
    const frame = `new Promise((done) => { const frame = document.createElement("iframe"); frame.onload = done; frame.src = ${JSON.stringify(serving.url)}; document.body.append(frame); }).then(() => {})`;
    await page.evaluate(frame);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(
      await framed
        ?.locator(".edit")
        .count()
        .catch(() => 0),
    ).toBe(0);
    expect(await serving.text()).toBe(before);
    await new Promise<void>((closed) => void evil.close(() => closed()));
    evil.closeAllConnections();
  });

  test("without the secret, the page says what it needs; with a wrong one, that it is wrong", async () => {
    const { serving } = await start(FLAT);
    for (const [address, words] of [
      [`${serving.origin}/`, "needs the whole address"],
      [`${serving.origin}/#token=${"A".repeat(43)}`, "that is not the secret"],
    ] as const) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(address);
      await page.getByRole("alert").getByText(words).waitFor();
      expect(await page.locator("body").textContent()).not.toContain("10.0.1.1");
      await context.close();
    }
  });

  test("the button ends it", async () => {
    const { serving, page } = await start(FLAT);
    await page.getByRole("button", { name: "Done" }).click();
    await hear(page, `Next: markify apply ${PLAN} -o NEW.rules`);
    expect((await serving.outcome).code).toBe(0);
    expect(await page.getByRole("button", { name: "Done" }).count()).toBe(0);
  });

  test("a page that is a file has nothing of it", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const { files: written } = await runIn(files, ["review", PLAN, "--html", "out.html"]);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.setContent(Buffer.from(written["out.html"]!, "latin1").toString("utf8"));
    await page.locator("h1.verdict").waitFor();
    expect(written["out.html"]).not.toContain("connect-src");
    expect(await page.locator(".edit").count()).toBe(0);
    await context.close();
  });

  test.each(["light", "dark"] as const)("has no serious fault of accessibility, %s", async (colorScheme) => {
    const { page } = await start(HOLED, {
      argv: ["--tolerance", "0.2"],
      context: { colorScheme, bypassCSP: true },
    });
    await page.evaluate(AXE);
    const check = async (where: string): Promise<void> => {
      const { violations }: Checked = await page.evaluate("axe.run()");
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(
        grave.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes).slice(0, 300)}`),
        where,
      ).toEqual([]);
    };
    for (const hash of ["groups/S-10-0-1", "policy/R-10-0-1-10-9-0-WEB", "proof"]) {
      await go(page, `#${hash}`);
      await page.locator(`#title-${hash.split("/")[0]}`).waitFor();
      await check(hash);
    }
    await go(page, "#groups/S-10-0-1");
    await page.getByLabel("Name", { exact: true }).fill("a b");
    await page.getByRole("button", { name: "Rename" }).click();
    await hear(page, "Nothing was changed");
    await check("after a refusal");
    await page.getByRole("button", { name: "Refuse: its rules stay flat" }).click();
    await hear(page, "Saved: refuse");
    await check("after a step");
  });
});
