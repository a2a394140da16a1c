/**
 * The proof: what the diagrams of every changed table say, as checks, with a packet where they differ.
 */
import { InternalError } from "../text/internal-error.ts";
import { CrossChecker } from "./cross-check.ts";
import type { TablePair } from "./sample/compile.ts";
import { Sampler } from "./sample/draw.ts";
import type { SampleWork } from "./sample/jobs.ts";
import { type Finding, type HookFinding, OUT_OF_TIME } from "./symbolic/findings.ts";
import { isDroppedBefore, proveTable } from "./symbolic/prove.ts";
import { proveSlicesHere, type SliceRunner } from "./symbolic/slice.ts";
import type { VerifyAnswer, VerifyCheck, VerifyOptions } from "./types.ts";

/** Nodes of one set of diagrams, or of all slices that are proved at one time: about 250 MB with all that belongs to them. */
export const MOST_NODES = 8_000_000;

/** What is known about one table. */
export interface TableFinding {
  readonly pair: TablePair;
  readonly hooks: readonly HookFinding[];
  /** Hooks whose differing packets never get there. */
  readonly unreachable: ReadonlySet<string>;
}

/** Milliseconds, from any start. */
export type Clock = () => number;

export { proveSlicesHere, type SliceRunner } from "./symbolic/slice.ts";

/** What a proof needs from outside. */
export interface ProofTools {
  /** Without a clock there is no time limit. */
  readonly clock?: Clock;
  /** Of `clock`; the budget from now on, where it is missing. */
  readonly deadline?: number;
  /** Proves the slices of what is too large to be proved at once; here, where it is missing. */
  readonly runSlices?: SliceRunner;
}

/**
 * Proves all changed tables, one after the other; they share the budget. `all` are the unchanged ones too: they may drop what differs later. Rejects only when `runSlices`
 * fails.
 */
export async function proveTables(
  pairs: readonly TablePair[],
  all: readonly TablePair[],
  ownBits: number,
  connmarkBits: number,
  options: VerifyOptions,
  tools: ProofTools = {},
): Promise<readonly TableFinding[]> {
  const { clock = () => 0, runSlices = proveSlicesHere } = tools;
  const { deadline = clock() + options.budget * 1000 } = tools;
  const limits = { nodes: MOST_NODES, deadline, clock };
  const { anyMark, backend, counters } = options;
  const pairing = "occurrences" as const;
  const settings = { ownBits, connmarkBits, anyMark, backend, counters, pairing, slice: [] };
  const alsoAnyMark = ownBits !== 0 && !anyMark;
  const first = { ...settings, order: "destination-first" } as const;
  const tables: TableFinding[] = [];
  for (const pair of pairs) {
    const hooks = await proveTable(pair, first, alsoAnyMark, limits, runSlices);
    const earlier = all.filter(({ name }) => name !== pair.name);
    const isUnreachable = ({ hook, main }: HookFinding): boolean =>
      main.answer === "different" && isDroppedBefore(pair, hook, earlier, first, limits);
    const unreachable = new Set(hooks.filter(isUnreachable).map(({ hook }) => hook));
    tables.push({ pair, hooks, unreachable });
  }
  return tables;
}

/** Findings that decide, in order: those for packets with any own bits only where that is demanded. */
function decisive({ hooks }: TableFinding, options: VerifyOptions): readonly Finding[] {
  return hooks.flatMap(({ main, anyMark }) =>
    options.demandAnyMark && anyMark !== null ? [main, anyMark] : [main],
  );
}

/** The answer of the whole proof. */
interface ProofAnswer {
  readonly answer: VerifyAnswer;
  /** Where it is unknown. */
  readonly reason?: string;
  readonly isFinal: boolean;
  /** Whether more time might do. */
  readonly needsTime: boolean;
}

/** The answer of all findings that decide. */
export function answerOfProof(tables: readonly TableFinding[], options: VerifyOptions): ProofAnswer {
  let reason: string | undefined;
  let [isFinal, needsTime] = [false, false];
  for (const table of tables) {
    for (const finding of decisive(table, options)) {
      if (finding.answer === "different") return { answer: "different", isFinal, needsTime };
      if (finding.answer === "unknown") {
        reason ??= `table ${table.pair.name}: ${finding.reason}`;
        isFinal ||= finding.isFinal === true;
        needsTime ||= finding.reason === OUT_OF_TIME;
      }
    }
  }
  if (reason === undefined) return { answer: "equal", isFinal, needsTime };
  return { answer: "unknown", reason, isFinal, needsTime: needsTime && !isFinal };
}

/** One check for each hook, and one for packets with any own bits. */
export function proofChecks(tables: readonly TableFinding[]): readonly VerifyCheck[] {
  return tables.flatMap(({ pair, hooks, unreachable }) =>
    hooks.flatMap(({ hook, main, anyMark }) => {
      const place = `${pair.name} ${hook}`;
      const check = (kind: string, finding: Finding, which: string): VerifyCheck => {
        const result = finding.answer;
        const isFar = finding.answer === "different" && unreachable.has(hook);
        const far = isFar ? " Tables before drop all of them, on both sides." : "";
        const detail = `${place}: ${sentence(finding, which)}${far}`;
        const scope = isFar ? ({ scope: "unreachable" } as const) : {};
        return { kind, table: pair.name, hook, result, packets: 0, detail, ...scope };
      };
      const checks = [check("proved", main, "")];
      if (anyMark !== null && main.answer === "equal")
        checks.push(check("proved-any-mark", anyMark, ", with any own mark bits on entry"));
      return checks;
    }),
  );
}

function sentence(finding: Finding, which: string): string {
  if (finding.answer === "equal") return `every packet fares the same${which}, proved.`;
  if (finding.answer === "different") return `some packets fare differently${which}.`;
  return `not proved: ${finding.reason}.`;
}

/** Runs every sampled packet through the diagrams too. Throws InternalError at a disagreement, naming table, hook and packet. */
export function crossCheck(tables: readonly TableFinding[], work: SampleWork): number {
  let packets = 0;
  for (const job of work.jobs) {
    const { pair, hooks } = tables[job.table]!;
    const table = work.tables[job.table]!;
    const hook = table.hooks[job.hook]!;
    const proof = hooks[job.hook]!.proof;
    if (proof === null) continue;
    const checker = new CrossChecker(proof, table);
    const sampler = new Sampler(table, hook, job.seed, work.markMode);
    for (let at = 0; at < job.packets; at++) {
      sampler.draw(job.first + at);
      for (const side of [0, 1] as const) {
        const { evaluated, proved } = checker.check(hook, sampler.packet, side);
        if (JSON.stringify(evaluated) !== JSON.stringify(proved))
          throw new InternalError(
            `proof and evaluator disagree about a packet in ${pair.name} ${hook.name}, ${side === 0 ? "old" : "new"} side: ${JSON.stringify({ evaluated, proved, packet: [...sampler.packet] })}`,
          );
      }
      packets++;
    }
  }
  return packets;
}
