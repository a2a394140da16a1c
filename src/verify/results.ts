/**
 * What the samples came to, in checks and sentences.
 */
import type { Match, Target } from "../model/types.ts";
import type { PairedTable } from "./pairs.ts";
import type { TablePair } from "./sample/compile.ts";
import type { JobResult, SampleWork } from "./sample/jobs.ts";
import type { Backend, VerifyAnswer, VerifyCheck } from "./types.ts";

/** Targets after which the packet goes on with other addresses or other tcp options. */
const REWRITES = /^-j (SNPT|DNPT|RAWSNAT|RAWDNAT|TCPOPTSTRIP)\b/;

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
  const hasSamples = work.jobs.length > 0;
  return paired.flatMap((table) => {
    if (table.isIdentical) return [identicalCheck(table.pair.name)];
    if (!hasSamples) return [];
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

/** What the checkers do not say about changed tables. */
export function limitsOf(
  pairs: readonly TablePair[],
  work: SampleWork,
  results: readonly JobResult[],
  facts: LimitFacts,
): readonly string[] {
  const limits: string[] = [];
  const { backend, isProved } = facts;
  if (pairs.length > 0 && !isProved && work.jobs.length > 0) limits.push(sampleLimit(backend));
  if (pairs.length > 0 && isProved && backend !== null)
    limits.push(`Only as iptables-${backend} treats packets.`);
  const { counts, isOpen, rewriting } = traitsOf(pairs);
  if (counts && !facts.counters) limits.push("Counters of rules without a target are not compared.");
  if (isOpen) {
    limits.push(
      isProved
        ? "Matches that are not modelled may answer anything, the same way on both sides."
        : "Matches that are not modelled answer at random, the same way on both sides.",
    );
  }
  if (rewriting.length > 0)
    limits.push(`Fields that ${rewriting.join(", ")} rewrite are tested as the packet brought them.`);
  if (!work.anyMarkDecides && results.some((result) => result.anyMarkDifference !== -1)) {
    limits.push(
      "Packets that enter with own mark bits set can be treated differently (outside the assumption).",
    );
  }
  return limits;
}

/** What rules of tables do that calls for a sentence. */
function traitsOf(pairs: readonly TablePair[]): {
  readonly counts: boolean;
  readonly isOpen: boolean;
  readonly rewriting: readonly string[];
} {
  const targets = new Set<Target>();
  const matches = new Set<Match>();
  for (const pair of pairs)
    for (const { chains } of [pair.old, pair.new])
      for (const { rules } of chains)
        for (const rule of rules) {
          targets.add(rule.target);
          for (const match of rule.matches) matches.add(match);
        }
  const rewriting = new Set([...targets].flatMap(({ text }) => REWRITES.exec(text)?.[1] ?? []));
  return {
    counts: [...targets].some(({ kind }) => kind === "none"),
    isOpen: [...matches].some(({ kind }) => kind === "pure" || kind === "opaque"),
    rewriting: [...rewriting].sort(),
  };
}

function sampleLimit(backend: Backend | null): string {
  const which =
    backend === null
      ? "half as iptables-legacy treats them, half as iptables-nft"
      : `as iptables-${backend} treats them`;
  return `Packets are samples, ${which}: no proof.`;
}
