/** Conformance of dumps made by firewall tools, in the shared corpus. */
import { describe, expect, test } from "vitest";
import { listSharedCorpus, SHARED_CORPUS } from "../support/corpus.ts";
import { findStrayExceptions, testConformance } from "./checks.ts";

const files = listSharedCorpus();

describe.skipIf(SHARED_CORPUS === null)("the shared corpus", () => {
  test("has more than a hundred dumps, and no exception for a file that is not there", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(findStrayExceptions(files, "shared/")).toEqual([]);
  });

  testConformance(files.filter(({ name }) => name.startsWith("shared/tools/")));
});
