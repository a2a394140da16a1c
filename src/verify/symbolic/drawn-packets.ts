/**
 * Packets that reach one rule of a hook and match it, drawn from the set of all that do.
 */
import { BudgetSpent } from "./diagram.ts";
import { masked } from "./encode.ts";
import { LEAF } from "./outcomes.ts";
import { ReachSets } from "./reach-sets.ts";
import type { TableProof } from "./table-proof.ts";
import { choosePacket, drawPacket } from "./witness.ts";

/** Packets for each rule: a plain one, and others at random. */
const PACKETS = 4;

/** Nodes that may be added for this, for each node of the proof, and in any case. */
const MORE_NODES = 0.5;
const LEAST_NODES = 300_000;

/** Bits of packets, by level; `unreachable`: there are none, proved; `unknown`: it takes too much to find out. */
export type DrawnPackets = readonly ReadonlyMap<number, number>[] | "unreachable" | "unknown";

/** Draws for one side of one hook; a class because it keeps its place in every chain. */
export class RulePackets {
  readonly #proof: TableProof;
  readonly #sets: ReachSets;
  readonly #existing: number;
  readonly #limit: number;

  constructor(proof: TableProof, hook: string, side: 0 | 1) {
    this.#proof = proof;
    this.#sets = new ReachSets(proof.reachContext(hook, side));
    const { join } = proof;
    const own = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (proof.ownBits >>> bit) & 1);
    const clear = masked(
      join.diagram,
      own.map((bit) => join.variables.mark(bit)),
      own.map(() => 0),
      own.map(() => 1),
    );
    this.#existing = join.and(proof.existing(hook, true), clear);
    this.#limit = join.diagram.count * (1 + MORE_NODES) + LEAST_NODES;
  }

  /** Packets for rule `at` of a chain. */
  of(chain: string, at: number, random: { readonly below: (bound: number) => number }): DrawnPackets {
    const { join } = this.#proof;
    if (join.diagram.count > this.#limit) return "unknown";
    try {
      const set = join.and(this.#existing, this.#sets.of(chain, at));
      if (set === LEAF.FALSE) return this.#sets.isWhole(chain) ? "unreachable" : "unknown";
      return Array.from({ length: PACKETS }, (_, number) =>
        number === 0
          ? choosePacket(this.#proof, set, LEAF.FALSE)
          : drawPacket(this.#proof, set, LEAF.FALSE, random),
      );
    } catch (error) {
      if (error instanceof BudgetSpent || error instanceof RangeError) return "unknown";
      throw error;
    }
  }
}
