/**
 * A condition that isn't known: each way is walked with a note that it may not be the one, and what the ways leave is joined.
 */
import {
  hole,
  known,
  type Piece,
  type Pieces,
  splitLines,
  stretchOf,
  textOf,
  type Unknown,
} from "./pieces.ts";
import { flow, type Flow, type Io, type Leave, mayFail, type Run, success } from "./run-types.ts";
import type { Snapshot } from "./shell-state.ts";

interface Walked {
  readonly result: Flow;
  readonly after: Snapshot;
  readonly output: Pieces;
}

/** Walks all ways. One that ends the shell is taken for not chosen behind it, and that it may have been is kept or said. */
export function forkWays(ways: readonly ((io: Io) => Flow)[], why: Unknown, io: Io, run: Run): Flow {
  const { state } = run;
  const before = state.snapshot();
  const walked = ways.map((way): Walked => {
    state.restore(before);
    state.branch ??= why;
    const output: Piece[] = [];
    const result = way({ ...io, output: io.output === null ? null : output });
    return { result, after: state.snapshot(), output };
  });
  state.restore(before);
  const going = walked.filter(({ result }) => result.leave?.kind !== "exit");
  for (const { result } of walked) {
    if (result.leave?.kind === "exit" && going.length > 0) noteExit(result.leave, why, run);
  }
  const left = going.length === 0 ? walked : going;
  state.join(
    left.map(({ after }) => after),
    why,
  );
  joinOutputs(
    left.map(({ output }) => output),
    why,
    io,
  );
  return joinFlows(
    left.map(({ result }) => result),
    why,
    run,
  );
}

/** An exit without an error is one way of a script that has run well. */
function noteExit(leave: Leave, why: Unknown, run: Run): void {
  if (success(leave.status) === false) mayFail(run, why, leave);
  else run.state.mayEnd({ ...why, at: leave });
}

function joinOutputs(outputs: readonly Pieces[], why: Unknown, { output }: Io): void {
  if (output === null) return;
  const [first = [], ...others] = outputs;
  const isSame = others.every((other) => textOf(other) === textOf(first) && other.length === first.length);
  if (isSame) {
    output.push(...first);
    return;
  }
  // How many lines come isn't known either, so none of them counts as a line of its own to a reader.
  for (const line of outputs.flatMap((one) => splitLines(one))) {
    const at = stretchOf(line, why.at);
    output.push(hole({ ...why, inline: false }, at), known("\n", { from: at.to, to: at.to }));
  }
}

function joinFlows(flows: readonly Flow[], why: Unknown, run: Run): Flow {
  const [first, ...others] = flows;
  if (first === undefined) return flow(0);
  const isSame = others.every((other) => other.status === first.status);
  const isFailure = flows.every((one) => success(one.status) === false);
  const status = isSame ? first.status : { ...why, fails: isFailure };
  const leaves = flows.map(({ leave }) => leave);
  if (leaves.every((leave) => leave === null)) return { status, leave: null };
  const same = leaves.every(
    (leave) => leave?.kind === leaves[0]?.kind && leave?.levels === leaves[0]?.levels,
  );
  if (same) return { status, leave: { ...leaves[0]!, status } };
  // Whether the rest of the function or of the loop's body runs depends on the condition.
  for (const leave of leaves) {
    if (leave === null) continue;
    if (leave.kind === "exit") run.state.mayEnd({ ...why, at: leave });
    else if (leave.kind === "return" || leave.levels > 1) run.state.leftFunction ??= why;
    else run.state.leftLoop ??= why;
  }
  return { status, leave: null };
}
