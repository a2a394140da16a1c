/** What is read from commander's definitions, and that nothing of them is missing there. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { describeCommand, listCommands, nameOf } from "../../../src/cli/usage/describe.ts";
import { makeTestProgram } from "./program.ts";

const PROGRAM = makeTestProgram();
const USAGE = describeCommand(PROGRAM);

function walk(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(walk)];
}

test("every command, option and argument of the program is there", () => {
  const described = listCommands(USAGE).filter(({ path }) => path.at(-1) !== "help");
  const all = walk(PROGRAM);
  expect(described.map(({ path }) => path.at(-1) ?? "markify")).toEqual(all.map((each) => each.name()));
  for (const [at, command] of all.entries()) {
    const flags = described[at]!.options.flatMap((option) => option.flags);
    expect(flags).toEqual(expect.arrayContaining(command.options.map(({ long }) => long)));
    expect(flags).toContain("--help");
    expect(described[at]!.arguments).toHaveLength(command.registeredArguments.length);
  }
});

test("values: files, folders, choices, and what only a person knows", () => {
  const find = (name: string) => listCommands(USAGE).find((command) => nameOf(command) === name)!;
  const valuesOf = (name: string, flag: string) =>
    find(name).options.find(({ flags }) => flags.includes(flag))?.values;
  expect(valuesOf("apply", "-o")).toEqual({ kind: "files" });
  expect(valuesOf("apply", "--state-dir")).toEqual({ kind: "folders" });
  expect(valuesOf("apply", "--layout")).toEqual({
    kind: "choices",
    choices: ["article", "shared", "hoisted", "auto"],
  });
  expect(valuesOf("apply", "--seed")).toEqual({ kind: "text" });
  expect(valuesOf("apply", "--yes")).toBeNull();
  expect(find("apply").options.find(({ flags }) => flags.includes("--persist"))).toMatchObject({
    term: "[file]",
    isValueOptional: true,
  });
  expect(find("group add").arguments.map(({ term, values }) => [term, values.kind])).toEqual([
    ["<plan>", "files"],
    ["<group>", "text"],
    ["<members...>", "text"],
  ]);
  expect(find("help").arguments[0]?.values).toMatchObject({ kind: "choices" });
});

test("texts around the help are read, and the help is what it was before", () => {
  expect(USAGE.before).toContain("markify apply old.rules.markify.yaml -o new.rules");
  expect(USAGE.after).toContain("130  interrupted");
  const group = listCommands(USAGE).find((command) => nameOf(command) === "group add")!;
  expect(group.after).toContain("The policy changes");
  let help = "";
  const program = makeTestProgram((text) => {
    help += text;
  });
  describeCommand(program);
  expect(help).toBe("");
  program.outputHelp();
  expect(help).toContain("Usage: markify");
});

test("a value that nobody decided about is a fault, not a guess", () => {
  const program = makeTestProgram();
  program.command("new").option("--thing <unheard-of>", "something");
  expect(() => describeCommand(program)).toThrow("nobody said what completes <unheard-of>");
});
