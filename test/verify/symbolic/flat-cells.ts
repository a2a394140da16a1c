/**
 * The certificate's own reading of a table, printed as a table without chains: what it takes for equal to the table that it has read.
 */
import type { Family, Table } from "../../../src/model/types.ts";
import { nameOccurrences } from "../../../src/verify/occurrences.ts";
import { ProofGap } from "../../../src/verify/symbolic/changes.ts";
import { cellsOf } from "../../../src/verify/symbolic/certificate/cells.ts";
import type { CertificateSettings } from "../../../src/verify/symbolic/certificate/certify.ts";
import { type Literal, Literals } from "../../../src/verify/symbolic/certificate/literal.ts";
import { NoList } from "../../../src/verify/symbolic/certificate/no-list.ts";
import { walkHook } from "../../../src/verify/symbolic/certificate/walk.ts";
import type { SmallRule } from "../small/tables.ts";
import { hex } from "./group-words.ts";

/** One rule for each cell of a base chain, in their order; null where there is no list. */
export function flatCells(
  table: Table,
  family: Family,
  hook: string,
  settings: CertificateSettings,
): readonly SmallRule[] | null {
  const literals = new Literals(family, nameOccurrences(table, table));
  try {
    const steps = walkHook(table, hook, literals, { ...settings, checkTime: () => {} });
    return [...cellsOf(steps, literals)].map(({ all, outcome }) => ({
      matches: all.map(matchOf),
      target: targetOf(outcome),
    }));
  } catch (error) {
    if (error instanceof NoList || error instanceof ProofGap) return null;
    throw error;
  }
}

/** An opposite still has the text of what it was made from. */
function matchOf({ match }: Literal): string {
  const isOption = /^(! )?-[^m]/.test(match.text);
  if (!isOption || !("negated" in match)) return match.text;
  return `${match.negated ? "! " : ""}${match.text.replace(/^! /, "")}`;
}

function targetOf(outcome: string): string {
  const mark = /^MARK (-?\d+) (-?\d+)$/.exec(outcome);
  if (mark !== null) return `-j MARK --set-xmark ${hex(Number(mark[2]))}/${hex(Number(mark[1]))}`;
  return outcome.startsWith("-j ") ? outcome : "";
}
