/**
 * Checks the names that a person gave: each becomes a chain, so it must be fit for one, and no other may have it.
 */
import { findChainNameProblem, LONGEST_CHAIN_NAME } from "./chain-name.ts";
import type { RawItems } from "./file-parse-items.ts";
import { note, type Reader, type YamlNode } from "./yaml-reader.ts";

/** Notes every name that can't be. Refused groups and rules are checked as well: they may be accepted tomorrow. */
export function checkGroupNames(reader: Reader, items: RawItems): void {
  const owners = new Map<string, string>();
  for (const { group, nameNode } of items.groups) {
    checkName(reader, group.name, nameNode, `group ${group.id}`, owners);
  }
  for (const { rule, nameNode } of items.policyRules) {
    checkName(reader, rule.name, nameNode, `policy rule ${rule.id}`, owners);
  }
}

function checkName(
  reader: Reader,
  name: string,
  node: YamlNode | null,
  owner: string,
  owners: Map<string, string>,
): void {
  const problem = findChainNameProblem(name);
  if (problem === "too-long") {
    note(reader, "PLAN_NAME_TOO_LONG", node, { name, length: name.length, most: LONGEST_CHAIN_NAME });
  } else if (problem === "characters") {
    note(reader, "PLAN_NAME_CHARACTERS", node, { name });
  } else if (problem === "reserved") {
    note(reader, "PLAN_NAME_RESERVED", node, { name, example: `${name}-1` });
  }
  const first = owners.get(name);
  if (first === undefined) owners.set(name, owner);
  else note(reader, "PLAN_DUPLICATE_NAME", node, { name, first });
}
