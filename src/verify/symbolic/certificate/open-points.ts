/**
 * Conditions that may drop a packet and that were asked, but stand in no step yet: asking for a group is not the same as using it.
 *
 * The list of a walk is right only if its next step asks the same, of the same packets: then that step drops them.
 */
import type { Conjunction, Factor } from "./own-state.ts";

interface Asked {
  /** Of packets that fulfil all of these. */
  readonly path: readonly Factor[];
  readonly all: Conjunction;
}

/** Collects; a class because it guards its list. */
export class OpenPoints {
  #open: Asked[] = [];

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  /** Conditions were asked of the packets on a path. */
  ask(path: readonly Factor[], all: Conjunction): void {
    this.#open.push({ path, all });
  }

  /** A step with these factors comes next: false if it does not ask all that is open. */
  settle(factors: readonly Factor[]): boolean {
    const starts = new Map<Factor, ReadonlySet<string>>();
    const isAsked = this.#open.every((asked) => isIn(asked, factors, starts));
    this.#open = [];
    return isAsked;
  }
}

/** Whether factors begin with a path, and then ask something: in the next factor, where some of the path may stand too. */
function isIn(
  { path, all }: Asked,
  factors: readonly Factor[],
  starts: Map<Factor, ReadonlySet<string>>,
): boolean {
  let same = 0;
  while (same < path.length && same < factors.length && isSameFactor(path[same]!, factors[same]!)) same++;
  const rest = path.slice(same);
  if (rest.length === 0 && all.length === 0) return true;
  const factor = factors[same];
  if (factor === undefined || rest.some(({ length }) => length !== 1)) return false;
  const known = starts.get(factor) ?? new Set(factor.flatMap(startsOf));
  starts.set(factor, known);
  return known.has(keyOf([...rest.flatMap(([only]) => only!), ...all]));
}

function isSameFactor(one: Factor, other: Factor): boolean {
  return one === other || (one.length === other.length && one.every((all, at) => all === other[at]));
}

function keyOf(all: Conjunction): string {
  return all.map(({ id }) => id).join();
}

function startsOf(all: Conjunction): readonly string[] {
  return all.map((_, at) => keyOf(all.slice(0, at + 1)));
}
