/**
 * Commands joined by pipes, and where each of them reads and writes: redirections, here-documents.
 */
import { differs, NAME_SHELL } from "./dialect.ts";
import { expandText } from "./expand.ts";
import { forkWays } from "./fork.ts";
import {
  hole,
  holeIn,
  known,
  type Piece,
  type Pieces,
  type Stretch,
  textOf,
  type Unknown,
} from "./pieces.ts";
import { flow, type Flow, Input, type Io, type Run, success } from "./run-types.ts";
import type { Command, Pipeline, Redirect } from "./shell-tree.ts";

type RunCommand = (command: Command, io: Io) => Flow;

/** Runs a pipeline; each command of several is in a shell of its own, as in sh. */
export function pipeline({ commands, negated }: Pipeline, outer: Io, run: Run, runCommand: RunCommand): Flow {
  const io = negated ? { ...outer, tested: true, guarded: true } : outer;
  const last =
    commands.length === 1
      ? runRedirected(commands[0]!, io, run, runCommand)
      : runPiped(commands, io, run, runCommand);
  if (!negated || last.leave !== null) return last;
  const { status } = last;
  const isWell = success(status);
  return { ...last, status: typeof isWell === "boolean" ? Number(isWell) : isWell };
}

function runPiped(commands: readonly Command[], io: Io, run: Run, runCommand: RunCommand): Flow {
  const { state } = run;
  let input = io.input;
  const statuses: Flow["status"][] = [];
  for (const [index, command] of commands.entries()) {
    const isLast = index === commands.length - 1;
    const output: Piece[] | null = isLast ? io.output : [];
    const saved = state.snapshot();
    const inner = { ...io, input, output, tested: io.tested && isLast };
    const { result, ended } = state.inside(() => runRedirected(command, inner, run, runCommand));
    statuses.push(ended ?? result.leave?.status ?? result.status);
    state.restore({ ...saved, files: state.files });
    if (ended !== null) output?.push(hole({ ...ended, inline: false }, command));
    input = { current: new Input(output ?? []) };
  }
  return flow(pipeStatus(statuses, state.options.pipesFail));
}

/** The last one's status; with pipefail that of the last one that failed. */
function pipeStatus(statuses: readonly Flow["status"][], pipesFail: boolean | null): Flow["status"] {
  const last = statuses.at(-1)!;
  if (pipesFail === false) return last;
  const failed = statuses.findLast((status) => status !== 0) ?? 0;
  if (pipesFail === true || failed === last) return failed;
  return statuses.find((status) => typeof status !== "number") ?? PIPES_MAY_FAIL;
}

const PIPES_MAY_FAIL: Unknown = {
  why: "whether pipefail is set depends on a condition",
  at: { from: 0, to: 0 },
  option: null,
  inline: false,
};

function runRedirected(command: Command, outer: Io, run: Run, runCommand: RunCommand): Flow {
  if (command.redirects.length === 0) return runCommand(command, outer);
  const both = run.state.shell === "bash" ? undefined : command.redirects.find(redirectsBoth);
  const result = (io: Io): Flow => runWithStreams(command, io, run, runCommand);
  if (both === undefined) return result(outer);
  // Other shells start the command in the background, or not at all.
  const why = differs(both.operator, both);
  if (command.kind === "simple" && command.words.some(({ from }) => from > both.from))
    run.report("SCRIPT_SHELL_UNKNOWN", both, { what: both.operator, option: NAME_SHELL });
  return forkWays([result, () => flow(0)], why, outer, run);
}

/** `&> FILE` and `>& FILE`. */
function redirectsBoth({ operator, fd, target }: Redirect): boolean {
  const [part] = target.parts;
  return (
    operator === "&>" ||
    (operator === ">&" && fd === null && part?.kind === "literal" && !/^(?:\d+|-)$/u.test(part.text))
  );
}

function runWithStreams(command: Command, outer: Io, run: Run, runCommand: RunCommand): Flow {
  let io = outer;
  let target: { readonly path: Pieces; readonly append: boolean; readonly output: Piece[] } | null = null;
  for (const redirect of command.redirects) {
    const { operator, fd } = redirect;
    if (operator === "<" || operator === "<<" || operator === "<<<") {
      if (fd === null || fd === 0) io = { ...io, input: { current: readInput(redirect, run) } };
      continue;
    }
    if (operator === "<&" && (fd === null || fd === 0)) {
      io = { ...io, input: { current: new Input([hole(unknownStream(redirect), redirect)]) } };
      continue;
    }
    const path = expandText(redirect.target, run.expansion);
    const name = textOf(path);
    if (
      operator === "&>" ||
      (fd === 2 && name === "/dev/null") ||
      (fd === 2 && operator === ">&" && isDevNull(target))
    )
      io = { ...io, quiet: true };
    if (fd === 2) continue;
    if (operator === ">" || operator === ">>" || operator === "&>") {
      target = { path, append: operator === ">>", output: [] };
      io = { ...io, output: target.output };
    } else if (operator === ">&" && name === "2") io = { ...io, output: null };
  }
  const result = runCommand(command, io);
  const keepsOpen = command.kind === "simple" && isExec(command) ? true : redirectsOthers(command);
  if (target !== null) writeFile(keepsOpen ? { ...target, output: unknownText(command) } : target, run);
  // What it says to standard error comes here, too, and is not followed.
  if (target === null && mergesErrors(command)) outer.output?.push(...unknownText(command));
  return result;
}

/** `exec >FILE` sends all that follows there. */
function isExec({ words }: Command & { kind: "simple" }): boolean {
  const [part] = words[0]?.parts ?? [];
  return part?.kind === "literal" && part.text === "exec";
}

function redirectsOthers({ redirects }: Command): boolean {
  return redirects.some(({ fd, operator }) => fd !== null && fd > 2 && operator.startsWith(">"));
}

/** `{ …; } 2>&1`: of a single program the output is unknown anyway, or known to have no errors. */
function mergesErrors(command: Command): boolean {
  const merges = command.redirects.some(
    ({ fd, operator, target }) => fd === 2 && operator === ">&" && isLiteral(target, "1"),
  );
  return merges && command.kind !== "simple";
}

function isLiteral({ parts }: Redirect["target"], text: string): boolean {
  const [part] = parts;
  return parts.length === 1 && part?.kind === "literal" && part.text === text;
}

function unknownText(at: Command): Piece[] {
  return [hole(unknownStream(at), at)];
}

function unknownStream(at: Stretch): Unknown {
  return { why: "where this stream comes from or goes to is not followed", at, option: null, inline: false };
}

function isDevNull(target: { readonly path: Pieces } | null): boolean {
  return target !== null && textOf(target.path) === "/dev/null";
}

function readInput(redirect: Redirect, run: Run): Input {
  const text = expandText(redirect.target, run.expansion);
  if (redirect.operator === "<<") return new Input(text);
  if (redirect.operator === "<<<") return new Input([...text, known("\n", redirect)]);
  const found = holeIn(text);
  if (found !== null) return new Input([hole(found, redirect)]);
  const path = textOf(text);
  if (path === "/dev/null") return new Input([]);
  const file = run.readFile(path, redirect);
  if (file !== null) return new Input(file);
  const why = `the script reads ${path}, which is not at hand`;
  return new Input([
    hole({ why, at: redirect, option: "--table-dir DIR with that file in it", inline: false }, redirect),
  ]);
}

function writeFile(
  { path, append, output }: { readonly path: Pieces; readonly append: boolean; readonly output: Piece[] },
  run: Run,
): void {
  const name = textOf(path);
  if (
    holeIn(path) !== null ||
    name.startsWith("/dev/") ||
    name.startsWith("/proc/") ||
    name.startsWith("/sys/")
  )
    return;
  const { files } = run.state;
  files.set(name, append ? [...(files.get(name) ?? []), ...output] : output);
}
