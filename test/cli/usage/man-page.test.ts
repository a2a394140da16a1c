/** The manual page is what the definitions of the commands say, and roff that groff and mandoc take without a warning. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EXIT } from "../../../src/cli/exit-codes.ts";
import { describeCommand, listCommands } from "../../../src/cli/usage/describe.ts";
import { renderManPage } from "../../../src/cli/usage/man-page.ts";
import { makeTestProgram } from "./program.ts";

const PATH = fileURLToPath(new URL("../../../man/markify.1", import.meta.url));
const PACKAGE: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
);
const USAGE = describeCommand(makeTestProgram(undefined, PACKAGE.version));
const PAGE = renderManPage(USAGE, PACKAGE.version);

test("man/markify.1 is up to date: node scripts/man-page.mjs", () => {
  expect(readFileSync(PATH, "utf8")).toBe(PAGE);
});

test("it has the sections that a manual page has, and one for each command", () => {
  const sections = PAGE.split("\n").flatMap((line) => /^\.SH (.*)$/.exec(line)?.[1] ?? []);
  expect(sections).toEqual([
    ...["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXAMPLES", "EXIT STATUS", "FILES", "SEE ALSO"],
  ]);
  const commands = listCommands(USAGE).filter(({ path }) => path.length > 0 && path.at(-1) !== "help");
  expect(PAGE.match(/^\.SS /gm)).toHaveLength(commands.length);
  expect(PAGE).toContain(".SS group add\n");
});

test("every exit code is in it", () => {
  const status = PAGE.slice(PAGE.indexOf(".SH EXIT STATUS"), PAGE.indexOf(".SH FILES"));
  expect(status.match(/^\\fB\d+\\fR$/gm)).toEqual(Object.values(EXIT).map((code) => `\\fB${code}\\fR`));
});

test("examples are those of the help, as they are typed", () => {
  expect(PAGE).toContain("markify review old.rules.markify.yaml \\-\\-why S\\-192\\-168");
  expect(PAGE).toContain("markify import old.rules \\-\\-keep\\-chain \\(aqvpn\\-*\\(aq");
});

const has = (name: string) => spawnSync(name, ["--version"]).error === undefined;
const mustHave = process.env.CI === "true";

for (const [name, argv] of [
  ["groff", ["-ww", "-man", "-Tutf8"]],
  ["mandoc", ["-T", "lint", "-W", "warning"]],
] as const) {
  test.skipIf(!mustHave && !has(name))(`${name} reads it without a warning (skipped without ${name})`, () => {
    const { stdout, stderr, status } = spawnSync(name, [...argv, PATH], { encoding: "utf8" });
    expect(stderr).toBe("");
    if (name === "groff") expect(stdout).toContain("Examples:");
    // An empty date is on purpose: the page would change with every day otherwise.
    else
      expect(stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
    if (name === "groff") expect(status).toBe(0);
  });
}
