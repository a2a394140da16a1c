/** What commands take for an input: one dump of several, a compressed file, a folder. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, OTHER } from "./rulesets.ts";

const TWO = `a# iptables-save\n${FLAT}b# iptables-save\n${OTHER}`;
const PLAN = "two.txt.markify.yaml";
const QUICK = ["--packets", "1000"];

describe("one dump of several", () => {
  test("is an error that lists them, until one is chosen", async () => {
    const { code, stderr } = await runIn({ "two.txt": TWO }, ["import", "two.txt"]);
    expect(code).toBe(1);
    expect(stderr).toContain("two.txt:2:1: error SEVERAL_DUMPS");
    expect(stderr).toContain("dump 2: filter");
    expect(stderr).toContain("help: --dump N takes one of them");
  });

  test("the plan keeps its text, and apply uses that", async () => {
    const first = await runIn({ "two.txt": TWO }, ["import", "two.txt", "--dump", "2"]);
    expect(first.code).toBe(0);
    expect(first.files[PLAN]).toMatch(/madeFrom: sha256:[0-9a-f]{64}\n {4}text: \|/);
    const applied = await runIn({ ...first.files }, ["apply", PLAN, "-o", "new.rules", ...QUICK]);
    expect(applied.code).toBe(0);
    const alone = await runIn({ "one.txt": OTHER }, ["import", "one.txt"]);
    const same = await runIn({ ...alone.files }, [
      "apply",
      "one.txt.markify.yaml",
      "-o",
      "new.rules",
      ...QUICK,
    ]);
    const rules = (text = "") => text.split("\n").filter((line) => /^[-*:]/.test(line));
    expect(rules(applied.files["new.rules"])).toEqual(rules(same.files["new.rules"]));
  });

  test("a file that has changed since is refused; one that is gone is not needed", async () => {
    const { files } = await runIn({ "two.txt": TWO }, ["import", "two.txt", "--dump", "1"]);
    const apply = ["apply", PLAN, "-o", "new.rules", ...QUICK];
    const changed = await runIn({ ...files, "two.txt": `${TWO}# more\n` }, apply);
    expect(changed.code).toBe(5);
    expect(changed.stderr).toContain("two.txt has changed");
    const { [PLAN]: plan } = files;
    expect((await runIn({ [PLAN]: plan! }, apply)).code).toBe(0);
  });

  test("importing it again keeps the plan", async () => {
    const argv = ["import", "two.txt", "--dump", "1"];
    const { files } = await runIn({ "two.txt": TWO }, argv);
    expect((await runIn({ ...files }, argv)).stderr).toContain("kept as it is");
  });

  test("compared with a whole file", async () => {
    const files = { "two.txt": TWO, "one.txt": OTHER };
    expect((await runIn(files, ["verify", "two.txt", "one.txt", "--dump", "2", ...QUICK])).code).toBe(0);
    expect((await runIn(files, ["diff", "two.txt", "one.txt", "--dump", "1"])).code).toBe(1);
  });
});

describe("compressed files", () => {
  const packed = gzipSync(Buffer.from(FLAT)).toString("latin1");

  test("gzip is unpacked, also by apply", async () => {
    const { code, files } = await runIn({ "old.gz": packed }, ["import", "old.gz"]);
    expect(code).toBe(0);
    const applied = await runIn({ ...files }, ["apply", "old.gz.markify.yaml", "-o", "new.rules", ...QUICK]);
    expect(applied.code).toBe(0);
    expect((await runIn({ ...applied.files }, ["verify", "old.gz", "new.rules", ...QUICK])).code).toBe(0);
  });

  test.each([
    ["cut off", packed.slice(0, -20), "damaged or cut off"],
    ["by xz", "\xfd7zXZ\0 and so on", "xz -dc old.gz"],
    ["by bzip2", "BZh91AY", "bzip2 -dc old.gz"],
  ])("%s: says so", async (_, text, words) => {
    const { code, stderr } = await runIn({ "old.gz": text }, ["import", "old.gz"]);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe("what is no text in a known encoding", () => {
  const utf16 = (text: string) => Buffer.from(text, "utf16le");
  const swapped = Buffer.from(utf16(FLAT)).swap16();

  test.each([
    [
      "UTF-16 with a mark",
      utf16(`\ufeff${FLAT}`),
      "is UTF-16 text",
      "iconv -f UTF-16 -t UTF-8 old.rules > FILE",
    ],
    ["UTF-16 without one", utf16(FLAT), "is UTF-16LE text", "iconv -f UTF-16LE "],
    ["the other order", swapped, "is UTF-16BE text", "iconv -f UTF-16BE "],
    ["in gzip", gzipSync(utf16(FLAT)), "is UTF-16LE text", "iconv -f UTF-16LE "],
    [
      "a program",
      Buffer.from("\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0"),
      "is no text",
      "iptables-save",
    ],
  ])("%s: says what it is, and what to do", async (_, bytes, what, next) => {
    const { code, stderr } = await runIn({ "old.rules": bytes.toString("latin1") }, ["import", "old.rules"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`old.rules ${what}`);
    expect(stderr.split("\nnext: ")[1]).toContain(next);
  });

  test("a text with some odd bytes is one", async () => {
    const odd = FLAT.replace("*filter", `# caf\xe9 \x1b[1m\0\n*filter`);
    expect((await runIn({ "old.rules": odd }, ["import", "old.rules"])).code).toBe(0);
  });
});

describe("a part of a firewall", () => {
  const CUT = FLAT.replace("COMMIT\n", "");

  test("is said wherever the plan of it is used, and in the new file", async () => {
    const { code, files } = await runIn({ "old.rules": CUT }, ["import", "old.rules", "--partial"]);
    expect(code).toBe(0);
    expect(files["old.rules.markify.yaml"]).toContain("    partial: [table filter has no COMMIT]\n");
    const review = await runIn({ ...files }, ["review", "old.rules.markify.yaml", "--json"]);
    expect(JSON.parse(review.stdout).findings).toContainEqual({
      kind: "partial",
      severity: "warning",
      message: "old.rules is not the whole firewall (--partial): table filter has no COMMIT",
      lines: [],
    });
    const applied = await runIn({ ...files }, [
      "apply",
      "old.rules.markify.yaml",
      "-o",
      "new.rules",
      ...QUICK,
    ]);
    expect(applied.code).toBe(0);
    expect(applied.stderr).toContain("not covered: old.rules is not the whole firewall (--partial)");
    expect(applied.files["new.rules"]).toContain(
      "# Not the whole firewall (--partial): table filter has no COMMIT\n",
    );
  });

  test("comes into a plan that does not say it yet; a whole one is none", async () => {
    const argv = ["import", "old.rules", "--partial"];
    const { files } = await runIn({ "old.rules": CUT }, argv);
    const plan = "old.rules.markify.yaml";
    const before = files[plan]!.replace(/ {4}partial: .*\n/u, "");
    expect((await runIn({ ...files, [plan]: before }, argv)).files[plan]).toBe(files[plan]);
    expect((await runIn({ "old.rules": FLAT }, argv)).files[plan]).not.toContain("partial");
  });
});

describe("a ruleset where a plan is wanted", () => {
  const SCRIPT = "#!/bin/sh\niptables -A INPUT -j ACCEPT\n";

  test.each([
    ["review", FLAT],
    ["apply", FLAT],
    ["apply", SCRIPT],
  ])("%s says so, and what to run", async (command, text) => {
    const { code, stderr } = await runIn({ "old.rules": text }, [command, "old.rules"]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      "markify: old.rules is a ruleset, and a plan is wanted\nnext: markify import old.rules\n",
    );
  });

  test("names the plan that is there", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const { stderr } = await runIn({ ...files }, ["apply", "old.rules"]);
    expect(stderr).toContain("next: the same command with old.rules.markify.yaml\n");
  });

  test("a plan with a mistake stays a plan, also with a ruleset in it", async () => {
    const { files } = await runIn({}, ["import", "-", "-o", "plan"], {}, FLAT);
    const broken = { plan: files.plan!.replace("version: 1", "version: [") };
    const { code, stderr } = await runIn(broken, ["apply", "plan"]);
    expect(code).toBe(1);
    expect(stderr).toContain("plan:");
    expect(stderr).not.toContain("is a ruleset");
  });
});

describe("a folder", () => {
  const V6 = FLAT.replace(/10\.(\d+)\.(\d+)\.(\d+)\/32/gu, "2001:db8::$1:$2:$3/128");

  test("stands for its files; a plan beside them is none", async () => {
    const files = { "etc/rules.v4": FLAT, "etc/old.markify.yaml": "x" };
    const { code, files: left } = await runIn(files, ["import", "etc"]);
    expect(code).toBe(0);
    expect(left["etc.markify.yaml"]).toContain("path: etc/rules.v4");
  });

  test("v4 and v6 of one host are one plan", async () => {
    const files = { "etc/rules.v4": FLAT, "etc/rules.v6": V6 };
    const { files: left } = await runIn(files, ["import", "etc", "-o", "host.yaml"]);
    expect(left["host.yaml"]).toContain("family: v6");
  });

  test("with nothing in it", async () => {
    const { code, stderr } = await runIn({ "etc/x.bak": "x" }, ["import", "etc"]);
    expect(code).toBe(2);
    expect(stderr).toContain("no file is in etc");
  });
});

test.each([
  [["import", "x", "--define", "2=1"], "--define 2=1 is no NAME=VALUE"],
  [["import", "x", "--dump", "0"], "--dump"],
  [["import", "x", "--table-dir", "nowhere"], "can't read"],
])("%j is refused", async (argv, words) => {
  const { code, stderr } = await runIn({ x: FLAT }, argv);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});
