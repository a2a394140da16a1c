/**
 * The kernel as judge of the evaluator: packets through the rulesets of the corpus and through random tables, each fate held against what the evaluator says.
 * MARKIFY_KERNEL_SHARED=1 takes the shared corpus too.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CorpusFile, listOwnCorpus, listSharedCorpus } from "../support/corpus.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { filterTable } from "../support/small-tables.ts";
import { randomTable } from "../verify/random-rules.ts";
import { expectAgreement, PACKETS } from "./agreement.ts";
import { BACKENDS, describeKernel } from "./harness.ts";

/** Larger rulesets are left to `scripts/kernel-agreement.mjs`. */
const isWide = process.env.MARKIFY_KERNEL_SHARED === "1";
const MOST_BYTES = isWide ? 2_000_000 : 40_000;

const FAMILIES = ["v4", "v6"] as const;

function listFiles(): readonly CorpusFile[] {
  const files = isWide ? [...listOwnCorpus(), ...listSharedCorpus()] : listOwnCorpus();
  return files.filter(({ path }) => readFileSync(path).length <= MOST_BYTES);
}

describeKernel("kernel and evaluator agree", () => {
  const trials = listFiles().flatMap((file) => BACKENDS.map((backend) => ({ ...file, backend })));

  test.each(trials)("over $name with $backend", async ({ name, path, family, backend }) => {
    const text = readFileSync(path, "latin1");
    const found = await expectAgreement({ name, text, family, backend, packets: PACKETS, seed: SEED });
    expect(found.compared).toBeGreaterThan(0);
  });

  const kinds = FAMILIES.flatMap((family) => BACKENDS.map((backend) => ({ family, backend })));

  test.each(kinds)(
    `over random tables, $family with $backend (seed ${SEED})`,
    async ({ family, backend }) => {
      const rich = Array.from({ length: 10 * EFFORT }, (_, at) => randomTable(1000 * SEED + at, family));
      const flat = fc.sample(randomFilter(family), { numRuns: 3 * EFFORT, seed: SEED });
      let compared = 0;
      for (const [at, text] of [...rich, ...flat].entries()) {
        const name = `random ${family} ${at}`;
        compared += (await expectAgreement({ name, text, family, backend, packets: 150, seed: SEED + at }))
          .compared;
      }
      expect(compared).toBeGreaterThan(100 * (rich.length + flat.length));
    },
  );
});

describe("what the kernel taught the evaluator", () => {
  /** Rulesets that were judged wrongly once. */
  const cases: readonly (readonly [name: string, rules: readonly string[]])[] = [
    [
      "IPv6 fragments at 8 bytes are not dropped by -m tcp",
      ["-p tcp -m tcp --dport 80 -j DROP", "-p tcp -j ACCEPT"],
    ],
    [
      "what nft takes for the ports of a later IPv6 fragment is the beginning of its header",
      [
        "-p udp -m udp --sport 24576 -j ACCEPT",
        "-p tcp -m tcp ! --dport 0 -j ACCEPT",
        "-p tcp -m tcp --tcp-flags SYN SYN -j MARK --set-mark 1",
      ],
    ],
    ["broken IPv6 extension headers", ["! -p tcp -j DROP", "-p udp -j ACCEPT"]],
  ];
  describeKernel("is still true", () => {
    test.each(cases.flatMap(([name, rules]) => BACKENDS.map((backend) => ({ name, rules, backend }))))(
      "$name, $backend",
      async ({ name, rules, backend }) => {
        const text = filterTable(rules.map((rule) => `-A FORWARD ${rule}`));
        await expectAgreement({ name, text, family: "v6", backend, packets: 1500, seed: SEED });
      },
    );
  });
});
