/** Conformance of dumps that people published, in the shared corpus. */
import { describe } from "vitest";
import { listSharedCorpus, SHARED_CORPUS } from "../support/corpus.ts";
import { testConformance } from "./checks.ts";

describe.skipIf(SHARED_CORPUS === null)("published dumps", () => {
  testConformance(listSharedCorpus().filter(({ name }) => name.startsWith("shared/net-network/")));
});
