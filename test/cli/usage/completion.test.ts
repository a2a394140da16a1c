/** What real shells offer behind a line, by the scripts that `markify completion` prints. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runIn } from "../fake-io.ts";
import { SHELLS } from "./shells.ts";

/** A line up to the cursor, and what is offered there, among other things (`some`), or as all that is (`all`); `none` of these. */
interface Case {
  readonly line: string;
  readonly all?: readonly string[];
  readonly some?: readonly string[];
  readonly none?: readonly string[];
}

const FILES = ["my rules.v4", "old.rules", "old.rules.markify.yaml"];

const CASES: readonly Case[] = [
  { line: "markify ", some: ["import", "review", "group", "completion", "help"], none: FILES },
  { line: "markify im", all: ["import"] },
  { line: "markify group ", some: ["add", "export", "list", "remove"], none: ["import", ...FILES] },
  { line: "markify help im", all: ["import"] },
  { line: "markify review old", all: ["old.rules", "old.rules.markify.yaml"] },
  { line: "markify verify old.rules old", all: ["old.rules", "old.rules.markify.yaml"] },
  { line: "markify import old.rules old", all: ["old.rules", "old.rules.markify.yaml"] },
  { line: "markify apply --lay", all: ["--layout"] },
  { line: "markify group add --js", all: ["--json"] },
  { line: "markify apply --layout ", all: ["article", "auto", "hoisted", "shared"] },
  { line: "markify apply --layout auto old.rules.m", all: ["old.rules.markify.yaml"] },
  { line: "markify group export --format n", all: ["nft"] },
  { line: "markify completion ", some: ["bash", "fish", "zsh"], none: FILES },
  // The value of an option is no command and no argument.
  { line: "markify group add --budget 3 old.rules.m", all: ["old.rules.markify.yaml"] },
  { line: "markify group add old.rules.markify.yaml S-LAN ", none: FILES },
  { line: "markify apply --seed ", none: FILES },
  { line: "markify apply -o old.rules.m", all: ["old.rules.markify.yaml"] },
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "markify-completion-"));
  for (const name of FILES) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "backups"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).error === undefined;

async function writeScript(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runIn({}, ["completion", shell]);
  expect(code, stderr).toBe(0);
  writeFileSync(join(folder, "script"), stdout);
  return stdout;
}

for (const { name, complete } of SHELLS) {
  const mustRun = process.env.CI === "true" || name === "bash";
  describe.skipIf(!mustRun && !isThere(name))(`${name} (skipped without ${name})`, () => {
    test("reads the script", async () => {
      const script = await writeScript(name);
      const { status, stderr } = spawnSync(name, ["-n", "script"], { cwd: folder, encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(script.endsWith("\n")).toBe(true);
    });

    test.each(CASES)("$line", async ({ line, all, some, none = [] }) => {
      await writeScript(name);
      const offered = complete(folder, line);
      if (all !== undefined) expect(offered).toEqual([...all].sort());
      if (some !== undefined) expect(offered).toEqual(expect.arrayContaining([...some]));
      expect(offered.filter((word) => none.includes(word))).toEqual([]);
    });

    test("folders where a folder is wanted", async () => {
      await writeScript(name);
      const offered = complete(folder, "markify apply --state-dir b").map((word) => word.replace(/\/$/, ""));
      expect(offered).toEqual(["backups"]);
    });
  });
}

describe("bash", () => {
  const bash = SHELLS.find(({ name }) => name === "bash")!;

  test("names with blanks are one word, and the form with = is completed", async () => {
    await writeScript("bash");
    expect(bash.complete(folder, "markify review my")).toEqual(["my rules.v4"]);
    expect(bash.complete(folder, "markify apply --layout=")).toHaveLength(4);
    expect(bash.complete(folder, "markify apply --layout=h")).toEqual(["hoisted"]);
    expect(bash.complete(folder, "markify apply --log-partial R-WEB=1/min old.rules.m")).toEqual([
      "old.rules.markify.yaml",
    ]);
  });

  test("an option whose value may be missing takes a file or another option", async () => {
    await writeScript("bash");
    expect(bash.complete(folder, "markify apply --persist old.rules.m")).toEqual(["old.rules.markify.yaml"]);
    expect(bash.complete(folder, "markify apply --persist --y")).toEqual(["--yes"]);
    expect(bash.complete(folder, "markify apply -- --y")).toEqual([]);
  });
});

test("another shell is refused with those that there are", async () => {
  const { code, stderr } = await runIn({}, ["completion", "tcsh"]);
  expect(code).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
