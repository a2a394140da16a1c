/**
 * Reads a chain that is one level of a tree: each rule tests one member of one axis, and all do the same then.
 */
import { AXES, type Axis, type Family, type Rule } from "../model/types.ts";
import { findFeatures, type Movable, type Token } from "./features.ts";
import type { TreeAxis } from "./types.ts";

/** A level; null where a chain is something else. */
export function readLevel(rules: readonly Rule[], family: Family): TreeAxis | null {
  const tokens = new Map<string, Token>();
  const lines = new Map<string, number[]>();
  let axis: Axis | null = null;
  for (const rule of rules) {
    if (rule.target.text !== rules[0]!.target.text || rule.target.kind !== rules[0]!.target.kind) return null;
    const movable = takeApart(rule, family);
    const found = movable === null ? null : onlyAxis(movable);
    if (movable === null || found === null || (axis !== null && axis !== found)) return null;
    axis = found;
    const token = movable.tokens[AXES.indexOf(axis)]!;
    tokens.set(token.key, token);
    lines.set(token.key, [...(lines.get(token.key) ?? []), rule.line]);
  }
  return axis === null ? null : { axis, tokens: [...tokens.values()], lines };
}

/** A rule taken apart as if it could be merged, whatever its target; null where its matches alone forbid that. */
export function takeApart(rule: Rule, family: Family): Movable | null {
  const features = findFeatures(
    { ...rule, target: { kind: "verdict", verdict: "ACCEPT", text: "-j ACCEPT" } },
    family,
  );
  return features.kind === "movable" ? features : null;
}

/** The axis of a rule that tests nothing else, and no header. */
function onlyAxis(movable: Movable): Axis | null {
  const { tokens, guard, tail } = movable;
  const present = AXES.filter((_, at) => tokens[at] !== null);
  const [axis] = present;
  if (present.length !== 1 || axis === undefined || axis === "service") return null;
  return guard.length === 0 && tail === "" ? axis : null;
}
