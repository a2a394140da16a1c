/**
 * Walks over a script as a shell would, on what is known: both ways of a condition that isn't known, with what they leave joined behind it.
 * Nothing is executed.
 */
import { Dialect, differs, NAME_SHELL } from "./dialect.ts";
import { expandFields, expandPattern, expandText } from "./expand.ts";
import type { Expansion } from "./expansion.ts";
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
import { flow, type Flow, holeAmong, type Io, mayFail, type Run, success } from "./run-types.ts";
import { parseShell } from "./shell-parser.ts";
import type { ShellState } from "./shell-state.ts";
import type { AndOr, Command, List, Pipeline } from "./shell-tree.ts";
import { trimLineEnds } from "./text-commands.ts";

const MOST_ROUNDS = 10_000;
const MOST_STEPS = 500_000;
const MOST_CALLS = 60;
const MOST_TEXTS = 60;

/** What a run needs from outside. */
export interface RunnerParts {
  readonly state: ShellState;
  /** What the script itself reads. */
  readonly input: Io["input"];
  readonly report: Run["report"];
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
      mayFail: (why, at) => mayFail(this, why, at),
    };
  }

  report(...finding: Parameters<Run["report"]>): void {
    this.#parts.report(...finding);
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
    const list: AndOr[] = [];
    this.parse(text, at, list);
    const result = this.runList(list, io);
    this.#texts -= 1;
    return result;
  }

  /** Reads the commands of a text, and says what other shells make of it. */
  parse(text: string, fixed: Stretch | null, list: AndOr[]): void {
    const dialect = new Dialect(this.state.shell);
    try {
      parseShell(text, fixed, dialect, list);
    } finally {
      for (const { what, at } of dialect.differences)
        this.report("SCRIPT_SHELL_UNKNOWN", at, { what, option: NAME_SHELL });
    }
  }

  #substitute(body: List, at: Stretch): Pieces {
    const output: Piece[] = [];
    const { state } = this;
    const saved = state.snapshot();
    const io = { input: this.#input, output, quiet: false, tested: false, guarded: false };
    const { endsOnError } = saved.options;
    // bash lets the commands of a substitution fail, others don't.
    if (state.shell === "bash") state.options = { ...saved.options, endsOnError: false };
    const { result, ended } = state.inside(() => this.runList(body, io));
    state.restore(saved);
    // Whether all of it was printed depends on a condition.
    const doubt =
      ended === null && state.shell === "sh" && endsOnError && result.leave?.kind === "exit"
        ? differs("set -e in $( )", at)
        : ended;
    if (doubt !== null) output.push(hole({ ...doubt, inline: false }, at));
    this.#status = doubt ?? result.leave?.status ?? result.status;
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
    }
    return last;
  }

  /** Under `set -e` a command that fails ends the shell, if it is the last of its `&&` list and not in a condition. */
  #checkError(result: Flow, { negated, commands, ...at }: Pipeline, io: Io): Flow {
    const { status, leave } = result;
    const { state } = this;
    const [command] = commands;
    const isOwn = commands.length > 1 || /^(?:simple|subshell|strange)$/u.test(command!.kind);
    const isWell = success(status);
    if (!state.options.endsOnError || io.guarded || negated || !isOwn || leave !== null || isWell === true)
      return result;
    if (isWell !== false) {
      mayFail(this, { ...isWell, why: `set -e ends the script if this fails: ${isWell.why}` }, at);
      return flow(0);
    }
    return { status, leave: { kind: "exit", levels: 1, status, from: at.from, to: at.to } };
  }

  /** When it runs isn't known, so nothing in it may decide about a rule. */
  #runInBackground(item: AndOr, io: Io): Flow {
    const why = "it runs in the background, at a time that isn't known";
    const unknown: Unknown = { why, at: item, option: null, inline: false };
    const saved = this.state.snapshot();
    this.state.branch ??= unknown;
    this.state.inside(() => this.#runAndOr(item, io));
    this.state.restore(saved);
    return flow(0);
  }

  #runAndOr(item: AndOr, io: Io): Flow {
    const run = (part: Pipeline, isLast: boolean, inner: Io): Flow => {
      const own = { ...inner, tested: io.tested || !isLast, guarded: io.guarded || !isLast };
      return this.#checkError(
        pipeline(part, own, this, (command, at) => this.#command(command, at)),
        part,
        own,
      );
    };
    let last = run(item.first, item.rest.length === 0, io);
    for (const part of item.rest) {
      const { operator, pipeline: next } = part;
      if (last.leave !== null) return last;
      this.#status = last.status;
      const isLast = part === item.rest.at(-1);
      const isWell = success(last.status);
      const isAnd = operator === "&&";
      if (typeof isWell !== "boolean") {
        // The way past the command keeps what the one before it came to.
        const past = isAnd ? { ...isWell, fails: true } : 0;
        last = forkWays([(inner) => run(next, isLast, inner), () => flow(past)], isWell, io, this);
      } else if (isWell === isAnd) last = run(next, isLast, io);
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
        const saved = this.state.snapshot();
        const { result, ended } = this.state.inside(() => this.runList(command.body, outer));
        this.state.restore({ ...saved, files: this.state.files });
        return flow(ended ?? result.leave?.status ?? result.status);
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
    const { status, leave } = this.runList(clause.condition, { ...io, tested: true, guarded: true });
    if (leave !== null) return { status, leave };
    const isWell = success(status);
    if (typeof isWell !== "boolean") {
      const ways = [
        (inner: Io) => this.runList(clause.body, inner),
        (inner: Io) => this.#runIf(command, inner, index + 1),
      ];
      return forkWays(ways, isWell, io, this);
    }
    return isWell ? this.runList(clause.body, io) : this.#runIf(command, io, index + 1);
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
    const { state } = this;
    const { leftLoop } = state;
    state.loops += 1;
    state.outerLoops += 1;
    const result = run();
    state.loops -= 1;
    state.outerLoops -= 1;
    state.leftLoop = leftLoop;
    const { leave } = result;
    if (leave === null || leave.kind === "exit" || leave.kind === "return") return result;
    return leave.levels > 1 ? { ...result, leave: { ...leave, levels: leave.levels - 1 } } : flow(0);
  }

  #runWhile(command: Command & { kind: "while" }, io: Io): Flow {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const { status, leave } = this.runList(command.condition, { ...io, tested: true, guarded: true });
      if (leave !== null) return { status, leave };
      const isWell = success(status);
      if (typeof isWell !== "boolean") return this.#runSometimes(command.body, isWell, io);
      if (isWell === command.until) return flow(0);
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
    const given = found === null ? null : state.fill(command.name, found);
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
    const { args: before, leftFunction, leftLoop, branch, loops } = state;
    state.args = args.flat().find((piece) => piece.unknown?.splits)?.unknown ?? args.map(toValue);
    const hidden = new Map<string, ReturnType<typeof state.variables.get>>();
    state.locals.push({ hidden, branch });
    state.loops = 0;
    state.returnable += 1;
    this.#depth += 1;
    const ways = bodies.map((body) => (inner: Io) => this.#body(body, inner));
    const why = `which function ${name} is depends on a condition`;
    const result =
      ways.length === 1
        ? ways[0]!(io)
        : forkWays(ways, { why, at: bodies[0]!, option: null, inline: false }, io, this);
    this.#depth -= 1;
    state.returnable -= 1;
    state.loops = loops;
    state.locals.pop();
    for (const [local, value] of hidden) {
      if (value === undefined) state.variables.delete(local);
      else state.variables.set(local, value);
    }
    state.args = before;
    state.leftFunction = leftFunction;
    state.leftLoop = leftLoop;
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
