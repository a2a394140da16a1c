/**
 * One call of the machine that goes wrong in a whole `markify apply --live`, and what is live in the end.
 */
import type { Backend } from "../../kernel/harness.ts";
import { inWorld, type Ran, type World } from "../world.ts";
import { type Command, stateOf } from "./command.ts";
import { liveWords, type PlanFiles, setUp, snapshot } from "./rulesets.ts";
import { AT_ONCE, FAULT_KINDS, type Fault, type FaultKind, type Faults } from "./with-faults.ts";

/** Both processes of the watchdog. */
const KILL_WATCHDOG =
  'read pid start <"$(echo state/2*/armed)"; parent=$(cut -d " " -f 4 /proc/$pid/stat); kill -KILL $parent $pid';

/** A way through the command; calls before `from` are those of the first one. */
export interface Way {
  readonly name: string;
  readonly options: readonly string[];
  readonly from: string | null;
  /** Nobody is left to act when markify is killed as well: then the next command has to say so, and `markify rollback` to go back. */
  readonly isUnwatched?: true;
}

/** All ways. */
export const WAYS: readonly Way[] = [
  { name: "confirmed by a check", options: ["--confirm-after-check", "true"], from: null },
  {
    name: "confirmed by a check, files for the next start",
    options: ["--confirm-after-check", "true", "--persist", "start.rules"],
    from: "decide",
  },
  { name: "the check says no", options: ["--confirm-after-check", "false"], from: "runCheck" },
  {
    name: "the check says no, and the watchdog is killed",
    options: ["--confirm-after-check", `${KILL_WATCHDOG}; false`],
    from: "runCheck",
    isUnwatched: true,
  },
  { name: "nobody confirms", options: ["--seconds", "5"], from: "readDecision" },
];

/** A fault on a way. */
export interface Case {
  readonly way: Way;
  readonly backend: Backend;
  readonly fault: Fault;
}

/** What stands at a case that is not right; null: it ended as it may. */
export type Verdict = string | null;

/** What the tests of a backend are held against. */
export interface Baseline {
  readonly files: PlanFiles;
  readonly old: string;
  readonly now: string;
}

/** Milliseconds that a process may take which hangs for good, and that a watchdog has after that. */
const HANGS = 30_000;
const AFTERWARDS = 40_000;

/** The calls of a way without faults, in their order; and the rules before and after. */
export async function recordWay(
  command: Command,
  backend: Backend,
  way: Way,
  files: PlanFiles,
): Promise<{ readonly calls: readonly string[]; readonly baseline: Baseline }> {
  let recorded: { readonly calls: readonly string[]; readonly baseline: Baseline } | null = null;
  await inWorld(backend, async (world) => {
    setUp(world, files);
    const old = snapshot(world);
    const faults = { trace: `${world.folder}/trace` };
    const ran = await command.start(world, liveWords(...way.options), faults).ended;
    const isBack = way.options.at(-1)!.endsWith("false") || way.options.includes("--seconds");
    if (ran.status !== (isBack ? 8 : 0)) throw new Error(`${way.name}: ${ran.status}: ${ran.err}`);
    const now = snapshot(world);
    if (isBack !== (now === old)) throw new Error(`${way.name}: the wrong rules are live: ${ran.err}`);
    recorded = { calls: world.read("trace").trim().split("\n"), baseline: { files, old, now } };
  });
  return recorded!;
}

/** Every call of a way with every kind of fault; of calls that are made again and again the first two. */
export function listFaults(way: Way, calls: readonly string[]): readonly Fault[] {
  const start = way.from === null ? 0 : calls.indexOf(way.from);
  const counts = new Map<string, number>();
  return calls.flatMap((method, at) => {
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    if (at < start || method === "then") return [];
    const before = calls.slice(start, at).filter((each) => each === method).length;
    const isLoop = way.from !== null && before >= 2;
    return isLoop
      ? []
      : FAULT_KINDS.filter((kind) => fits(method, kind)).map((kind) => ({ method, nth, kind }));
  });
}

function fits(method: string, kind: FaultKind): boolean {
  return !AT_ONCE.has(method) || !kind.startsWith("hangs");
}

/** Carries out a case. */
export async function tryCase(
  command: Command,
  { way, backend, fault }: Case,
  baseline: Baseline,
): Promise<Verdict> {
  let verdict: Verdict = "not tried";
  await inWorld(backend, async (world) => {
    setUp(world, baseline.files);
    if (snapshot(world) !== baseline.old) throw new Error("the world is not as it was");
    const seconds = way.options.includes("--seconds") ? [] : ["--seconds", "6"];
    // A hang that ends before the deadline, and one that the watchdog ends.
    const faults: Faults = { fault, pace: fault.kind === "hangs-after" ? 0.2 : 0.05 };
    const running = command.start(world, liveWords(...way.options, ...seconds), faults);
    const timer = setTimeout(() => running.child.kill("SIGKILL"), HANGS);
    const ran = await running.ended;
    clearTimeout(timer);
    await atRest(world);
    if (ran.status === null && way.isUnwatched) verdict = await judgeUnwatched(command, world, baseline);
    else verdict = judge(world, ran, baseline);
  });
  return verdict;
}

/** Until nothing runs in the world any more but the world itself. */
export async function atRest(world: World): Promise<void> {
  for (let waited = 0; world.processes().length > 1; waited += 100) {
    if (waited > AFTERWARDS) throw new Error("something still runs");
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}

function judge(world: World, { status, err }: Ran, { old, now }: Baseline): Verdict {
  const live = snapshot(world);
  const found = live === old ? "old" : live === now ? "new" : "neither";
  const decision = world.run(`readlink ${stateOf(world)}/2*/decision`).out.trim();
  const wrong = `exit ${status}, ${found} rules, ${decision === "" ? "not decided" : decision}\n${err.split("\n").slice(-15).join("\n")}`;
  switch (status) {
    case 0:
      return found === "new" && decision === "confirmed" ? null : wrong;
    case 7:
      return judgeUnknown(world, err, decision, { old, now }) ? null : wrong;
    // Killed by this fault, or by the watchdog because it hung; and what has nothing to do with the rules (2: a file for the next start of the machine).
    case null:
    case 2:
      return found === (decision === "confirmed" ? "new" : "old") ? null : wrong;
    default:
      return found === "old" && decision !== "confirmed" ? null : wrong;
  }
}

async function judgeUnwatched(command: Command, world: World, { old, now }: Baseline): Promise<Verdict> {
  if (snapshot(world) === now) {
    const { out } = await command.start(world, ["history"]).ended;
    if (!/ (undecided|unknown) /.test(out)) return `nobody says that nobody watches: ${out}`;
  }
  const back = await command.start(world, ["rollback"]).ended;
  return snapshot(world) === old ? null : `rollback: exit ${back.status}: ${back.err}`;
}

/** It has to be loud, and its command has to help. */
function judgeUnknown(
  world: World,
  err: string,
  decision: string,
  { old, now }: Omit<Baseline, "files">,
): boolean {
  const said = /^ {2}by hand: +(sh \S+\/restore\.sh)$/m.exec(err.replace(/^markify: /gm, ""));
  if (!err.includes("IT IS NOT KNOWN WHICH RULES ARE LIVE") || said === null) return false;
  if (decision === "confirmed") return snapshot(world) === now;
  return world.run(said[1]!).status === 0 && snapshot(world) === old;
}

/** Runs them, some at once: most of the time they wait. Gives what was wrong. */
export async function tryAll(
  command: Command,
  cases: readonly Case[],
  baselines: ReadonlyMap<Backend, Baseline>,
  { lanes, onEnd }: { readonly lanes: number; readonly onEnd?: (tried: Case, verdict: Verdict) => void },
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const rest = cases[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const each of rest) {
      const { fault, way, backend } = each;
      const where = `${backend}, ${way.name}: ${fault.method} ${fault.nth} ${fault.kind}`;
      const verdict = await tryCase(command, each, baselines.get(backend)!).catch((error: unknown) =>
        String(error),
      );
      if (verdict !== null) wrong.push(`${where}: ${verdict}`);
      onEnd?.(each, verdict);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return wrong;
}
