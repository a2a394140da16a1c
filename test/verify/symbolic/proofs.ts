/** Proofs made in tests. */
import type { DiagramBudget } from "../../../src/verify/symbolic/diagram.ts";
import type { ProofSettings } from "../../../src/verify/symbolic/table-proof.ts";

export const SETTINGS: ProofSettings = {
  ownBits: 0,
  connmarkBits: 0,
  anyMark: false,
  backend: null,
  counters: false,
  pairing: "occurrences",
  order: "destination-first",
  slice: [],
};

export const NO_BUDGET: DiagramBudget = { nodes: 20_000_000, checkTime: () => {} };
