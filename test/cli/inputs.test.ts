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
