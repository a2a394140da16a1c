/**
 * Mutated rulesets and random words: whatever is read prints back, no rule is lost, and errors have places. `npm run fuzz:bytes` does the same by the megabyte.
 */
import fc from "fast-check";
import { test } from "vitest";
import { checkRead } from "../../scripts/fuzz/check-read.mjs";
import { mutate, randomTokens } from "../../scripts/fuzz/mutate.mjs";
import { makeRandom } from "../../scripts/generate/random.mjs";
import * as library from "../../src/index.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { EFFORT } from "../support/seed.ts";

/** Of each file the beginning: many small texts find more than few large ones. */
const LONGEST = 8000;
const seeds = listOwnCorpus().map((file) => readCorpusFile(file).text.slice(0, LONGEST));

const check = (text: string): void => checkRead(Buffer.from(text, "latin1"), library);
const RUNS = { numRuns: 60 * EFFORT };

test("mutated rulesets", () => {
  const pieces = fc.tuple(fc.constantFrom(...seeds), fc.constantFrom(...seeds), fc.string());
  fc.assert(
    fc.property(pieces, ([text, other, seed]) => check(mutate(text, other, makeRandom(seed)))),
    RUNS,
  );
});

test("random words", () => {
  fc.assert(
    fc.property(fc.string(), (seed) => check(randomTokens(makeRandom(seed)))),
    RUNS,
  );
});

test("random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => checkRead(bytes, library)),
    RUNS,
  );
});
