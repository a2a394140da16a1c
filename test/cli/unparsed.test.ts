/** `--keep-unparsed` and `--strict`, from import to apply. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const UNREAD = "-A INPUT -i eth7 --nonsense 1 -j ACCEPT";

/** FLAT with a rule that can't be read; in a table of its own, where it is asked for. */
const BESIDE = FLAT.replace("COMMIT", `${UNREAD}\nCOMMIT`);
const APART = `*mangle\n:INPUT ACCEPT [0:0]\n${UNREAD}\nCOMMIT\n${FLAT}`;

const keep = (files: Record<string, string>, ...args: readonly string[]) =>
  runIn(files, [...args, "--keep-unparsed"]);

describe("import", () => {
  test.each([[], ["--strict"]])("refuses the file without it: %j", async (...args) => {
    const { code, stderr, files } = await runIn({ "old.rules": BESIDE }, [
      "import",
      "old.rules",
      ...args.flat(),
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("error UNKNOWN_OPTION");
    expect(files[PLAN]).toBeUndefined();
  });

  test("the two exclude each other", async () => {
    for (const args of [
      ["import", "a"],
      ["verify", "a", "b"],
      ["diff", "a", "b"],
      ["explain", "a"],
    ]) {
      const { code, stderr } = await keep({ a: BESIDE, b: BESIDE }, ...args, "--strict");
      expect(code).toBe(2);
      expect(stderr).toContain("--strict");
    }
  });

  test.each([
    ["beside", BESIDE],
    ["apart", APART],
  ])("keeps it with it, says how many, and leaves all rules flat: %s", async (where, text) => {
    const { code, stdout, stderr, files } = await keep({ "old.rules": text }, "import", "old.rules");
    expect(code).toBe(0);
    expect(stdout).toContain("\nunparsed: 1\n");
    expect(stdout).toContain("it can't be read, and is kept word for word");
    expect(stderr).toContain("warning UNKNOWN_OPTION");
    expect(stderr).toContain("RULES_KEPT_UNPARSED");
    expect(stderr.includes("NO_FREE_MARK_BITS")).toBe(where === "apart");
    expect(files[PLAN]).toContain("    unparsed: 1\n");
    expect(files[PLAN]).toContain("policyRules: {}");
    expect(files[PLAN]).toContain("reason: unparsed\n    lines:");
    expect(files[PLAN]).toContain(where === "beside" ? "reason: beside-unparsed" : "reason: no-free-bits");
  });

  test("counts in JSON and Markdown, too", async () => {
    const { stdout, files } = await keep({ "old.rules": BESIDE }, "import", "old.rules", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ unparsed: 1, inputs: [{ unparsed: 1 }], policyRules: 0 });
    const markdown = await runIn({ ...files }, ["review", PLAN, "--markdown"]);
    expect(markdown.stdout).toContain("unparsed: 1");
  });

  test("changes nothing for a file that can be read", async () => {
    const [plain, kept] = [
      await runIn({ "old.rules": FLAT }, ["import", "old.rules"]),
      await keep({ "old.rules": FLAT }, "import", "old.rules"),
    ];
    expect(kept).toEqual(plain);
  });
});

describe("apply", () => {
  test("reads as the plan says, and gives the ruleset back", async () => {
    const { files } = await keep({ "old.rules": APART }, "import", "old.rules");
    const {
      code,
      stderr,
      files: after,
    } = await runIn({ ...files }, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    expect(stderr).toContain("new.rules");
    expect(stderr).toContain(
      "warning: old.rules has a rule that can't be read (line 3), kept word for word: where iptables can't read one either, it refuses the whole file",
    );
    expect(code).toBe(0);
    const lines = after["new.rules"]!.split("\n").filter((line) => !line.startsWith("#"));
    expect(lines.join("\n")).toBe(APART);
  });

  test("refuses a plan that says something else than the ruleset", async () => {
    const { files } = await keep({ "old.rules": APART }, "import", "old.rules");
    const edited = { ...files, [PLAN]: files[PLAN]!.replace("unparsed: 1", "unparsed: 2") };
    const { code, stderr } = await runIn(edited, ["apply", PLAN]);
    expect(code).toBe(1);
    expect(stderr).toContain("PLAN_NOT_EDITABLE");
    const without = { ...files, [PLAN]: files[PLAN]!.replace("    unparsed: 1\n", "") };
    expect((await runIn(without, ["apply", PLAN])).stderr).toContain("error UNKNOWN_OPTION");
  });
});

describe("verify and diff", () => {
  const files = { old: BESIDE, new: BESIDE.replace("-A INPUT -i lo -j ACCEPT", "-A INPUT -i lo -j DROP") };

  test("are unknown where a changed hook reaches it", async () => {
    for (const command of ["verify", "diff"]) {
      expect((await runIn(files, [command, "old", "new"])).code).toBe(1);
      const { code, stdout, stderr } = await keep(files, command, "old", "new");
      expect(code).toBe(4);
      expect(stdout + stderr).toContain("INPUT reaches line");
      expect(stderr).not.toContain("--budget 600");
    }
  });

  test("are equal where the tables are the same", async () => {
    expect((await keep({ old: BESIDE, new: BESIDE }, "verify", "old", "new")).code).toBe(0);
  });
});

test("explain stops at it", async () => {
  const packet = ["--in", "eth7", "-s", "10.0.0.1", "-d", "10.0.0.2", "-p", "tcp", "--dport", "22"];
  const { code, stdout } = await keep({ old: BESIDE }, "explain", "old", ...packet);
  expect(code).toBe(4);
  expect(stdout).toContain("can't tell: line 38 (filter INPUT): the rule can't be read");
});
