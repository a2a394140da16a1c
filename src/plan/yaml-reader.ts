/**
 * Reads YAML nodes as typed values: every mistake is noted with its place in the file, and reading goes on, so that one run tells
 * them all.
 */
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { findNearest } from "../model/nearest.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile, Span } from "../text/source.ts";

/** What mistakes in the YAML itself are called, by the kind of file. */
export interface ReaderCodes {
  readonly yaml: DiagnosticCode;
  readonly unknownKey: DiagnosticCode;
  readonly missingKey: DiagnosticCode;
  readonly duplicateKey: DiagnosticCode;
  readonly wrongType: DiagnosticCode;
}

const PLAN_FILE: ReaderCodes = {
  yaml: "PLAN_YAML",
  unknownKey: "PLAN_UNKNOWN_KEY",
  missingKey: "PLAN_MISSING_KEY",
  duplicateKey: "PLAN_DUPLICATE_KEY",
  wrongType: "PLAN_WRONG_TYPE",
};

/** A file that is being read; `diagnostics` and `places` grow. */
export interface Reader {
  readonly file: SourceFile;
  readonly codes: ReaderCodes;
  readonly diagnostics: Diagnostic[];
  /** For a value that was read: the nodes of its parts, by key. */
  readonly places: Map<object, ReadonlyMap<string, YamlNode>>;
}

/** Begins to read a file: a plan, where nothing else is said. */
export function makeReader(file: SourceFile, codes: ReaderCodes = PLAN_FILE): Reader {
  return { file, codes, diagnostics: [], places: new Map() };
}

/** Remembers where the fields of a value stand. */
export function keepPlaces(reader: Reader, value: object, fields: Fields): void {
  const nodes = new Map<string, YamlNode>();
  for (const { key, value: node, keyNode } of fields.values()) {
    const at = node ?? keyNode;
    if (at !== null) nodes.set(key, at);
    if (isSeq(node))
      for (const item of node.items) if (isScalar(item)) nodes.set(`${key} ${item.value}`, item);
  }
  reader.places.set(value, nodes);
}

/** Where a field of a value stands, or (`members 10.1.2.3/32`) an item of it; null where it doesn't. */
export function findPlace(reader: Reader, value: object, key: string): Span | null {
  const node = reader.places.get(value)?.get(key);
  return node === undefined ? null : spanOf(reader.file, node);
}

/** A place in the file, for a value that was read: a node, or the key of a pair that lacks one. */
export type YamlNode = Node;

/** A key with its value, in the order of the file. */
export interface Entry {
  readonly key: string;
  readonly keyNode: YamlNode | null;
  /** Null for a key without a value. */
  readonly value: YamlNode | null;
}

/** The fields of a record, by key. */
export type Fields = ReadonlyMap<string, Entry>;

/** Parses the file; null (and a diagnostic for each mistake) when it isn't YAML. All scalars are read as text. */
export function readYaml(reader: Reader): YamlNode | null {
  const document = parseDocument(reader.file.text, {
    schema: "failsafe",
    prettyErrors: false,
    // "silent" would also silence a second document.
    logLevel: "error",
    // Duplicate keys are ours to find: the library compares all pairs.
    uniqueKeys: false,
  });
  for (const error of document.errors) {
    // What is missing at the end is missing one behind it.
    const start = Math.min(error.pos[0], reader.file.text.length);
    const last = Math.min(error.pos[1], reader.file.text.length);
    const isSecond = error.code === "MULTIPLE_DOCS";
    // Of a second document the three dashes are enough to point at.
    const end = isSecond ? Math.min(last, start + 3) : last;
    note(
      reader,
      reader.codes.yaml,
      { start, end },
      { problem: isSecond ? "a second document begins here" : error.message },
    );
  }
  return document.errors.length > 0 ? null : document.contents;
}

/** Notes an error at a node (or, without one, about the file as a whole). */
export function note(
  reader: Reader,
  code: DiagnosticCode,
  at: YamlNode | { readonly start: number; readonly end: number } | null,
  args: Diagnostic["args"],
  help?: string,
): void {
  const span = at === null ? null : spanOf(reader.file, at);
  reader.diagnostics.push(makeDiagnostic(code, span, args, help === undefined ? {} : { help }));
}

function spanOf(
  file: SourceFile,
  at: YamlNode | { readonly start: number; readonly end: number },
): Span | null {
  if ("start" in at) return { file, start: at.start, end: at.end };
  const range = at.range;
  if (range === undefined || range === null) return null;
  // A collection's range ends where the next thing begins: one line of it is enough to point at.
  const lineEnd = file.text.indexOf("\n", range[0]);
  const end = lineEnd === -1 ? range[1] : Math.min(range[1], lineEnd);
  return { file, start: range[0], end: Math.max(range[0], end) };
}

/** The pairs of a mapping; duplicate keys are noted, the first one counts. Null when it is no mapping. */
export function readEntries(reader: Reader, node: YamlNode | null, what: string): readonly Entry[] | null {
  if (!isMap(node)) {
    note(reader, reader.codes.wrongType, node, {
      key: what,
      expected: "keys with values",
      found: describe(node),
    });
    return null;
  }
  const entries = new Map<string, Entry>();
  for (const pair of node.items) {
    const keyNode = asNode(pair.key);
    const key = isScalar(keyNode) ? String(keyNode.value ?? "") : null;
    if (key === null) {
      note(reader, reader.codes.wrongType, keyNode, {
        key: what,
        expected: "a word as key",
        found: describe(keyNode),
      });
    } else if (entries.has(key)) {
      note(reader, reader.codes.duplicateKey, keyNode, { key });
    } else {
      entries.set(key, { key, keyNode, value: asNode(pair.value) });
    }
  }
  return [...entries.values()];
}

/** The fields of a record: keys that aren't known and required ones that are missing are noted. */
export function readFields(
  reader: Reader,
  node: YamlNode | null,
  what: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Fields | null {
  const entries = readEntries(reader, node, what);
  if (entries === null) return null;
  const known = [...required, ...optional];
  const fields = new Map<string, Entry>();
  for (const entry of entries) {
    if (known.includes(entry.key)) fields.set(entry.key, entry);
    else
      note(
        reader,
        reader.codes.unknownKey,
        entry.keyNode,
        { key: entry.key, what },
        didYouMean(entry.key, known),
      );
  }
  for (const key of required) {
    if (!fields.has(key)) note(reader, reader.codes.missingKey, node, { key, what });
  }
  return fields;
}

/** `did you mean X?`, or the whole choice when nothing is near and it is short. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const choices = [...known];
  const nearest = findNearest(word, choices);
  if (nearest !== null) return `did you mean ${nearest}?`;
  return choices.length > 0 && choices.length <= 8 ? `it can be ${choices.join(", ")}` : undefined;
}

/** A field's text; null (noted) when it has none. An absent field was noted before. */
export function readText(reader: Reader, fields: Fields, key: string): string | null {
  const entry = fields.get(key);
  return entry === undefined ? null : readScalar(reader, entry.value, key, entry.keyNode);
}

/** A scalar's text; null (noted) for anything else. */
export function readScalar(
  reader: Reader,
  node: YamlNode | null,
  what: string,
  keyNode: YamlNode | null = null,
): string | null {
  if (isScalar(node) && typeof node.value === "string" && (node.value !== "" || isQuoted(node)))
    return node.value;
  note(reader, reader.codes.wrongType, isScalar(node) ? (keyNode ?? node) : (node ?? keyNode), {
    key: what,
    expected: "a text",
    found: describe(node),
  });
  return null;
}

/** A number from 0 on. */
export function readCount(reader: Reader, fields: Fields, key: string): number | null {
  return readParsed(reader, fields, key, "a number", (text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : null,
  );
}

/** A list of texts under a key; null when it is no list or one of the texts is none. */
export function readTexts(reader: Reader, fields: Fields, key: string): readonly string[] | null {
  const items = readItems(reader, fields, key);
  if (items === null) return null;
  const texts = items.map((item) => readScalar(reader, item, key));
  return texts.every((text) => text !== null) ? texts : null;
}

/** The items of a list under a key. */
export function readItems(reader: Reader, fields: Fields, key: string): readonly (YamlNode | null)[] | null {
  const entry = fields.get(key);
  if (entry === undefined) return null;
  if (isSeq(entry.value)) return entry.value.items.map(asNode);
  note(reader, reader.codes.wrongType, entry.keyNode, {
    key,
    expected: "a list",
    found: describe(entry.value),
  });
  return null;
}

/** Reads a text by `parse`, which gives null for one that isn't `expected`. */
export function readParsed<Value>(
  reader: Reader,
  fields: Fields,
  key: string,
  expected: string,
  parse: (text: string) => Value | null,
): Value | null {
  const text = readText(reader, fields, key);
  if (text === null) return null;
  const value = parse(text);
  if (value === null)
    note(reader, "PLAN_BAD_VALUE", fields.get(key)?.value ?? null, { key, value: text, expected });
  return value;
}

function isQuoted(node: { readonly type?: string | undefined }): boolean {
  return node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
}

function asNode(value: unknown): YamlNode | null {
  return isMap(value) || isSeq(value) || isScalar(value) ? value : null;
}

function describe(node: YamlNode | null): string {
  if (isMap(node)) return "keys with values";
  if (isSeq(node)) return "a list";
  return isScalar(node) && node.value !== "" && node.value !== null ? "a text" : "nothing";
}
