/**
 * What one set of diagrams says about one hook.
 */
import { countPairings, findAmbiguous, type Pairing } from "../occurrences.ts";
import { SAME } from "./compare.ts";
import { budgetOf, type Finding, type HookFinding, type ProofLimits } from "./findings.ts";
import { type ProofPair, type ProofSettings, TableProof } from "./table-proof.ts";

/** What is to be proved about a table. */
export interface ProofTask {
  readonly pair: ProofPair;
  readonly settings: ProofSettings;
  /** Also for packets that enter with any own bits. */
  readonly alsoAnyMark: boolean;
  readonly limits: ProofLimits;
}

/** New diagrams for a task. `onWork` is called now and then; what it throws ends the proof. Throws as TableProof does. */
export function startProof({ pair, settings, limits }: ProofTask, onWork: () => void = () => {}): TableProof {
  return new TableProof(pair, settings, budgetOf(limits, onWork));
}

/** Proves a hook in diagrams that were made for the task. Throws as TableProof does. */
export function proveHook(proof: TableProof, hook: string, task: ProofTask): HookFinding {
  return settlePairing(compareHook(proof, hook, task), task);
}

function compareHook(proof: TableProof, hook: string, { settings, alsoAnyMark }: ProofTask): HookFinding {
  const find = (anyMark: boolean): Finding => {
    const { comparer, node, shown } = proof.differences(hook, anyMark);
    return node === SAME
      ? { answer: "equal" }
      : { answer: "different", difference: { proof, comparer, node, shown } };
  };
  const main = find(settings.anyMark);
  return { hook, main, anyMark: alsoAnyMark ? find(true) : null, proof };
}

/** Pairings that are tried one by one. */
const MOST_PAIRINGS = 24;

/**
 * A difference that is gone when all buckets of one text are one may rest on the pairing of the buckets: another one might show that the sides are equal. Where it stays,
 * no pairing can; and none can where each of them, tried by itself, leaves a difference.
 */
function settlePairing(found: HookFinding, task: ProofTask): HookFinding {
  const { pair } = task;
  const isDifferent = [found.main, found.anyMark].some((finding) => finding?.answer === "different");
  const rule = isDifferent ? findAmbiguous(pair.old, pair.new) : null;
  if (rule === null) return found;
  const reason = `which of the rules with a counting match (line ${rule.line}) is which of the other side can't be told`;
  const merged = proveUnder("texts", found.hook, task);
  let others: readonly HookFinding[] | null = null;
  const settle = (which: "main" | "anyMark"): Finding | null => {
    const finding = found[which];
    if (finding?.answer !== "different" || merged[which]?.answer === "different") return finding;
    others ??= proveEachPairing(found.hook, task);
    const isSure = others.length > 0 && others.every((other) => other[which]?.answer === "different");
    return isSure ? finding : { answer: "unknown", reason, isFinal: true };
  };
  return { ...found, main: settle("main")!, anyMark: settle("anyMark") };
}

/** Empty where there are too many. */
function proveEachPairing(hook: string, task: ProofTask): readonly HookFinding[] {
  const count = countPairings(task.pair.old, task.pair.new);
  if (count > MOST_PAIRINGS) return [];
  return Array.from({ length: count }, (_, pairing) => proveUnder(pairing, hook, task));
}

function proveUnder(pairing: Pairing, hook: string, task: ProofTask): HookFinding {
  const settings = { ...task.settings, pairing };
  return compareHook(startProof({ ...task, settings }), hook, task);
}
