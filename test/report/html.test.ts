/** The report as a page: one file whose policy lets nothing but its own script run, and in which all text of a ruleset is text. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type PageParts, renderHtml } from "../../src/report/html.ts";
import type { PageData } from "../../src/report/page-data.ts";
import { FLAT } from "../cli/rulesets.ts";
import { runIn } from "../cli/fake-io.ts";
import { buildPage } from "../support/build-page.ts";

const PLAN = "old.rules.markify.yaml";
const EVIL = "</script><img onerror=alert(1) src=x>";

/** A ruleset with markup wherever iptables takes text: comments, names of chains, log prefixes. */
const HOSTILE = FLAT.replace(
  "COMMIT",
  `-A FORWARD -m comment --comment "${EVIL}" -j LOG --log-prefix "<b>${EVIL.slice(0, 20)}"\n-A FORWARD -m comment --comment "<!--" -j <i>x\nCOMMIT`,
).replace(":OUTPUT", ":<i>x - [0:0]\n:OUTPUT");

async function review(rules: string, ...more: readonly string[]) {
  const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
  return runIn(files, ["review", PLAN, "--html", "out.html", ...more]);
}

async function pageOf(rules: string, ...more: readonly string[]): Promise<string> {
  const { code, stderr, files } = await review(rules, ...more);
  expect(code, stderr).toBe(0);
  return Buffer.from(files["out.html"]!, "latin1").toString("utf8");
}

/** The data that stands in a page. */
function dataOf(html: string): PageData {
  const [, attributes = "", text = ""] =
    /<script type="application\/json" id="data"(.*?)>(.*?)<\/script>/s.exec(html)!;
  const json = attributes.includes("gzip") ? gunzipSync(Buffer.from(text, "base64")).toString() : text;
  return JSON.parse(json);
}

describe("the page", () => {
  test("has the data that --json prints, and the lines of both files with where they came from", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const data = dataOf(await pageOf(FLAT, "--check"));
    const printed = JSON.parse((await runIn(files, ["review", PLAN, "--check", "--json"])).stdout);
    const { check, diagnostics: _, ...report } = printed;
    expect(data).toMatchObject({ version: 1, tool: "1.2.3", report, check });
    const [file] = data.files;
    expect(file!.old).toEqual(FLAT.trimEnd().split("\n"));
    expect(file!.origins).toHaveLength(file!.new.length);
    const merged = file!.origins.flat().map((line) => file!.old[line - 1]);
    for (const rule of file!.old.filter((line) => line.startsWith("-A"))) expect(merged).toContain(rule);
  });

  test("has all that lint finds, where --json has the first of it", async () => {
    const unused = Array.from({ length: 5 }, (_, at) => `:unused${at} - [0:0]\n`).join("");
    const rules = FLAT.replace(":OUTPUT", `${unused}:OUTPUT`);
    const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
    const { findings } = JSON.parse((await runIn(files, ["lint", "old.rules", "--json"])).stdout);
    expect(findings.length).toBeGreaterThan(3);
    const { lint, report } = dataOf(await pageOf(rules));
    expect(lint).toHaveLength(1);
    expect(lint![0]!.map(({ kind, message }) => `${kind} ${message}`)).toEqual(
      findings.map(({ kind, message }: { kind: string; message: string }) => `${kind} ${message}`),
    );
    expect(report.lint![0]!.found!.first).toHaveLength(3);
  });

  test("is the same each time, and holds no address that something could be loaded from", async () => {
    const html = await pageOf(FLAT);
    expect(await pageOf(FLAT)).toBe(html);
    const { script, style } = await buildPage();
    expect(html.replace(script, "")).not.toMatch(/https?:|url\(|@import| src=| href=/);
    expect(/\bimport\s*\(|fetch\(|XMLHttpRequest|\beval\b|WebSocket/.exec(script)).toBeNull();
    expect(style).not.toMatch(/url\(|@import/);
  });

  test("makes no markup from text anywhere in its source", () => {
    const folder = fileURLToPath(new URL("../../src/report/page", import.meta.url));
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.\w+$/.test(name),
    );
    expect(names.length).toBeGreaterThan(10);
    for (const name of names)
      expect(readFileSync(`${folder}/${name}`, "utf8"), name).not.toMatch(
        /innerHTML|insertAdjacentHTML|document\.write/i,
      );
  });

  test("its policy names the one script and the one style by their hashes, and nothing else", async () => {
    const html = await pageOf(FLAT);
    const policy = /http-equiv="Content-Security-Policy" content="(.*?)"/.exec(html)![1]!;
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const { script, style } = await buildPage();
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(html).toContain(`<script>${script}</script>`);
    expect(html).toContain(`<style>${style}</style>`);
  });

  test("reads without script: the verdict, the groups and the policy rules", async () => {
    const html = await pageOf(FLAT, "--check");
    const plain = /<noscript>(.*?)<\/noscript>/s.exec(html)![1]!;
    expect(plain).toContain("equal, proved for all packets");
    expect(plain).toContain("S-10-0-1");
    expect(plain).toContain("Policy rules");
  });

  test("its script is small", async () => {
    expect((await buildPage()).script.length).toBeLessThan(400_000);
  });

  test("is written over another page, and over nothing else", async () => {
    const { files } = await review(FLAT);
    const again = await runIn(files, ["review", PLAN, "--html", "out.html"]);
    expect(again.code).toBe(0);
    for (const path of [PLAN, "old.rules"]) {
      const refused = await runIn(files, ["review", PLAN, "--html", path]);
      expect(refused.code).toBe(5);
      expect(refused.stderr).toContain("no page that markify wrote");
      expect(refused.files).toEqual(files);
    }
  });
});

test("text of a ruleset stays text, whatever it says", async () => {
  const html = await pageOf(HOSTILE);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toMatch(/<img|<i>x|<b>|<!--/);
  const texts = dataOf(html).files[0]!.old.join("\n");
  expect(texts).toContain(EVIL);
  expect(texts).toContain("<i>x");
});

describe("the function behind it", () => {
  const parts: PageParts = { script: "start()", style: "p{}" };
  const tools = { sha256: () => "HASH", gzip: (text: string) => Buffer.from(text).toString("base64") };
  const empty = { version: 1, tool: "<1>", report: { inputs: [] }, check: null, files: [] };
  const data = (more: object): PageData => JSON.parse(JSON.stringify({ ...empty, ...more }));

  test("escapes what ends a script or a line of it", () => {
    const html = renderHtml(data({ tool: "</script>\u2028\u2029" }), "", parts, tools);
    expect(html).toContain('"tool":"\\u003c/script>\\u2028\\u2029"');
  });

  test("keeps dollar signs, which mean something where texts are replaced", () => {
    expect(renderHtml(data({}), "$& $1", { ...parts, script: "$&$'" }, tools)).toContain(
      "<script>$&$'</script>",
    );
  });

  test("packs data that is long", () => {
    const long = data({ files: [{ path: "x".repeat(1_000_001) }] });
    expect(renderHtml(long, "", parts, tools)).toContain('data-encoding="gzip"');
    expect(renderHtml(data({}), "", parts, tools)).not.toContain("data-encoding");
  });

  test("replaces signs that turn the direction of writing in the text for readers without script", () => {
    const html = renderHtml(data({}), "a\u202eb\nc", parts, tools);
    expect(html).toContain("<pre>a\ufffdb\nc</pre>");
  });

  test("refuses a script that ends before its end", () => {
    for (const script of ['"</script>"', '"<!--"'])
      expect(() => renderHtml(data({}), "", { ...parts, script }, tools)).toThrow("ends before its end");
  });
});
