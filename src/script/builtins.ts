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
  [
    "printf",
    ({ args, at }, io) => print(printfOutput(args, at) ?? [hole(unknownOutput("printf", at), at)], io),
  ],
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
  ["alias", runTrap],
  ["let", assignUnknown],
  ["getopts", assignUnknown],
]);

function print(pieces: Pieces, { output }: Io): Flow {
  output?.push(...pieces);
  return flow(0);
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
  const text = textOf(first);
  if (unknown !== null) run.state.args = unknown;
  else if (text === "--") run.state.args = args.slice(1).map(toValue);
  else if (!/^[-+]/u.test(text)) run.state.args = args.map(toValue);
  else if (/^-[a-z]*e/u.test(text) || args.some((arg) => textOf(arg) === "errexit"))
    run.state.endsOnError = text.startsWith("-");
  else if (/^\+[a-z]*e/u.test(text)) run.state.endsOnError = false;
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
  for (const arg of args) run.state.set(textOf(arg), null);
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
  const separators = run.state.variables.get("IFS")?.join("") ?? " ";
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

function runTrap({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const isAbout = args.some(
    (arg) => /ip6?tables/iu.test(textOf(arg)) || run.state.functions.has(textOf(arg)),
  );
  if (isAbout) run.report("SCRIPT_COMMAND_UNSEEN", at, { command: "a command that is set up here" });
  return flow(0);
}

function assignUnknown({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const unknown: Unknown = {
    why: "what let and getopts leave is not worked out",
    at,
    option: null,
    inline: false,
  };
  for (const arg of args) {
    const [name] = /^[A-Za-z_]\w*/u.exec(textOf(arg)) ?? [];
    if (name !== undefined) run.state.set(name, [unknown]);
  }
  return flow(unknown);
}
