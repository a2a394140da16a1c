/** The ipset save files that were recorded beside dumps of the shared corpus: every line is read, and every set that a rule names is there. */
import { expect, test } from "vitest";
import { knowSets } from "../../src/sets/know.ts";
import { parseSets } from "../../src/sets/parse.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { listSharedCorpus, readCorpusFile, readRecordedIpsets } from "../support/corpus.ts";
import { importOrThrow } from "../support/pipeline.ts";

const recorded = listSharedCorpus().flatMap((file) => {
  const text = readRecordedIpsets(file);
  return text === null ? [] : [{ ...file, text }];
});

test.skipIf(recorded.length === 0)("the corpus has some", () => {
  expect(recorded.length).toBeGreaterThanOrEqual(4);
});

test.each(recorded)("$name", (file) => {
  const { sets, diagnostics } = parseSets(makeSourceFile("recorded.ipset", file.text));
  expect(diagnostics).toEqual([]);
  expect(sets!.sets.size).toBe(file.text.split("\n").filter((line) => line.startsWith("create ")).length);
  const ruleset = importOrThrow(readCorpusFile(file), file.family);
  const known = knowSets([ruleset], sets!);
  expect(known.diagnostics.map(({ code }) => code).filter((code) => code !== "SETS_NOT_KNOWN")).toEqual([]);
});
