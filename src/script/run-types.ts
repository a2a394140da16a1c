/**
 * What the parts of a run share: streams, what a command came to, and what each part may ask of the run.
 */
import type { DiagnosticArgs } from "../text/code-row.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import type { Expansion } from "./expansion.ts";
import { holeIn, type Piece, type Pieces, splitLines, type Stretch, type Unknown } from "./pieces.ts";
import type { ShellState } from "./shell-state.ts";
import type { Command, List, Word } from "./shell-tree.ts";

/** What a command reads, line by line; shared by the commands of a loop. */
export class Input {
  #lines: readonly Pieces[];
  #next = 0;
  /** Whether the last line has an end; `read` fails on one that has none. */
  readonly #isClosed: boolean;
  /** Where lines end can't be told: the first hole that hides it. */
  readonly unknown: Unknown | null;

  constructor(pieces: Pieces) {
    this.#lines = splitLines(pieces);
    this.#isClosed = pieces.at(-1)?.text.endsWith("\n") ?? true;
    this.unknown = pieces.find((piece) => piece.unknown !== null && !piece.unknown.inline)?.unknown ?? null;
  }

  /** The next line, and whether it has an end; null at the end. Not for an input with unknown lines. */
  readLine(): { readonly line: Pieces; readonly isWhole: boolean } | null {
    const line = this.#lines[this.#next];
    this.#next += 1;
    return line === undefined ? null : { line, isWhole: this.#isClosed || this.#next < this.#lines.length };
  }

  /** Everything that is left, holes included. */
  readAll(): Pieces {
    const lines = this.#lines.slice(this.#next);
    this.#next = this.#lines.length;
    return lines.flatMap((line) => [...line, lineEnd(line)]);
  }
}

function lineEnd(line: Pieces): Piece {
  const at = line.at(-1)?.to ?? 0;
  return { text: "\n", unknown: null, from: at, to: at };
}

/** Where a command reads and writes. */
export interface Io {
  readonly input: InputSlot;
  /** Null where nobody reads what is printed. */
  readonly output: Piece[] | null;
  /** Complaints are thrown away: the script expects that the command may fail. */
  readonly quiet: boolean;
  /** The script looks at whether the command succeeds. */
  readonly tested: boolean;
  /** The command stands in a condition, where `set -e` does not end the script. */
  readonly guarded: boolean;
}

/** A stream that several commands read one after the other. */
export interface InputSlot {
  current: Input;
}

/** A way out of the commands that follow. */
export interface Leave extends Stretch {
  readonly kind: "exit" | "return" | "break" | "continue";
  readonly levels: number;
  readonly status: number | Unknown;
}

/** What a command came to. */
export interface Flow {
  readonly status: number | Unknown;
  readonly leave: Leave | null;
}

/** Whether a command succeeded. */
export function success(status: Flow["status"]): boolean | Unknown {
  if (typeof status === "number") return status === 0;
  return status.fails === true ? false : status;
}

/** A flow that goes on. */
export function flow(status: number | Unknown | boolean): Flow {
  return { status: typeof status === "boolean" ? Number(!status) : status, leave: null };
}

/** What a command is called with. */
export interface BuiltinCall {
  readonly args: readonly Pieces[];
  readonly at: Stretch;
  /** Of `[[ ]]`. */
  readonly words: readonly Word[] | null;
}

/** What commands may ask of the run. */
export interface Run {
  readonly state: ShellState;
  readonly expansion: Expansion;
  report(code: DiagnosticCode, at: Stretch, args?: DiagnosticArgs): void;
  runList(list: List, io: Io): Flow;
  /** Calls a function; several bodies where a condition decides which it is. */
  call(name: string, bodies: readonly Command[], args: readonly Pieces[], io: Io): Flow;
  /** Reads and runs a text that doesn't stand in the script. */
  runText(text: string, at: Stretch, io: Io): Flow;
  /** A file's text, where it is known. */
  readFile(path: string, at: Stretch): Pieces | null;
  hasFile(path: string): boolean;
}

/**
 * The script would end here with an error if something that isn't known was so. Before any command has changed rules that is taken for not so: what is read is a script that has
 * loaded its rules. Later it would leave a half of them.
 */
export function mayFail(run: Run, why: Unknown, at: Stretch): void {
  const { state } = run;
  if (state.hasLoaded || state.isInner) state.mayEnd({ ...why, at });
  else run.report("SCRIPT_EXIT_ASSUMED", at, { why: why.why });
}

/** Reports a hole that decides about a rule. */
export function reportHole(run: Run, unknown: Unknown, at: Stretch): void {
  run.report("SCRIPT_VALUE_UNKNOWN", at, { why: unknown.why, option: unknown.option ?? "" });
}

/** The first hole of several texts. */
export function holeAmong(texts: readonly Pieces[]): Unknown | null {
  for (const text of texts) {
    const found = holeIn(text);
    if (found !== null) return found;
  }
  return null;
}
