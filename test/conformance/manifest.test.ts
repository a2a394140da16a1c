/**
 * Every file of the shared corpus that its manifest counts rules for is read with that many rules, none of them lost; the few that are no dumps stand in
 * one list, with the reason.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeSource } from "../../src/text/source.ts";
import { listSharedCorpus, SHARED_CORPUS } from "../support/corpus.ts";
import { importRewritten, runPipeline } from "../support/pipeline.ts";
import { verify } from "../../src/verify/verify.ts";

/** Files with rules that are no output of iptables-save. */
const NOT_DUMPS: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /\.fw$/, reason: "a Firewall Builder script; its dumps stand beside it and are read" },
  { pattern: /\/command\.txt$/, reason: "the shell commands that the dumps beside it were made with" },
  { pattern: /^tools\/apf-firewall\/.*\/config\//, reason: "APF's own configuration, in shell" },
];

interface Row {
  readonly path: string;
  readonly rules: number;
}

/** Rows of the manifest's table that name a number of rules. */
function countedRows(): Row[] {
  const text = SHARED_CORPUS === null ? "" : readFileSync(join(SHARED_CORPUS, "MANIFEST.md"), "utf8");
  return text.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const rules = /^rules (\d+)/.exec(cells[5] ?? "");
    return cells[1] === undefined || rules === null ? [] : [{ path: cells[1], rules: Number(rules[1]) }];
  });
}

describe.skipIf(SHARED_CORPUS === null)("the manifest", () => {
  const rows = countedRows().filter(({ path }) => !NOT_DUMPS.some(({ pattern }) => pattern.test(path)));
  const families = new Map(
    listSharedCorpus().map(({ name, family }) => [name.replace("shared/", ""), family]),
  );

  test("counts rules for more than a hundred dumps, and the list of other files has no idle row", () => {
    expect(rows.length).toBeGreaterThan(100);
    for (const { pattern } of NOT_DUMPS)
      expect(countedRows().some(({ path }) => pattern.test(path))).toBe(true);
  });

  test.each(rows)("$path: $rules rules, each a member of a policy rule or flat", async ({ path, rules }) => {
    const bytes = readFileSync(join(SHARED_CORPUS!, path));
    const file = decodeSource(path, path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
    const run = runPipeline(file, families.get(path) ?? (/ipv6|ip6/.test(path) ? "v6" : "v4"));
    const merged = run.plan.policyRules.flatMap(({ lines }) => lines);
    const flat = run.plan.flat.flatMap(({ lines }) => lines);
    expect(new Set([...merged, ...flat]).size).toBe(rules);
    expect(new Set(flat).size).toBe(flat.length);
    const mergedLines = new Set(merged);
    expect(flat.some((line) => mergedLines.has(line))).toBe(false);
    // The other conformance tests check most of these files with more packets; here it is about those that no other test reads.
    if (!families.has(path)) {
      expect((await verify(run.ruleset, importRewritten(run), { packets: 5000 })).result).toBe("equal");
    }
  });
});
