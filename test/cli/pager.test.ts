/** The report of `review` in a pager: the person's own, and nothing of it where there is no terminal. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { showInPager } from "../../src/cli/node-pager.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

describe("the pager", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "markify-pager-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const show = (text: string, pager: string | undefined, more = {}) =>
    showInPager(text, {
      PATH: process.env.PATH,
      TERM: "xterm",
      ...(pager === undefined ? {} : { PAGER: pager }),
      ...more,
    });

  test("gets the whole text, and how less is to show it", async () => {
    const text = "a line\n".repeat(100_000);
    expect(await show(text, `cat > ${folder}/shown; echo "$LESS" > ${folder}/less`)).toBe(true);
    expect(readFileSync(`${folder}/shown`, "utf8")).toBe(text);
    expect(readFileSync(`${folder}/less`, "utf8")).toBe("FRX\n");
    expect(await show("x", `echo "$LESS" > ${folder}/less`, { LESS: "M" })).toBe(true);
    expect(readFileSync(`${folder}/less`, "utf8")).toBe("M\n");
  });

  test("may be left before all of it is read", async () => {
    expect(await show("a line\n".repeat(100_000), "head -n 1 > /dev/null")).toBe(true);
  });

  test.each([
    ["", {}],
    [" ", {}],
    ["cat", {}],
    ["markify-no-such-pager", {}],
    ["less", { TERM: "dumb" }],
  ])("'%s' %j: nothing is shown", async (pager, more) => {
    expect(await show("text", pager, more)).toBe(false);
  });
});

describe("review", () => {
  const files = { "old.rules": FLAT };

  const review = async (argv: readonly string[], isTerminal: boolean, isThere: boolean) => {
    const shown: string[] = [];
    const imported = await runIn(files, ["import", "old.rules"]);
    const { stdout } = await runIn(imported.files, ["review", "old.rules.markify.yaml", ...argv], {
      stdoutIsTerminal: isTerminal,
      stdinIsTerminal: true,
      env: {},
      showInPager: async (text: string) => {
        shown.push(text);
        return isThere;
      },
    });
    return { stdout, shown };
  };

  test("on a terminal the report is in the pager, and not printed again", async () => {
    const { stdout, shown } = await review([], true, true);
    expect(shown).toEqual([expect.stringContaining("Groups (")]);
    expect(stdout).toBe("");
  });

  test("without a pager it is printed", async () => {
    const { stdout, shown } = await review([], true, false);
    expect(stdout).toBe(shown[0]);
  });

  test.each([
    [["--no-pager"], true],
    [[], false],
    [["--json"], true],
    [["--markdown"], true],
  ])("%j, on a terminal: %j: printed", async (argv, isTerminal) => {
    const { stdout, shown } = await review(argv, isTerminal, true);
    expect(shown).toEqual([]);
    expect(stdout).not.toBe("");
  });
});
