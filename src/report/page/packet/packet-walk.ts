/**
 * A walk as a tree: what was tested in a chain lies in the rule that led there, long runs of rules that do not match are one item. And what two walks come to when they are
 * held against each other.
 */
import type { Explained } from "../../../verify/explain/explain.ts";
import type { ExplainStep, Explanation, ReturnStep, RuleStep } from "../../../verify/explain/types.ts";
import { failedRun, SHOWN_RUN } from "../../explain-runs.ts";

/** A rule, with what was tested in the chain that it leads to. */
export interface RuleNode {
  readonly kind: "rule";
  readonly step: RuleStep;
  /** Null for a rule that leads nowhere. */
  readonly inside: ChainNode | null;
}

/** Rules that do not match, one after the other. */
export interface RunNode {
  readonly kind: "run";
  readonly steps: readonly RuleStep[];
}

/** The end of a chain. */
export interface EndNode {
  readonly kind: "end";
  readonly step: ReturnStep;
}

export type WalkNode = RuleNode | RunNode | EndNode;

/** A chain that was walked. */
export interface ChainNode {
  readonly table: string;
  readonly chain: string;
  readonly nodes: readonly WalkNode[];
  /** False where the walk came to its end in it. */
  readonly isLeft: boolean;
}

interface Frame {
  readonly node: ChainNode & { readonly nodes: WalkNode[]; isLeft: boolean };
  readonly depth: number;
}

/** The chains of the hook, one for each table that was walked. */
export function makeWalkTree(steps: readonly ExplainStep[]): readonly ChainNode[] {
  const roots: ChainNode[] = [];
  let stack: Frame[] = [];
  for (let at = 0; at < steps.length; ) {
    const step = steps[at]!;
    if (step.kind === "enter") {
      const node = { table: step.table, chain: step.chain, nodes: [], isLeft: false };
      if (step.by === "hook") {
        roots.push(node);
        stack = [];
      } else putInside(stack.at(-1)!.node.nodes, node);
      stack.push({ node, depth: step.depth });
      at += 1;
      continue;
    }
    const { nodes } = stack.at(-1)!.node;
    const run = step.kind === "rule" ? failedRun(steps, at) : [];
    if (run.length > SHOWN_RUN) nodes.push({ kind: "run", steps: run });
    else if (step.kind === "rule") nodes.push({ kind: "rule", step, inside: null });
    else {
      nodes.push({ kind: "end", step });
      // With the chain those end that a goto came from: nothing goes on in them.
      while (step.to !== null && stack.at(-1)?.depth === step.depth) stack.pop()!.node.isLeft = true;
    }
    at += Math.max(1, run.length > SHOWN_RUN ? run.length : 1);
  }
  return roots;
}

/** Puts a chain into the rule that led there: the last one. */
function putInside(nodes: WalkNode[], inside: ChainNode): void {
  const rule = nodes.at(-1);
  if (rule?.kind === "rule") nodes[nodes.length - 1] = { ...rule, inside };
}

/** What two walks come to. `traces`: the verdicts are the same, and something else that others see is not. */
export type Comparison = "same" | "traces" | "different" | "unknown" | "refused";

/** Holds them against each other. Nothing is the same but what is known on both sides; `ownBits` of the mark are the new chains' own. */
export function compareWalks(old: Explained, now: Explained, ownBits: number): Comparison {
  if (old.kind === "refused" || now.kind === "refused") return "refused";
  const [before, after] = [old.explanation, now.explanation];
  if (before.unknown !== null || after.unknown !== null) return "unknown";
  if (verdictsOf(before) !== verdictsOf(after)) return "different";
  return tracesOf(before, ownBits) === tracesOf(after, ownBits) ? "same" : "traces";
}

function verdictsOf({ tables }: Explanation): string {
  return JSON.stringify(tables.map(({ table, verdict }) => [table, verdict]));
}

/** What others see, in its order, and the marks that are left; lines are each side's own, and so are the marks on the way. */
function tracesOf({ effects, mark, connmark }: Explanation, ownBits: number): string {
  const seen = effects.map(({ table, text, perhaps }) => [table, text, perhaps]);
  return JSON.stringify([seen, (Number(mark) & ~ownBits) >>> 0, connmark]);
}
