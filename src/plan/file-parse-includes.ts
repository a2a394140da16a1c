/**
 * Groups of a plan file with the members of those that they include, or are the same as.
 */
import type { Axis } from "../model/types.ts";
import { joinLists } from "./includes.ts";
import { asTwin, OPPOSITE } from "./twins.ts";
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

/** The groups with all of their members, in the order of the file. A group that can't be referred to is noted, and left out; `broken`: those with mistakes of their own. */
export function includeGroups<Written extends WrittenGroup>(
  reader: Reader,
  all: readonly Written[],
  broken: ReadonlySet<string>,
): readonly Written[] {
  const references = new Map(
    all.map((written) => {
      const read = written.fields.has("sameAs") ? readDefinition : readIncludes;
      return [written as WrittenGroup, read(reader, written, all, broken)];
    }),
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
    const group = written.fields.has("sameAs") ? copy(written, parts) : join(reader, written, parts);
    done.set(written, group);
    return group;
  };
  const whole = all.map((written) => complete(written, []));
  const byId = new Map(whole.map((group) => [group.id, group]));
  return all.map((written, at) => {
    const definition = byId.get(whole[at]!.sameAs ?? "");
    if (definition === undefined) return { ...written, group: whole[at]! };
    // What it includes is known only when all are there.
    const group = asTwin(whole[at]!, definition, byId);
    keepPlaces(reader, group, written.fields);
    return { ...written, group };
  });
}

/** A group as the one that it is said to be the same as; as it is, where that can't be told. */
function copy({ group }: WrittenGroup, [definition]: readonly PlanGroup[]): PlanGroup {
  return definition === undefined ? group : asTwin(group, definition, new Map());
}

/** The group that a group is said to be the same as; none (noted) where it can't be. */
function readDefinition(
  reader: Reader,
  { group, fields }: WrittenGroup,
  all: readonly WrittenGroup[],
  broken: ReadonlySet<string>,
): readonly Reference[] {
  const node = fields.get("sameAs")?.value ?? null;
  const name = readScalar(reader, node, "sameAs", fields.get("sameAs")?.keyNode ?? null);
  for (const key of ["includes", "members", "added", "removed"]) {
    const entry = fields.get(key);
    const args = { group: group.name, other: name ?? "another one", key };
    if (entry !== undefined) note(reader, "PLAN_SAME_AS_AND_MORE", entry.keyNode, args);
  }
  if (name === null || broken.has(name)) return [];
  const written = findWritten(reader, name, node, all, OPPOSITE[group.axis]);
  if (written === null) return [];
  const { group: other, fields: theirs } = written;
  const args = { group: group.name, other: other.name };
  if (other.axis !== OPPOSITE[group.axis]) {
    const wanted = OPPOSITE[group.axis] ?? "none";
    note(reader, "PLAN_SAME_AS_AXIS", node, { ...args, axis: group.axis, has: other.axis, wanted });
  } else if (theirs.has("sameAs")) note(reader, "PLAN_SAME_AS_TWIN", node, args);
  else return [{ written, node }];
  return [];
}

/** The group of an id, or else of a name; null (noted) where there is none. `axis`: what one of those that are near to it has to be. */
function findWritten(
  reader: Reader,
  name: string,
  node: YamlNode | null,
  all: readonly WrittenGroup[],
  axis: Axis | undefined,
): WrittenGroup | null {
  const written =
    all.find((other) => other.group.id === name) ?? all.find((other) => other.group.name === name);
  if (written !== undefined) return written;
  const known = all.filter((other) => other.group.axis === axis).map((other) => other.group.name);
  note(reader, "PLAN_UNKNOWN_GROUP", node, { group: name }, didYouMean(name, new Set(known)));
  return null;
}

function readIncludes(
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
    const written = findWritten(reader, name, node, all, group.axis);
    if (written === null) continue;
    if (written.group.axis !== group.axis) {
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
