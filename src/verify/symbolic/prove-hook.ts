/**
 * What one set of diagrams says about one hook.
 */
import { findAmbiguous } from "../occurrences.ts";
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

/**
 * A difference that is gone when all buckets of one text are one may rest on the pairing of the buckets: another one might show that the sides are equal. Where it stays,
 * no pairing can.
 */
function settlePairing(found: HookFinding, task: ProofTask): HookFinding {
  const { pair, settings } = task;
  const isDifferent = [found.main, found.anyMark].some((finding) => finding?.answer === "different");
  const rule = isDifferent ? findAmbiguous(pair.old, pair.new) : null;
  if (rule === null) return found;
  const merged = startProof({ ...task, settings: { ...settings, pairing: "texts" } });
  const again = compareHook(merged, found.hook, task);
  const reason = `which of the rules with a counting match (line ${rule.line}) is which of the other side can't be told`;
  const settle = (paired: Finding, one: Finding): Finding =>
    paired.answer === "different" && one.answer !== "different"
      ? { answer: "unknown", reason, isFinal: true }
      : paired;
  const anyMark =
    found.anyMark === null || again.anyMark === null ? null : settle(found.anyMark, again.anyMark);
  return { ...found, main: settle(found.main, again.main), anyMark };
}
