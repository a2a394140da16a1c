/**
 * Reads the plan file back, with all that a person may have changed in it, and notes every mistake in one run.
 */
import type { Axis, Family } from "../model/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { SourceFile, Span } from "../text/source.ts";
import { PLAN_KEYS } from "./file-keys.ts";
import { checkGroupNames } from "./file-names.ts";
import { parseItems, parseTruth, type RawGroup, type RawItems } from "./file-parse-items.ts";
import { readLaidOut } from "./file-parse-layouts.ts";
import { readMarkBits, readReservation } from "./file-parse-marks.ts";
import { optionalOf, parseTables, TABLE_WORDS } from "./search-options.ts";
import { parseStorage, STORAGE_FORMS } from "./storage.ts";
import type { MarkBits, Plan, PlanInput } from "./types.ts";
import {
  type Fields,
  findPlace,
  keepPlaces,
  makeReader,
  note,
  type Reader,
  readFields,
  readItems,
  readCount,
  readParsed,
  readText,
  readTexts,
  readYaml,
  type YamlNode,
} from "./yaml-reader.ts";

/** What reading a plan file gives; `plan` is null exactly when a diagnostic is an error. */
export interface ParsedPlan {
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly place: PlanPlace;
}

/** Where a key of an input, group, policy rule or flat entry of the plan that was read stands in the file; null where it doesn't. */
export type PlanPlace = (item: object, key: string) => Span | null;

/** Reads a plan. Errors: the PLAN_… codes. */
export function parsePlan(file: SourceFile): ParsedPlan {
  const reader = makeReader(file);
  const place: PlanPlace = (item, key) => findPlace(reader, item, key);
  const root = readYaml(reader);
  // Where it isn't YAML at all, everything else would only be noise.
  if (hasErrors(reader.diagnostics)) return { plan: null, diagnostics: reader.diagnostics, place };
  const fields = readFields(reader, root, "a plan", ...PLAN_KEYS.plan);
  const plan = fields === null || !isKnownVersion(reader, fields) ? null : readPlan(reader, fields);
  return { plan: hasErrors(reader.diagnostics) ? null : plan, diagnostics: reader.diagnostics, place };
}

/** A plan of another version may mean anything else differently: then the version is the only thing said. */
function isKnownVersion(reader: Reader, fields: Fields): boolean {
  if (!fields.has("version")) return true;
  const version = readText(reader, fields, "version");
  if (version === null || version === "1") return version !== null;
  reader.diagnostics.length = 0;
  note(reader, "PLAN_VERSION", fields.get("version")?.value ?? null, { version, known: 1 });
  return false;
}

function readPlan(reader: Reader, fields: Fields): Plan | null {
  const inputs = readInputs(reader, fields);
  const keepChains = readTexts(reader, fields, "keepChains");
  const rewriteChains = readTexts(reader, fields, "rewriteChains");
  const tolerance = fields.has("tolerance")
    ? readParsed(reader, fields, "tolerance", "a number from 0 to 0.5", parseTolerance)
    : 0;
  const laidOut = readLaidOut(reader, fields, inputs);
  const aggregate = fields.has("aggregate")
    ? readParsed(reader, fields, "aggregate", "true or false", parseTruth)
    : false;
  const compiledChains = fields.has("compiledChains")
    ? readParsed(reader, fields, "compiledChains", "true or false", parseTruth)
    : false;
  const marks = readReservation(reader, fields);
  const markBits = readMarkBits(reader, fields);
  const items = parseItems(reader, fields, inputs);
  checkGroupNames(reader, items);
  checkGroupBits(reader, fields, items, markBits);
  const rewriteTables = fields.has("rewriteTables") ? readTables(reader, fields) : undefined;
  const storage = fields.has("storage")
    ? readParsed(reader, fields, "storage", STORAGE_FORMS, parseStorage)
    : undefined;
  if (keepChains === null || rewriteChains === null || markBits === null) return null;
  if (tolerance === null || laidOut === null || rewriteTables === null || storage === null) return null;
  const kept = optionalOf({
    ...{ tolerance, rewriteTables },
    ...{ aggregate: aggregate === true, compiledChains: compiledChains === true },
  });
  const stored = storage === undefined ? {} : { storage };
  const options = { keepChains, rewriteChains, ...kept, ...laidOut, ...stored };
  const plan: Plan = { version: 1, inputs, ...options, ...marks, markBits, ...plainItems(items) };
  keepPlaces(reader, plan, fields);
  return plan;
}

function readTables(reader: Reader, fields: Fields): readonly string[] | null {
  const texts = readTexts(reader, fields, "rewriteTables");
  const tables = texts === null ? null : parseTables(texts.join(","));
  if (texts !== null && tables === null) {
    const node = fields.get("rewriteTables")?.value ?? null;
    const args = { key: "rewriteTables", value: texts.join(", "), expected: TABLE_WORDS };
    note(reader, "PLAN_BAD_VALUE", node, args);
  }
  return tables;
}

/** Shares that `--tolerance` takes: past a half, more would be missing than is there. */
export function parseTolerance(text: string): number | null {
  const share = /^0(\.\d+)?$/.test(text) ? Number(text) : null;
  return share === null || share > 0.5 ? null : share;
}

function plainItems(items: RawItems): Pick<Plan, "groups" | "policyRules" | "flat"> {
  return {
    groups: items.groups.map((raw) => raw.group),
    policyRules: items.policyRules.map((raw) => raw.rule),
    flat: items.flat,
  };
}

function readInputs(reader: Reader, fields: Fields): readonly PlanInput[] {
  const inputs: PlanInput[] = [];
  for (const item of readItems(reader, fields, "inputs") ?? []) {
    const input = readInput(reader, item);
    if (input === null) continue;
    if (inputs.some((other) => other.family === input.family)) {
      note(reader, "PLAN_BAD_VALUE", item, {
        key: "inputs",
        value: input.family,
        expected: "at most one input of each family",
      });
    }
    inputs.push(input);
  }
  return inputs;
}

function readInput(reader: Reader, node: YamlNode | null): PlanInput | null {
  const fields = readFields(reader, node, "an input", ...PLAN_KEYS.input);
  if (fields === null) return null;
  const path = readText(reader, fields, "path");
  const digest = readDigest(reader, fields, "digest");
  const madeFrom = fields.has("madeFrom") ? readDigest(reader, fields, "madeFrom") : null;
  const family = readParsed(reader, fields, "family", "v4 or v6", parseFamily);
  const rules = readCount(reader, fields, "rules");
  const unparsed = fields.has("unparsed") ? readCount(reader, fields, "unparsed") : null;
  const tables = readTexts(reader, fields, "tables");
  const partial = fields.has("partial") ? readTexts(reader, fields, "partial") : null;
  const text = fields.has("text") ? readText(reader, fields, "text") : null;
  if (path === "-" && !fields.has("text"))
    note(reader, "PLAN_MISSING_KEY", node, { key: "text", what: "standard input" });
  if (path === null || digest === null || family === null || rules === null || tables === null) return null;
  const sets = fields.has("sets") ? readText(reader, fields, "sets") : null;
  const setsDigest = sets === null ? null : readDigest(reader, fields, "setsDigest");
  const kept = {
    ...(sets === null || setsDigest === null ? {} : { sets: { path: sets, digest: setsDigest } }),
    ...(unparsed === null ? {} : { unparsed }),
    ...(partial === null || partial.length === 0 ? {} : { partial }),
    ...(text === null ? {} : { text }),
    ...(madeFrom === null ? {} : { madeFrom }),
  };
  const input: PlanInput = { path, digest, family, rules, tables, ...kept };
  keepPlaces(reader, input, fields);
  return input;
}

function readDigest(reader: Reader, fields: Fields, key: string): string | null {
  return readParsed(reader, fields, key, "sha256: and 64 hexadecimal digits", (text) =>
    /^sha256:[0-9a-f]{64}$/.test(text) ? text : null,
  );
}

function parseFamily(text: string): Family | null {
  return text === "v4" || text === "v6" ? text : null;
}

/** An axis with groups needs its bit. */
function checkGroupBits(reader: Reader, fields: Fields, items: RawItems, bits: MarkBits | null): void {
  const seen = new Set<Axis>();
  const lacking = (raw: RawGroup) =>
    bits !== null && bits[raw.group.axis] === undefined && !seen.has(raw.group.axis);
  for (const raw of items.groups.filter(lacking)) {
    if (seen.has(raw.group.axis)) continue;
    seen.add(raw.group.axis);
    const at = fields.get("markBits")?.keyNode ?? null;
    note(reader, "PLAN_MISSING_KEY", at, { key: raw.group.axis, what: "markBits" });
  }
}
