/**
 * Changes single values in the text of a plan file: a key of an entry, or of the plan as a whole, and how policy rules and groups call other groups.
 */
import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { AXES } from "../model/types.ts";
import { groupPhrase, readReference } from "./negated.ts";
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
import { yamlScalar } from "./yaml-text.ts";

/**
 * The text with another value of a key in the mapping at `path`; null takes the key out. A key that is not there comes behind the last one of `behind` that is. Null where it
 * is written in a way that only its author should change.
 */
export function editKey(
  text: string,
  path: readonly string[],
  key: string,
  value: string | boolean | null,
  behind: readonly string[],
): string | null {
  const map = findMap(text, path);
  const pair = map === null ? undefined : findPair(map, key);
  if (map === null || (pair === undefined && map.flow === true)) return null;
  if (pair === undefined) return value === null ? text : insertKey(text, map, key, value, behind);
  const scalar = isScalar(pair.value) ? (pair.value as Item) : null;
  const range = scalar?.range ?? null;
  const line = lineAround(text, (pair.key as Item).range[0]);
  // Block texts and values on lines of their own stay what they are.
  if (scalar === null || range === null || range[0] < line.start || range[1] > line.end) return null;
  if (value !== null)
    return applySplices(text, [{ start: range[0], end: range[1], text: printValue(value) }]);
  if (map.flow === true) return null;
  const comment = commentBehind(text, scalar).trim();
  const rest = comment === "" ? "" : `${indentAt(text, line.start)}${comment}${lineEndOf(text)}`;
  return applySplices(text, [{ ...line, text: rest }]);
}

/** A truth value needs no quotes, a text that looks like one does. */
function printValue(value: string | boolean): string {
  return typeof value === "boolean" ? String(value) : yamlScalar(value);
}

function insertKey(
  text: string,
  map: YAMLMap,
  key: string,
  value: string | boolean,
  behind: readonly string[],
): string | null {
  return insertBehind(text, map, behind, (indent) => [`${indent}${yamlScalar(key)}: ${printValue(value)}`]);
}

/** Lines behind the last key of `behind` that is there; null where none is. */
function insertBehind(
  text: string,
  map: YAMLMap,
  behind: readonly string[],
  print: (indent: string) => readonly string[],
): string | null {
  const before = map.items.findLast((pair) => isScalar(pair.key) && behind.includes(String(pair.key.value)));
  const first = map.items[0];
  if (before === undefined || first === undefined) return null;
  const at = endOfPair(text, before);
  const lineEnd = lineEndOf(text);
  const lines = print(indentAt(text, (first.key as Item).range[0]));
  const newLine = text[at - 1] === "\n" ? "" : lineEnd;
  const added = lines.map((line) => `${line}${lineEnd}`).join("");
  return applySplices(text, [{ start: at, end: at, text: `${newLine}${added}` }]);
}

/** The text with another layout of one chain (`filter FORWARD`); null: none of its own. Null where it is written in a way that only its author should change. */
export function editChainLayout(text: string, place: string, layout: string | null): string | null {
  const map = findMap(text, [LIST]);
  if (map === null) {
    const root = findMap(text, []);
    if (layout === null) return text;
    // Something else than a mapping is its author's.
    if (root === null || root.has(LIST)) return null;
    return insertBehind(text, root, ["keepChains", "layout", "order"], (indent) => [
      `${indent}${LIST}:`,
      `${indent}  ${yamlScalar(place)}: ${layout}`,
    ]);
  }
  const keys = map.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
  const edited = editKey(text, [LIST], place, layout, keys);
  const isLast = layout === null && keys.length === 1 && keys[0] === place;
  return edited === null || !isLast ? edited : editKey(edited, [], LIST, null, []);
}

const LIST = "chainLayouts";

/** The text in which everything that calls a group or a policy rule by `name` calls it by its id: the name is about to change. */
export function referToId(
  text: string,
  list: "groups" | "policyRules",
  { id, name }: { readonly id: string; readonly name: string },
): string {
  const root = findMap(text, []);
  const entries = root?.get(list);
  // An id goes before a name that is the same.
  if (name === id || (isMap(entries) && entries.has(name))) return text;
  const splices: Splice[] = [];
  const refer = (node: unknown): void => {
    if (!isScalar(node) || typeof node.value !== "string" || node.range == null) return;
    const { group, isNegated } = readReference(node.value);
    if (group !== name) return;
    splices.push({ start: node.range[0], end: node.range[1], text: yamlScalar(groupPhrase(id, isNegated)) });
  };
  for (const rule of entriesOf(root?.get("policyRules"))) {
    if (list === "groups") for (const axis of AXES) refer(rule.get(axis, true));
    else refer(rule.get("restOf", true));
  }
  for (const group of list === "groups" ? entriesOf(entries) : []) {
    refer(group.get("sameAs", true));
    const includes = group.get("includes", true);
    if (isSeq(includes)) for (const item of includes.items) refer(item);
  }
  return applySplices(text, splices);
}

function entriesOf(list: unknown): readonly YAMLMap[] {
  return isMap(list) ? list.items.flatMap(({ value }) => (isMap(value) ? [value] : [])) : [];
}
