/** Differences are described as far as the budget goes; that there is one is known before. */
import { expect, test } from "vitest";
import { differencesOf } from "../../src/verify/show-difference.ts";
import { BudgetSpent } from "../../src/verify/symbolic/diagram.ts";
import { TableProof } from "../../src/verify/symbolic/table-proof.ts";
import { DEFAULT_VERIFY_OPTIONS } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";
import { SETTINGS } from "./symbolic/proofs.ts";

/** Makes nodes that nobody needs, until the next new one is the one at which the budget is looked at. */
function goToNextCheck({ join: { diagram } }: TableProof, checks: () => number): void {
  let number = 1000;
  const add = (): void => {
    diagram.make(0, ~number, ~++number);
  };
  const toCheck = (): number => {
    const before = checks();
    while (checks() === before) add();
    return diagram.count;
  };
  const period = -toCheck() + toCheck();
  for (let left = period - 1; left > 0; left--) add();
}

test("a budget that ends while a difference is described leaves the difference", () => {
  const rules = [["-A INPUT -s 10.0.0.0/8 -j DROP"], ["-A INPUT -s 10.0.0.0/9 -j DROP"]];
  const [old, now] = rules.map((list) => rulesetOf(filterOf(list)).tables[0]!);
  let checks = 0;
  let isSpent = false;
  const checkTime = (): void => {
    checks++;
    if (isSpent) throw new BudgetSpent("time");
  };
  const pair = { name: "filter", family: "v4", old: old!, new: now! } as const;
  const proof = new TableProof(pair, SETTINGS, { nodes: 20_000_000, checkTime });
  const difference = { proof, ...proof.differences("INPUT", false) };
  const main = { answer: "different", difference } as const;
  const finding = {
    pair,
    hooks: [{ hook: "INPUT", main, anyMark: null, proof }],
    unreachable: new Set<string>(),
  };
  const describe = () => differencesOf([finding], DEFAULT_VERIFY_OPTIONS);
  goToNextCheck(proof, () => checks);
  isSpent = true;
  expect(describe()).toEqual({ differences: [], moreDifferences: true });
  isSpent = false;
  expect(describe()).toMatchObject({
    differences: [{ table: "filter", hook: "INPUT" }],
    moreDifferences: false,
  });
});
