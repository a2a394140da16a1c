/**
 * The completion script for zsh (5 and later).
 */
import { type CommandUsage, listCommands, type OptionUsage, type Values } from "./describe.ts";

/** The script; ends with a line end. */
export function renderZsh(program: CommandUsage): string {
  return `#compdef markify
# Completion of markify in zsh: markify completion zsh > a folder of $fpath, as _markify

${listCommands(program).map(renderCommand).join("\n\n")}

# Read in by compinit it is the completion itself; read in by source it has to be made known.
if [[ $funcstack[1] == _markify ]]; then
  _markify "$@"
else
  compdef _markify markify
fi
`;
}

function renderCommand(command: CommandUsage): string {
  const { commands, options } = command;
  const specs = options.flatMap(renderOption);
  if (commands.length > 0) return renderParent(command, specs);
  const all = [
    ...specs,
    ...command.arguments.map(({ term, isVariadic, values }, at) =>
      quote(`${isVariadic ? "*" : at + 1}:${escapeColons(term)}:${action(values)}`),
    ),
  ];
  return `${functionOf(command.path)}() {
  _arguments -s -S ${all.length === 0 ? "" : `\\\n    ${all.join(" \\\n    ")}`}
}`;
}

/** A command with commands below it: the word that names one decides what the rest is. */
function renderParent({ path, commands }: CommandUsage, specs: readonly string[]): string {
  const all = [...specs, quote("1:command:->command"), quote("*::argument:->rest")];
  const names = commands.map(({ path: below, summary }) =>
    quote(`${escapeColons(below.at(-1)!)}:${summary}`),
  );
  const calls = commands.map(({ path: below }) => `        ${below.at(-1)}) ${functionOf(below)} ;;`);
  return `${functionOf(path)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C -s -S \\
    ${all.join(" \\\n    ")} && return
  case $state in
    command)
      local -a commands=(
        ${names.join("\n        ")}
      )
      _describe -t commands command commands
      ;;
    rest)
      case $words[1] in
${calls.join("\n")}
      esac
      ;;
  esac
}`;
}

function functionOf(path: readonly string[]): string {
  return ["_markify", ...path].join("_");
}

/** One for each form. An option with a value may be given again: which may not, the command itself says. */
function renderOption({ flags, term, values, isValueOptional, description }: OptionUsage): readonly string[] {
  const text = `[${description.replace(/[\\[\]]/g, "\\$&")}]`;
  if (values === null) return flags.map((flag) => quote(`(${flags.join(" ")})${flag}${text}`));
  const colon = isValueOptional ? "::" : ":";
  return flags.map((flag) => {
    const joined = flag.startsWith("--") ? "=" : "+";
    return quote(`*${flag}${joined}${text}${colon}${escapeColons(term)}:${action(values)}`);
  });
}

function action(values: Values): string {
  if (values.kind === "choices") return `(${values.choices.join(" ")})`;
  if (values.kind === "folders") return "_files -/";
  return values.kind === "files" ? "_files" : " ";
}

function escapeColons(text: string): string {
  return text.replaceAll(":", "\\:");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
