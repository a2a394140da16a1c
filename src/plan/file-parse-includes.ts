/**
 * Groups of a plan file with the members of those that they include.
 */
import { joinLists } from "./includes.ts";
import type { PlanGroup } from "./types.ts";
import {
  didYouMean,
  type Fields,
  keepPlaces,
  note,
  type Reader,
  readItems,
  readScalar,
} from "./yaml-reader.ts";
import type { YamlNode } from "./yaml-reader.ts";

/** A group as its entry says, with that entry's fields. */
export interface WrittenGroup {
  readonly group: PlanGroup;
  readonly fields: Fields;
}

/** A reference to a group, and where it stands. */
interface Reference {
  readonly written: WrittenGroup;
  readonly node: YamlNode | null;
}

/** The groups with all of their members, in the order of the file. A group that can't be included is noted, and left out; `broken`: those with mistakes of their own. */
export function includeGroups<Written extends WrittenGroup>(
  reader: Reader,
  all: readonly Written[],
  broken: ReadonlySet<string>,
): readonly Written[] {
  const references = new Map(
    all.map((written) => [written as WrittenGroup, readReferences(reader, written, all, broken)]),
  );
  const done = new Map<WrittenGroup, PlanGroup>();
  const complete = (written: WrittenGroup, path: readonly WrittenGroup[]): PlanGroup => {
    const known = done.get(written);
    if (known !== undefined) return known;
    const parts = references.get(written)!.flatMap(({ written: part, node }) => {
      const at = path.indexOf(part);
      if (at === -1 && part !== written) return [complete(part, [...path, written])];
      const ring = [...path.slice(at === -1 ? path.length : at), written, part];
      note(reader, "PLAN_INCLUDE_RING", node, { ring: ring.map(({ group }) => group.name).join(" -> ") });
      return [];
    });
    const group = join(reader, written, parts);
    done.set(written, group);
    return group;
  };
  return all.map((written) => ({ ...written, group: complete(written, []) }));
}

function readReferences(
  reader: Reader,
  { group, fields }: WrittenGroup,
  all: readonly WrittenGroup[],
  broken: ReadonlySet<string>,
): readonly Reference[] {
  if (!fields.has("includes")) return [];
  const found: Reference[] = [];
  for (const node of readItems(reader, fields, "includes") ?? []) {
    const name = readScalar(reader, node, "a group");
    if (name === null || broken.has(name)) continue;
    const written =
      all.find((other) => other.group.id === name) ?? all.find((other) => other.group.name === name);
    if (written === undefined) {
      const known = all.filter((other) => other.group.axis === group.axis).map((other) => other.group.name);
      note(reader, "PLAN_UNKNOWN_GROUP", node, { group: name }, didYouMean(name, new Set(known)));
    } else if (written.group.axis !== group.axis) {
      const args = { group: name, has: written.group.axis, axis: group.axis };
      note(reader, "PLAN_WRONG_AXIS", node, args);
    } else if (found.some((other) => other.written === written)) {
      note(reader, "PLAN_MEMBER_TWICE", node, { group: group.name, member: name });
    } else found.push({ written, node });
  }
  return found;
}

/** What an entry removes or adds must not be what its parts say otherwise. */
function join(reader: Reader, { group, fields }: WrittenGroup, parts: readonly PlanGroup[]): PlanGroup {
  if (parts.length === 0) return group;
  const { added = [], removed = [], members } = group;
  for (const part of parts) {
    const clashes = [
      ...removed.filter((member) => [...part.members, ...(part.added ?? [])].includes(member)),
      ...added.filter((member) => part.removed?.includes(member) === true),
    ];
    for (const member of clashes)
      note(reader, "PLAN_PART_HAS_MEMBER", fields.get("includes")?.value ?? null, {
        ...{ group: group.name, part: part.name, member },
        verb: removed.includes(member) ? "has" : "removes",
      });
  }
  const lists = joinLists({ members, added, removed }, parts);
  const { added: _added, removed: _removed, ...rest } = group;
  const whole: PlanGroup = {
    ...rest,
    members: lists.members,
    includes: parts.map(({ id }) => id),
    ...(lists.added.length === 0 ? {} : { added: lists.added }),
    ...(lists.removed.length === 0 ? {} : { removed: lists.removed }),
  };
  keepPlaces(reader, whole, fields);
  return whole;
}
