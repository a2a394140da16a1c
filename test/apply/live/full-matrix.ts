/**
 * Every call of every way with every kind of fault, on both backends; `scripts/apply-faults.mjs` runs it. Takes about half an hour on two cores.
 */
import { BACKENDS, type Backend } from "../../kernel/harness.ts";
import { bundleCommand } from "./command.ts";
import { type Baseline, type Case, listFaults, recordWay, tryAll, WAYS } from "./matrix.ts";
import { makePlan } from "./rulesets.ts";

/** Runs those whose description matches; gives how many were wrong. */
export async function runAll(pattern: RegExp, lanes: number): Promise<number> {
  const command = await bundleCommand();
  const baselines = new Map<Backend, Baseline>();
  const cases: Case[] = [];
  for (const backend of BACKENDS) {
    const files = await makePlan(command, backend);
    for (const way of WAYS) {
      const { calls, baseline } = await recordWay(command, backend, way, files);
      if (way.from === null) baselines.set(backend, baseline);
      cases.push(...listFaults(way, calls).map((fault) => ({ way, backend, fault })));
    }
  }
  const chosen = cases.filter(({ way, backend, fault }) =>
    pattern.test(`${backend}, ${way.name}: ${fault.method} ${fault.nth} ${fault.kind}`),
  );
  console.log(`${chosen.length} of ${cases.length} faults`);
  let done = 0;
  const wrong = await tryAll(command, chosen, baselines, {
    lanes,
    onEnd: ({ way, backend, fault }, verdict) => {
      done += 1;
      const where = `${backend}, ${way.name}: ${fault.method} ${fault.nth} ${fault.kind}`;
      if (verdict !== null) console.log(`WRONG ${where}: ${verdict}`);
      if (done % 50 === 0) console.log(`${done} done`);
    },
  });
  command.end();
  console.log(`${chosen.length - wrong.length} right, ${wrong.length} wrong`);
  return wrong.length;
}
