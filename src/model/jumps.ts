/**
 * Jumps that the kernel would not load: in circles that a packet can reach.
 *
 * Source: `net/ipv4/netfilter/ip_tables.c`, `mark_source_chains`.
 */
import type { Piece, Report } from "../syntax/report.ts";
import { isBaseChain } from "./tables.ts";

/** One rule's way from chain to chain, jump or goto. */
export interface Jump {
  readonly from: string;
  readonly to: string;
  readonly place: Piece;
}

/** Reports one jump of each loop that base chains reach. */
export function checkJumps(table: string, jumps: readonly Jump[], report: Report): void {
  const leaving = new Map<string, Jump[]>();
  for (const jump of jumps) {
    // An error of its own (table-builder.ts).
    if (isBaseChain(table, jump.to)) continue;
    const list = leaving.get(jump.from);
    if (list === undefined) leaving.set(jump.from, [jump]);
    else list.push(jump);
  }
  const done = new Set<string>();
  for (const chain of leaving.keys()) {
    if (isBaseChain(table, chain)) findLoops(chain, leaving, done, report);
  }
}

/** Depth first with a stack of its own: chains may nest deeper than the call stack. */
function findLoops(
  start: string,
  leaving: ReadonlyMap<string, readonly Jump[]>,
  done: Set<string>,
  report: Report,
): void {
  const path = [{ chain: start, next: 0 }];
  /** Where on the path a chain is. */
  const onPath = new Map([[start, 0]]);
  while (path.length > 0) {
    const top = path.at(-1)!;
    const jump = leaving.get(top.chain)?.[top.next];
    top.next += 1;
    if (jump === undefined) {
      onPath.delete(top.chain);
      done.add(top.chain);
      path.pop();
      continue;
    }
    const at = onPath.get(jump.to);
    if (at !== undefined) report("CHAIN_LOOP", jump.place, { path: loopText(path, at) });
    else if (!done.has(jump.to)) {
      onPath.set(jump.to, path.length);
      path.push({ chain: jump.to, next: 0 });
    }
  }
}

const MOST_NAMED = 20;

/** The loop from place `at` of a path to its end and back; of a long one only the beginning and the end. */
function loopText(path: readonly { readonly chain: string }[], at: number): string {
  const names = (from: number, to?: number) => path.slice(from, to).map((step) => step.chain);
  const left = path.length - at - MOST_NAMED;
  const loop =
    left <= 0
      ? names(at)
      : [...names(at, at + MOST_NAMED / 2), `(${left} more)`, ...names(path.length - MOST_NAMED / 2)];
  return [...loop, path[at]!.chain].join(" -> ");
}
