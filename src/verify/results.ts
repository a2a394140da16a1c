/**
 * What the samples came to, in checks and sentences.
 */
import type { PairedTable } from "./pairs.ts";
import type { JobResult, SampleWork } from "./sample/jobs.ts";
import { KIND, OP } from "./sample/program.ts";
import type { Backend, VerifyAnswer, VerifyCheck } from "./types.ts";

/** Targets after which the packet goes on with other addresses or other tcp options. */
const REWRITES = /^(?:SNPT|DNPT|RAWSNAT|RAWDNAT|TCPOPTSTRIP)\b/;

/** Packets evaluated in all. */
export function countPackets(results: readonly JobResult[]): number {
  return results.reduce((sum, result) => sum + result.packets, 0);
}

/** One check for each identical table, and for each hook that got packets: under assumption A, and with any own bits. */
export function checksOf(
  paired: readonly PairedTable[],
  work: SampleWork,
  results: readonly JobResult[],
): readonly VerifyCheck[] {
  const changed = paired.filter(({ isIdentical }) => !isIdentical);
  return paired.flatMap((table) => {
    if (table.isIdentical) return [identicalCheck(table.pair.name)];
    const index = changed.indexOf(table);
    return work.tables[index]!.hooks.flatMap((hook, number) => {
      const own = results.filter((result) => {
        const job = work.jobs[result.job]!;
        return job.table === index && job.hook === number;
      });
      return hookChecks(table.pair.name, hook.name, own);
    });
  });
}

function identicalCheck(table: string): VerifyCheck {
  const detail = `Table ${table}: both sides have the same chains, policies and rules.`;
  return { kind: "identical", table, hook: null, result: "equal", packets: 0, detail };
}

function hookChecks(table: string, hook: string, results: readonly JobResult[]): readonly VerifyCheck[] {
  const anyPackets = results.reduce((sum, result) => sum + result.anyMarkPackets, 0);
  const packets = countPackets(results) - anyPackets;
  const isDifferent = results.some((result) => result.difference !== -1);
  const stuckIn = results.find((result) => result.stuckIn !== undefined)?.stuckIn;
  if (stuckIn !== undefined) {
    const detail = `${table} ${hook}: chain ${stuckIn} is walked too many times.`;
    return [{ table, hook, kind: "sampled", packets: packets + anyPackets, result: "unknown", detail }];
  }
  const isAnyDifferent = results.some((result) => result.anyMarkDifference !== -1);
  const checks: VerifyCheck[] = [];
  const place = { table, hook };
  if (packets > 0 || anyPackets === 0) {
    checks.push({ ...place, kind: "sampled", packets, ...answer(table, hook, packets, isDifferent, "") });
  }
  if (anyPackets > 0) {
    const found = isAnyDifferent || (isDifferent && packets === 0);
    const which = " that entered with any own mark bits";
    checks.push({
      ...place,
      kind: "sampled-any-mark",
      packets: anyPackets,
      ...answer(table, hook, anyPackets, found, which),
    });
  }
  return checks;
}

function answer(
  table: string,
  hook: string,
  packets: number,
  isDifferent: boolean,
  which: string,
): { readonly result: VerifyAnswer; readonly detail: string } {
  const place = `${table} ${hook}`;
  if (isDifferent)
    return { result: "different", detail: `${place}: a packet${which} is treated differently.` };
  if (packets === 0) return { result: "unknown", detail: `${place}: no packets were drawn.` };
  return { result: "equal", detail: `${place}: no difference in ${packets} packets${which}.` };
}

/** What decides which limits there are. */
export interface LimitFacts {
  readonly isProved: boolean;
  readonly counters: boolean;
  readonly backend: Backend | null;
}

/** What the checkers do not say. */
export function limitsOf(
  work: SampleWork,
  results: readonly JobResult[],
  facts: LimitFacts,
): readonly string[] {
  const limits: string[] = [];
  if (work.tables.length > 0 && !facts.isProved) limits.push(sampleLimit(facts.backend));
  if (work.tables.length > 0 && facts.isProved && facts.backend !== null)
    limits.push(`Only as iptables-${facts.backend} treats packets.`);
  const counting = work.tables.some((table) =>
    table.programs.some((program) => program.ops.includes(OP.CONTINUE)),
  );
  if (counting && !facts.counters) limits.push("Counters of rules without a target are not compared.");
  if (work.tables.some((table) => table.conditions.kinds.some((kind) => kind >= KIND.PURE))) {
    limits.push(
      facts.isProved
        ? "Matches that are not modelled may answer anything, the same way on both sides."
        : "Matches that are not modelled answer at random, the same way on both sides.",
    );
  }
  const rewriting = work.tables.flatMap(({ texts }) => texts.map((text) => REWRITES.exec(text)?.[0] ?? ""));
  const names = [...new Set(rewriting)].filter((name) => name !== "").sort();
  if (names.length > 0) {
    limits.push(`Fields that ${names.join(", ")} rewrite are tested as the packet brought them.`);
  }
  if (!work.anyMarkDecides && results.some((result) => result.anyMarkDifference !== -1)) {
    limits.push(
      "Packets that enter with own mark bits set can be treated differently (outside the assumption).",
    );
  }
  return limits;
}

function sampleLimit(backend: Backend | null): string {
  const which =
    backend === null
      ? "half as iptables-legacy treats them, half as iptables-nft"
      : `as iptables-${backend} treats them`;
  return `Packets are samples, ${which}: no proof.`;
}
