/** docs/plan.schema.json and docs/plan.md say what the parser of plans takes: the same keys, and the same values where a schema can say it. */
import { readFileSync } from "node:fs";
import { type Schema, Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { PLAN_KEYS } from "../../src/plan/file-keys.ts";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { runIn } from "../cli/fake-io.ts";
import { FLAT } from "../cli/rulesets.ts";
import { anyPlan, SMALL_PLAN } from "./plans.ts";

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const SCHEMA: Schema = JSON.parse(read("plan.schema.json"));
const VALIDATOR = new Validator(SCHEMA, "2020-12", false);
const SMALL_TEXT = printPlan(SMALL_PLAN);

/** What an editor says of a text: it reads YAML 1.2, where numbers are numbers. */
function faultsOf(text: string): readonly string[] {
  return VALIDATOR.validate(parseYaml(text)).errors.map(
    ({ instanceLocation, error }) => `${instanceLocation}: ${error}`,
  );
}

const isParsed = (text: string) => parsePlan(makeSourceFile("p.yaml", text)).plan !== null;

/** The schema of each kind of entry. */
const PARTS: Readonly<Record<keyof typeof PLAN_KEYS, Schema>> = {
  plan: SCHEMA,
  input: SCHEMA.$defs!.input!,
  marks: SCHEMA.$defs!.marks!,
  group: SCHEMA.$defs!.group!,
  policyRule: SCHEMA.$defs!.policyRule!,
  flat: SCHEMA.$defs!.flat!,
};

describe.each(Object.keys(PLAN_KEYS) as (keyof typeof PLAN_KEYS)[])("keys of %s", (kind) => {
  const [required, optional] = PLAN_KEYS[kind];
  const all: readonly string[] = [...required, ...optional];

  test("the schema has those of the parser, and no others", () => {
    expect(Object.keys(PARTS[kind].properties ?? {}).sort()).toEqual([...all].sort());
    expect(PARTS[kind].additionalProperties).toBe(false);
    // A group may have others in place of members.
    expect([...(PARTS[kind].required ?? [])].sort()).toEqual(
      required.filter((key) => kind !== "group" || key !== "members").sort(),
    );
  });

  test("docs/plan.md explains each", () => {
    for (const key of all) expect(read("plan.md"), key).toContain(`| \`${key}\``);
  });
});

test("random plans that the parser takes are taken by the schema", () => {
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const text = printPlan(plan);
      expect(isParsed(text)).toBe(true);
      expect(faultsOf(text)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

/** The small plan's text with one piece replaced; fails where the piece isn't there. */
function edited(from: string, to: string): string {
  expect(SMALL_TEXT).toContain(from);
  return SMALL_TEXT.replace(from, () => to);
}

test.each([
  ["what people write for false", "accept: true", "accept: No"],
  ["a bit without quotes", '"0x', "0x"],
  ["a group that says where its members are", "    axis: source\n", "    axis: source\n    storage: ipset\n"],
  ["a group with nothing added", "    axis: source\n", "    axis: source\n    added:\n"],
])("both take %s", (_, from, to) => {
  const text = from === '"0x' ? SMALL_TEXT.replace(/"(0x[0-9a-f]+)"/g, "$1") : edited(from, to);
  expect(isParsed(text)).toBe(true);
  expect(faultsOf(text)).toEqual([]);
});

test.each([
  ["a newer version", "version: 1", "version: 2"],
  ["an unknown key", "accept: true", "acept: true"],
  ["a missing key", "    axis: source\n", ""],
  ["a list for a text", "name: S-LAN", "name: [S-LAN]"],
  ["an empty name", "name: S-LAN", "name:"],
  ["a name that is too long", "name: S-LAN", "name: S-this-name-is-far-too-long-for-it"],
  ["a name with characters that no chain has", "name: S-LAN", "name: S LAN"],
  ["a bad value", "accept: true", "accept: perhaps"],
  ["an axis that is none", "axis: source", "axis: sauce"],
  ["no reference at all", "    source: S-LAN\n    service: P-WEB\n", ""],
  ["no members", "      - 10.0.0.0/8\n      - 192.168.0.0/16\n", ""],
  ["a twin with members of its own", "    axis: source\n", "    axis: source\n    sameAs: P-WEB\n"],
  ["a digest that is none", "digest: sha256:", "digest: md5:"],
  ["a layout that is none", "version: 1", "version: 1\nlayout: flat"],
  ["too much tolerance", "version: 1", "version: 1\ntolerance: 0.7"],
  ["sets for services", "version: 1", "version: 1\nstorage: ipset:0"],
])("both refuse %s", (_, from, to) => {
  const text = edited(from, to);
  expect(isParsed(text)).toBe(false);
  expect(faultsOf(text)).not.toEqual([]);
});

test("the line that tells an editor of the schema stays over a new import", async () => {
  const line = "# yaml-language-server: $schema=/path/to/plan.schema.json\n";
  expect(read("plan.md")).toContain(line);
  const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
  const edited = { ...files, "old.rules.markify.yaml": `${line}${files["old.rules.markify.yaml"]}` };
  const again = await runIn(edited, ["import", "old.rules", "--tolerance", "0.2"]);
  expect(again.code).toBe(0);
  expect(again.files["old.rules.markify.yaml"]).toContain("tolerance: 0.2");
  expect(again.files["old.rules.markify.yaml"]).toContain(line);
});
