/**
 * Chains to diagrams: each chain once, called chains before those that call them.
 */
import type { Chain, Table } from "../../model/types.ts";
import { CONTROL, LEAF } from "./outcomes.ts";
import { type RuleContext, type RulePiece, takeApart } from "./rules.ts";
import { sequencePieces } from "./runs.ts";

/** What is needed to read rules, the chains aside. */
export type ChainContext = Omit<RuleContext, "chains">;

/** What a base chain does with every packet, its policy included. The table has no missing chain and no loop that it reaches. */
export function hookDiagram(
  table: Table,
  hook: string,
  known: Map<string, number>,
  context: ChainContext,
): number {
  const base = addCalled(table, hook, known, context);
  return sequencePieces(basePieces(base, { ...context, chains: known }), context.join);
}

/** Adds what each chain does that a base chain reaches; gives the base chain. */
export function addCalled(
  table: Table,
  hook: string,
  known: Map<string, number>,
  context: ChainContext,
): Chain {
  const order = calledFirst(table, hook);
  for (const chain of order.slice(0, -1)) {
    if (known.has(chain.name)) continue;
    known.set(chain.name, sequencePieces(piecesOf(chain, { ...context, chains: known }), context.join));
  }
  return order.at(-1)!;
}

function* piecesOf(chain: Chain, context: RuleContext): Iterable<RulePiece> {
  for (const rule of chain.rules) yield takeApart(rule, context);
}

/** A base chain is whole with its policy as a last rule, and where RETURN is the policy: its large diagram is never walked again to put that in. */
function* basePieces(chain: Chain, context: RuleContext): Iterable<RulePiece> {
  const { join } = context;
  const policy = join.outcomes.verdict(chain.policy ?? "ACCEPT");
  for (const rule of chain.rules) {
    const piece = takeApart(rule, context);
    const { kind } = rule.target;
    yield kind === "verdict" || kind === "goto"
      ? { ...piece, rest: join.redirect(piece.rest, [CONTROL.RETURN], policy) }
      : piece;
  }
  const rest = join.outcomes.withControl(LEAF.PASS, policy);
  yield { source: LEAF.TRUE, destination: LEAF.TRUE, rest, reads: false, writes: false };
}

/** The chains that a base chain reaches, each behind those that it calls; itself last. */
export function calledFirst(table: Table, hook: string): readonly Chain[] {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const order: Chain[] = [];
  const seen = new Set([hook]);
  const stack = [{ chain: chains.get(hook)!, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const rule = top.chain.rules[top.next++];
    if (rule === undefined) {
      order.push(top.chain);
      stack.pop();
    } else if ((rule.target.kind === "jump" || rule.target.kind === "goto") && !seen.has(rule.target.chain)) {
      seen.add(rule.target.chain);
      stack.push({ chain: chains.get(rule.target.chain)!, next: 0 });
    }
  }
  return order;
}
