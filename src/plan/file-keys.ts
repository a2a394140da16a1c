/**
 * The keys of a plan file, by the kind of what has them: what the parser takes, and what docs/plan.schema.json has to tell editors (test/plan/schema.test.ts).
 */
import { AXES } from "../model/types.ts";

/** Keys that have to be there, and keys that may. */
export type Keys = readonly [required: readonly string[], optional: readonly string[]];

/** All of them. A group that includes others, or is the same as another, need not have `members`. */
export const PLAN_KEYS = Object.freeze({
  plan: [
    [
      ...["version", "inputs", "keepChains", "rewriteChains", "ownMarkBits", "markBits"],
      ...["groups", "policyRules", "flat"],
    ],
    [
      ...[
        "tolerance",
        "layout",
        "chainLayouts",
        "order",
        "aggregate",
        "compiledChains",
        "storage",
        "rewriteTables",
      ],
      ...["markRoom", "othersMarks"],
    ],
  ],
  input: [
    ["path", "digest", "family", "rules", "tables"],
    ["text", "madeFrom", "unparsed", "partial", "sets", "setsDigest"],
  ],
  marks: [["bits", "what", "from"], []],
  group: [
    ["name", "nameFrom", "axis", "accept", "members"],
    ["nameNote", "storage", "sameAs", "includes", "added", "removed"],
  ],
  policyRule: [
    ["name", "accept", "where", "rule", "lines"],
    [...AXES, "combinations", "missing", "added", "replaces", "nameFrom", "nameNote", "logPartial", "restOf"],
  ],
  flat: [["where", "reason", "lines"], []],
} as const satisfies Readonly<Record<string, Keys>>);
