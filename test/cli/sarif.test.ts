/** `lint --sarif` and `review --sarif`: what is found, at the lines where people look, in the form that code review reads. */
import { describe, expect, test } from "vitest";
import { REPORT_KINDS, type SarifLog } from "./sarif-log.ts";
import { describeKind } from "../../src/report/finding-words.ts";
import { makeSarif, type SarifFinding } from "../../src/report/sarif.ts";
import { findSarifFaults } from "../report/sarif-schema.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

const rules = (...lines: readonly string[]) =>
  `${["*filter", ":FORWARD DROP [0:0]", ...lines, "COMMIT"].join("\n")}\n`;

const SHADOWED = rules("-A FORWARD -s 10.0.0.0/8 -j ACCEPT", "-A FORWARD -s 10.1.0.0/16 -j DROP");

/** Runs a command with `--sarif`; what it prints has to be SARIF. */
async function sarifOf(
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
  stdin = "",
): Promise<{ readonly code: number; readonly run: SarifLog["runs"][0]; readonly stderr: string }> {
  const { code, stdout, stderr } = await runIn(files, [...argv, "--sarif"], {}, stdin);
  const log: SarifLog = JSON.parse(stdout);
  expect(findSarifFaults(log)).toEqual([]);
  return { code, run: log.runs[0], stderr };
}

const lintOf = (text: string, stdin = "") =>
  sarifOf({ "my dir/old.rules": text }, ["lint", "my dir/old.rules"], stdin);

describe("lint", () => {
  test("a finding with its rule, place, reason and words", async () => {
    const { code, run } = await lintOf(SHADOWED);
    expect(code).toBe(1);
    expect(run.tool.driver).toMatchObject({
      name: "markify",
      version: "1.2.3",
      rules: [{ id: "shadowed", shortDescription: { text: expect.stringContaining("rules before") } }],
    });
    expect(run.invocations).toEqual([{ executionSuccessful: true, toolExecutionNotifications: [] }]);
    const artifactLocation = { uri: "my%20dir/old.rules", uriBaseId: "%SRCROOT%" };
    expect(run.results).toEqual([
      {
        ruleId: "shadowed",
        ruleIndex: 0,
        level: "warning",
        message: {
          text: "Line 3 takes every packet that it matches before it gets here. Take line 4 out, or move what comes before.",
        },
        locations: [
          {
            physicalLocation: { artifactLocation, region: { startLine: 4, endLine: 4 } },
            logicalLocations: [{ fullyQualifiedName: "filter FORWARD" }],
          },
        ],
        relatedLocations: [
          {
            id: 0,
            physicalLocation: { artifactLocation, region: { startLine: 3, endLine: 3 } },
            message: { text: "This is the reason." },
          },
        ],
        partialFingerprints: { "markifyFinding/v1": expect.stringMatching(/^[0-9a-f]{16}:1$/) },
      },
    ]);
  });

  test("names are text: no links, and no arguments", async () => {
    const texts = [];
    for (const name of ["[ok](http://a.b)", "{0}"]) {
      const text = rules(`-A ${name} -s 10.0.0.1 -j ACCEPT`).replace("-A", `:${name} - [0:0]\n-A`);
      texts.push(...(await lintOf(text)).run.results.map(({ message }) => message.text));
    }
    expect(texts).toContainEqual(expect.stringContaining("\\[ok\\](http://a.b)"));
    expect(texts).toContainEqual(expect.stringContaining("{{0}}"));
  });

  test("the fingerprint stays when lines shift and counters count, and is another one for another rule", async () => {
    const printsOf = async (text: string) =>
      (await lintOf(text)).run.results.map(
        ({ partialFingerprints }) => partialFingerprints["markifyFinding/v1"],
      );
    const before = await printsOf(SHADOWED);
    const shifted = rules(
      "# a comment",
      "-A FORWARD -s 192.0.2.1/32 -j ACCEPT",
      "[7:420] -A FORWARD -s 10.0.0.0/8 -j ACCEPT",
      "[0:0] -A FORWARD -s 10.1.0.0/16 -j DROP",
    );
    expect(await printsOf(shifted)).toEqual(before);
    expect(await printsOf(SHADOWED.replace("10.1.0.0", "10.2.0.0"))).not.toEqual(before);
  });

  test("the same finding twice has two fingerprints", () => {
    const finding: SarifFinding = {
      ...{ rule: "shadowed", message: "It is so.", related: [], identity: ["filter", "-j DROP"] },
      level: "note",
      place: { file: "old.rules", lines: { first: 1, last: 1 } },
    };
    const log = makeSarif({
      ...{ version: "1", open: [], isWhole: true, findings: [finding, finding] },
      describe: describeKind,
      toUri: (path) => path,
      digest: (text) => `${text.length}`,
    });
    expect(findSarifFaults(log)).toEqual([]);
  });

  test("of very many related lines a hundred are listed, and the others counted", () => {
    const place = (line: number) => ({ file: "old.rules", lines: { first: line, last: line } });
    const related = Array.from({ length: 130 }, (_, at) => place(at + 2));
    const log = makeSarif({
      ...{ version: "1", open: [], isWhole: true },
      findings: [
        { rule: "unparsed", level: "warning", message: "So.", place: place(1), related, identity: [] },
      ],
      describe: describeKind,
      toUri: (path) => path,
      digest: (text) => text,
    });
    expect(findSarifFaults(log)).toEqual([]);
    expect(JSON.stringify(log)).toContain("So. (30 more lines are not listed.)");
    expect(JSON.stringify(log)).toContain('"id":99');
    expect(JSON.stringify(log)).not.toContain('"id":100');
  });

  test("of a script: the lines of the script, and diagnostics as results with columns", async () => {
    const script = [
      "#!/bin/sh",
      "for n in 1 2; do",
      "  iptables -A FORWARD -s 10.0.0.0/8 -j ACCEPT",
      "done",
      "iptables -A FORWARD -s 10.1.0.0/16 -j DROP",
      "",
    ].join("\n");
    const { run } = await sarifOf({ "fw.sh": script }, ["lint", "fw.sh"]);
    const regions = (id: string) =>
      run.results
        .filter(({ ruleId }) => ruleId === id)
        .map(({ locations }) => locations[0]?.physicalLocation?.region);
    expect(regions("shadowed")).toContainEqual({ startLine: 5, endLine: 5 });
    expect(regions("SCRIPT_START_ASSUMED")).toEqual([{ startLine: 3, startColumn: 3, endLine: 3 }]);
    expect(run.results.at(-1)?.message.text).toContain("those of the ruleset that the file makes");
    expect(
      run.results.every(({ locations }) => (locations[0]?.physicalLocation?.region?.endLine ?? 0) <= 5),
    ).toBe(true);
  });

  test("a file with errors: they are the results, and the run was none", async () => {
    const { code, run } = await lintOf(SHADOWED.replace("-j DROP", "--dprot 22 -j DROP"));
    expect(code).toBe(1);
    expect(run.invocations[0]?.executionSuccessful).toBe(false);
    expect(run.results[0]).toMatchObject({ ruleId: "UNKNOWN_OPTION", level: "error" });
    expect(run.results[0]?.locations[0]?.physicalLocation?.region?.startLine).toBe(4);
  });

  test("what is not known is said, and standard input has no place", async () => {
    const { code, run } = await sarifOf(
      {},
      ["lint", "-", "--budget", "0"],
      rules("-A FORWARD -s 10.0.0.0/8 -j ACCEPT"),
    );
    expect(code).toBe(4);
    expect(run.results).toEqual([]);
    expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain("it is not known");
    const found = await sarifOf({}, ["lint", "-"], SHADOWED);
    expect(found.run.results[0]?.locations).toEqual([
      { logicalLocations: [{ fullyQualifiedName: "filter FORWARD" }] },
    ]);
  });

  test("a file outside of the folder has a URL of its own", async () => {
    const { run } = await sarifOf({ "../etc/fw.rules": SHADOWED }, ["lint", "/etc/fw.rules"]);
    expect(run.results[0]?.locations[0]?.physicalLocation?.artifactLocation).toEqual({
      uri: "file:///etc/fw.rules",
    });
  });

  test("--json and --sarif are not given together", async () => {
    const { code } = await runIn({ "old.rules": SHADOWED }, ["lint", "old.rules", "--json", "--sarif"]);
    expect(code).toBe(2);
  });

  test("every kind of the report is described (those of lint: by their type)", () => {
    expect(REPORT_KINDS.length).toBeGreaterThan(10);
    for (const kind of REPORT_KINDS) expect(describeKind(kind), kind).toMatch(/^[A-Z].*\.$/);
    expect(describeKind("toString")).toBeUndefined();
  });
});

describe("review", () => {
  const imported = async () => (await runIn({ "old.rules": FLAT }, ["import", "old.rules"])).files;

  test("findings about rules are at their lines, those about the plan at the plan", async () => {
    const files = await imported();
    const { code, run } = await sarifOf(files, ["review", PLAN]);
    const { stdout } = await runIn(files, ["review", PLAN, "--json"]);
    expect(code).toBe(0);
    const found: readonly { readonly kind: string; readonly lines: readonly object[] }[] =
      JSON.parse(stdout).findings;
    expect(found.length).toBeGreaterThan(0);
    expect(run.results.map(({ ruleId }) => ruleId)).toEqual(found.map(({ kind }) => kind));
    for (const [at, { lines }] of found.entries()) {
      const uri = run.results[at]?.locations[0]?.physicalLocation?.artifactLocation.uri;
      expect(uri).toBe(lines.length > 0 ? "old.rules" : PLAN);
    }
  });

  test("a change of the policy is a warning at the plan, and --check adds no fault of its own", async () => {
    const { files } = await runIn(await imported(), ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
    const { code, run } = await sarifOf(files, ["review", PLAN, "--check"]);
    expect(code).toBe(1);
    expect(run.results[0]).toMatchObject({ ruleId: "policy-change", level: "warning" });
    expect(run.results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: PLAN, uriBaseId: "%SRCROOT%" },
    });
    expect(run.results.map(({ ruleId }) => ruleId)).not.toContain("not-equal");
  });

  test("a plan that can't be read: its mistakes, with their places in it", async () => {
    const files = await imported();
    const broken = { ...files, [PLAN]: files[PLAN]!.replace("\nkeepChains:", "\nkeepChain:") };
    const { code, run } = await sarifOf(broken, ["review", PLAN]);
    expect(code).toBe(1);
    expect(run.invocations[0]?.executionSuccessful).toBe(false);
    expect(run.results[0]).toMatchObject({ ruleId: "PLAN_UNKNOWN_KEY", level: "error" });
    expect(run.results[0]?.locations[0]?.physicalLocation?.region?.startColumn).toBe(1);
  });
});
