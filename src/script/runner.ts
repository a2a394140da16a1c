/**
 * Walks over a script as a shell would, on what is known: both ways of a condition that isn't known, with what they leave joined behind it.
 * Nothing is executed.
 */
import type { DiagnosticArgs } from "../text/code-row.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import { expandFields, expandPattern, expandText, type Expansion } from "./expand.ts";
import { forkWays } from "./fork.ts";
import {
  hole,
  known,
  type Piece,
  type Pieces,
  type Stretch,
  textOf,
  toValue,
  type Unknown,
} from "./pieces.ts";
import { compilePattern } from "./patterns.ts";
import { pipeline } from "./pipeline.ts";
import { flow, type Flow, holeAmong, type Io, type Run } from "./run-types.ts";
import { parseShell } from "./shell-parser.ts";
import type { ShellState } from "./shell-state.ts";
import type { AndOr, Command, List } from "./shell-tree.ts";
import { trimLineEnds } from "./text-commands.ts";

const MOST_ROUNDS = 10_000;
const MOST_STEPS = 500_000;
const MOST_CALLS = 60;
const MOST_TEXTS = 60;

/** What a run needs from outside. */
export interface RunnerParts {
  readonly state: ShellState;
  readonly isBash: boolean;
  /** What the script itself reads. */
  readonly input: Io["input"];
  readonly report: (code: DiagnosticCode, at: Stretch, args?: DiagnosticArgs) => void;
  readonly readFile: (path: string, at: Stretch) => Pieces | null;
  readonly hasFile: (path: string) => boolean;
  readonly simple: (command: Command & { kind: "simple" }, io: Io, run: Run) => Flow;
}

/** The run of one script. */
export class Runner implements Run {
  readonly state: ShellState;
  readonly expansion: Expansion;
  readonly #parts: RunnerParts;
  #status: number | Unknown = 0;
  #depth = 0;
  /** Of `eval` and `.` inside each other. */
  #texts = 0;
  readonly #input: Io["input"];
  #steps = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.state = parts.state;
    this.#input = parts.input;
    this.expansion = {
      state: parts.state,
      output: (body, at) => this.#substitute(body, at),
      lastStatus: (at) => [
        typeof this.#status === "number" ? known(`${this.#status}`, at) : hole(this.#status, at),
      ],
      tookDefault: (name, at) => this.report("SCRIPT_DEFAULT_TAKEN", at, { name }),
    };
  }

  report(code: DiagnosticCode, at: Stretch, args?: DiagnosticArgs): void {
    this.#parts.report(code, at, args);
  }

  readFile(path: string, at: Stretch): Pieces | null {
    return this.#parts.readFile(path, at);
  }

  hasFile(path: string): boolean {
    return this.#parts.hasFile(path);
  }

  runText(text: string, at: Stretch, io: Io): Flow {
    if (this.#texts >= MOST_TEXTS) {
      this.report("SCRIPT_TOO_LONG", at, { what: `${MOST_TEXTS} texts and files that read each other` });
      return { status: 1, leave: { kind: "exit", levels: 1, status: 0, from: at.from, to: at.to } };
    }
    this.#texts += 1;
    const result = this.runList(parseShell(text, at, this.#parts.isBash), io);
    this.#texts -= 1;
    return result;
  }

  #substitute(body: List, at: Stretch): Pieces {
    const output: Piece[] = [];
    const saved = this.state.snapshot();
    const io = { input: this.#input, output, quiet: false, tested: false };
    const { status } = this.state.inside(() => this.runList(body, io));
    const { unsure } = this.state;
    this.state.restore(saved);
    // Whether all of it was printed depends on a condition.
    if (unsure !== null && saved.unsure === null) output.push(hole({ ...unsure, inline: false }, at));
    this.#status = status;
    return trimLineEnds(output.map((piece) => ({ ...piece, from: at.from, to: at.to })));
  }

  runList(list: List, io: Io): Flow {
    let last = flow(0);
    for (const item of list) {
      // Of several commands only the last one's success is what a condition around them looks at.
      const own = { ...io, tested: io.tested && item === list.at(-1) };
      last = item.background ? this.#runInBackground(item, own) : this.#runAndOr(item, own);
      this.#status = last.status;
      if (last.leave !== null) break;
      this.#checkError(item, last, io);
    }
    return last;
  }

  /** Under `set -e` a command that is known to fail ends the script. */
  #checkError(item: AndOr, { status }: Flow, io: Io): void {
    const isChecked = this.state.endsOnError && !io.tested && item.rest.length === 0 && !item.first.negated;
    if (!isChecked || typeof status !== "number" || status === 0) return;
    const [command] = item.first.commands;
    const why = "set -e ends the script where a command fails, and this one does";
    if (command?.kind === "simple") this.state.mayEnd ??= { why, at: item, option: null, inline: false };
  }

  /** When it runs isn't known, so nothing in it may decide about a rule. */
  #runInBackground(item: AndOr, io: Io): Flow {
    const why = "it runs in the background, at a time that isn't known";
    const unknown: Unknown = { why, at: item, option: null, inline: false };
    const saved = this.state.snapshot();
    this.state.unsure ??= unknown;
    this.#runAndOr(item, io);
    this.state.restore(saved);
    return flow(0);
  }

  #runAndOr(item: AndOr, io: Io): Flow {
    const isTested = io.tested || item.rest.length > 0;
    let last = pipeline(item.first, { ...io, tested: isTested }, this, (command, at) =>
      this.#command(command, at),
    );
    for (const part of item.rest) {
      const { operator, pipeline: next } = part;
      const tested = io.tested || part !== item.rest.at(-1);
      if (last.leave !== null) return last;
      this.#status = last.status;
      const run = (inner: Io): Flow =>
        pipeline(next, inner, this, (command, at) => this.#command(command, at));
      const { status } = last;
      if (typeof status !== "number") {
        last = forkWays([run, () => flow(status)], status, { ...io, tested }, this);
      } else if ((status === 0) === (operator === "&&")) last = run({ ...io, tested });
    }
    return last;
  }

  #command(command: Command, outer: Io): Flow {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) {
      this.report("SCRIPT_TOO_LONG", command, { what: `${MOST_STEPS} commands` });
      return { status: 1, leave: { kind: "exit", levels: 1, status: 0, from: command.from, to: command.to } };
    }
    switch (command.kind) {
      case "simple":
        return this.#parts.simple(command, outer, this);
      case "group":
        return this.runList(command.body, outer);
      case "subshell": {
        const { variables, functions, args, unsure } = this.state.snapshot();
        const result = this.state.inside(() => this.runList(command.body, outer));
        this.state.restore({ ...this.state.snapshot(), variables, functions, args, unsure });
        return flow(result.leave?.status ?? result.status);
      }
      case "function":
        this.state.functions.set(command.name, [command]);
        return flow(0);
      case "if":
        return this.#runIf(command, outer, 0);
      case "while":
        return this.#runLoop(() => this.#runWhile(command, outer));
      case "for":
        return this.#runLoop(() => this.#runFor(command, outer));
      case "case":
        return this.#runCase(command, outer);
      case "strange":
        return this.#runStrange(command, outer);
    }
  }

  #runIf(command: Command & { kind: "if" }, io: Io, index: number): Flow {
    const clause = command.clauses[index];
    if (clause === undefined)
      return command.otherwise === null ? flow(0) : this.runList(command.otherwise, io);
    const { status, leave } = this.runList(clause.condition, { ...io, tested: true });
    if (leave !== null) return { status, leave };
    if (typeof status !== "number") {
      const ways = [
        (inner: Io) => this.runList(clause.body, inner),
        (inner: Io) => this.#runIf(command, inner, index + 1),
      ];
      return forkWays(ways, status, io, this);
    }
    return status === 0 ? this.runList(clause.body, io) : this.#runIf(command, io, index + 1);
  }

  #runCase(command: Command & { kind: "case" }, io: Io): Flow {
    const word = expandText(command.word, this.expansion);
    const found = holeAmong([word]);
    const ways: ((inner: Io) => Flow)[] = [];
    let why = found;
    for (const { patterns, body } of command.items) {
      const run = (inner: Io): Flow => this.runList(body, inner);
      for (const pattern of patterns) {
        const source = expandPattern(pattern, this.expansion);
        const fitting = source === null || found !== null ? null : compilePattern(`^(?:${source})$`);
        const isFitting = fitting === null ? null : fitting.test(textOf(word));
        if (isFitting === true && ways.length === 0) return run(io);
        if (isFitting !== false && !ways.includes(run)) ways.push(run);
        why ??=
          isFitting === null
            ? { why: "this pattern is not worked out", at: pattern, option: null, inline: false }
            : null;
      }
    }
    return why === null ? flow(0) : forkWays([...ways, () => flow(0)], why, io, this);
  }

  /** What may have been left in the middle is forgotten behind the loop. */
  #runLoop(run: () => Flow): Flow {
    const { unsure } = this.state;
    const result = run();
    this.state.unsure = unsure;
    const { leave } = result;
    if (leave === null || leave.kind === "exit" || leave.kind === "return") return result;
    return leave.levels > 1 ? { ...result, leave: { ...leave, levels: leave.levels - 1 } } : flow(0);
  }

  #runWhile(command: Command & { kind: "while" }, io: Io): Flow {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const { status, leave } = this.runList(command.condition, { ...io, tested: true });
      if (leave !== null) return { status, leave };
      if (typeof status !== "number") return this.#runSometimes(command.body, status, io);
      if ((status === 0) === command.until) return flow(0);
      const result = this.runList(command.body, io);
      if (result.leave !== null && !(result.leave.kind === "continue" && result.leave.levels === 1))
        return result;
    }
    this.report("SCRIPT_TOO_LONG", command, { what: `${MOST_ROUNDS} rounds of a loop` });
    return flow(0);
  }

  #runFor(command: Command & { kind: "for" }, io: Io): Flow {
    const { state } = this;
    const all =
      command.words?.flatMap((word) => expandFields(word, this.expansion)) ?? this.#arguments(command);
    const found = holeAmong(all);
    const given = found === null ? null : state.define(command.name);
    const items =
      given === null
        ? all
        : given.split(/[\s,]+/u).flatMap((text) => (text === "" ? [] : [[known(text, command)]]));
    if (found !== null && given === null) {
      state.set(command.name, [found]);
      return this.#runSometimes(command.body, found, io);
    }
    let last = flow(0);
    for (const item of items) {
      state.set(command.name, toValue(item));
      last = this.runList(command.body, io);
      if (last.leave !== null && !(last.leave.kind === "continue" && last.leave.levels === 1)) return last;
    }
    return last;
  }

  #arguments(at: Stretch): readonly Pieces[] {
    const { args } = this.state;
    if (!("length" in args)) return [[hole(args, at)]];
    return args.map((value) =>
      value.map((atom) => (typeof atom === "string" ? known(atom, at) : hole(atom, at))),
    );
  }

  /** A body that runs nobody knows how often: until what it leaves stays the same. */
  #runSometimes(body: List, why: Unknown, io: Io): Flow {
    let last = flow(0);
    for (let round = 0; round < 3; round += 1)
      last = forkWays([(inner) => this.runList(body, inner), () => flow(0)], why, io, this);
    return last;
  }

  #runStrange(command: Command & { kind: "strange" }, io: Io): Flow {
    const why = `${command.what} is not worked out`;
    const unknown: Unknown = { why, at: command, option: null, inline: false };
    for (const [name] of command.what.matchAll(/[A-Za-z_]\w*/gu)) this.state.set(name, [unknown]);
    return command.body === null
      ? flow(unknown)
      : this.#runLoop(() => this.#runSometimes(command.body!, unknown, io));
  }

  call(name: string, bodies: readonly Command[], args: readonly Pieces[], io: Io): Flow {
    const { state } = this;
    if (this.#depth >= MOST_CALLS) {
      this.report("SCRIPT_TOO_LONG", bodies[0]!, { what: `${MOST_CALLS} functions that call each other` });
      return flow(0);
    }
    const { args: before, unsure } = state;
    state.args = args.flat().find((piece) => piece.unknown?.splits)?.unknown ?? args.map(toValue);
    const locals = new Map<string, ReturnType<typeof state.variables.get>>();
    state.locals.push(locals);
    this.#depth += 1;
    const ways = bodies.map((body) => (inner: Io) => this.#body(body, inner));
    const why = `which function ${name} is depends on a condition`;
    const result =
      ways.length === 1
        ? ways[0]!(io)
        : forkWays(ways, { why, at: bodies[0]!, option: null, inline: false }, io, this);
    this.#depth -= 1;
    state.locals.pop();
    for (const [local, value] of locals) {
      if (value === undefined) state.variables.delete(local);
      else state.variables.set(local, value);
    }
    state.args = before;
    state.unsure = unsure;
    return result.leave?.kind === "return" ? flow(result.leave.status) : result;
  }

  #body(body: Command, io: Io): Flow {
    if (body.kind !== "function") return flow(0);
    return pipeline(
      { negated: false, commands: [body.body], from: body.from, to: body.to },
      io,
      this,
      (command, at) => this.#command(command, at),
    );
  }
}
