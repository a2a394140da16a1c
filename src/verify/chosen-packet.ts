/**
 * The packet that a proof chooses to show a difference.
 */
import { sampledPacket } from "./bridge.ts";
import type { Oracle } from "./sample/evaluate.ts";
import { normalisePacket } from "./sample/normalise.ts";
import type { CompiledHook, CompiledTable } from "./sample/program.ts";
import { SAME } from "./symbolic/compare.ts";
import type { Difference } from "./symbolic/findings.ts";
import { choosePacket } from "./symbolic/witness.ts";

/** A packet that the proof chose for a difference, and what answers for everything that is not modelled. */
export interface ChosenPacket {
  readonly packet: Int32Array;
  readonly oracle: Oracle;
}

/** A packet of a difference, in the terms of a compiled table of the same pair. */
export function packetOfDifference(
  { proof, node }: Difference,
  anyMark: boolean,
  table: CompiledTable,
  hook: CompiledHook,
): ChosenPacket {
  const chosen = choosePacket(proof, node, SAME);
  const { packet, oracle } = sampledPacket(proof, table, (level) => chosen.get(level) ?? 0, anyMark);
  // Were the packet one that no hook sees, this would change it, and the difference would be gone.
  normalisePacket(table, hook, packet);
  return { packet, oracle };
}
