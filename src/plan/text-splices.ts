/**
 * Changes in the text of a plan file, as pieces that take the place of others: whatever a person wrote around them stays byte for byte.
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

/** A piece of text that takes the place of another; `end` is exclusive. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A scalar that was read from a text. */
export type Item = Scalar<string> & { readonly range: [number, number, number] };

/** The text with all splices made; they don't overlap, and of two at one place the earlier goes first. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  // From the end, so that places stay what they are.
  return splices
    .map((splice, at) => ({ splice, at }))
    .sort((one, other) => other.splice.start - one.splice.start || other.at - one.at)
    .reduce((done, { splice }) => done.slice(0, splice.start) + splice.text + done.slice(splice.end), text);
}

/** The mapping at a path of keys (`groups`, `S-LAN`); null where there is none. The empty path is the whole file. */
export function findMap(text: string, path: readonly string[]): YAMLMap | null {
  let found: unknown = parseDocument(text, { schema: "failsafe", uniqueKeys: false }).contents;
  for (const key of path) found = isMap(found) ? found.get(key) : null;
  return isMap(found) ? found : null;
}

/** The pair of a key. */
export function findPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Where the last line of a pair ends. */
export function endOfPair(text: string, pair: Pair): number {
  const value = pair.value;
  const last = isSeq(value) && value.flow !== true ? (value as YAMLSeq<Item>).items.at(-1) : undefined;
  const range =
    last?.range ?? (isSeq(value) || isScalar(value) ? value.range : null) ?? (pair.key as Item).range;
  return lineAround(text, Math.max(range[0], range[1] - 1)).end;
}

/** The line that a place is in, with its line end. */
export function lineAround(text: string, at: number): { readonly start: number; readonly end: number } {
  const next = text.indexOf("\n", at);
  return { start: text.lastIndexOf("\n", at - 1) + 1, end: next === -1 ? text.length : next + 1 };
}

/** The blanks that the line of a place begins with. */
export function indentAt(text: string, at: number): string {
  const { start } = lineAround(text, at);
  return /^ */.exec(text.slice(start, start + 200))![0];
}

/** ` # ask Eva`: what stands behind a value on its line. */
export function commentBehind(text: string, { range }: Pick<Item, "range">): string {
  const rest = text.slice(range[1], lineAround(text, range[0]).end).replace(/[\r\n]+$/, "");
  return /^\s+#/.test(rest) ? rest : "";
}

/** How the lines of a text end. */
export function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
