/** The unified diff: it applies, it is small, and it is quick on large rulesets. */
import { applyPatch } from "diff";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiff, renderDiffStart } from "../../src/report/diff.ts";
import type { Rewritten, RewrittenLine } from "../../src/rewrite/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";

/** A rewrite of a file's lines; only what a diff reads is there. */
function rewrite(old: readonly string[], lines: readonly RewrittenLine[]): Rewritten {
  const file = makeSourceFile("old.rules", [...old, ""].join("\n"));
  return {
    ruleset: { family: "v4", file, tables: [] },
    lines: [...lines, { text: "", origins: [old.length + 1] }],
    changed: true,
    tablesChanged: ["filter"],
    rulesBefore: 0,
    rulesAfter: 0,
    newChains: [],
    treeGroups: [],
    newBits: 0,
    runs: 0,
    runOwners: [],
    lostComments: [],
    lostCounters: 0,
    policyChange: null,
    markBits: {},
    ownBits: 0,
    mergedLines: new Set(),
    partLines: new Set(),
    tidied: [],
    sets: [],
    unhoisted: [],
    moved: [],
    sharedOwners: [],
    flatOwners: [],
    rests: [],
  };
}

function kept(old: readonly string[], ...numbers: readonly number[]): RewrittenLine[] {
  return numbers.map((line) => ({ text: old[line - 1]!, origins: [line] }));
}

const LETTERS = [..."abcdefghijklmnop"];

test("shows what changed with three lines around it", () => {
  const lines = [
    ...kept(LETTERS, 1, 2, 3, 4, 5, 6),
    { text: "new", origins: [7, 8] },
    ...kept(LETTERS, 9, 10, 11, 12, 13, 14, 15, 16),
  ];
  expect(renderDiff(rewrite(LETTERS, lines), "old", "new")).toBe(
    [
      "--- old",
      "+++ new",
      "@@ -4,8 +4,7 @@",
      " d",
      " e",
      " f",
      "-g",
      "-h",
      "+new",
      " i",
      " j",
      " k",
      "",
    ].join("\n"),
  );
});

test("a rule that moved is taken out and put in, not everything that it moved past", () => {
  const lines = kept(LETTERS, 1, 15, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16);
  const changes = renderDiff(rewrite(LETTERS, lines), "old", "new")
    .split("\n")
    .filter((line) => /^[-+][a-z]$/.test(line));
  expect(changes).toEqual(["+o", "-o"]);
});

test("nothing changed, nothing shown", () => {
  expect(renderDiff({ ...rewrite(LETTERS, kept(LETTERS, 1)), changed: false }, "old", "new")).toBe("");
});

test("the diff of any rewrite applies", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 40 });
  const pieces = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 40 });
  fc.assert(
    fc.property(letters, pieces, (old, picks) => {
      const lines = picks.map(([pick, isKept]) => {
        const line = (pick % old.length) + 1;
        return isKept ? { text: old[line - 1]!, origins: [line] } : { text: `x${line}`, origins: [line] };
      });
      const rewritten = rewrite(old, lines);
      const patch = renderDiff(rewritten, "old", "new");
      const wanted = rewritten.lines.map(({ text }) => text).join("\n");
      expect(applyPatch(rewritten.ruleset.file.text, patch)).toBe(wanted);
      const all = patch.replace(/\n$/, "").split("\n");
      for (const most of [1, 3, 8, 20, Number.POSITIVE_INFINITY]) {
        const start = renderDiffStart(rewritten, "old", "new", most);
        expect(start.lines).toEqual(all.slice(0, most));
        expect(start.rest).toBe(Math.max(0, all.length - most));
      }
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("20,000 lines", () => {
  const old = Array.from(
    { length: 20_000 },
    (_, at) => `-A FORWARD -s 10.0.${at >> 8}.${at & 255}/32 -j ACCEPT`,
  );
  const lines = old.flatMap((text, at): RewrittenLine[] =>
    at % 20 === 0
      ? [{ text, origins: [at + 1] }]
      : at % 7 === 0
        ? [{ text: `${text} new`, origins: [at + 1] }]
        : [],
  );
  const diff = renderDiff(rewrite(old, lines), "old", "new");
  expect(diff.split("\n").length).toBeGreaterThan(20_000);
});
