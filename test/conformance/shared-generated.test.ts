/** Conformance of the generated rulesets of the shared corpus. */
import { describe } from "vitest";
import { listSharedCorpus, SHARED_CORPUS } from "../support/corpus.ts";
import { testConformance } from "./checks.ts";

describe.skipIf(SHARED_CORPUS === null)("generated rulesets", () => {
  testConformance(listSharedCorpus().filter(({ name }) => name.startsWith("shared/generated/")));
});
