/**
 * The shell's own commands, as far as they decide about what follows.
 */
import { evaluateTest, type Operand } from "./conditions.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { expandPattern, expandText, splitFields } from "./expand.ts";
import { hole, holeIn, known, type Pieces, type Stretch, textOf, toValue, type Unknown } from "./pieces.ts";
import type { Shell } from "./dialect.ts";
import { leaveLoop, leaveWith, returnFrom } from "./leaving.ts";
import { type BuiltinCall, flow, type Flow, holeAmong, Input, type Io, type Run } from "./run-types.ts";
import { setOptions, shiftArguments } from "./shell-options.ts";
import { optionFor } from "./shell-state.ts";
import { echoOutput, printfOutput, unknownOutput } from "./text-commands.ts";

type Builtin = (call: BuiltinCall, io: Io, run: Run) => Flow;

/** By name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", () => flow(0)],
  ["true", () => flow(0)],
  ["false", () => flow(1)],
  ["echo", ({ args, at }, io, run) => print(echoOutput(args, at, run.state.shell), io)],
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
      textOf(args.at(-1) ?? []) === "]"
        ? test(
            args.slice(0, -1).map((pieces) => ({ pieces })),
            at,
            run,
          )
        : flow(2),
  ],
  ["[[", testWords],
  ["expr", evaluateExpr],
  ["exit", (call, _io, run) => leaveWith("exit", call, run)],
  ["return", (call, _io, run) => returnFrom(call, run)],
  ["break", (call, _io, run) => leaveLoop("break", call, run)],
  ["continue", (call, _io, run) => leaveLoop("continue", call, run)],
  ["set", setOptions],
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

function test(
  operands: readonly Operand[],
  at: Stretch,
  run: Run,
  shell: Shell | null = run.state.shell,
): Flow {
  return flow(evaluateTest(operands, at, (path) => run.hasFile(path), shell));
}

function testWords({ words, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const operands = (words ?? []).slice(1, -1).map((word): Operand => {
    return { pieces: expandText(word, run.expansion), pattern: expandPattern(word, run.expansion) };
  });
  return test(operands, at, run, null);
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

function unsetVariables({ args, at }: BuiltinCall, _io: Io, run: Run): Flow {
  const { state } = run;
  const names = args.map(textOf);
  const isFunctions = names[0] === "-f";
  for (const name of names.filter((one) => !one.startsWith("-"))) {
    const [plain = name] = /^\w+(?=\[)/u.exec(name) ?? [];
    if (isFunctions) state.functions.delete(name);
    else if (plain !== name) state.set(plain, [notWorkedOut(`unset ${name}`, at)]);
    else {
      // Without a variable of that name bash takes the function.
      if (names[0] !== "-v" && state.functions.has(name) && state.lookUp(name).kind === "unset")
        state.mayEnd(notWorkedOut(`unset ${name}, of a function,`, at));
      state.set(name, null);
    }
  }
  return flow(0);
}

function notWorkedOut(what: string, at: Stretch): Unknown {
  return { why: `what ${what} does is not worked out`, at, option: null, inline: false };
}

/** `read A B`: the words of the next line, the rest in the last one. */
function readVariables({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const names = args
    .filter((_, index) => !/^-[a-z]*[pntduiN]$/u.test(textOf(args[index - 1] ?? [])))
    .map(textOf)
    .filter((name) => /^[A-Za-z_]\w*$/u.test(name));
  const [first = "REPLY"] = names;
  const hidden = io.input.current.unknown;
  const given = hidden === null ? null : run.state.fill(first, hidden);
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
  if (file !== null && holeIn(file) === null) {
    run.state.returnable += 1;
    const result = run.runText(textOf(file), at, io);
    run.state.returnable -= 1;
    return result.leave?.kind === "return" ? flow(result.leave.status) : result;
  }
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
