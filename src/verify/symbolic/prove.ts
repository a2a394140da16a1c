/**
 * Proves, hook by hook, that two forms of a table treat all packets alike, or finds those that fare differently, within a budget.
 *
 * Where one set of diagrams grows too large: addresses in turns (for masks that are no prefixes), then slices by the first bits of the destination (slices.ts).
 */
import { ProofGap } from "./changes.ts";
import { BudgetSpent } from "./diagram.ts";
import {
  budgetOf,
  type Finding,
  type HookFinding,
  isTooLarge,
  type ProofLimits,
  reasonOf,
  unknownHook,
} from "./findings.ts";
import { findGap } from "./gaps.ts";
import { type ProofTask, proveHook, startProof } from "./prove-hook.ts";
import { type EarlierTable, isOutOfReach } from "./scope.ts";
import { proveSlicesHere, type SliceRunner } from "./slice.ts";
import { proveInSlices } from "./slices.ts";
import type { ProofPair, ProofSettings, TableProof } from "./table-proof.ts";
import { whyUnread } from "../unread.ts";

/** Whether the tables before drop every differing packet of a hook; false also where that can't be found out. */
export function isDroppedBefore(
  pair: ProofPair,
  hook: string,
  earlier: readonly EarlierTable[],
  settings: ProofSettings,
  limits: ProofLimits,
): boolean {
  try {
    return isOutOfReach(pair, hook, earlier, settings, budgetOf(limits));
  } catch (error) {
    if (error instanceof BudgetSpent || error instanceof ProofGap || error instanceof RangeError)
      return false;
    throw error;
  }
}

/** Proves all hooks of a table. `alsoAnyMark`: also for packets that enter with any own bits. Rejects only when `run` fails. */
export async function proveTable(
  pair: ProofPair,
  settings: ProofSettings,
  alsoAnyMark: boolean,
  limits: ProofLimits,
  run: SliceRunner = proveSlicesHere,
): Promise<readonly HookFinding[]> {
  const hooks = pair.old.chains.filter(({ policy }) => policy !== null).map(({ name }) => name);
  const order = hasOddMasks(pair) ? "interleaved" : settings.order;
  const task = { pair, settings: { ...settings, order }, alsoAnyMark, limits };
  // Samples take those fields as the packet brought them, too: they can't know it either.
  const gap = findGap([pair.old, pair.new]);
  if (gap !== null) {
    const main: Finding = { answer: "unknown", reason: gap, isFinal: true };
    return hooks.map((hook) => ({ hook, main, anyMark: alsoAnyMark ? main : null, proof: null }));
  }
  const whole = new WholeProofs(task);
  for (const hook of hooks) if (!whole.prove(hook)) whole.findings.push(await proveInSlices(hook, task, run));
  return whole.findings;
}

/** Proves hooks for all packets at once; a class because it guards the diagrams, which grow from hook to hook. */
class WholeProofs {
  readonly findings: HookFinding[] = [];
  readonly #task: ProofTask;
  #shared: TableProof | null = null;

  constructor(task: ProofTask) {
    this.#task = task;
  }

  /** Adds the finding about a hook; false where its diagrams are too large. Those are garbage then. */
  prove(hook: string): boolean {
    const { pair } = this.#task;
    const unread = whyUnread(pair.old, pair.new, hook);
    if (unread !== null) {
      this.findings.push(unknownHook(hook, new ProofGap(unread)));
      return true;
    }
    try {
      this.#shared ??= startProof(this.#task);
      this.findings.push(proveHook(this.#shared, hook, this.#task));
    } catch (error) {
      // What one hook has used up, the next one would miss.
      const spent = this.#shared;
      this.#shared = null;
      if (isTooLarge(error)) {
        this.#release(spent);
        return false;
      }
      this.findings.push(unknownHook(hook, error));
    }
    return true;
  }

  /** Proves the hooks before once more without what the large one added: their findings would keep all of it. */
  #release(spent: TableProof | null): void {
    const kept = this.findings.filter(({ proof }) => proof !== null && proof === spent);
    if (kept.length === 0) return;
    try {
      const fresh = startProof(this.#task);
      for (const found of kept)
        this.findings[this.findings.indexOf(found)] = proveHook(fresh, found.hook, this.#task);
      this.#shared = fresh;
    } catch (error) {
      // Out of time, so there will be no slices either. Throws what is no reason.
      reasonOf(error);
    }
  }
}

/** Masks that are no prefixes, on both sides of rules: where one side's bits stand before the other's, they multiply. */
export function hasOddMasks({ old, new: now }: Pick<ProofPair, "old" | "new">): boolean {
  const odd = new Set<string>();
  for (const { rules } of [...old.chains, ...now.chains]) {
    for (const { matches } of rules) {
      for (const match of matches) {
        if (match.kind !== "source" && match.kind !== "destination") continue;
        if (match.address !== null && match.address.prefix === null) odd.add(match.kind);
      }
    }
  }
  return odd.size === 2;
}
