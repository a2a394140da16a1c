/** Packets from the proof for rules that samples missed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { EFFORT } from "../support/seed.ts";
import { randomTable } from "./random-rules.ts";
import { filterOf, rulesetOf } from "./samples.ts";

test("reach every rule that can be reached, and count the others", async () => {
  const hosts = Array.from({ length: 60 }, (_, at) => `-A INPUT -s 10.0.${at}.7/32 -j c${at % 3}`);
  const rules = [
    ...hosts,
    ...[0, 1, 2].map((chain) => `-A c${chain} -p tcp -m tcp --dport ${7000 + chain} -j ACCEPT`),
    "-A INPUT -s 10.0.5.7/32 -p tcp -m tcp --dport 7002 -j DROP",
    "-A INPUT -s 10.0.6.7/32 -p tcp -m tcp --dport 7001 -j REJECT",
  ];
  const [old, now] = [rules, [...rules, "-A INPUT -s 192.0.2.1/32 -j ACCEPT"]].map((list) =>
    rulesetOf(filterOf(list)),
  );
  const result = await verify(old!, now!, { packets: 100, cover: true });
  expect(result).toMatchObject({ result: "equal", basis: "proved" });
  const { rules: all, sampled, drawn, unreachable } = result.coverage!;
  expect(all).toBe(2 * 65 + 1);
  // The DROP behind c2, which accepts the same: on both sides.
  expect(unreachable).toBe(2);
  expect(sampled + drawn + unreachable).toBe(all);
  expect(drawn).toBeGreaterThan(0);
});

test.each<Family>(["v4", "v6"])("%s: the evaluator finds that they do", async (family) => {
  let drawn = 0;
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const text = randomTable(seed, family);
    const ruleset = rulesetOf(text, family);
    // Another text with the same meaning, so that there is something to compare.
    const other = rulesetOf(text.replace("COMMIT", "-A OUTPUT -j ACCEPT\nCOMMIT"), family);
    // Throws where a packet does not match the rule that it was drawn for, or fares differently.
    const result = await verify(ruleset, other, { packets: 6, cover: true, ownBits: 0 });
    drawn += result.coverage?.drawn ?? 0;
  });
  await fc.assert(property, { numRuns: 60 * EFFORT });
  expect(drawn).toBeGreaterThan(50);
});
