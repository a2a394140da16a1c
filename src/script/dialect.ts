/**
 * Which shells a script is for. `#!/bin/sh` may be bash, dash or another one: what they read differently is refused there, and read as the one shell does where the first line
 * names it.
 */
import type { Stretch, Unknown } from "./pieces.ts";

/** `sh`: any shell that reads the language of POSIX. */
export type Shell = "bash" | "dash" | "sh";

/** The shell of a script by its first line without `#!`; null for one whose language is another. */
export function shellOf(shebang: string): Shell | null {
  if (/\bbash\b/u.test(shebang)) return shebang.includes("--posix") ? "sh" : "bash";
  if (/\bdash\b/u.test(shebang)) return "dash";
  return /\b(?:[ckz]|mk|tc|fi|pdk)sh\d*\b/u.test(shebang) ? null : "sh";
}

/** Something that bash reads in its own way. */
export interface Difference {
  readonly what: string;
  readonly at: Stretch;
}

/** The shell of one text, and what was met in it that the shells of `sh` disagree about so far that some of them don't read it at all. */
export class Dialect {
  readonly shell: Shell;
  readonly differences: Difference[] = [];

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** Whether syntax that only bash has is read; where the shell isn't known, that is noted as something to refuse. */
  allows(what: string, at: Stretch): boolean {
    if (this.shell === "sh") this.differences.push({ what, at });
    return this.shell !== "dash";
  }
}

/** What settles which shell it is. */
export const NAME_SHELL = "#!/bin/bash as the script's first line, if bash runs it";

/** Something that depends on which shell runs the script. */
export function differs(what: string, at: Stretch): Unknown {
  const why = `${what} is not the same in bash and in other shells, and this script is for any`;
  return { why, at, option: NAME_SHELL, inline: false };
}

/** Commands that bash has built in and dash has not. */
export const BASH_COMMANDS: ReadonlySet<string> = new Set([
  "[[",
  "builtin",
  "declare",
  "enable",
  "let",
  "mapfile",
  "popd",
  "pushd",
  "readarray",
  "shopt",
  "source",
  "typeset",
]);
