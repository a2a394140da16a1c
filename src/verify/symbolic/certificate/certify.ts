/**
 * Equality without diagrams: both sides of a hook as lists of the same cells, in orders that make no difference.
 *
 * It knows nothing of values that meet half-way (networks joined to a larger one, ports to a range) and so proves less than diagrams do; but it does not grow with the number of
 * packets that rules tell apart. It never says that two sides differ.
 */
import { nameOccurrences } from "../../occurrences.ts";
import { ProofGap } from "../changes.ts";
import type { ProofPair, ProofSettings } from "../table-proof.ts";
import { cellsOf } from "./cells.ts";
import { Literals } from "./literal.ts";
import { NoList } from "./no-list.ts";
import { isReordered } from "./reorder.ts";
import { walkHook } from "./walk.ts";

/** What a certificate is made for. */
export type CertificateSettings = Pick<ProofSettings, "ownBits" | "anyMark" | "counters">;

/** For tables without a gap (gaps.ts). True: every packet of the hook fares the same. False: nothing is known. Throws BudgetSpent where `checkTime` does. */
export function certify(
  pair: ProofPair,
  hook: string,
  settings: CertificateSettings,
  checkTime: () => void,
): boolean {
  const literals = new Literals(pair.family, nameOccurrences(pair.old, pair.new));
  try {
    const [old, now] = [pair.old, pair.new].map((table) =>
      cellsOf(walkHook(table, hook, literals, { ...settings, checkTime }), literals),
    );
    return isReordered(old!, now!, checkTime);
  } catch (error) {
    if (error instanceof NoList || error instanceof ProofGap) return false;
    throw error;
  }
}
