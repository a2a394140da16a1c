/** Conformance of this project's own rulesets. */
import { expect, test } from "vitest";
import { listOwnCorpus } from "../support/corpus.ts";
import { findStrayExceptions, testConformance } from "./checks.ts";

const files = listOwnCorpus();

test("there are at least ten, and no exception for a file that is not there", () => {
  expect(files.length).toBeGreaterThanOrEqual(10);
  expect(findStrayExceptions(files, "corpus/")).toEqual([]);
});

testConformance(files);
