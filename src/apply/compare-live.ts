/**
 * Is a plan stale? What it was made from, compared with what is live: by lists first, then by proof. A chain that the plan doesn't know, and what other programs
 * have changed in theirs, is a difference also where no packet notices: a load would take it from under them.
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
   * `same`: the same lists. `equal`: other lists that do the same, proved; a load makes the plan's of them, and takes nothing from others. `different`, `unknown`: the plan is stale.
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
  const extra = extraTables.length === 0 ? null : describeExtra(extraTables);
  if (changes.length === 0)
    return { ...start, answer: extra === null ? "same" : "different", reason: extra, proof: null };
  const { answer, reason, result: proof } = await proveSame(input, shared, prove);
  if (answer !== "equal") return { ...start, answer, reason: reason ?? extra, proof };
  const taken = extra ?? describeTaken(changes);
  return { ...start, answer: taken === null ? "equal" : "different", reason: taken, proof };
}

function describeExtra(tables: readonly string[]): string {
  const names = tables.join(" and ");
  return `the plan does not know the table${tables.length === 1 ? "" : "s"} ${names}, whose rules may use the marks that its groups use`;
}

/** What a load would take from others although no packet notices; null where there is nothing. */
function describeTaken(changes: readonly ChainChange[]): string | null {
  const taken = changes
    .filter(({ kind, owner }) => kind === "added" || owner !== null)
    .map(({ table, chain }) => `${chain} (${table})`);
  return taken.length === 0
    ? null
    : `no packet fares differently, but a load would undo what others have changed: ${taken.join(", ")}`;
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
