/** What all commands have in common: usage, help, missing files, colours, faults of our own. */
import { describe, expect, test } from "vitest";
import { runIn, systemError } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

describe("usage errors end with 2", () => {
  test.each([
    [[], "Usage: markify"],
    [["imprt", "x"], "(Did you mean import?)"],
    [["import"], "missing required argument 'files'"],
    [["import", "x", "--familly", "v4"], "(Did you mean --family?)"],
    [["import", "x", "--family", "v5"], "Allowed choices are v4, v6"],
    [["review", "x", "--json", "--markdown"], "cannot be used with option '--json'"],
    [["apply", "x", "--packets", "999"], "whole number from 1000"],
    [["apply", "x", "--seed", "-1"], "whole number from 0"],
    [["apply", "x", "--yes"], "--yes goes with --live"],
    [["apply", "x", "--confirm-after-check", "true"], "--confirm-after-check goes with --live"],
    [["verify", "a", "b", "--own-bits", "0x1ffffffff"], "32-bit mask"],
    [["verify", "a"], "missing required argument 'new'"],
  ])("%j", async (argv, words) => {
    const { code, stdout, stderr } = await runIn({}, argv);
    expect(code).toBe(2);
    if (argv.includes("--json")) expect(JSON.parse(stdout).error.message).toContain(words);
    else expect(stdout).toBe("");
    expect(stderr).toContain(words);
  });
});

test("with --json a command that stops says so in JSON", async () => {
  const { code, stdout } = await runIn({}, ["review", "no.yaml", "--json"]);
  expect([code, JSON.parse(stdout)]).toEqual([
    2,
    { version: 1, error: { exit: 2, message: "can't read no.yaml: no such file or folder" } },
  ]);
});

describe("files that can't be had end with 2", () => {
  test.each([
    ["import", ["import", "no.rules"], "no.rules"],
    ["review", ["review", "no.yaml"], "no.yaml"],
    ["apply", ["apply", "no.yaml"], "no.yaml"],
    ["verify", ["verify", "no.rules", "x"], "no.rules"],
  ])("%s", async (_, argv, path) => {
    const { code, stdout, stderr } = await runIn({ x: FLAT }, argv);
    expect([code, stdout, stderr]).toEqual([2, "", `markify: can't read ${path}: no such file or folder\n`]);
  });

  test("a plan whose input is gone", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const { "old.rules": _, ...rest } = files;
    const { code, stderr } = await runIn(rest, ["apply", "old.rules.markify.yaml"]);
    expect([code, stderr]).toEqual([2, "markify: can't read old.rules: no such file or folder\n"]);
  });

  test("a folder that can't be written", async () => {
    const writeFiles = async () => {
      throw systemError("EACCES");
    };
    const { code, stderr } = await runIn({ x: FLAT }, ["import", "x"], { writeFiles });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("can't write x.markify.yaml: permission denied"),
    ]);
  });
});

describe("help and version", () => {
  test("the help starts with three examples and ends with the exit codes", async () => {
    const { code, stdout } = await runIn({}, ["--help"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("Examples:");
    expect(lines.slice(1, 4).every((line) => line.includes("markify "))).toBe(true);
    expect(lines[4]).toBe("");
    for (const number of [0, 1, 2, 3, 4, 5, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${number} `, "m"));
  });

  test.each(["import", "review", "apply", "verify", "explain"])("%s --help has examples", async (command) => {
    const { code, stdout } = await runIn({}, [command, "--help"]);
    expect(code).toBe(0);
    expect(stdout.slice(stdout.indexOf("Examples:"))).toContain(`markify ${command} `);
    expect(stdout).toContain("--json");
  });

  test("--version is the package's", async () => {
    expect(await runIn({}, ["--version"])).toMatchObject({ code: 0, stdout: "1.2.3\n" });
  });
});

describe("a fault of our own", () => {
  const runShards = async () => {
    throw new Error("worker died");
  };
  const other = FLAT.replace("ACCEPT\n-A INPUT", "DROP\n-A INPUT");

  test("ends with 3, the stack in a file that stderr names", async () => {
    let kept = "";
    const keepCrash = async (account: string) => {
      kept = account;
      return "/tmp/stack.txt";
    };
    const argv = ["verify", "a", "b"];
    const { code, stdout, stderr } = await runIn({ a: FLAT, b: other }, argv, { runShards, keepCrash });
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("worker died");
    expect(stderr).toContain("/tmp/stack.txt");
    expect(kept).toMatch(/^markify 1\.2\.3\nError: worker died\n {4}at /);
  });

  test("is told on stderr where no file can be kept", async () => {
    const keepCrash = async () => {
      throw systemError("ENOSPC");
    };
    const { code, stderr } = await runIn({ a: FLAT, b: other }, ["verify", "a", "b"], {
      runShards,
      keepCrash,
    });
    expect(code).toBe(3);
    expect(stderr).toContain("    at ");
  });
});

describe("looks", () => {
  const argv = ["import", "x"];
  const terminal = { stdoutIsTerminal: true, stderrIsTerminal: true, columns: 60 };

  test("colours on a terminal, none in a pipe, with NO_COLOR, or told so", async () => {
    const colour = "\u001b[";
    expect((await runIn({ x: FLAT }, argv, terminal)).stdout).toContain(colour);
    expect((await runIn({ x: FLAT }, argv)).stdout).not.toContain(colour);
    expect((await runIn({ x: FLAT }, argv, { ...terminal, env: { NO_COLOR: "1" } })).stdout).not.toContain(
      escape,
    );
    expect((await runIn({ x: FLAT }, [...argv, "--color", "never"], terminal)).stdout).not.toContain(colour);
    expect((await runIn({ x: FLAT }, [...argv, "--color", "always"])).stdout).toContain(colour);
  });

  test("fits the width, and is ASCII where the locale has nothing else", async () => {
    const { stdout } = await runIn({ x: FLAT }, [...argv, "--color", "never"], {
      ...terminal,
      env: { LC_ALL: "C" },
    });
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(stdout).toMatch(/^[\n -~]*$/);
  });

  test("messages keep to ASCII, too", async () => {
    const text = FLAT.replace(
      "-A INPUT -i lo",
      `-A INPUT -i lo --sorce 1 -m comment --comment ${"x".repeat(200)}`,
    );
    const { stderr } = await runIn({ x: text }, [...argv, "--color", "never"], {
      ...terminal,
      env: { LANG: "C" },
    });
    expect(stderr).toContain("...");
    expect(stderr).toMatch(/^[\n -~]*$/);
  });

  test("progress shows on a terminal only, after a second, and is wiped away", async () => {
    let clock = 0;
    const now = () => (clock += 400);
    const other = FLAT.replace("ACCEPT\n-A INPUT", "DROP\n-A INPUT");
    const verify = ["verify", "a", "b", "--packets", "9000", "--seed", "3"];
    const same = `${FLAT}# a comment\n`.replace(
      "-A INPUT -i lo -j ACCEPT",
      "-A INPUT -i lo -j ACCEPT\n-A INPUT -i lo -j ACCEPT",
    );
    const shown = await runIn({ a: FLAT, b: same }, verify, { ...terminal, now });
    expect(shown.stderr).toMatch(/\rchecking \d+ %/);
    expect(shown.stderr.slice(shown.stderr.lastIndexOf(" %"))).toContain("\r\u001b[K");
    expect((await runIn({ a: FLAT, b: other }, verify, { now })).stderr).not.toContain("\r");
    expect(shown.stderr).not.toContain("reading");
    const large = FLAT.replace("COMMIT", `${"# a comment\n".repeat(10_000)}COMMIT`);
    const read = await runIn({ a: large, b: large }, verify, { ...terminal, now });
    expect(read.stderr).toMatch(/\rreading rules \d+ %/);
  });
});
