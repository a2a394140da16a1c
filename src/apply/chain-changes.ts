/**
 * Two rulesets as lists, chain by chain: which differ, in which lines, and whose chains they are.
 */
import { diffArrays } from "diff";
import { isBaseChain } from "../model/tables.ts";
import type { Ruleset } from "../model/types.ts";
import { isSameChain, type NormalChain, normalTable, tableNames } from "./normal-lists.ts";
import { ownerOfLines } from "./owners.ts";

/** A chain that is not the same in both. */
export interface ChainChange {
  readonly table: string;
  readonly chain: string;
  /** `added`: only the second has it; `removed`: only the first. */
  readonly kind: "added" | "removed" | "changed";
  /** The program whose chain it is, or whose chains all lines that differ call; null where it is anybody's. */
  readonly owner: string | null;
  /** Lines with ` `, `-` or `+` in front, some unchanged ones around what differs, `@@ rule 12 @@` where others are left out; the declaration is one of them where it differs. */
  readonly diff: readonly string[];
}

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** Longer pieces are shown as removed and added as a whole: to find what they share would take long, and tell nobody anything. */
const LONGEST_PIECE = 400;

/** What differs from the first ruleset to the second, in the order of tables and chains. A table or base chain that one lacks is empty, with policy ACCEPT. */
export function findChainChanges(old: Ruleset, now: Ruleset): readonly ChainChange[] {
  return tableNames(old, now).flatMap((table) => {
    const [before, after] = [normalTable(old, table).chains, normalTable(now, table).chains];
    const names = new Set([...before.keys(), ...after.keys()]);
    return [...names].flatMap((chain) => changeOf(table, chain, before.get(chain), after.get(chain)));
  });
}

function changeOf(
  table: string,
  chain: string,
  before: NormalChain | undefined,
  after: NormalChain | undefined,
): readonly ChainChange[] {
  if (before !== undefined && after !== undefined && isSameChain(before, after)) return [];
  const lines = compareLists(linesOf(before), linesOf(after));
  const differing = lines.filter((line) => !line.startsWith(" "));
  const rules = differing.filter((line) => line.slice(1).startsWith("-A ")).map((line) => line.slice(1));
  const isOwnable = !isBaseChain(table, chain) || rules.length === differing.length;
  const owner = isOwnable ? ownerOfLines(table, chain, rules) : null;
  const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return [{ table, chain, kind, owner, diff: cutContext(lines) }];
}

/** The declaration and the rules. */
function linesOf(chain: NormalChain | undefined): readonly string[] {
  return chain === undefined ? [] : [`:${chain.name} ${chain.policy ?? "-"}`, ...chain.rules];
}

function compareLists(old: readonly string[], now: readonly string[]): readonly string[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]): readonly string[] => lines.map((line) => ` ${line}`);
  const piece = comparePiece(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return [...same(old.slice(0, start)), ...piece, ...same(old.slice(old.length - end))];
}

function comparePiece(old: readonly string[], now: readonly string[]): readonly string[] {
  if (old.length === 0 || now.length === 0 || old.length + now.length > LONGEST_PIECE)
    return [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)];
  return diffArrays([...old], [...now]).flatMap(({ added, removed, value }) =>
    value.map((line) => `${added ? "+" : removed ? "-" : " "}${line}`),
  );
}

/** Only what is near a change. Rules are counted in the second list, from 1. */
function cutContext(lines: readonly string[]): readonly string[] {
  const isNear = lines.map(() => false);
  lines.forEach((line, at) => {
    if (line.startsWith(" ")) return;
    for (let near = Math.max(0, at - CONTEXT); near <= at + CONTEXT && near < lines.length; near += 1)
      isNear[near] = true;
  });
  const cut: string[] = [];
  let rule = 0;
  lines.forEach((line, at) => {
    if (isNear[at] && !isNear[at - 1] && at > 0) cut.push(`@@ rule ${rule + 1} @@`);
    if (isNear[at]) cut.push(line);
    if (!line.startsWith("-") && line.slice(1).startsWith("-A ")) rule += 1;
  });
  return cut;
}

/** The changes as text: a line for each chain, its diff behind it. */
export function renderChainChanges(changes: readonly ChainChange[]): readonly string[] {
  return changes.flatMap(({ table, chain, kind, owner, diff }) => {
    const whose = owner === null ? "" : `, of ${owner}`;
    return [`${table} ${chain} (${KIND_WORDS[kind]}${whose})`, ...diff.map((line) => `  ${line}`)];
  });
}

const KIND_WORDS = { added: "only live", removed: "no longer live", changed: "changed" } as const;
