/**
 * What the command line takes, as plain data read from commander's own definitions: completion scripts and the man page are made from it, so there is no second list.
 */
import type { Argument, Command, Option } from "commander";
import { InternalError } from "../../text/internal-error.ts";

/** What can stand in the place of a value. */
export type Values =
  | { readonly kind: "files" | "folders" | "text" }
  | { readonly kind: "choices"; readonly choices: readonly string[] };

/** An argument of a command. */
export interface ArgumentUsage {
  /** As the help has it: `<files...>`, `[id]`. */
  readonly term: string;
  readonly description: string;
  readonly isVariadic: boolean;
  readonly values: Values;
}

/** An option of a command. */
export interface OptionUsage {
  /** The short form first, where there is one. */
  readonly flags: readonly string[];
  /** As the help has it: `<file>`, `[file]`; empty where it takes no value. */
  readonly term: string;
  readonly description: string;
  /** Null where it takes no value. */
  readonly values: Values | null;
  readonly isValueOptional: boolean;
}

/** A command, and those below it. */
export interface CommandUsage {
  /** Words after `markify`: none for the program itself, `group`, `add`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** A sentence. */
  readonly description: string;
  readonly arguments: readonly ArgumentUsage[];
  readonly options: readonly OptionUsage[];
  readonly commands: readonly CommandUsage[];
  /** What stands above and below the rest in its help. */
  readonly before: string;
  readonly after: string;
}

/** What the names of values mean; a name that is not here is one that nobody decided about (test/cli/usage/describe.test.ts). */
const NAMED_VALUES: Readonly<Record<string, Values["kind"]>> = {
  ...Object.fromEntries(
    ["file", "files", "plan", "old", "new", "fwb", "log", "logs", "fragment"].map((name) => [name, "files"]),
  ),
  folder: "folders",
  ...Object.fromEntries(
    [
      ...[
        "address",
        "names",
        "command",
        "flags",
        "format",
        "group",
        "groups",
        "hook",
        "id",
        "list",
        "mark",
        "mask",
      ],
      ...["members", "n", "name", "name=value", "number", "pattern", "port", "protocol", "rule[=rate]"],
      ...["seconds", "share", "state", "table", "text=true", "type[/code]", "where"],
    ].map((name) => [name, "text"]),
  ),
};

/** Describes a command with all below it. */
export function describeCommand(command: Command, path: readonly string[] = []): CommandUsage {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const names = commands.map((each) => each.name());
  return {
    path,
    summary: command.summary(),
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => describeArgument(argument, [])),
    options: help.visibleOptions(command).map(describeOption),
    // commander makes the command that shows help when it is asked for it; it has nothing of its own.
    commands: commands.map((each) =>
      each.name() === "help"
        ? describeHelp(each, [...path, "help"], names)
        : describeCommand(each, [...path, each.name()]),
    ),
    ...readTexts(command),
  };
}

function describeHelp(command: Command, path: readonly string[], names: readonly string[]): CommandUsage {
  return {
    path,
    summary: command.summary() || command.description(),
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => describeArgument(argument, names)),
    options: [],
    commands: [],
    before: "",
    after: "",
  };
}

function describeArgument(argument: Argument, commands: readonly string[]): ArgumentUsage {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  const choices = commands.length > 0 ? commands : argument.argChoices;
  return {
    term: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    isVariadic: argument.variadic,
    values: valuesOf(argument.name(), choices),
  };
}

function describeOption(option: Option): OptionUsage {
  const { short, long, description } = option;
  const takesValue = option.required || option.optional;
  const term = takesValue ? option.flags.slice(option.flags.search(/[<[]/)) : "";
  return {
    flags: [short, long].flatMap((flag) => flag ?? []),
    term,
    description,
    values: takesValue ? valuesOf(term.slice(1, -1), option.argChoices) : null,
    isValueOptional: option.optional,
  };
}

function valuesOf(name: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { kind: "choices", choices };
  const kind = NAMED_VALUES[name];
  if (kind === undefined || kind === "choices")
    throw new InternalError(`nobody said what completes <${name}>`);
  return { kind };
}

/** The texts around the help of a command: commander tells them only when it prints all of it. */
function readTexts(command: Command): Pick<CommandUsage, "before" | "after"> {
  const usual = command.configureOutput();
  let all = "";
  command.configureOutput({
    writeOut: (text) => {
      all += text;
    },
  });
  command.outputHelp();
  command.configureOutput(usual);
  const [before = "", after = ""] = all.split(command.helpInformation());
  return { before: before.trim(), after: after.trim() };
}

/** A command and all below it, each before those below. */
export function listCommands(command: CommandUsage): readonly CommandUsage[] {
  return [command, ...command.commands.flatMap(listCommands)];
}

/** Names that stand for a command on the command line: `group add`; empty for the program. */
export function nameOf({ path }: CommandUsage): string {
  return path.join(" ");
}
