/**
 * The groups of a plan as a list, for people and for programs.
 */
import type { Axis } from "../model/types.ts";
import { partsOf } from "../plan/includes.ts";
import { negatingRules } from "../plan/negated.ts";
import { storedMembers } from "../plan/storage.ts";
import { findDefinition } from "../plan/twins.ts";
import type { Plan, Storage } from "../plan/types.ts";
import { count } from "./findings.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";

/** What `group list --json` prints; keys may be added without raising the version. */
export interface GroupListView {
  readonly version: 1;
  readonly groups: readonly {
    readonly id: string;
    readonly name: string;
    readonly axis: Axis;
    readonly accept: boolean;
    /** What the rules have and the chain has, what the chain has alone, and what the rules have alone. */
    readonly members: readonly string[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Where the chain keeps members that a set can hold. */
    readonly storage: Storage;
    /** Names of groups that it includes: what they have, it has. */
    readonly includes: readonly string[];
    /** Name of the group of the opposite axis that has its members; missing where it has its own. */
    readonly sameAs?: string;
    /** Names of the policy rules that refer to it, refused ones too. */
    readonly usedBy: readonly string[];
    /** Those among them that are for packets which are not in it. */
    readonly negatedBy: readonly string[];
  }[];
}

/** Builds the list, in the order of the plan. */
export function viewGroupList(plan: Plan): GroupListView {
  const byId = new Map(plan.groups.map((group) => [group.id, group]));
  const groups = plan.groups.map((group) => {
    const { id, name, axis, accept, members, added = [], removed = [] } = group;
    const storage: Storage = storedMembers(group, plan.storage).length > 0 ? "ipset" : "lines";
    const includes = partsOf(group, byId).map((part) => part.name);
    const usedBy = plan.policyRules.filter((rule) => rule.groups[axis] === id).map((rule) => rule.name);
    const negatedBy = negatingRules(group, plan.policyRules).map((rule) => rule.name);
    const definition = findDefinition(group, plan.groups);
    const same = definition === group ? {} : { sameAs: definition.name };
    return { id, name, axis, accept, members, added, removed, storage, includes, ...same, usedBy, negatedBy };
  });
  return { version: 1, groups };
}

/** The list for a terminal; ends with a line end. */
export function renderGroupList({ groups }: GroupListView, style: Style): string {
  if (groups.length === 0) return "the plan has no groups\n";
  const lines = groups.flatMap((group) => {
    const { name, axis, accept, members, added, removed, storage, includes, sameAs } = group;
    const usedBy = group.usedBy.map((rule) => (group.negatedBy.includes(rule) ? `${rule} (negated)` : rule));
    const size = count(members.length + added.length, "member");
    const refused = accept ? "" : `, ${paint(style, "warning", "refused")}`;
    const list = (words: readonly string[]) => printable(words.join(", ")).split(" ");
    const more = (
      [
        ...(sameAs === undefined
          ? ([
              ["added:", added],
              ["removed:", removed],
              ["includes", includes],
            ] as const)
          : []),
        ["used by", usedBy],
      ] as const
    ).filter(([, words]) => words.length > 0);
    return [
      `${paint(style, "name", printable(name))}  ${axis}, ${size}${storage === "ipset" ? ", in an ipset" : ""}${refused}`,
      ...wrapWords(style, sameAs === undefined ? list(members) : list([`same as ${sameAs}`]), "  "),
      ...more.flatMap(([word, words]) =>
        wrapWords(style, [word as string, ...list(words as readonly string[])], "  "),
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}
