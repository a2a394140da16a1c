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
import { BudgetSpent } from "./symbolic/diagram.ts";
import type { Difference } from "./symbolic/findings.ts";
import type { DifferenceRegion, VerifyOptions, Witness } from "./types.ts";

/** A packet that shows the first difference that decides. Throws InternalError where the evaluator sees none: one of the two is wrong then. */
export function witnessOfProof(
  tables: readonly TableFinding[],
  work: SampleWork,
  options: VerifyOptions,
  files: readonly [string, string],
): Witness | null {
  for (const [index, { pair, hooks }] of tables.entries()) {
    for (const { hook, main, anyMark } of hooks) {
      const place = { work, index, pair, hook, files };
      if (main.answer === "different") return showDifference(main.difference, options.anyMark, place);
      if (options.demandAnyMark && anyMark?.answer === "different")
        return showDifference(anyMark.difference, true, place);
    }
  }
  return null;
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

interface DifferencePlace {
  readonly work: SampleWork;
  readonly index: number;
  readonly pair: TablePair;
  readonly hook: string;
  readonly files: readonly [string, string];
}

function showDifference(difference: Difference, anyMark: boolean, place: DifferencePlace): Witness {
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
