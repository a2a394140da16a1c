/**
 * Kernel against evaluator: packets through one ruleset, table by table, each fate held against what the evaluator says of the packet as it arrived.
 */
import type { Ruleset } from "../../model/types.ts";
import { modelledPart } from "./model.ts";
import { Tally } from "./tally.ts";
import { TableTrial } from "./trial.ts";
import type { Agreement, AgreementOptions, Disagreement } from "./types.ts";

/** Tables whose hooks see every packet and change nothing but marks. */
const TABLES: readonly string[] = ["raw", "mangle", "filter", "security"];

/** Sends packets through each table of a ruleset alone. Throws KernelFailure when it does not load. */
export async function compareWithKernel(ruleset: Ruleset, options: AgreementOptions): Promise<Agreement> {
  const tally = new Tally();
  const disagreements: Disagreement[] = [];
  const leftOut: string[] = [];
  for (const whole of ruleset.tables) {
    if (!TABLES.includes(whole.name)) {
      leftOut.push(`table ${whole.name}`);
      continue;
    }
    const { table, leftOut: rules } = modelledPart(whole);
    if (rules > 0) leftOut.push(`${rules} rules of table ${table.name}`);
    for (const found of await new TableTrial(table, ruleset.family, options, tally).run())
      disagreements.push(found);
  }
  return { compared: tally.sent, silent: tally.silent, notSent: tally.list(), disagreements, leftOut };
}
