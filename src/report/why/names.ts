/**
 * Where the name of a group or a policy rule is from, and what else it could have been called.
 */
import { AXES } from "../../model/types.ts";
import { findSharedComment, makeHeadingOf, nameByComment } from "../../plan/naming/comment-names.ts";
import { NameBook } from "../../plan/naming/name-book.ts";
import { contentOf } from "../../plan/naming/name-groups.ts";
import { nameInPolicy, namePolicyRule } from "../../plan/naming/name-policies.ts";
import { findSetNames } from "../../plan/naming/set-names.ts";
import { groupsById, type WhyCase } from "./case.ts";
import type { OtherName, WhyView } from "./view.ts";

/** The name, where it came from, and the others that it could have. */
export function viewName(
  asked: WhyCase,
): Pick<WhyView, "id" | "name" | "nameFrom" | "nameNote" | "otherNames"> {
  const { item } = asked;
  const { id, name, nameFrom = "groups", nameNote } = item.kind === "group" ? item.group : item.policy;
  const note = nameNote === undefined ? {} : { nameNote };
  const from = name === id ? nameFrom : "person";
  const found = name === id ? [] : [{ name: id, from: nameFrom }];
  const otherNames = [...found, ...possibleNames(asked)].filter(
    (each, at, all) => each.name !== name && all.findIndex((other) => other.name === each.name) === at,
  );
  return { id, name, nameFrom: from, ...note, otherNames };
}

/** Best first. */
function possibleNames({ plan, rulesets, facts, item, policies }: WhyCase): readonly OtherName[] {
  const rules = policies.flatMap(({ input, lines }) =>
    lines.flatMap((line) => facts[input]?.get(line)?.rule ?? []),
  );
  const comment = findSharedComment(rules, makeHeadingOf(rulesets));
  if (item.kind === "group") {
    const { axis, members } = item.group;
    const isAlone = policies.every(({ groups }) => Object.keys(groups).length === 1);
    return findSetNames({ axis, members, comment, isAlone }, {}).map(({ names, from }) => {
      const given = new NameBook([]).takeAll([{ key: from, names, content: contentOf(members) }]);
      return { name: given.get(from)!, from };
    });
  }
  const groups = groupsById(plan);
  const { chain, groups: used, negated = [] } = item.policy;
  const commented = comment === null ? null : nameByComment("R", comment);
  const names = AXES.flatMap((axis) =>
    nameInPolicy(groups.get(used[axis] ?? "")?.name, negated.includes(axis)),
  );
  return [
    ...(commented === null ? [] : [{ name: commented.name, from: "comment" }]),
    { name: namePolicyRule(chain, names), from: "groups" },
  ];
}
