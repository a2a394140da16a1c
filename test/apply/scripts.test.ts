/** The scripts as texts: every shell that is here reads them, and shellcheck finds nothing in them. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readScripts } from "../../src/apply/system-scripts.ts";

const FILES = ["restore.sh", "watchdog.sh"].map((name) =>
  fileURLToPath(new URL(`../../src/apply/scripts/${name}`, import.meta.url)),
);

const isHere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe("the scripts of an apply", () => {
  for (const [shell = "", ...words] of [
    ["sh"],
    ["dash"],
    ["bash", "--posix"],
    ["busybox", "sh"],
    ["zsh"],
    ["ksh"],
  ])
    test.skipIf(!isHere(shell)).each(FILES)(`${[shell, ...words].join(" ")} reads %s`, (file) => {
      const { status, stderr } = spawnSync(shell, [...words, "-n", file], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    });

  // awk's programs are meant in single quotes (2016), functions are called by name (2317), `vars` is not there yet (1091), and `a && b || c` is meant (2015).
  test.skipIf(!isHere("shellcheck")).each(FILES)("shellcheck finds nothing in %s", (file) => {
    const run = spawnSync("shellcheck", ["-s", "sh", "-e", "SC2016,SC2317,SC1091,SC2015", file], {
      encoding: "utf8",
    });
    expect(run.stdout).toBe("");
  });

  test("are found from the sources", async () => {
    const scripts = await readScripts();
    for (const script of Object.values(scripts))
      expect(new TextDecoder().decode(script)).toMatch(/^#!\/bin\/sh\n/);
  });
});
