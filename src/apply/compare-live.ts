/**
 * Is a plan stale? What it was made from, compared with what is live: by lists first, then by proof. Whatever a load would take away that the plan doesn't know is a difference,
 * also where no packet notices.
 */
import { isBaseChain } from "../model/tables.ts";
import type { Family, Ruleset } from "../model/types.ts";
import type { VerifyResult } from "../verify/types.ts";
import { type ChainChange, findChainChanges, renderChainChanges } from "./chain-changes.ts";
import { withoutTables } from "./live-tables.ts";
import { isEmptyTable } from "./normal-lists.ts";
import { keepPatternFor } from "./owners.ts";
import { type Prove, proveSame, type SameAnswer } from "./prove.ts";

/** What is known of one family. */
export interface LiveComparison {
  readonly family: Family;
  /**
   * `same`: the same lists. `equal`: other lists that do the same, proved, and nothing is live that the plan doesn't know. `different`, `unknown`: the plan is stale.
   */
  readonly answer: SameAnswer;
  /** Why unknown, and why different where no packet fares differently; null where the lists or the proof say all. */
  readonly reason: string | null;
  /** From the plan's input to what is live, in the tables that the plan has. */
  readonly changes: readonly ChainChange[];
  /** Tables that are live, and not empty, and that the plan doesn't have: a load leaves them as they are. */
  readonly extraTables: readonly string[];
  /** Of the changed tables, where lists differ: with regions and a witness. */
  readonly proof: VerifyResult | null;
}

/** Compares a plan's input with the live ruleset of its family; `input` with the kept chains already as they are live (`keep-chains.ts`). */
export async function compareLive(input: Ruleset, live: Ruleset, prove: Prove): Promise<LiveComparison> {
  const { family } = input;
  const known = new Set(input.tables.map(({ name }) => name));
  const unknown = live.tables.filter(({ name }) => !known.has(name));
  const extraTables = unknown.filter((table) => !isEmptyTable(table)).map(({ name }) => name);
  const shared = withoutTables(live, extraTables);
  const changes = findChainChanges(input, shared);
  const start = { family, changes, extraTables };
  if (changes.length === 0) {
    const reason = extraTables.length === 0 ? null : describeExtra(extraTables);
    return { ...start, answer: reason === null ? "same" : "different", reason, proof: null };
  }
  const proved = await proveSame(input, shared, prove);
  const { answer, result: proof } = proved;
  if (answer !== "equal") return { ...start, answer, reason: proved.reason, proof };
  const reason = describeUnknownToPlan(changes, extraTables);
  return { ...start, answer: reason === null ? "equal" : "different", reason, proof };
}

function describeExtra(tables: readonly string[]): string {
  const names = tables.join(" and ");
  return `the plan does not know the table${tables.length === 1 ? "" : "s"} ${names}, whose rules may use the marks that its groups use`;
}

/** What is live and in no list of the plan, although no packet notices; null where there is nothing. */
function describeUnknownToPlan(
  changes: readonly ChainChange[],
  extraTables: readonly string[],
): string | null {
  if (extraTables.length > 0) return describeExtra(extraTables);
  const gone = changes
    .filter(({ kind }) => kind === "added")
    .map(({ table, chain }) => `${chain} (${table})`);
  return gone.length === 0
    ? null
    : `no packet fares differently, but a load would take away what the plan does not know: ${gone.join(", ")}`;
}

/** What a person reads who is refused: the chains of others, then those of nobody, each with its diff. */
export function renderComparison({ changes }: LiveComparison): readonly string[] {
  const others = changes.filter(({ owner }) => owner !== null);
  const own = changes.filter(({ owner }) => owner === null);
  return [
    ...renderChainChanges(own),
    ...(others.length === 0 ? [] : ["changed by others since the plan was made:"]),
    ...renderChainChanges(others),
  ];
}

/** Options that would leave what others changed as it is live; empty where that is not all of it. Rules of base chains are kept by nobody but a person who names the chain. */
export function keepAdvice({ changes }: LiveComparison): readonly string[] {
  const isAll = changes.every(({ owner, table, chain }) => owner !== null && !isBaseChain(table, chain));
  if (!isAll) return [];
  return [...new Set(changes.map(({ table, chain }) => `--keep-chain '${keepPatternFor(table, chain)}'`))];
}
