/**
 * Changes the lists of a group or of a policy rule in the text of a plan file, line by line: whatever a person wrote around them stays byte for byte.
 */
import { isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import type { GroupLists } from "./includes.ts";
import {
  applySplices,
  commentBehind,
  endOfPair,
  findMap,
  findPair,
  indentAt,
  type Item,
  lineAround,
  lineEndOf,
  type Splice,
} from "./text-splices.ts";
import { yamlFlowList, yamlScalar } from "./yaml-text.ts";

/** The lists of a group, in the order of the file. */
const GROUP_LISTS = ["members", "added", "removed"] as const;

/** Those of a policy rule that a person may change. */
const RULE_LISTS = ["missing", "added"] as const;

/** The combinations that no rule says: those that stay as they are, and those that are let in. */
export type RuleLists = Readonly<Record<(typeof RULE_LISTS)[number], readonly string[]>>;

/** The text with other lists of a group's own; null where the group is written in a way that only its author should change (all on one line, or over several). */
export function editGroup(text: string, id: string, wanted: GroupLists): string | null {
  return editLists(text, ["groups", id], GROUP_LISTS, wanted);
}

/** The same for the combinations of a policy rule. */
export function editCombinations(text: string, id: string, wanted: RuleLists): string | null {
  return editLists(text, ["policyRules", id], RULE_LISTS, wanted);
}

function editLists<Key extends string>(
  text: string,
  path: readonly string[],
  keys: readonly Key[],
  wanted: Readonly<Record<Key, readonly string[]>>,
): string | null {
  const map = findMap(text, path);
  if (map === null || map.flow === true) return null;
  const comments = new Map<string, string>();
  for (const key of keys)
    for (const item of itemsOf(map, key)) comments.set(item.value, commentBehind(text, item));
  const rest = { comments, moving: findMoving(map, keys, wanted) };
  const splices: Splice[] = [];
  let after = startOfLists(text, map, keys);
  for (const key of keys) {
    const pair = findPair(map, key);
    const made = editList(text, key, pair, wanted[key], rest, after, map);
    if (made === null) return null;
    splices.push(...made);
    if (pair !== undefined) after = Math.max(after, endOfPair(text, pair));
  }
  return applySplices(text, splices);
}

/** What stands behind members, and the members that get a line in another list: their comments go there. */
interface Comments {
  readonly comments: ReadonlyMap<string, string>;
  readonly moving: ReadonlySet<string>;
}

function findMoving<Key extends string>(
  map: YAMLMap,
  keys: readonly Key[],
  wanted: Readonly<Record<Key, readonly string[]>>,
): ReadonlySet<string> {
  const fresh = keys.flatMap((key) => {
    const pair = findPair(map, key);
    if (pair !== undefined && !hasLines(pair.value)) return [];
    const known = new Set(itemsOf(map, key).map(({ value }) => value));
    return wanted[key].filter((member) => !known.has(member));
  });
  return new Set(fresh);
}

/** Whether a list has a line for each item. */
function hasLines(value: unknown): value is YAMLSeq<Item> {
  return isSeq(value) && value.flow !== true && value.items.length > 0;
}

/** Takes a line out; the comment of a person that stands on it stays as a line of its own. */
function takeLine(text: string, at: number, comment: string): Splice {
  const line = lineAround(text, at);
  const kept = comment.trim();
  return { ...line, text: kept === "" ? "" : `${indentAt(text, at)}${kept}${lineEndOf(text)}` };
}

/** What stands behind a key whose value begins on another line. */
function commentBehindKey(text: string, { range }: Item): string {
  const behind = text.slice(range[1], lineAround(text, range[0]).end);
  return /\s#.*/.exec(behind)?.[0] ?? "";
}

/** Where a list goes that comes before all that are there; behind everything, where there are none. */
function startOfLists(text: string, map: YAMLMap, keys: readonly string[]): number {
  const isList = ({ key }: Pair) => isScalar(key) && keys.some((list) => list === key.value);
  const first = map.items.find(isList);
  if (first !== undefined) return lineAround(text, (first.key as Item).range[0]).start;
  return map.items.length === 0 ? 0 : endOfPair(text, map.items.at(-1)!);
}

function itemsOf(group: YAMLMap, key: string): readonly Item[] {
  const value = findPair(group, key)?.value;
  return isSeq(value) ? (value as YAMLSeq<Item>).items : [];
}

/** The changes to one list; null where they can't be made. `after`: end of the lists before it. */
function editList(
  text: string,
  key: string,
  pair: Pair | undefined,
  wanted: readonly string[],
  { comments, moving }: Comments,
  after: number,
  group: YAMLMap,
): readonly Splice[] | null {
  const lineEnd = lineEndOf(text);
  const keyIndent = indentAt(text, (group.items[0]!.key as Item).range[0]);
  const write = (indent: string, member: string) =>
    `${indent}- ${yamlScalar(member)}${comments.get(member) ?? ""}${lineEnd}`;
  const value = pair?.value;
  if (pair === undefined) {
    if (wanted.length === 0) return [];
    const lines = wanted.map((member) => write(`${keyIndent}  `, member)).join("");
    const newLine = text[after - 1] === "\n" ? "" : lineEnd;
    return [{ start: after, end: after, text: `${newLine}${keyIndent}${key}:${lineEnd}${lines}` }];
  }
  if (!hasLines(value)) return editShort(text, pair, wanted);
  const items = value.items;
  if (items.some(({ range }) => text.slice(range[0], range[1]).includes("\n"))) return null;
  const known = new Set(items.map((item) => item.value));
  const gone = items.filter((item) => !wanted.includes(item.value));
  const deleted = gone.map((item) => {
    const comment = commentBehind(text, item);
    const goesAlong = moving.has(item.value) && comments.get(item.value) === comment;
    return takeLine(text, item.range[0], goesAlong ? "" : comment);
  });
  const listKey = pair.key as Item;
  if (wanted.length === 0) deleted.push(takeLine(text, listKey.range[0], commentBehindKey(text, listKey)));
  const fresh = wanted.filter((member) => !known.has(member));
  if (fresh.length === 0) return deleted;
  const last = lineAround(text, items.at(-1)!.range[0]);
  const dash = indentAt(text, last.start);
  const newLine = text[last.end - 1] === "\n" ? "" : lineEnd;
  const lines = newLine + fresh.map((member) => write(dash, member)).join("");
  return [...deleted, { start: last.end, end: last.end, text: lines }];
}

/** A list on one line, or one without items. */
function editShort(text: string, pair: Pair, wanted: readonly string[]): readonly Splice[] | null {
  const key = pair.key as Item;
  const line = lineAround(text, key.range[0]);
  const value = isSeq(pair.value) || isScalar(pair.value) ? pair.value : null;
  const range = value?.range ?? null;
  if (range === null || range[0] >= line.end || range[1] > line.end) return null;
  const items = isSeq(value) ? value.items.map((item) => (isScalar(item) ? item.value : null)) : [];
  if (items.length === wanted.length && items.every((item, at) => item === wanted[at])) return [];
  if (wanted.length === 0) return [takeLine(text, key.range[0], commentBehind(text, { range }))];
  const blank = isSeq(value) ? "" : " ";
  return [{ start: range[0], end: range[1], text: blank + yamlFlowList(wanted) }];
}
