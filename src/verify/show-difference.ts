/**
 * What a proof found, for people: a packet that shows it, confirmed by the evaluator, and all that differs.
 */
import { InternalError } from "../text/internal-error.ts";
import { packetOfDifference } from "./chosen-packet.ts";
import { describeDifference } from "./differences.ts";
import type { TableFinding } from "./proving.ts";
import type { TablePair } from "./sample/compile.ts";
import type { SampleWork } from "./sample/jobs.ts";
import { witnessPacket } from "./sample/witness.ts";
import { SAME } from "./symbolic/compare.ts";
import { BudgetSpent } from "./symbolic/diagram.ts";
import type { Difference } from "./symbolic/findings.ts";
import { mapLeaves } from "./symbolic/map-leaves.ts";
import type { DifferenceRegion, VerifyOptions, Witness } from "./types.ts";

/** A packet that shows the first difference that decides, one of verdicts where there is any: what else differs matters less. Throws InternalError where the evaluator sees none: one of the two is wrong then. */
export function witnessOfProof(
  tables: readonly TableFinding[],
  work: SampleWork,
  options: VerifyOptions,
  files: readonly [string, string],
): Witness | null {
  const found: Shown[] = [];
  for (const [index, { pair, hooks }] of tables.entries()) {
    for (const { hook, main, anyMark } of hooks) {
      const place = { work, index, pair, hook, files };
      if (main.answer === "different")
        found.push({ difference: main.difference, anyMark: options.anyMark, place });
      else if (options.demandAnyMark && anyMark?.answer === "different")
        found.push({ difference: anyMark.difference, anyMark: true, place });
    }
  }
  for (const each of found) {
    const difference = ofVerdicts(each.difference);
    if (difference !== null) return showDifference({ ...each, difference });
  }
  return found[0] === undefined ? null : showDifference(found[0]);
}

/** The packets of a difference that end otherwise; null where there are none, or nothing of the budget is left to look for them. */
function ofVerdicts(difference: Difference): Difference | null {
  const { proof, comparer, node } = difference;
  const { diagram, outcomes } = proof.join;
  const isOther = (leaf: number): boolean => {
    const { old, new: now } = comparer.pairOf(leaf);
    return outcomes.of(old).control !== outcomes.of(now).control;
  };
  try {
    const ends = mapLeaves(diagram, node, (leaf) => (leaf !== SAME && isOther(leaf) ? leaf : SAME));
    return ends === SAME ? null : { ...difference, node: ends };
  } catch (error) {
    if (error instanceof BudgetSpent) return null;
    throw error;
  }
}

/** What differs, hook by hook, as long as there is room. */
export function differencesOf(
  tables: readonly TableFinding[],
  options: VerifyOptions,
): { readonly differences: readonly DifferenceRegion[]; readonly moreDifferences: boolean } {
  const differences: DifferenceRegion[] = [];
  let moreDifferences = false;
  for (const { hooks } of tables) {
    for (const { hook, main, anyMark } of hooks) {
      const demanded = options.demandAnyMark ? anyMark : null;
      const finding = main.answer === "different" ? main : demanded;
      if (finding?.answer !== "different") continue;
      const left = options.regions - differences.length;
      const { regions, isCut } = describeInBudget(finding.difference, hook, left);
      differences.push(...regions);
      moreDifferences ||= isCut;
    }
  }
  return { differences, moreDifferences };
}

/** The difference is known; where nothing of the budget is left to describe it, that is all that is said. */
function describeInBudget(
  ...args: Parameters<typeof describeDifference>
): ReturnType<typeof describeDifference> {
  try {
    return describeDifference(...args);
  } catch (error) {
    if (error instanceof BudgetSpent) return { regions: [], isCut: true };
    throw error;
  }
}

/** A difference that may be shown. */
interface Shown {
  readonly difference: Difference;
  readonly anyMark: boolean;
  readonly place: DifferencePlace;
}

interface DifferencePlace {
  readonly work: SampleWork;
  readonly index: number;
  readonly pair: TablePair;
  readonly hook: string;
  readonly files: readonly [string, string];
}

function showDifference({ difference, anyMark, place }: Shown): Witness {
  const { work, index, pair, hook, files } = place;
  const table = work.tables[index]!;
  const compiled = table.hooks.find(({ name }) => name === hook)!;
  const { packet, oracle } = packetOfDifference(difference, anyMark, table, compiled);
  const witness = witnessPacket({ table, hook: compiled, pair, files, packet, oracle });
  if (witness === null)
    throw new InternalError(
      `proof and evaluator disagree about a packet in ${pair.name} ${hook}: ${packet.join(" ")}`,
    );
  return witness;
}
