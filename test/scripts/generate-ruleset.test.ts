/** The generated rulesets of the corpus are what the generator makes today, and their truth speaks of lines that are there. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTruth } from "../support/truth.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const committed = join(root, "corpus/generated");
const names = readdirSync(committed).filter((name) => name.endsWith(".rules"));
let folder: string;

function generate(...args: readonly string[]) {
  return spawnSync(process.execPath, [join(root, "scripts/generate-ruleset.mjs"), ...args], {
    encoding: "utf8",
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "markify-generate-"));
  expect(generate("--all", "--into", folder).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the generator", () => {
  test("makes at least six rulesets, both families, up to ten thousand rules", () => {
    expect(names.length).toBeGreaterThanOrEqual(6);
    const rules = names.map((name) => countRules(readFileSync(join(committed, name), "utf8")));
    expect(Math.min(...rules)).toBeLessThan(100);
    expect(Math.max(...rules)).toBeGreaterThanOrEqual(10_000);
    const families = new Set(
      names.map((name) => readTruth(join(committed, name.replace(".rules", ".truth.json"))).family),
    );
    expect([...families].sort()).toEqual(["v4", "v6"]);
  });

  test.each(names)("makes %s as it is committed", (name) => {
    for (const file of [name, name.replace(".rules", ".truth.json")]) {
      expect(
        readFileSync(join(folder, file), "utf8") === readFileSync(join(committed, file), "utf8"),
        file,
      ).toBe(true);
    }
  });

  test.each(names)("%s: every address planted and used stands in a rule", (name) => {
    const text = readFileSync(join(committed, name), "utf8");
    const truth = readTruth(join(committed, name.replace(".rules", ".truth.json")));
    const flags = { source: "-s", destination: "-d" };
    for (const group of truth.addressGroups) {
      for (const member of group.members)
        expect(text, group.name).toContain(` ${flags[group.axis]} ${member} `);
    }
    expect(truth.addressGroups.filter((group) => group.usedBy.length >= 2).length).toBeGreaterThan(0);
  });

  test("scales a recipe, and refuses a name that is none", () => {
    expect(generate("dmz-1k", "--rules", "200", "--into", folder).status).toBe(0);
    const rules = countRules(readFileSync(join(folder, "dmz-1k-200.rules"), "utf8"));
    expect(rules).toBeGreaterThan(150);
    expect(rules).toBeLessThan(260);
    const refused = generate("no-such-recipe");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("no recipe is called no-such-recipe");
  });
});

/** Rules of a save file's text, with or without counters. */
function countRules(text: string): number {
  return text.split("\n").filter((line) => /^(\[\d+:\d+\] )?-A /.test(line)).length;
}
