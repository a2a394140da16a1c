/**
 * Changes the members of a group in the text of a plan file, line by line: whatever a person wrote around them stays byte for byte.
 */
import {
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { GroupLists } from "./includes.ts";
import { yamlFlowList, yamlScalar } from "./yaml-text.ts";

const KEYS = ["members", "added", "removed"] as const;

/** A piece of text that takes the place of another; `end` is exclusive. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with other lists of a group's own; null where the group is written in a way that only its author should change (all on one line, or over several). */
export function editGroup(text: string, id: string, wanted: GroupLists): string | null {
  const group = findGroup(text, id);
  if (group === null || group.flow === true) return null;
  const comments = new Map<string, string>();
  for (const key of KEYS)
    for (const item of itemsOf(group, key)) comments.set(item.value, commentBehind(text, item));
  const splices: Splice[] = [];
  let after = 0;
  for (const key of KEYS) {
    const pair = findPair(group, key);
    const made = editList(text, key, pair, wanted[key], comments, after, group);
    if (made === null) return null;
    splices.push(...made);
    if (pair !== undefined) after = Math.max(after, endOfPair(text, pair));
  }
  // From the end, so that places stay what they are; of two at one place the earlier goes first.
  return splices
    .map((splice, at) => ({ splice, at }))
    .sort((one, other) => other.splice.start - one.splice.start || other.at - one.at)
    .reduce((done, { splice }) => done.slice(0, splice.start) + splice.text + done.slice(splice.end), text);
}

function findGroup(text: string, id: string): YAMLMap | null {
  const { contents } = parseDocument(text, { schema: "failsafe", uniqueKeys: false });
  const groups = isMap(contents) ? contents.get("groups") : null;
  const group = isMap(groups) ? groups.get(id) : null;
  return isMap(group) ? group : null;
}

function findPair(group: YAMLMap, key: string): Pair | undefined {
  return group.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

type Item = Scalar<string> & { readonly range: [number, number, number] };

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
  comments: ReadonlyMap<string, string>,
  after: number,
  group: YAMLMap,
): readonly Splice[] | null {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
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
  if (!isSeq(value) || value.flow === true || value.items.length === 0) return editShort(text, pair, wanted);
  const items = (value as YAMLSeq<Item>).items;
  if (items.some(({ range }) => text.slice(range[0], range[1]).includes("\n"))) return null;
  const known = new Set(items.map((item) => item.value));
  const gone = items.filter((item) => !wanted.includes(item.value));
  const deleted = gone.map(({ range }) => ({ ...lineAround(text, range[0]), text: "" }));
  if (wanted.length === 0) deleted.push({ ...lineAround(text, (pair.key as Item).range[0]), text: "" });
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
  if (wanted.length === 0) return [{ ...line, text: "" }];
  const blank = isSeq(value) ? "" : " ";
  return [{ start: range[0], end: range[1], text: blank + yamlFlowList(wanted) }];
}

/** Where the last line of a pair ends. */
function endOfPair(text: string, pair: Pair): number {
  const value = pair.value;
  const last = isSeq(value) && value.flow !== true ? (value as YAMLSeq<Item>).items.at(-1) : undefined;
  const range =
    last?.range ?? (isSeq(value) || isScalar(value) ? value.range : null) ?? (pair.key as Item).range;
  return lineAround(text, Math.max(range[0], range[1] - 1)).end;
}

/** The line that a place is in, with its line end. */
function lineAround(text: string, at: number): { readonly start: number; readonly end: number } {
  const next = text.indexOf("\n", at);
  return { start: text.lastIndexOf("\n", at - 1) + 1, end: next === -1 ? text.length : next + 1 };
}

function indentAt(text: string, at: number): string {
  const { start } = lineAround(text, at);
  return /^ */.exec(text.slice(start, start + 200))![0];
}

/** ` # ask Eva`: what stands behind an item on its line. */
function commentBehind(text: string, { range }: Item): string {
  const rest = text.slice(range[1], lineAround(text, range[0]).end).replace(/[\r\n]+$/, "");
  return /^\s+#/.test(rest) ? rest : "";
}
