/**
 * Equality without diagrams: both sides of a hook as lists of the same cells, in orders that make no difference.
 *
 * It knows nothing of values that meet half-way (networks joined to a larger one, ports to a range) and so proves less than diagrams do; but it does not grow with the number of
 * packets that rules tell apart. It never says that two sides differ.
 */
import { nameOccurrences } from "../../occurrences.ts";
import { ProofGap } from "../changes.ts";
import type { ProofPair, ProofSettings } from "../table-proof.ts";
import { asksMore, cellsOf } from "./cells.ts";
import { Literals } from "./literal.ts";
import { NoList } from "./no-list.ts";
import { isReordered } from "./reorder.ts";
import type { Factor } from "./own-state.ts";
import { type Step, walkHook } from "./walk.ts";

/** What a certificate is made for. */
export interface CertificateSettings extends Pick<ProofSettings, "ownBits" | "anyMark" | "counters"> {
  /** Also for packets that enter with any own bits. */
  readonly alsoAnyMark?: boolean;
}

/** For tables without a gap (gaps.ts). True: every packet of the hook fares the same. False: nothing is known. Throws BudgetSpent where `checkTime` does. */
export function certify(
  pair: ProofPair,
  hook: string,
  settings: CertificateSettings,
  checkTime: () => void,
): boolean {
  const literals = new Literals(pair.family, nameOccurrences(pair.old, pair.new));
  const walk = (anyMark: boolean): readonly Steps[] =>
    [pair.old, pair.new].map((table) => walkHook(table, hook, literals, { ...settings, anyMark, checkTime }));
  const areEqual = ([old, now]: readonly Steps[]): boolean =>
    isReordered([...cellsOf(old!, literals)], cellsOf(now!, literals), checkTime);
  try {
    const steps = walk(settings.anyMark);
    const [old, now] = steps;
    if (asksMore(old!, now!, literals) || asksMore(now!, old!, literals)) return false;
    const others = settings.alsoAnyMark === true && !settings.anyMark ? walk(true) : steps;
    // Mostly the own bits that packets bring change nothing.
    const areSame = steps.every((each, side) => isSameWalk(each, others[side]!));
    return areEqual(steps) && (areSame || areEqual(others));
  } catch (error) {
    if (error instanceof NoList || error instanceof ProofGap) return false;
    throw error;
  }
}

type Steps = readonly Step[];

/** Whether two walks come to the same steps. */
function isSameWalk(one: Steps, other: Steps): boolean {
  if (one === other) return true;
  return isSameList(one, other, (step, { factors, outcome, ends }) => {
    if (step.outcome !== outcome || step.ends !== ends) return false;
    return isSameList(step.factors, factors, isSameFactor);
  });
}

function isSameFactor(one: Factor, other: Factor): boolean {
  return one === other || isSameList(one, other, (all, same) => isSameList(all, same, Object.is));
}

function isSameList<Item>(
  one: readonly Item[],
  other: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): boolean {
  return one.length === other.length && one.every((item, at) => isSame(item, other[at]!));
}
