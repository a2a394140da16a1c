/**
 * Sets up the run of a script: its arguments, the files that are at hand, and what is reported when it isn't a script after all.
 */
import { locate, type SourceFile } from "../text/source.ts";
import { shellOf } from "./dialect.ts";
import type { Firewalls } from "./iptables-commands.ts";
import { hole, known, type Pieces, type Stretch, type Unknown, type Value } from "./pieces.ts";
import { baseName } from "./programs.ts";
import { Input, type Run, success } from "./run-types.ts";
import { Runner } from "./runner.ts";
import type { AndOr } from "./shell-tree.ts";
import { setOption } from "./shell-options.ts";
import { ShellState } from "./shell-state.ts";
import { ShellSyntaxError } from "./shell-text.ts";
import { simpleCommands } from "./simple-commands.ts";

type Report = Run["report"];

interface Given {
  readonly defines: ReadonlyMap<string, string>;
  readonly tables: ReadonlyMap<string, SourceFile>;
}

/** Walks over the script; what it does to rules is in `firewalls` afterwards. */
export function runScript(
  file: SourceFile,
  { defines, tables }: Given,
  firewalls: Firewalls,
  report: Report,
): void {
  const shebang = /^#!([^\n]*)/u.exec(file.text)?.[1] ?? "";
  const whole = { from: 0, to: Math.max(shebang.length, 0) };
  const state = setUpShell(shebang, whole, defines, scriptArguments(file, defines, report), report);
  const readFile = fileReader(state, tables, firewalls);
  const hasFile = (path: string): boolean => state.files.has(path) || tables.has(baseName(path));
  const at = { from: 0, to: 0 };
  const typed = hole(
    { why: "what is typed in is known only when the script runs", at, option: null, inline: false },
    at,
  );
  const input = { current: new Input([typed]) };
  const runner = new Runner({
    state,
    input,
    report,
    readFile,
    hasFile,
    simple: simpleCommands(firewalls),
  });
  const io = { input, output: null, quiet: false, tested: false, guarded: false };
  const list: AndOr[] = [];
  try {
    runner.parse(file.text, null, list);
  } catch (error) {
    reportFailure(error, whole, report);
  }
  // A shell runs what stands before a place that it can't read, too.
  try {
    const { leave } = runner.runList(list, io);
    if (leave !== null && success(leave.status) === false)
      report("SCRIPT_ENDS_IN_ERROR", leave, {
        status: typeof leave.status === "number" ? leave.status : "not 0",
      });
    // OpenWRT's rc.common calls the function that its argument names.
    if (/\brc\.common\b/u.test(shebang) && state.functions.has("start")) runner.runText("start", whole, io);
  } catch (error) {
    reportFailure(error, whole, report);
  }
  reportAmbiguous(file, state, report);
  for (const name of defines.keys()) {
    if (!state.usedDefines.has(name) && name !== "1") report("SCRIPT_DEFINE_UNUSED", whole, { name });
  }
}

/** Reads the files that the script has written, that the kernel would show, and that the user gives. */
function fileReader(
  state: ShellState,
  tables: Given["tables"],
  firewalls: Firewalls,
): (path: string, at: Stretch) => Pieces | null {
  return (path, at) => {
    const written = state.files.get(path);
    if (written !== undefined) return written;
    const names = /^\/proc\/net\/(ip6?)_tables_names$/u.exec(path)?.[1];
    if (names !== undefined) return firewalls.listTables(names === "ip6" ? "v6" : "v4", at);
    const given = tables.get(baseName(path));
    return given === undefined ? null : [known(given.text.replaceAll("\r\n", "\n"), at)];
  };
}

/** The shell that the first line names, with the options there. */
function setUpShell(
  shebang: string,
  at: Stretch,
  defines: Given["defines"],
  args: readonly Value[] | Unknown,
  report: Report,
): ShellState {
  const shell = shellOf(shebang);
  if (shell === null) report("SCRIPT_SHELL_UNREAD", at, { shell: shebang.trim() });
  const state = new ShellState(shell ?? "sh", defines, args);
  for (const letter of /sh\s+-(\w*)/u.exec(shebang)?.[1] ?? "") {
    if (!setOption(letter, true, at, state)) report("SCRIPT_COMMAND_UNSEEN", at, { command: `-${letter}` });
  }
  return state;
}

/** What is nested too deep for this program's own stack is an error of the script, as bad syntax is; all else is one of the program. */
function reportFailure(error: unknown, whole: Stretch, report: Report): void {
  if (error instanceof ShellSyntaxError) report("SCRIPT_SYNTAX", error.at, { what: error.message });
  else if (error instanceof RangeError) report("SCRIPT_TOO_LONG", whole, { what: "can be nested" });
  else throw error;
}

/** One value for several unknown ones is right only where they come of the same command. */
function reportAmbiguous(file: SourceFile, { fills }: ShellState, report: Report): void {
  const first = new Map<string, Stretch>();
  const textAt = ({ from, to }: Stretch): string => file.text.slice(from, to);
  for (const { name, unknown } of fills) {
    const known = first.get(name) ?? unknown.at;
    first.set(name, known);
    if (textAt(known) === textAt(unknown.at)) continue;
    report("SCRIPT_DEFINE_AMBIGUOUS", unknown.at, {
      name,
      first: textAt(known),
      line: locate(file, known.from).line,
      second: textAt(unknown.at),
    });
  }
}

/** The arguments that the user gives; else `start` for a script with a case of that name, as init scripts and fwbuilder's have. */
function scriptArguments(
  file: SourceFile,
  defines: ReadonlyMap<string, string>,
  report: Report,
): readonly Value[] | Unknown {
  const given = defines.get("1");
  if (given !== undefined) return given === "" ? [] : [[given]];
  const found = /^[ \t(]*(?:[\w|" ]*\|)?["']?start["']?(?:\|[\w|" ]*)?\)/mu.exec(file.text);
  if (found === null) {
    const at = { from: 0, to: 0 };
    return { why: "the script's arguments are not known", at, option: "--define 1=ARGUMENT", inline: false };
  }
  report("SCRIPT_ARGUMENT_ASSUMED", { from: found.index, to: found.index + found[0].length });
  return [["start"]];
}
