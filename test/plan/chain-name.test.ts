/** Names that a chain may have. */
import { expect, test } from "vitest";
import { findChainNameProblem } from "../../src/plan/chain-name.ts";

test.each([
  ["S-LAN", null],
  ["_x.y:z+@/1", null],
  ["a".repeat(28), null],
  ["a".repeat(29), "too-long"],
  ["", "characters"],
  ["-x", "characters"],
  ["!x", "characters"],
  ["a b", "characters"],
  ['a"b', "characters"],
  ["Büro", "characters"],
  ["ä".repeat(20), "characters"],
  ["$(x)", "characters"],
  ["INPUT", "reserved"],
  ["accept", "reserved"],
  ["Log", "reserved"],
  ["rule", "reserved"],
  ["standard", "reserved"],
  ["RULE", null],
])("%j: %j", (name, problem) => {
  expect(findChainNameProblem(name)).toBe(problem);
});
