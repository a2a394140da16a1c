/** Differences are described as far as the budget goes; that there is one is known before. */
import { expect, test } from "vitest";
import { differencesOf } from "../../src/verify/show-difference.ts";
import { BudgetSpent } from "../../src/verify/symbolic/diagram.ts";
import { TableProof } from "../../src/verify/symbolic/table-proof.ts";
import { DEFAULT_VERIFY_OPTIONS, verify } from "../../src/verify/verify.ts";
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

test.each([
  ["in one hook", "INPUT", "INPUT"],
  ["in a later hook", "FORWARD", "INPUT"],
])("a packet that ends otherwise is shown before one with another mark: %s", async (_, ending, marking) => {
  const mark = (bit: string) => `-A ${marking} -j MARK --set-xmark ${bit}/${bit}`;
  const drop = `-A ${ending} -s 10.7.0.0/16 -p tcp -m tcp --dport 22 -j DROP`;
  const [old, now] = [[mark("0x1"), drop], [mark("0x2")]].map((rules) => rulesetOf(filterOf(rules)));
  const { result, witness } = await verify(old!, now!, { packets: 0 });
  expect(result).toBe("different");
  expect(witness?.differs).toContain("verdict");
  expect(witness?.packet.hook).toBe(ending);
  const marks = await verify(old!, rulesetOf(filterOf([mark("0x2"), drop])), { packets: 0 });
  expect(marks.witness?.differs).toEqual(["mark"]);
});
