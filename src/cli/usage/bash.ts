/**
 * The completion script for bash (3.2 and later; without the package bash-completion, too).
 */
import { type CommandUsage, listCommands, nameOf, type OptionUsage, type Values } from "./describe.ts";

/** The script; ends with a line end. */
export function renderBash(program: CommandUsage): string {
  const all = listCommands(program);
  return `# Completion of markify in bash: markify completion bash > ~/.local/share/bash-completion/completions/markify

# What a command takes: options, commands below it, the values of its arguments, and of all that come after them.
_markify_command() {
  options= commands= arguments=() others=
  case $1 in
${all.map(renderCommand).join("\n")}
  esac
}

# What an option of a command takes; nothing where it takes no value.
_markify_value() {
  case "$1 $2" in
${all.flatMap(renderOptions).join("\n")}
    *) values= ;;
  esac
}

${WALK}`;
}

/** Walks the words before the cursor, then offers what can come next. */
const WALK = String.raw`_markify_reply() {
  local found
  while IFS= read -r found; do COMPREPLY+=("$found"); done < <("$@")
}

_markify() {
  local IFS=$' \t\n' command= options= commands= others= values= word cur=\${COMP_WORDS[COMP_CWORD]}
  local -a arguments
  local -i at place=0 ended=0
  COMPREPLY=()
  _markify_command ''
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == = ]]; then
      # bash cuts words at =: what follows is the value of an option, or the rest of another word.
      [[ -n $values ]] || at+=1
    elif [[ -n $values && ($values != optional* || $word != -*) ]]; then
      values=
    elif ((ended)); then
      place+=1
    elif [[ $word == -- ]]; then
      values= ended=1
    elif [[ $word == -* ]]; then
      _markify_value "$command" "$word"
    elif [[ -n $commands && " $commands " == *" $word "* ]]; then
      command=\${command:+$command }$word
      _markify_command "$command"
    else
      place+=1
    fi
  done
  [[ $cur != = ]] || cur=
  if [[ $cur == -* && $ended == 0 && (-z $values || $values == optional*) ]]; then
    values="choices $options"
  elif [[ -z $values && -n $commands && $place == 0 ]]; then
    values="choices $commands"
  elif [[ -z $values ]]; then
    values=\${arguments[place]:-$others}
  fi
  values=\${values#optional }
  case $values in
    files)
      compopt -o filenames 2>/dev/null
      _markify_reply compgen -f -- "$cur"
      ;;
    folders)
      compopt -o filenames 2>/dev/null
      _markify_reply compgen -d -- "$cur"
      ;;
    choices*) _markify_reply compgen -W "\${values#choices}" -- "$cur" ;;
  esac
}

complete -F _markify markify
`.replaceAll("\\${", "${");

function renderCommand(command: CommandUsage): string {
  const repeated = command.arguments.find(({ isVariadic }) => isVariadic);
  const single = command.arguments.filter(({ isVariadic }) => !isVariadic);
  const parts = [
    ["options", quote(command.options.flatMap(({ flags }) => flags).join(" "))],
    ["commands", quote(command.commands.map(({ path }) => path.at(-1)!).join(" "))],
    ["arguments", `(${single.map(({ values }) => quote(valuesWord(values))).join(" ")})`],
    ["others", repeated === undefined ? "" : quote(valuesWord(repeated.values))],
  ].filter(([, value]) => value !== "" && value !== "''" && value !== "()");
  const assigned = parts.map(([name, value]) => `${name}=${value}`).join(" ");
  return `    ${quote(nameOf(command))}) ${assigned === "" ? ":" : assigned} ;;`;
}

function renderOptions(command: CommandUsage): readonly string[] {
  const render = ({ flags, values, isValueOptional }: OptionUsage): readonly string[] => {
    if (values === null) return [];
    const patterns = flags.map((flag) => quote(`${nameOf(command)} ${flag}`)).join(" | ");
    return [
      `    ${patterns}) values=${quote(`${isValueOptional ? "optional " : ""}${valuesWord(values)}`)} ;;`,
    ];
  };
  return command.options.flatMap(render);
}

function valuesWord(values: Values): string {
  return values.kind === "choices" ? `choices ${values.choices.join(" ")}` : values.kind;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
