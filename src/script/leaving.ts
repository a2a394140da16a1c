/**
 * `exit`, `return`, `break` and `continue`: where they lead, and where shells disagree about that.
 */
import { differs } from "./dialect.ts";
import { holeIn, textOf } from "./pieces.ts";
import { type BuiltinCall, flow, type Flow, type Leave, type Run } from "./run-types.ts";

/** Leaves with the status that is given, or with the last one. */
export function leaveWith(kind: "exit" | "return", { args, at }: BuiltinCall, run: Run): Flow {
  const [first] = args;
  const [last] = run.expansion.lastStatus(at);
  const unknown = first === undefined ? (last?.unknown ?? null) : holeIn(first);
  const number = Number(first === undefined ? last?.text : textOf(first));
  const status = unknown ?? (Number.isInteger(number) ? number : 2);
  return { status, leave: { kind, levels: 1, status, from: at.from, to: at.to } };
}

/** Outside of functions bash goes on behind `return`, and dash ends. */
export function returnFrom(call: BuiltinCall, run: Run): Flow {
  const { state } = run;
  if (state.returnable > 0) return leaveWith("return", call, run);
  if (state.shell === "dash") return leaveWith("exit", call, run);
  const unknown = differs("return outside of functions", call.at);
  if (state.shell === "sh") state.mayEnd(unknown);
  return flow({ ...unknown, fails: true });
}

/** Outside of loops nothing happens; what a loop around the function or the subshell makes of it is not worked out. */
export function leaveLoop(kind: Leave["kind"], { args, at }: BuiltinCall, run: Run): Flow {
  const { loops, outerLoops } = run.state;
  const levels = args[0] === undefined ? 1 : Number(holeIn(args[0]) === null ? textOf(args[0]) : "");
  if (loops === 0 && outerLoops === 0) return flow(0);
  if (!(Number.isInteger(levels) && levels > 0) || loops === 0) {
    const why = `which loop this ${kind} is about is not worked out`;
    run.state.mayEnd({ why, at, option: null, inline: false });
    return flow(0);
  }
  return { status: 0, leave: { kind, levels: Math.min(levels, loops), status: 0, from: at.from, to: at.to } };
}
