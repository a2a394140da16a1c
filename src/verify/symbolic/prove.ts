/**
 * Proves, hook by hook, that two forms of a table treat all packets alike, or finds those that fare differently, within a budget.
 *
 * Where one set of diagrams grows too large: addresses in turns (for masks that are no prefixes), then a certificate without diagrams (certificate/), then slices by the first bits
 * of the destination (slices.ts).
 */
import { certify } from "./certificate/certify.ts";
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
import { countRules, type ProofPair, type ProofSettings, type TableProof } from "./table-proof.ts";
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

const EQUAL: Finding = { answer: "equal" };

/** Work that diagrams may take before a certificate is tried: of any ruleset, one more for so many rules, and at most. Ordinary ones take about half of it. */
const PATIENCE = 256;
const RULES_PER_WORK = 100;
const MOST_PATIENCE = 1500;

/** Own bits with which diagrams take long for the work they do, and the patience with more of them: about a second's. */
const FEW_BITS = 8;
const LITTLE_PATIENCE = 8;

/** Thrown out of diagrams that are not needed any more. */
class Certified extends Error {
  override readonly name = "Certified";
}

/** Proves hooks for all packets at once; a class because it guards the diagrams, which grow from hook to hook. */
class WholeProofs {
  readonly findings: HookFinding[] = [];
  readonly #task: ProofTask;
  readonly #patience: number;
  #shared: TableProof | null = null;
  /** The hook that is being proved, and how often its diagrams have asked for the time. */
  #hook = "";
  #work = 0;

  constructor(task: ProofTask) {
    this.#task = task;
    const rules = countRules(task.pair);
    const ordinary = Math.min(PATIENCE + Math.ceil(rules / RULES_PER_WORK), MOST_PATIENCE);
    this.#patience = countBits(task.settings.ownBits) > FEW_BITS ? LITTLE_PATIENCE : ordinary;
  }

  /** Adds the finding about a hook; false where it has to be proved in parts. Diagrams that are too large are garbage then. */
  prove(hook: string): boolean {
    const { pair, alsoAnyMark } = this.#task;
    const unread = whyUnread(pair.old, pair.new, hook);
    if (unread !== null) {
      this.findings.push(unknownHook(hook, new ProofGap(unread)));
      return true;
    }
    [this.#hook, this.#work] = [hook, 0];
    try {
      this.#shared ??= this.#start();
      this.findings.push(proveHook(this.#shared, hook, this.#task));
      return true;
    } catch (error) {
      // What one hook has used up, the next one would miss.
      const spent = this.#shared;
      this.#shared = null;
      const isLarge = isTooLarge(error);
      const isOpen = isLarge && this.#work < this.#patience;
      // Proving other hooks again is no work for this one.
      this.#work = this.#patience;
      if (isLarge || error instanceof Certified) this.#release(spent);
      const isCertified = error instanceof Certified || (isOpen && this.#isCertified());
      if (isCertified)
        this.findings.push({ hook, main: EQUAL, anyMark: alsoAnyMark ? EQUAL : null, proof: null });
      else if (!isLarge) this.findings.push(unknownHook(hook, error));
      return isCertified || !isLarge;
    }
  }

  #start(): TableProof {
    return startProof(this.#task, () => {
      if (++this.#work === this.#patience && this.#isCertified()) throw new Certified();
    });
  }

  /** Whether both sides of the hook are the same without a look at single packets. */
  #isCertified(): boolean {
    const { pair, settings, alsoAnyMark, limits } = this.#task;
    try {
      const { checkTime } = budgetOf(limits);
      return certify(pair, this.#hook, { ...settings, alsoAnyMark }, checkTime);
    } catch (error) {
      // Out of time, as everything else will be. Throws what is no reason.
      reasonOf(error);
      return false;
    }
  }

  /** Proves the hooks before once more without what the large one added: their findings would keep all of it. */
  #release(spent: TableProof | null): void {
    const kept = this.findings.filter(({ proof }) => proof !== null && proof === spent);
    if (kept.length === 0) return;
    try {
      const fresh = this.#start();
      for (const found of kept)
        this.findings[this.findings.indexOf(found)] = proveHook(fresh, found.hook, this.#task);
      this.#shared = fresh;
    } catch (error) {
      // Out of time, so there will be no slices either. Throws what is no reason.
      reasonOf(error);
    }
  }
}

function countBits(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
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
