/**
 * `set` and `shift`: options of the shell, and its arguments.
 */
import { differs } from "./dialect.ts";
import { hole, type Stretch, textOf, toValue, type Unknown } from "./pieces.ts";
import { type BuiltinCall, flow, type Flow, holeAmong, type Io, type Run } from "./run-types.ts";
import type { ShellState } from "./shell-state.ts";
import { unknownOutput } from "./text-commands.ts";

/** Letters of options that decide about nothing that is read here, or less than is refused anyway. */
const HARMLESS = /^[abfhmvxET]$/u;

/** Long names of options by their letter; empty for those that have none and decide about nothing. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  errexit: "e",
  nounset: "u",
  pipefail: "pipefail",
  allexport: "a",
  noglob: "f",
  xtrace: "x",
  verbose: "v",
  monitor: "m",
  notify: "b",
  hashall: "h",
  errtrace: "E",
  functrace: "T",
};

/** `set -e`, `set -- a b`, `set $LINE`. */
export function setOptions({ args, at }: BuiltinCall, io: Io, run: Run): Flow {
  const { state } = run;
  if (args.length === 0) {
    io.output?.push(hole(unknownOutput("set", at), at));
    return flow(0);
  }
  const unknown = holeAmong(args);
  if (unknown !== null) {
    state.args = unknown;
    return flow(0);
  }
  const texts = args.map(textOf);
  let index = 0;
  while (/^[-+][A-Za-z]/u.test(texts[index] ?? "")) {
    const text = texts[index]!;
    index += 1;
    for (const letter of text.slice(1)) {
      const named = letter === "o" ? texts[index] : undefined;
      if (named !== undefined) index += 1;
      const option = named === undefined ? letter : (LONG_NAMES[named] ?? named);
      if (!setOption(option, text.startsWith("-"), at, state) && !(letter === "o" && named === undefined))
        run.report("SCRIPT_COMMAND_UNSEEN", at, { command: `set ${text}` });
    }
  }
  const isEnd = texts[index] === "--";
  if (isEnd) index += 1;
  if (isEnd || index < args.length) state.args = args.slice(index).map(toValue);
  return flow(0);
}

/** False for an option whose meaning isn't followed. */
export function setOption(option: string, isOn: boolean, at: Stretch, state: ShellState): boolean {
  if (option === "e") state.options = { ...state.options, endsOnError: isOn };
  else if (option === "u") state.options = { ...state.options, endsOnUnset: isOn };
  else if (option === "pipefail") {
    // A shell that doesn't have it ends.
    if (state.shell !== "bash") state.mayEnd(differs("set -o pipefail", at));
    state.options = { ...state.options, pipesFail: isOn };
  } else return HARMLESS.test(option);
  return true;
}

/** Drops arguments from the front. */
export function shiftArguments({ args, at }: BuiltinCall, _io: Io, { state }: Run): Flow {
  if (!("length" in state.args)) return flow(0);
  const count = args[0] === undefined ? 1 : Number(textOf(args[0]));
  if (Number.isInteger(count) && count >= 0 && count <= state.args.length && holeAmong(args) === null) {
    state.args = state.args.slice(count);
    return flow(0);
  }
  // bash goes on with the arguments as they are, dash ends.
  const why = "shift has more to shift than there is, which ends the script in some shells";
  const unknown: Unknown = { why, at, option: null, inline: false };
  if (state.shell !== "bash" || holeAmong(args) !== null) state.mayEnd(unknown);
  return flow(1);
}
