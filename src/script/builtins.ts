/**
 * The shell's own commands, as far as they decide about what follows.
 */
import { evaluateTest, type Operand } from "./conditions.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { expandPattern, expandText, splitFields } from "./expand.ts";
import { hole, holeIn, known, type Pieces, type Stretch, textOf, toValue, type Unknown } from "./pieces.ts";
import { flow, type Flow, holeAmong, Input, type Io, type Leave, type Run } from "./run-types.ts";
import { optionFor } from "./shell-state.ts";
import type { Word } from "./shell-tree.ts";
import { echoOutput, printfOutput, unknownOutput } from "./text-commands.ts";

/** What a command is called with. */
export interface BuiltinCall {
  readonly args: readonly Pieces[];
  readonly at: Stretch;
  /** Of `[[ ]]`. */
  readonly words: readonly Word[] | null;
}

type Builtin = (call: BuiltinCall, io: Io, run: Run) => Flow;

/** By name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", () => flow(0)],
  ["true", () => flow(0)],
  ["false", () => flow(1)],
  ["echo", ({ args, at }, io) => print(echoOutput(args, at), io)],
  ["printf", runPrintf],
  [
    "test",
    ({ args, at }, _io, run) =>
      test(
        args.map((pieces) => ({ pieces })),
        at,
        run,
      ),
  ],
  [
    "[",
    ({ args, at }, _io, run) =>
      test(
        args.slice(0, -1).map((pieces) => ({ pieces })),
        at,
        run,
      ),
  ],
  ["[[", testWords],
  ["expr", evaluateExpr],
  ["exit", (call, _io, run) => leave("exit", call, run)],
  ["return", (call, _io, run) => leave("return", call, run)],
  ["break", (call, _io, run) => leave("break", call, run)],
  ["continue", (call, _io, run) => leave("continue", call, run)],
  ["set", setArguments],
  ["shift", shiftArguments],
  ["unset", unsetVariables],
  ["read", readVariables],
  ["eval", evaluateText],
  [".", sourceFile],
  ["source", sourceFile],
  ["trap", runTrap],
  ["let", assignUnknown],
  ["mapfile", assignUnknown],
  ["readarray", assignUnknown],
  ["getopts", assignUnknown],
]);

function print(pieces: Pieces, { output }: Io): Flow {
  output?.push(...pieces);
  return flow(0);
}

function runPrintf({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const unknown = unknownOutput("printf", at);
  if (textOf(args[0] ?? []) === "-v") {
    run.state.set(textOf(args[1] ?? []), [unknown]);
    return flow(0);
  }
  return print(printfOutput(args, at) ?? [hole(unknown, at)], io);
}

function test(operands: readonly Operand[], at: Stretch, run: Run): Flow {
  return flow(evaluateTest(operands, at, (path) => run.hasFile(path)));
}

function testWords({ words, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const operands = (words ?? []).slice(1, -1).map((word): Operand => {
    return { pieces: expandText(word, run.expansion), pattern: expandPattern(word, run.expansion) };
  });
  return test(operands, at, run);
}

function evaluateExpr({ args, at }: BuiltinCall, io: Io): Flow {
  const value = holeAmong(args) === null ? evaluateArithmetic(args.map(textOf).join(" "), () => null) : null;
  if (value === null) {
    const unknown = holeAmong(args) ?? unknownOutput("expr", at);
    io.output?.push(hole(unknown, at));
    return flow(unknown);
  }
  io.output?.push(known(`${value}\n`, at));
  return flow(value !== 0);
}

function leave(kind: Leave["kind"], { args, at }: BuiltinCall, run: Run): Flow {
  const [first] = args;
  const [last] = run.expansion.lastStatus(at);
  const unknown = first === undefined ? (last?.unknown ?? null) : holeIn(first);
  const number = Number(first === undefined ? last?.text : textOf(first));
  const isLoop = kind === "break" || kind === "continue";
  const status = isLoop ? 0 : (unknown ?? (Number.isInteger(number) ? number : 2));
  const levels = isLoop && first !== undefined && number > 0 ? number : 1;
  return { status, leave: { kind, levels, status, from: at.from, to: at.to } };
}

/** `set -- a b`, `set $LINE`; `set -e` and its kind change nothing that is followed here. */
function setArguments({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const [first] = args;
  if (first === undefined) return print([hole(unknownOutput("set", at), at)], io);
  const unknown = holeAmong(args);
  if (unknown !== null) {
    run.state.args = unknown;
    return flow(0);
  }
  const texts = args.map(textOf);
  let index = 0;
  while (/^[-+][A-Za-z]/u.test(texts[index] ?? "")) {
    const option = texts[index]!;
    const named = option.endsWith("o") ? texts[index + 1] : undefined;
    if (/e/u.test(option) || named === "errexit") run.state.endsOnError = option.startsWith("-");
    if (named === "pipefail") run.state.pipesFail = option.startsWith("-");
    if (/^-[A-Za-z]*n/u.test(option) || named === "noexec")
      run.report("SCRIPT_COMMAND_UNSEEN", at, { command: "set -n" });
    index += named === undefined ? 1 : 2;
  }
  const isEnd = texts[index] === "--";
  if (isEnd) index += 1;
  if (isEnd || index < args.length) run.state.args = args.slice(index).map(toValue);
  return flow(0);
}

function shiftArguments({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const count = args[0] === undefined ? 1 : Number(textOf(args[0]));
  if (!("length" in run.state.args)) return flow(0);
  if (Number.isInteger(count) && count <= run.state.args.length) {
    run.state.args = run.state.args.slice(count);
    return flow(0);
  }
  // bash goes on with the arguments as they are, dash ends.
  const why = "shift has more to shift than there is, which ends the script in some shells";
  run.state.mayEnd ??= { why, at, option: null, inline: false };
  return flow(1);
}

function unsetVariables({ args }: BuiltinCall, _io: Io, run: Run): Flow {
  const names = args.map(textOf);
  const isFunctions = names[0] === "-f";
  for (const name of names) {
    if (isFunctions) run.state.functions.delete(name);
    else run.state.set(name, null);
  }
  return flow(0);
}

/** `read A B`: the words of the next line, the rest in the last one. */
function readVariables({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const names = args
    .filter((_, index) => !/^-[a-z]*[pntduiN]$/u.test(textOf(args[index - 1] ?? [])))
    .map(textOf)
    .filter((name) => /^[A-Za-z_]\w*$/u.test(name));
  const [first = "REPLY"] = names;
  const given = io.input.current.unknown === null ? null : run.state.define(first);
  if (given !== null) {
    const lines = given.split(/[\s,]+/u).filter((line) => line !== "");
    io.input.current = new Input(lines.map((line) => known(`${line}\n`, at)));
  }
  const { unknown } = io.input.current;
  if (unknown !== null) {
    for (const name of names) run.state.set(name, [unknown]);
    return flow({ ...unknown, option: optionFor(first) });
  }
  const { line, isWhole } = io.input.current.readLine() ?? { line: [], isWhole: false };
  const fields = names.length === 1 ? [trimBlanks(line, run)] : splitFields(line, run.state);
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    const rest = fields
      .slice(index)
      .flatMap((field, at) => (at === 0 ? field : [known(" ", field[0]!), ...field]));
    run.state.set(name, toValue(isLast ? rest : (fields[index] ?? [])));
  }
  return flow(isWhole);
}

function trimBlanks(line: Pieces, run: Run): Pieces {
  const ifs = run.state.variables.get("IFS") ?? [" "];
  const unknown = ifs.find((part) => typeof part !== "string");
  if (unknown !== undefined) return [hole(unknown, line[0] ?? unknown.at)];
  const separators = ifs.join("");
  return !separators.includes(" ") || holeIn(line) !== null || line.length === 0
    ? line
    : [{ ...line[0]!, text: textOf(line).trim() }];
}

/** A known text is read like the script; an unknown one is fine where it can only be the value of a variable. */
function evaluateText({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const pieces = args.flatMap((arg, index) => (index === 0 ? arg : [known(" ", at), ...arg]));
  const unknown = holeIn(pieces);
  if (unknown === null) return run.runText(textOf(pieces), at, io);
  const text = pieces.map((piece) => (piece.unknown === null ? piece.text : "\0")).join("");
  const name = /^([A-Za-z_]\w*)=(?:"[^"`$\\]*"|'[^']*')$/u.exec(text)?.[1];
  const isValue = name !== undefined;
  if (isValue) run.state.set(name, [unknown]);
  else run.report("SCRIPT_COMMAND_UNSEEN", at, { command: "eval" });
  return flow(isValue ? 0 : unknown);
}

/** Files that define functions for init scripts and touch no rule. */
const INIT_FUNCTIONS =
  /^\/(?:lib\/lsb\/init-functions|etc\/(?:rc\.d\/)?init\.d\/functions|etc\/rc\.(?:common|status|conf)|etc\/sysconfig\/network)$/u;

function sourceFile({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const [path] = args;
  if (path === undefined) return flow(1);
  const name = textOf(path);
  const isKnown = holeIn(path) === null;
  if (isKnown && INIT_FUNCTIONS.test(name)) return flow(0);
  const file = isKnown ? run.readFile(name, at) : null;
  if (file !== null && holeIn(file) === null) return run.runText(textOf(file), at, io);
  const why = `${name || "a file"} is read as a part of the script, and is not at hand`;
  run.report("SCRIPT_VALUE_UNKNOWN", at, { why, option: "--table-dir DIR with that file in it" });
  return flow(0);
}

/** What a trap may do without changing rules: nothing, leave, tidy up, say something. */
const HARMLESS_TRAP = /^\s*(?:-|exit(?:\s+\S+)?|(?:rm|echo|logger|kill|stty)\s[^`|&()<>]*|:|true)?\s*$/u;

/** A trap runs at another time, with what variables and functions are then: only harmless ones are let pass. */
function runTrap({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const [handler] = args.filter((arg) => textOf(arg) !== "--");
  if (handler === undefined || args.length === 1) return flow(0);
  if (
    !textOf(handler)
      .split(/[;\n]/u)
      .every((part) => HARMLESS_TRAP.test(part))
  )
    run.report("SCRIPT_COMMAND_UNSEEN", at, { command: "a command that is set up here" });
  return flow(0);
}

function assignUnknown({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const why = "what let, getopts and mapfile leave is not worked out";
  const unknown: Unknown = { why, at, option: null, inline: false };
  for (const arg of [...args, [known("MAPFILE", at)]]) {
    const [name] = /^[A-Za-z_]\w*/u.exec(textOf(arg)) ?? [];
    if (name !== undefined) run.state.set(name, [unknown]);
  }
  return flow(unknown);
}
