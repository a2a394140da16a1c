/**
 * Reads which policy rules are the rest of another one: a person may name that one by its key or by its name.
 */
import type { PlanPolicyRule } from "./types.ts";
import { note, type Reader } from "./yaml-reader.ts";

/** The same rules, each rest with the id of the one it belongs to. `keys`: those of all policy rules, also of those that could not be read. */
export function settleRests<Raw extends { readonly rule: PlanPolicyRule }>(
  reader: Reader,
  rules: readonly Raw[],
  keys: ReadonlySet<string>,
): readonly Raw[] {
  const byName = new Map(rules.map(({ rule }) => [rule.name, rule]));
  const byId = new Map(rules.map(({ rule }) => [rule.id, rule]));
  return rules.map((raw) => {
    const { rule } = raw;
    if (rule.restOf === undefined) return raw;
    const head = byId.get(rule.restOf) ?? byName.get(rule.restOf);
    if (head !== undefined && head !== rule && head.restOf === undefined)
      return { ...raw, rule: withRestOf(reader, rule, head.id) };
    // One remark about a rule that can't be read is enough.
    if (head !== undefined || !keys.has(rule.restOf)) {
      const expected = "another policy rule, which is not the rest of one itself";
      const node = reader.places.get(rule)?.get("restOf") ?? null;
      note(reader, "PLAN_BAD_VALUE", node, { key: "restOf", value: rule.restOf, expected });
    }
    return raw;
  });
}

function withRestOf(reader: Reader, rule: PlanPolicyRule, restOf: string): PlanPolicyRule {
  if (rule.restOf === restOf) return rule;
  const settled = { ...rule, restOf };
  const places = reader.places.get(rule);
  if (places !== undefined) reader.places.set(settled, places);
  return settled;
}
