/**
 * Each method of the machine in each way through `markify apply --live`, with each kind of fault once, backends in turn. All calls, on both:
 * `node scripts/apply-faults.mjs`.
 */
import { expect, test } from "vitest";
import type { Backend } from "../../kernel/harness.ts";
import { describeKernel } from "../../kernel/harness.ts";
import { bundleCommand, type Command } from "./command.ts";
import { type Baseline, type Case, listFaults, recordWay, tryAll, WAYS } from "./matrix.ts";
import { makePlan } from "./rulesets.ts";
import { FAULT_KINDS } from "./with-faults.ts";

/** What a test of every change has time for. */
const KINDS = ["before", "after", "hangs", "killed"];
const LANES = 6;

/** Milliseconds that all of it may take beside the other files, on a busy machine. */
const LONGEST = 1_500_000;

/** Of each method and kind one call: the last one before that was not taken yet. */
function choose(cases: readonly Case[], at: number): readonly Case[] {
  const groups = new Map<string, Case[]>();
  for (const each of cases) {
    const { method, kind } = each.fault;
    if (!KINDS.includes(kind)) continue;
    const key = `${method} ${kind}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const kind = FAULT_KINDS.indexOf(group[0]!.fault.kind);
    return group[group.length - 1 - ((kind + at) % Math.min(3, group.length))]!;
  });
}

describeKernel("each method of the machine", () => {
  test(
    "fails before its work, after it, hangs, or is the last one: no third state",
    async () => {
      const command = await bundleCommand();
      try {
        const { cases, baselines } = await listCases(command);
        expect(new Set(cases.map(({ fault }) => fault.method)).size).toBeGreaterThan(28);
        expect(await tryAll(command, cases, baselines, { lanes: LANES })).toEqual([]);
      } finally {
        command.end();
      }
    },
    LONGEST,
  );
});

/** The first way with all methods; the others with what they call beside those. */
async function listCases(
  command: Command,
): Promise<{ readonly cases: readonly Case[]; readonly baselines: ReadonlyMap<Backend, Baseline> }> {
  const baselines = new Map<Backend, Baseline>();
  const all: Case[] = [];
  const known = new Set<string>();
  const plans = { legacy: await makePlan(command, "legacy"), nft: await makePlan(command, "nft") };
  for (const [at, way] of WAYS.entries()) {
    const backends: readonly Backend[] = at === 0 ? ["legacy", "nft"] : [at % 2 === 0 ? "legacy" : "nft"];
    for (const [turn, backend] of backends.entries()) {
      const { calls, baseline } = await recordWay(command, backend, way, plans[backend]);
      if (way.from === null) baselines.set(backend, baseline);
      const cases = listFaults(way, calls).map((fault) => ({ way, backend, fault }));
      const chosen = choose(cases, turn).filter(({ fault }) => !known.has(fault.method) || at === 0);
      all.push(...(at === 0 ? chosen.filter((_, n) => n % 2 === turn) : chosen));
    }
    for (const { fault } of all) known.add(fault.method);
  }
  return { cases: all, baselines };
}
