/**
 * The completion script for fish (3.0 and later).
 */
import { type CommandUsage, listCommands, nameOf, type OptionUsage, type Values } from "./describe.ts";

/** The script; ends with a line end. */
export function renderFish(program: CommandUsage): string {
  const all = listCommands(program);
  const paths = all.filter(({ path }) => path.length > 0).map(beforeAndLast);
  const taking = all.flatMap((command) =>
    command.options
      .filter(({ values, isValueOptional }) => values !== null && !isValueOptional)
      .flatMap(({ flags }) => flags.map((flag) => `${nameOf(command)} ${flag}`)),
  );
  return `# Completion of markify in fish: markify completion fish > ~/.config/fish/completions/markify.fish

# Whether the cursor is in a command, at an argument from a place (0 is the first) up to another one.
function __markify_at
    set -l command ''
    set -l place 0
    set -l state words
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $state = value
            set state words
        else if test $state = ended
            set place (math $place + 1)
        else if test "$word" = --
            set state ended
        else if string match -q -- '-*' "$word"
            contains -- "$command $word" ${taking.map(quote).join(" ")}; and set state value
        else if contains -- "$command $word" ${paths.map(quote).join(" ")}
            set command (string trim -- "$command $word")
        else
            set place (math $place + 1)
        end
    end
    test "$command" = "$argv[1]"; or return 1
    set -q argv[2]; or return 0
    test $place -ge $argv[2]; or return 1
    set -q argv[3]; or return 0
    test $place -le $argv[3]
end

complete -c markify -f
${all.flatMap(renderCommand).join("\n")}
`;
}

/** A command as it is met word by word: `" group"`, `"group add"`. */
function beforeAndLast({ path }: CommandUsage): string {
  return `${path.slice(0, -1).join(" ")} ${path.at(-1)}`;
}

function renderCommand(command: CommandUsage): readonly string[] {
  const at = quote(nameOf(command));
  const condition = (...rest: readonly number[]) => quote(["__markify_at", at, ...rest].join(" "));
  return [
    ...command.commands.map(
      ({ path, summary }) =>
        `complete -c markify -n ${condition(0, 0)} -a ${quote(path.at(-1)!)} -d ${quote(summary)}`,
    ),
    ...command.options.map((option) => `complete -c markify -n ${condition()}${renderOption(option)}`),
    ...command.arguments.flatMap(({ isVariadic, values }, place) => {
      const where = isVariadic ? condition(place) : condition(place, place);
      return renderValues(values).map((what) => `complete -c markify -n ${where} ${what}`);
    }),
  ];
}

function renderOption({ flags, values, isValueOptional, description }: OptionUsage): string {
  const names = flags.map((flag) =>
    flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
  );
  // Of files only what is asked for: -x is -r without files.
  const isPath = values?.kind === "files";
  const needs = values === null || isValueOptional ? "" : isPath ? " -r" : " -x";
  const value =
    values === null
      ? ""
      : renderValues(values)
          .map((text) => ` ${text}`)
          .join("");
  return `${names.join("")}${needs}${value} -d ${quote(description)}`;
}

/** What is offered; nothing for what only a person knows. */
function renderValues(values: Values): readonly string[] {
  if (values.kind === "choices") return [`-a ${quote(values.choices.join(" "))}`];
  if (values.kind === "folders") return ["-a '(__fish_complete_directories)'"];
  return values.kind === "files" ? ["-F"] : [];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
