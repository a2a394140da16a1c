/**
 * The certificate beside the proof, hook by hook: it may say "equal" only where the proof does.
 */
import { expect } from "vitest";
import type { Ruleset } from "../../../src/model/types.ts";
import { pairTables } from "../../../src/verify/pairs.ts";
import { certify } from "../../../src/verify/symbolic/certificate/certify.ts";
import { verify } from "../../../src/verify/verify.ts";
import { SEED } from "../../support/seed.ts";

export interface Counts {
  certified: number;
  /** Equal, and the certificate does not know it. */
  missed: number;
  different: number;
}

export const noCounts = (): Counts => ({ certified: 0, missed: 0, different: 0 });

/** Holds the certificate to the proof, in base chains that have rules. */
export async function judgeCertificate(
  old: Ruleset,
  now: Ruleset,
  show: string,
  counts: Counts,
): Promise<void> {
  const anyMark = SEED % 2 === 0;
  const options = { packets: 0, demandAnyMark: true, anyMark, counters: show.length % 2 === 0 };
  const { checks, ownBits } = await verify(old, now, options);
  for (const { pair } of pairTables(old, now)) {
    const used = new Set(pair.old.chains.flatMap(({ name, rules }) => (rules.length > 0 ? [name] : [])));
    for (const { kind, table, hook, result } of checks) {
      if (
        table !== pair.name ||
        hook === null ||
        !used.has(hook) ||
        !kind.startsWith("proved") ||
        result === "unknown"
      )
        continue;
      const settings = {
        ownBits,
        anyMark: anyMark || kind === "proved-any-mark",
        counters: options.counters,
      };
      const isCertified = certify(pair, hook, settings, () => {});
      if (isCertified) expect(result, `${table} ${hook} ${kind}\n${show}`).toBe("equal");
      counts[isCertified ? "certified" : result === "equal" ? "missed" : "different"]++;
    }
  }
}
