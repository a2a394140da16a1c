/**
 * Reads a file of assertions, and notes every mistake in one run.
 */
import { isMap, isScalar, isSeq } from "yaml";
import type { Assertion } from "../model/assertion.ts";
import { type Diagnostic, hasErrors, makeDiagnostic } from "../text/diagnostic.ts";
import { locate, type SourceFile } from "../text/source.ts";
import {
  type Addresses,
  type AddressNames,
  invertAddresses,
  readAddressList,
} from "./assertions/addresses.ts";
import type { ReportPart, Token } from "./assertions/scan.ts";
import { readSentence } from "./assertions/sentence.ts";
import { chainMembers } from "./policy-change.ts";
import type { PlanGroup } from "./types.ts";
import {
  type Entry,
  makeReader,
  note,
  type Reader,
  readEntries,
  readFields,
  readItems,
  readScalar,
  readYaml,
  type YamlNode,
} from "./yaml-reader.ts";

/** What reading gives; `assertions` is null exactly when a diagnostic is an error, and never empty. */
export interface ParsedAssertions {
  readonly assertions: readonly Assertion[] | null;
  readonly diagnostics: readonly Diagnostic[];
}

const CODES = {
  yaml: "ASSERTION_YAML",
  unknownKey: "ASSERTION_UNKNOWN_KEY",
  missingKey: "ASSERTION_MISSING_KEY",
  duplicateKey: "ASSERTION_DUPLICATE_KEY",
  wrongType: "ASSERTION_WRONG_TYPE",
} as const;

/** Reads the file; source and destination groups are names in it, unless it gives a name itself. Errors: the ASSERTION_… codes. */
export function parseAssertions(file: SourceFile, groups: readonly PlanGroup[] = []): ParsedAssertions {
  const reader = makeReader(file, CODES);
  const root = readYaml(reader);
  if (hasErrors(reader.diagnostics)) return { assertions: null, diagnostics: reader.diagnostics };
  if (root === null) {
    reader.diagnostics.push(makeDiagnostic("ASSERTION_NONE", null));
    return { assertions: null, diagnostics: reader.diagnostics };
  }
  const fields = readFields(reader, root, "a file of assertions", ["assertions"], ["names"]);
  if (fields === null) return { assertions: null, diagnostics: reader.diagnostics };
  const names = readNames(reader, fields.get("names"), groupNames(groups));
  const items = readItems(reader, fields, "assertions");
  const assertions = (items ?? []).map((item) => readAssertion(reader, item, names));
  if (items !== null && items.length === 0)
    note(reader, "ASSERTION_NONE", fields.get("assertions")?.keyNode ?? null, {});
  const good = assertions.filter((assertion) => assertion !== null);
  return { assertions: hasErrors(reader.diagnostics) ? null : good, diagnostics: reader.diagnostics };
}

/** Stands for what could not be read; nothing is ever proved about it. */
const UNREAD: Addresses = {
  kind: "addresses",
  v4: [{ negated: false, parts: [] }],
  v6: [{ negated: false, parts: [] }],
};

/** What the groups of a plan hold, by their names and by those that they were found under. */
function groupNames(groups: readonly PlanGroup[]): AddressNames {
  const names = new Map<string, Addresses>();
  for (const group of groups) {
    if (group.axis !== "source" && group.axis !== "destination") continue;
    const words = chainMembers(group).map((text) => ({ text, start: 0, end: 0 }));
    const addresses = readAddressList(words, { start: 0, end: 0 }, new Map(), () => {});
    if (addresses === null) continue;
    for (const name of [group.id, group.name]) names.set(name, addresses);
  }
  return names;
}

/** Names of the file, each with those before it; they win over those of groups. */
function readNames(reader: Reader, entry: Entry | undefined, known: AddressNames): AddressNames {
  const names = new Map(known);
  if (entry === undefined) return names;
  for (const { key, keyNode, value } of readEntries(reader, entry.value, "names") ?? []) {
    if (!/^[A-Za-z_][\w.-]*$/u.test(key) || key === "any" || key === "this")
      note(reader, "ASSERTION_NAME", keyNode, { name: key });
    const addresses = readNamed(reader, key, value ?? keyNode, names);
    // A name that can't be read is a name all the same: what uses it is not wrong for that.
    names.set(key, addresses ?? UNREAD);
  }
  return names;
}

/** A word, a list, or `not:` with either. */
function readNamed(
  reader: Reader,
  name: string,
  node: YamlNode | null,
  names: AddressNames,
): Addresses | null {
  if (!isMap(node)) return readWords(reader, name, node, names);
  const fields = readFields(reader, node, name, ["not"]);
  const entry = fields?.get("not");
  if (entry === undefined) return null;
  const addresses = readWords(reader, "not", entry.value ?? entry.keyNode, names);
  if (addresses === null) return null;
  const rest = invertAddresses(addresses);
  if (rest === null) note(reader, "ASSERTION_NEGATED_NAME", entry.value, { name: "one of these names" });
  return rest;
}

function readWords(
  reader: Reader,
  key: string,
  node: YamlNode | null,
  names: AddressNames,
): Addresses | null {
  const fields = new Map([[key, { key, keyNode: node, value: node }]]);
  const nodes = isSeq(node) ? readItems(reader, fields, key) : [node];
  if (nodes === null || node === null) return null;
  const words: Token[] = [];
  for (const item of nodes) {
    const text = readScalar(reader, item, key);
    if (text === null || item === null) return null;
    words.push({ text, start: 0, end: text.length });
  }
  const places = new Map(words.map((word, at) => [word as object, nodes[at]!]));
  const report: ReportPart = (code, at, args, help) => note(reader, code, places.get(at) ?? node, args, help);
  return readAddressList(words, { start: 0, end: 0 }, names, report);
}

function readAssertion(reader: Reader, node: YamlNode | null, names: AddressNames): Assertion | null {
  const before = reader.diagnostics.length;
  const fields = readFields(reader, node, "an assertion", [], ["never", "always"]);
  if (fields === null || reader.diagnostics.length > before) return null;
  const [first] = fields.values();
  if (first === undefined || fields.size > 1) {
    note(reader, "ASSERTION_KIND", node, { found: fields.size === 0 ? "neither" : "both" });
    return null;
  }
  const kind = first.key === "never" ? "never" : "always";
  const text = readScalar(reader, first.value, kind, first.keyNode);
  if (text === null || first.value === null) return null;
  const report: ReportPart = (code, at, args, help) => {
    note(reader, code, partOf(reader.file, first.value!, text, at.start, at.end), args, help);
  };
  const sentence = readSentence(text, names, report);
  if (sentence === null) return null;
  const start = first.value.range?.[0] ?? 0;
  const { line } = locate(reader.file, start);
  return { kind, text: `${kind}: ${text.trim().replace(/\s+/gu, " ")}`, line, ...sentence };
}

/** A part of a scalar's text in the file; the whole scalar where the file spells the text in another way. */
function partOf(file: SourceFile, node: YamlNode, text: string, start: number, end: number) {
  const range = node.range;
  if (!isScalar(node) || range === undefined || range === null) return node;
  const quotes = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
  const begin = range[0] + quotes;
  const isSame = file.text.slice(begin, begin + text.length) === text;
  return isSame ? { start: begin + start, end: begin + end } : node;
}
