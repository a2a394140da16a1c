/**
 * Which chains and rules a hook reaches, and what makes a table impossible to walk.
 */
import type { Chain, Table } from "../../model/types.ts";
import { type HookSide, OP, type Program } from "./program.ts";

/** Why the table can't be evaluated, as a sentence: a chain that is missing, or a loop that a hook reaches; null when it can. */
export function findFault(table: Table): string | null {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  // Depth of the walk is bounded by the number of chains, so the walk keeps its own stack: one entry per open chain.
  const finished = new Set<string>();
  const open = new Set<string>();
  // Base chains first: a loop that only other chains reach is never walked, and the kernel loads it.
  const isBase = (chain: Chain): boolean => chain.policy !== null;
  const roots = [...table.chains.filter(isBase), ...table.chains.filter((chain) => !isBase(chain))];
  for (const root of roots) {
    const stack: { readonly chain: Chain; next: number }[] = [{ chain: root, next: 0 }];
    if (finished.has(root.name)) continue;
    open.add(root.name);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const rule = top.chain.rules[top.next++];
      if (rule === undefined) {
        stack.pop();
        open.delete(top.chain.name);
        finished.add(top.chain.name);
      } else if (rule.target.kind === "jump" || rule.target.kind === "goto") {
        const name = rule.target.chain;
        const target = chains.get(name);
        if (target === undefined)
          return `table ${table.name}, line ${rule.line}: chain ${name} does not exist`;
        if (open.has(name) && isBase(root))
          return `table ${table.name}, line ${rule.line}: chain ${name} is part of a loop`;
        if (finished.has(name) || open.has(name)) continue;
        open.add(name);
        stack.push({ chain: target, next: 0 });
      }
    }
  }
  return null;
}

/** What a base chain reaches in a compiled program. */
export function reachFrom(program: Program, chain: number, policy: number): HookSide {
  const chains = reachableChains(program, chain);
  const anchors: number[] = [];
  const callers: number[][] = Array.from({ length: program.marks.length }, () => []);
  for (const reached of chains) {
    const end = program.chainStart[reached + 1]! - 1;
    for (let rule = program.chainStart[reached]!; rule < end; rule++) {
      anchors.push(rule);
      if (isCall(program, rule)) callers[program.chainOf[program.a[rule]!]!]!.push(rule);
    }
  }
  const callerStart = new Int32Array(callers.length + 1);
  for (const [index, list] of callers.entries()) callerStart[index + 1] = callerStart[index]! + list.length;
  return {
    chain,
    policy,
    anchors: Int32Array.from(anchors),
    callerStart,
    callers: Int32Array.from(callers.flat()),
  };
}

/** True for a rule that jumps or goes to a chain. */
export function isCall(program: Program, rule: number): boolean {
  return program.ops[rule] === OP.JUMP || program.ops[rule] === OP.GOTO;
}

function reachableChains(program: Program, root: number): readonly number[] {
  const seen = new Set([root]);
  // A set grows while it is walked: every chain added is visited too.
  for (const chain of seen) {
    const end = program.chainStart[chain + 1]! - 1;
    for (let rule = program.chainStart[chain]!; rule < end; rule++) {
      if (isCall(program, rule)) seen.add(program.chainOf[program.a[rule]!]!);
    }
  }
  return [...seen].sort((one, other) => one - other);
}
