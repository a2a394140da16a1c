/** Asks real shells what they would complete, with the scripts that markify prints. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A shell that completes. */
export interface Shell {
  readonly name: "bash" | "zsh" | "fish";
  /** What is offered behind a line, sorted; `folder` is where it runs and has the script as `script`. */
  readonly complete: (folder: string, line: string) => readonly string[];
}

function runShell(argv: readonly string[], folder: string, line: string): readonly string[] {
  const [name = "", ...rest] = argv;
  const env = { ...process.env, LC_ALL: "C.UTF-8", HOME: folder, LINE: line, TERM: "dumb" };
  const { stdout, stderr, status, error } = spawnSync(name, rest, {
    cwd: folder,
    encoding: "utf8",
    env,
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  if (status !== 0 || stderr !== "") throw new Error(`${name} ended with ${status}: ${stderr}`);
  return [...new Set(stdout.split("\n").filter((each) => each !== ""))].sort();
}

/** bash cuts the line at blanks and at =, as readline does. */
const BASH = String.raw`source ./script
complete -p markify >/dev/null || exit 9
eval "words=(\${LINE//=/ = })"
COMP_WORDS=("\${words[@]}")
[[ $LINE != *' ' && $LINE != *= ]] || COMP_WORDS+=('')
[[ $LINE != *= ]] || unset "COMP_WORDS[\${#COMP_WORDS[@]}-1]"
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_markify
printf '%s\n' "\${COMPREPLY[@]}"
`.replaceAll("\\${", "${");

/** A pseudo terminal with zsh in it; what compadd is given is written down rather than shown. */
const ZSH = String.raw`zmodload zsh/zpty
zpty inner zsh -f -i
inner_run() { zpty -w inner "$1"; }
inner_run "PROMPT= ; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source ./script"
inner_run 'compadd() {
  local -a found given
  if [[ \${@[(I)-[OAD]]} -gt 0 ]]; then builtin compadd "$@"; return; fi
  builtin compadd -O found "$@"
  print -rl -- $found >> ./found
  builtin compadd "$@"
}'
inner_run "bindkey '^I' complete-word; zstyle ':completion:*' list-prompt ''; LISTMAX=0"
inner_run 'print ready > ./ready'
for i in {1..1000}; do [[ -e ./ready ]] && break; sleep 0.05; done
zpty -w -n inner "$LINE"$'\t'
zpty -w -n inner $'\x15'
zpty -w inner $'\nprint done > ./done'
for i in {1..1000}; do [[ -e ./done ]] && break; sleep 0.05; done
zpty -d inner
[[ -e ./done ]] || exit 9
[[ ! -e ./found ]] || cat ./found
rm -f ./found ./ready ./done
`.replaceAll("\\${", "${");

const FISH = `source ./script; complete -C "$LINE" | string replace -r '\\t.*' ''; true`;

/** All shells that scripts are made for. */
export const SHELLS: readonly Shell[] = [
  { name: "bash", complete: (folder, line) => runShell(["bash", "--norc", "-c", BASH], folder, line) },
  {
    name: "zsh",
    complete: (folder, line) => {
      writeFileSync(join(folder, ".inner"), ZSH);
      return runShell(["zsh", "-f", "./.inner"], folder, line);
    },
  },
  { name: "fish", complete: (folder, line) => runShell(["fish", "--no-config", "-c", FISH], folder, line) },
];
