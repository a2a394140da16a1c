/**
 * One simple command of a script: assignments, functions, the shell's own commands, calls of iptables, and all other programs.
 */
import { expandFields, expandText } from "./expand.ts";
import { BUILTINS } from "./builtins.ts";
import { type Firewalls, runIptables } from "./iptables-commands.ts";
import {
  hole,
  holeIn,
  known,
  type Pieces,
  slicePieces,
  type Stretch,
  textOf,
  toValue,
  type Unknown,
  type Value,
} from "./pieces.ts";
import { BASH_COMMANDS, differs } from "./dialect.ts";
import { forkWays } from "./fork.ts";
import { baseName, iptablesProgram, isOutsideBin, judgeProgram, PREFIXES } from "./programs.ts";
import { flow, type Flow, holeAmong, type Io, reportHole, type Run } from "./run-types.ts";
import type { Assignment, Command } from "./shell-tree.ts";
import { filterOutput, unknownOutput } from "./text-commands.ts";

type Simple = Command & { kind: "simple" };

/** Makes the part of a run that does simple commands. */
export function simpleCommands(firewalls: Firewalls): (command: Simple, io: Io, run: Run) => Flow {
  return (command, io, run) => {
    const fields = command.words.flatMap((word) => expandFields(word, run.expansion));
    const name = fields[0] === undefined ? null : textOf(fields[0]);
    if (name === null) return assignAll(command.assignments, run);
    const { shell } = run.state;
    if (name === "time") return runTimed(fields, command, io, run, firewalls);
    if (BASH_COMMANDS.has(name) && shell !== "bash" && !run.state.functions.has(name)) {
      if (shell === "dash") return flow(127);
      const why = differs(name, command);
      return forkWays(
        [(inner) => runNamed(name, fields, command, inner, run, firewalls), () => flow(127)],
        why,
        io,
        run,
      );
    }
    return runNamed(name, fields, command, io, run, firewalls);
  };
}

function runNamed(
  name: string,
  fields: readonly Pieces[],
  command: Simple,
  io: Io,
  run: Run,
  firewalls: Firewalls,
): Flow {
  if (/^(?:export|readonly|declare|typeset|local)$/u.test(name)) {
    if (name === "local" && run.state.locals.length === 0) {
      const ends = differs("local outside of functions", command);
      if (run.state.shell !== "bash") run.state.mayEnd(ends);
      return flow({ ...ends, fails: true });
    }
    // In bash declare is local, too.
    if (/^(?:local|declare|typeset)$/u.test(name)) hideLocals(command, fields.slice(1), run);
    if (command.assignments.length > 0) assignAll(command.assignments, run, true);
    declareFields(fields.slice(1), command, run);
    const isFixed = name === "readonly" || fields.some((field) => /^-[a-z]*r/u.test(textOf(field)));
    const names = [...command.assignments.map((one) => one.name), ...fields.slice(1).map(nameOf)];
    if (isFixed) for (const one of names) if (one !== "") run.state.readOnly.set(one, command);
    return flow(0);
  }
  const test = name === "[[" ? command.words : null;
  return withAssignments(command.assignments, run, () =>
    runFields({ fields, at: command, words: test }, io, run, firewalls),
  );
}

function nameOf(field: Pieces): string {
  return /^[A-Za-z_]\w*/u.exec(textOf(field))?.[0] ?? "";
}

/** `time` is a word of bash before any command; elsewhere it is a program, which may be there and knows no functions. */
function runTimed(fields: readonly Pieces[], command: Simple, io: Io, run: Run, firewalls: Firewalls): Flow {
  const rest = fields.slice(textOf(fields[1] ?? []) === "-p" ? 2 : 1);
  const timed = (inner: Io): Flow =>
    runFields({ fields: rest, at: command, words: null }, inner, run, firewalls);
  if (run.state.shell === "bash") return timed(io);
  return forkWays([timed, () => flow(127)], differs("time", command), io, run);
}

/** Options that leave values as they are. */
const OPTIONS = { bash: /^-[agxrpf]+$/u, dash: /^-p$/u, sh: /^-p$/u } as const;

/** `export "NET=$1"`, and options that make another thing of a value: numbers, arrays, references. */
function declareFields(fields: readonly Pieces[], command: Simple, run: Run): void {
  for (const field of fields) {
    const [whole, name, plus] = /^([A-Za-z_]\w*)(\+?)=/u.exec(textOf(field)) ?? [];
    if (whole === undefined || name === undefined) continue;
    const before: Value = plus === "+" ? toValue(run.state.valueOf(name, command)) : [];
    run.state.set(name, [...before, ...toValue(slicePieces(field, whole.length, Number.POSITIVE_INFINITY))]);
  }
  if (fields.every((field) => !/^[-+]/u.test(textOf(field)) || OPTIONS[run.state.shell].test(textOf(field))))
    return;
  const why = "what the option makes of the value is not worked out";
  for (const name of [...command.assignments.map((one) => one.name), ...fields.map(nameOf)])
    if (name !== "") run.state.set(name, [{ why, at: command, option: null, inline: false }]);
}

/** `IFS=, read A B`: the variables are set for this command alone. */
function withAssignments(assignments: readonly Assignment[], run: Run, call: () => Flow): Flow {
  if (assignments.length === 0) return call();
  const before = assignments.map(({ name }) => [name, run.state.variables.get(name)] as const);
  assignAll(assignments, run);
  const result = call();
  for (const [name, value] of before) {
    if (value === undefined) run.state.variables.delete(name);
    else run.state.variables.set(name, value);
  }
  return result;
}

/** Sets variables; the status is that of the last command substitution, and 0 without one. */
function assignAll(assignments: readonly Assignment[], run: Run, isDeclared = false): Flow {
  const { state } = run;
  let status = flow(0);
  for (const assignment of assignments) {
    const { name, value, append, items, indexed } = assignment;
    const at = value;
    if (items !== null || indexed || (append && state.arrays.has(name))) {
      assignArray(assignment, run);
      continue;
    }
    const pieces = expandText(value, run.expansion);
    const before: Value = append ? toValue(state.valueOf(name, at)) : [];
    if (append && state.shell === "sh") state.set(name, [differs("+=", assignment)]);
    else if (isDeclared && state.shell !== "bash" && !isOneWord(value, pieces, run))
      state.set(name, [differs("a declaration with a value of several words without quotes", assignment)]);
    else state.set(name, [...before, ...toValue(pieces)]);
    const substitution = value.parts.find((part) => part.kind === "command");
    const [result] = substitution === undefined ? [] : run.expansion.lastStatus(substitution);
    if (result !== undefined) status = flow(result.unknown ?? Number(result.text));
  }
  return status;
}

/** `export A=$b`: some shells split the value of a declaration. */
function isOneWord(value: Assignment["value"], pieces: Pieces, { expansion }: Run): boolean {
  if (value.parts.every((part) => part.kind === "literal" || (part.kind === "parameter" && part.quoted)))
    return true;
  return (
    holeIn(pieces) === null &&
    !/[\s*?[]/u.test(textOf(pieces)) &&
    expansion.state.variables.get("IFS")?.join() === " \t\n"
  );
}

/** `A=(a b)`, `A+=(c)`; members by their numbers are not followed. */
function assignArray({ name, append, items, indexed, ...at }: Assignment, { state, expansion }: Run): void {
  const why = `what is in the array ${name} is not worked out`;
  const unknown: Unknown = { why, at, option: null, inline: false, splits: true };
  const before = append
    ? (state.arrays.get(name) ?? (state.lookUp(name).kind === "unset" ? [] : unknown))
    : [];
  const fields = (items ?? []).flatMap((item) => expandFields(item, expansion));
  const isPlain = items !== null && !indexed && "length" in before;
  const isOdd = fields.some((field) => /^\[[^\]]*\]\+?=/u.test(textOf(field)));
  // A word that isn't known may be any number of members.
  if (!isPlain || isOdd || fields.flat().some((piece) => piece.unknown?.splits))
    state.setArray(name, unknown);
  else state.setArray(name, [...before, ...fields.map(toValue)]);
}

function hideLocals(command: Simple, fields: readonly Pieces[], { state }: Run): void {
  // `declare -g` is about the variable outside.
  if (fields.some((field) => /^-[a-zA-Z]*g/u.test(textOf(field)))) return;
  for (const { name } of command.assignments) state.hideLocal(name, null);
  for (const field of fields) {
    const name = nameOf(field);
    const why = `$${name} in a function, where it is local without a value, differs between shells`;
    const unassigned: Unknown = { why, at: command, option: null, inline: false };
    if (name !== "") state.hideLocal(name, textOf(field).includes("=") ? null : unassigned);
  }
}

interface Call {
  readonly fields: readonly Pieces[];
  readonly at: Stretch;
  /** The words of `[[ ]]`, whose operands may be patterns. */
  readonly words: Simple["words"] | null;
  /** After `command`, `exec`, `sudo`: the program itself is meant. */
  readonly skipsFunctions?: boolean;
}

function runFields(call: Call, io: Io, run: Run, firewalls: Firewalls): Flow {
  const { fields, at } = call;
  const [first, ...args] = fields;
  const unknown = first === undefined ? null : holeIn(first);
  if (first === undefined) return flow(0);
  if (unknown !== null) {
    firewalls.count += 1;
    reportHole(
      run,
      { ...unknown, why: `which command this is can't be told: ${unknown.why}` },
      first[0] ?? at,
    );
    return flow(unknown);
  }
  const path = textOf(first);
  const name = baseName(path);
  const bodies = call.skipsFunctions ? undefined : run.state.functions.get(path);
  if (bodies !== undefined) return run.call(path, bodies, args, io);
  const program = iptablesProgram(path);
  if (program !== null) return runIptables(program, args, at, io, run, firewalls);
  const builtin = isOutsideBin(path) ? undefined : BUILTINS.get(name);
  if (builtin !== undefined) return builtin({ args, at, words: call.words }, io, run);
  if (PREFIXES.has(name)) return runPrefixed(name, call, io, run, firewalls);
  return runProgram(path, args, at, io, run);
}

/** `sudo iptables …`, `exec iptables …`, `env LANG=C iptables …`. */
function runPrefixed(name: string, call: Call, io: Io, run: Run, firewalls: Firewalls): Flow {
  const rest = call.fields.slice(1);
  const texts = rest.map(textOf);
  if (name === "command" && /^-[vV]$/u.test(texts[0] ?? "")) return findProgram(texts[1] ?? "", call.at, io);
  let skipped = 0;
  while (/^-\w$|^[A-Za-z_]\w*=/u.test(texts[skipped] ?? "")) skipped += 1;
  const isOdd = texts.slice(0, skipped).some((text) => /^-[^niEHSkp]$/u.test(text));
  if (rest.length === skipped) return flow(0);
  if (isOdd || /^-|^\d+$/u.test(texts[skipped] ?? "")) return runProgram(name, rest, call.at, io, run);
  const result = runFields(
    { ...call, fields: rest.slice(skipped), skipsFunctions: true },
    io,
    run,
    firewalls,
  );
  if (name !== "exec" || result.leave !== null) return result;
  const { from, to } = call.at;
  return { ...result, leave: { kind: "exit", levels: 1, status: result.status, from, to } };
}

/** `which iptables`: a machine that this script is for has it. Of other programs that isn't known. */
function findProgram(name: string, at: Stretch, io: Io): Flow {
  if (iptablesProgram(name) !== null) {
    io.output?.push(known(`${name}\n`, at));
    return flow(0);
  }
  const unknown = {
    why: `whether there is a program ${name} is known only when the script runs`,
    at,
    option: null,
    inline: false,
  };
  io.output?.push(hole(unknown, at));
  return flow(unknown);
}

function runProgram(path: string, args: readonly Pieces[], at: Stretch, io: Io, run: Run): Flow {
  const name = baseName(path);
  const texts = args.map(textOf);
  if (name === "which" || name === "type") return findProgram(texts.at(-1) ?? "", at, io);
  forgetFiles(name, texts, at, run);
  const judged = judgeProgram(path, texts);
  if (judged === "unseen") run.report("SCRIPT_COMMAND_UNSEEN", at, { command: path });
  else if (judged === "other") run.report("SCRIPT_COMMAND_IGNORED", at, { command: path });
  if (name === "cd" && texts.length === 1 && texts[0] === "/") return flow(0);
  const what = [path, ...texts].join(" ");
  if (io.output !== null)
    io.output.push(...(knownOutput(name, args, at, io, run) ?? [hole(unknownOutput(what, at), at)]));
  return flow({
    why: `whether ${what.slice(0, 60)} succeeds is known only when the script runs`,
    at,
    option: null,
    inline: false,
  });
}

const READERS =
  /^(?:cat|grep|egrep|fgrep|head|tail|wc|ls|sort|chmod|chown|stat|file|diff|cmp|md5sum|sha256sum)$/u;

/** One file has many names: behind these any of them may hold something else, or be another file. */
const MOVERS =
  /^(?:cd|pushd|popd|rm|mv|cp|ln|dd|sed|tee|install|truncate|tar|gzip|gunzip|zcat|rsync|awk|perl)$/u;

/** A program that is given a file which the script has written may change it. */
function forgetFiles(name: string, args: readonly string[], at: Stretch, run: Run): void {
  if (READERS.test(name)) return;
  for (const path of run.state.files.keys()) {
    if (!MOVERS.test(name) && !args.includes(path)) continue;
    const why = `what ${name} does to ${path} is not worked out`;
    run.state.files.set(path, [hole({ why, at, option: null, inline: false }, at)]);
  }
}

/** What a program prints where that follows from a known text. */
function knownOutput(name: string, args: readonly Pieces[], at: Stretch, io: Io, run: Run): Pieces | null {
  if (holeAmong(args) !== null) return null;
  const texts = args.map(textOf);
  const last = texts.at(-1) ?? "";
  const isFile =
    name === "cat" ? texts.length === 1 : texts.filter((text) => !text.startsWith("-")).length > 1;
  if (name === "seq" && texts.every((text) => /^\d{1,5}$/u.test(text)) && texts.length > 0)
    return sequence(texts, at);
  if (name === "expr") return null;
  if (name !== "cat" && !/^(?:sed|grep|egrep|sort)$/u.test(name)) return null;
  if (!isFile || name === "sed") return filterOutput(name, texts, io.input.current.readAll(), at);
  const file = run.readFile(last, at);
  if (file !== null) return filterOutput(name, texts.slice(0, -1), file, at);
  const why = `the script reads ${last}, which is not at hand`;
  return [hole({ why, at, option: "--table-dir DIR with that file in it", inline: false }, at)];
}

function sequence(texts: readonly string[], at: Stretch): Pieces {
  const numbers = texts.map(Number);
  const [first, step, last] =
    numbers.length === 1
      ? [1, 1, numbers[0]!]
      : [numbers[0]!, numbers.length === 3 ? numbers[1]! : 1, numbers.at(-1)!];
  const lines: string[] = [];
  for (let number = first; step > 0 && number <= last; number += step) lines.push(`${number}\n`);
  return [known(lines.join(""), at)];
}
