/**
 * The lists of a plan file: groups, policy rules, and what stays flat.
 */
import { isMap, isSeq } from "yaml";
import { FLAT_REASONS, type FlatReason } from "../cluster/reason.ts";
import { AXES, type Axis } from "../model/types.ts";
import { PLAN_KEYS } from "./file-keys.ts";
import { includeGroups, type WrittenGroup } from "./file-parse-includes.ts";
import { canMatchInPart, parseRate, RATE_FORMS } from "./log-partial.ts";
import { settleRests } from "./file-parse-rests.ts";
import { readLines, readWhere } from "./file-parse-places.ts";
import { canBeStored, parseGroupStorage } from "./storage.ts";
import { findTurned, readReference } from "./negated.ts";
import type { PlanFlat, PlanGroup, PlanInput, PlanPolicyRule } from "./types.ts";
import {
  didYouMean,
  type Entry,
  type Fields,
  keepPlaces,
  note,
  type Reader,
  readCount,
  readEntries,
  readFields,
  readItems,
  readParsed,
  readScalar,
  readText,
  readTexts,
  type YamlNode,
} from "./yaml-reader.ts";

/** A group with the node of its name, for remarks about it. */
export interface RawGroup extends WrittenGroup {
  readonly nameNode: YamlNode | null;
}

/** A policy rule with the node of its name. */
export interface RawPolicyRule {
  readonly rule: PlanPolicyRule;
  readonly nameNode: YamlNode | null;
}

/** All that could be read; what could not is noted and left out. */
export interface RawItems {
  readonly groups: readonly RawGroup[];
  readonly policyRules: readonly RawPolicyRule[];
  readonly flat: readonly PlanFlat[];
}

/** Groups by what may stand for them: their id, or the name a person gave them. */
type GroupFinder = (reference: string) => PlanGroup | undefined;

/** Reads the three lists of a plan. */
export function parseItems(reader: Reader, fields: Fields, inputs: readonly PlanInput[]): RawItems {
  const written: RawGroup[] = [];
  const broken = new Set<string>();
  for (const entry of entriesOf(reader, fields, "groups")) {
    const group = readGroup(reader, entry);
    if (group === null) broken.add(entry.key);
    else written.push(group);
  }
  const groups = includeGroups(reader, written, broken);
  const finder = makeFinder(groups);
  const policyRules: RawPolicyRule[] = [];
  const entries = entriesOf(reader, fields, "policyRules");
  for (const entry of entries) {
    const rule = readPolicyRule(reader, entry, inputs, finder, groups, broken);
    if (rule !== null) policyRules.push(rule);
  }
  const settled = settleRests(reader, policyRules, new Set(entries.map(({ key }) => key)));
  const flat = (readItems(reader, fields, "flat") ?? []).flatMap(
    (item) => readFlat(reader, item, inputs) ?? [],
  );
  return { groups, policyRules: settled, flat };
}

function entriesOf(reader: Reader, fields: Fields, key: string): readonly Entry[] {
  const entry = fields.get(key);
  return entry === undefined ? [] : (readEntries(reader, entry.value, key) ?? []);
}

function makeFinder(groups: readonly RawGroup[]): GroupFinder {
  const byName = new Map(groups.map(({ group }) => [group.name, group]));
  const byId = new Map(groups.map(({ group }) => [group.id, group]));
  return (reference) => byId.get(reference) ?? byName.get(reference);
}

function readGroup(reader: Reader, entry: Entry): RawGroup | null {
  const has = (key: string) => entry.value !== null && isMap(entry.value) && entry.value.has(key);
  const [includes, isTwin] = [has("includes"), has("sameAs")];
  const open = includes || isTwin;
  const [required, optional] = PLAN_KEYS.group;
  const fields = readFields(
    reader,
    entry.value ?? entry.keyNode,
    `group ${entry.key}`,
    open ? required.filter((key) => key !== "members") : required,
    open ? [...optional, "members"] : optional,
  );
  if (fields === null) return null;
  const name = readText(reader, fields, "name");
  const nameFrom = readText(reader, fields, "nameFrom");
  const axis = readParsed(reader, fields, "axis", AXES.join(", "), parseAxis);
  const accept = readParsed(reader, fields, "accept", "true or false", parseTruth);
  // A group may have nothing of its own beside those that it includes; one that is the same as another has no lists.
  const isEmpty = isTwin || (includes && isNothing(fields, "members"));
  const members = isEmpty ? [] : readMembers(reader, fields, entry.key);
  const changes = isTwin ? {} : readChanges(reader, fields, entry.key, members ?? []);
  if (name === null || nameFrom === null || axis === null || accept === null || members === null) return null;
  const nameNode = fields.get("name")?.value ?? null;
  const notes = { ...readOptional(reader, fields, ["nameNote"]), ...readStorage(reader, fields, axis) };
  const group: PlanGroup = { id: entry.key, name, axis, accept, nameFrom, ...notes, members, ...changes };
  keepPlaces(reader, group, fields);
  return { group, nameNode, fields };
}

function readStorage(reader: Reader, fields: Fields, axis: Axis): Pick<PlanGroup, "storage"> {
  if (!fields.has("storage")) return {};
  const forms = canBeStored({ axis }) ? "lines or ipset" : "lines, since a set holds addresses";
  const storage = readParsed(reader, fields, "storage", forms, (text) => {
    const found = parseGroupStorage(text);
    return found === "ipset" && !canBeStored({ axis }) ? null : found;
  });
  return storage === null ? {} : { storage };
}

/** Texts that need not be there. */
function readOptional<Key extends string>(
  reader: Reader,
  fields: Fields,
  keys: readonly Key[],
): Partial<Record<Key, string>> {
  const found: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    const text = fields.has(key) ? readText(reader, fields, key) : null;
    if (text !== null) found[key] = text;
  }
  return found;
}

function readMembers(reader: Reader, fields: Fields, group: string): readonly string[] | null {
  const entry = fields.get("members");
  if (entry !== undefined && entry.value !== null && isBlank(entry.value)) {
    note(reader, "PLAN_EMPTY_GROUP", entry.keyNode, { group });
    return null;
  }
  const items = readItems(reader, fields, "members");
  if (items === null) return null;
  if (items.length === 0) note(reader, "PLAN_EMPTY_GROUP", entry?.keyNode ?? null, { group });
  const members = new Set<string>();
  const complete = readMemberList(reader, items, group, members) && items.length > 0;
  return complete ? [...members] : null;
}

/** Adds the texts of a list to `members`; false where one of them is no text. Whatever is in two places of a group is noted. */
function readMemberList(
  reader: Reader,
  items: readonly (YamlNode | null)[],
  group: string,
  members: Set<string>,
): boolean {
  let complete = true;
  for (const item of items) {
    const member = readScalar(reader, item, "a member");
    complete &&= member !== null;
    if (member !== null && members.has(member)) note(reader, "PLAN_MEMBER_TWICE", item, { group, member });
    if (member !== null) members.add(member);
  }
  return complete;
}

/** The lists that change the policy; an empty one is none. */
function readChanges(
  reader: Reader,
  fields: Fields,
  group: string,
  members: readonly string[],
): Pick<PlanGroup, "added" | "removed"> {
  const seen = new Set(members);
  const read = (key: "added" | "removed"): readonly string[] => {
    const value = fields.get(key)?.value ?? null;
    if (!fields.has(key) || (value !== null && isBlank(value))) return [];
    const before = seen.size;
    readMemberList(reader, readItems(reader, fields, key) ?? [], group, seen);
    return [...seen].slice(before);
  };
  const [added, removed] = [read("added"), read("removed")];
  return {
    ...(added.length === 0 ? {} : { added }),
    ...(removed.length === 0 ? {} : { removed }),
  };
}

function isNothing(fields: Fields, key: string): boolean {
  const value = fields.get(key)?.value ?? null;
  return value === null || isBlank(value) || (isSeq(value) && value.items.length === 0);
}

/** A person who takes out all members leaves `members:` with nothing after it. */
function isBlank(node: YamlNode): boolean {
  return "value" in node && (node.value === "" || node.value === null);
}

function readLogPartial(
  reader: Reader,
  fields: Fields,
  rule: Pick<PlanPolicyRule, "groups" | "negated">,
): Pick<PlanPolicyRule, "logPartial"> {
  if (!fields.has("logPartial")) return {};
  const rate = readParsed(reader, fields, "logPartial", RATE_FORMS, parseRate);
  if (rate === null) return {};
  if (canMatchInPart(rule)) return { logPartial: rate };
  const expected = "no such key, since a packet can't be in a part of one group";
  note(reader, "PLAN_BAD_VALUE", fields.get("logPartial")?.value ?? null, {
    ...{ key: "logPartial", value: rate, expected },
  });
  return {};
}

/** What a policy rule stands for beside its lines. */
function readStanding(
  reader: Reader,
  fields: Fields,
): Pick<PlanPolicyRule, "combinations" | "missing" | "added" | "replaces"> {
  const replaces = fields.has("replaces") ? readTexts(reader, fields, "replaces") : null;
  const combinations = fields.has("combinations") ? readCount(reader, fields, "combinations") : null;
  const [missing, added] = [readList(reader, fields, "missing"), readList(reader, fields, "added")];
  return {
    ...(combinations === null ? {} : { combinations }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(added.length === 0 ? {} : { added }),
    ...(replaces === null ? {} : { replaces }),
  };
}

function readPolicyRule(
  reader: Reader,
  entry: Entry,
  inputs: readonly PlanInput[],
  finder: GroupFinder,
  groups: readonly RawGroup[],
  broken: ReadonlySet<string>,
): RawPolicyRule | null {
  const what = `policy rule ${entry.key}`;
  const fields = readFields(reader, entry.value ?? entry.keyNode, what, ...PLAN_KEYS.policyRule);
  if (fields === null) return null;
  const name = readText(reader, fields, "name");
  const accept = readParsed(reader, fields, "accept", "true or false", parseTruth);
  const where = readWhere(reader, fields, inputs);
  const summary = readText(reader, fields, "rule");
  const lines = readLines(reader, fields);
  const { used, names, negated } = readGroups(reader, fields, finder, groups, broken);
  if (!AXES.some((axis) => fields.has(axis)))
    note(reader, "PLAN_NO_GROUP", entry.keyNode, { rule: entry.key });
  if (name === null || accept === null || where === null || summary === null || lines === null) return null;
  const nameNode = fields.get("name")?.value ?? null;
  const turned = findTurned({ negated, summary }, names);
  const rule: PlanPolicyRule = {
    id: entry.key,
    name,
    ...readOptional(reader, fields, ["nameFrom", "nameNote", "restOf"]),
    accept,
    ...readLogPartial(reader, fields, { groups: used, negated }),
    ...where,
    groups: used,
    ...(negated.length === 0 ? {} : { negated }),
    ...(turned.length === 0 ? {} : { turned }),
    summary,
    lines,
    ...readStanding(reader, fields),
  };
  keepPlaces(reader, rule, fields);
  return { rule, nameNode };
}

/** A list that need not be there, and from which a person may have moved everything. */
function readList(reader: Reader, fields: Fields, key: string): readonly string[] {
  const value = fields.get(key)?.value ?? null;
  return !fields.has(key) || (value !== null && isBlank(value)) ? [] : (readTexts(reader, fields, key) ?? []);
}

/** The groups that a policy rule names, what its summary may call them, and which it has negated. */
function readGroups(
  reader: Reader,
  fields: Fields,
  ...known: readonly [GroupFinder, readonly RawGroup[], ReadonlySet<string>]
): {
  readonly used: PlanPolicyRule["groups"];
  readonly names: ReadonlyMap<Axis, readonly string[]>;
  readonly negated: readonly Axis[];
} {
  const used: Partial<Record<Axis, string>> = {};
  const names = new Map<Axis, readonly string[]>();
  const negated: Axis[] = [];
  for (const axis of AXES) {
    const found = fields.has(axis) ? findGroup(reader, fields, axis, ...known) : null;
    if (found === null) continue;
    const { id, name } = found.group;
    used[axis] = id;
    names.set(axis, [id, name]);
    if (found.isNegated) negated.push(axis);
  }
  return { used, names, negated };
}

/** The group that a policy rule names; null (noted) when there is none, or one of another axis. */
function findGroup(
  reader: Reader,
  fields: Fields,
  axis: Axis,
  finder: GroupFinder,
  groups: readonly RawGroup[],
  broken: ReadonlySet<string>,
): { readonly group: PlanGroup; readonly isNegated: boolean } | null {
  const text = readText(reader, fields, axis);
  if (text === null) return null;
  const { group: reference, isNegated } = readReference(text);
  // A group with a mistake of its own is there, though: one remark is enough.
  if (broken.has(reference)) return null;
  const group = finder(reference);
  const node = fields.get(axis)?.value ?? null;
  if (group === undefined) {
    const known = groups
      .filter((raw) => raw.group.axis === axis)
      .flatMap(({ group: { id, name } }) => [id, name]);
    note(reader, "PLAN_UNKNOWN_GROUP", node, { group: reference }, didYouMean(reference, new Set(known)));
    return null;
  }
  if (group.axis === axis) return { group, isNegated };
  note(reader, "PLAN_WRONG_AXIS", node, { group: reference, has: group.axis, axis });
  return null;
}

function readFlat(reader: Reader, item: YamlNode | null, inputs: readonly PlanInput[]): PlanFlat | null {
  const fields = readFields(reader, item, "an entry of flat", ...PLAN_KEYS.flat);
  if (fields === null) return null;
  const where = readWhere(reader, fields, inputs);
  const reason = readParsed(reader, fields, "reason", "a reason that markify gives", parseReason);
  const lines = readLines(reader, fields);
  if (where === null || reason === null || lines === null) return null;
  const flat: PlanFlat = { ...where, reason, lines };
  keepPlaces(reader, flat, fields);
  return flat;
}

function parseAxis(text: string): Axis | null {
  return AXES.find((axis) => axis === text) ?? null;
}

function parseReason(text: string): FlatReason | null {
  return FLAT_REASONS.find((reason) => reason === text) ?? null;
}

/** People write `no`, too, and YAML of old read it as false. */
export function parseTruth(text: string): boolean | null {
  if (/^(true|yes)$/i.test(text)) return true;
  return /^(false|no)$/i.test(text) ? false : null;
}
