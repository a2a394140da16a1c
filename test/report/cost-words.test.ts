/** What reports say of the layouts and orders that were chosen: the reasons are those of the choice, by the backends that count. */
import { describe, expect, test } from "vitest";
import type { Conflict, FormCost, LayoutChoice, OrderChoice } from "../../src/cost/types.ts";
import { describeChoices } from "../../src/report/cost-words.ts";

const NOTHING = { legacy: 0, nft: 0 };

const form = (
  name: FormCost["form"],
  legacy: number,
  nft: number,
  rest: Partial<FormCost> = {},
): FormCost => ({
  ...{ form: name, expected: { legacy, nft }, loss: NOTHING, behind: NOTHING },
  ...rest,
});

const flat = (forms: readonly FormCost[], backends: LayoutChoice["backends"]): LayoutChoice => ({
  ...{ table: "filter", chain: "INPUT", form: "flat", backends, forms },
});

function sayOf(facts: {
  readonly layouts?: readonly LayoutChoice[];
  readonly orders?: readonly OrderChoice[];
}): string {
  const said = describeChoices([{ family: "v4", rulesBefore: 0, rulesAfter: 0, chains: [], ...facts }]);
  expect(said).toHaveLength(1);
  return said[0]!;
}

const hoisted = form("hoisted", 400, 900);
const BOTH = ["legacy", "nft"] as const;

describe("why rules stay flat", () => {
  test("what the other backend would save is no reason", () => {
    // On nft the article's layout would be faster by more than it is slower on legacy.
    const forms = [form("flat", 100, 1200), form("article", 200, 700, { obstacle: "loss" }), hoisted];
    expect(sayOf({ layouts: [flat(forms, ["legacy"])] })).toContain(
      "flat is faster here, the rules stay as they are, 100/1200",
    );
    expect(sayOf({ layouts: [flat(forms, BOTH)] })).toContain("(--layout article takes it all the same)");
  });

  test("the demand in which what costs less fails", () => {
    const stay = "the rules stay as they are, since in what costs less some packet could";
    const all = "takes it all the same)";
    const behind = form("article", 200, 700, { obstacle: "behind" });
    const sayWith = (...others: readonly FormCost[]) =>
      sayOf({ layouts: [flat([form("flat", 300, 900), ...others, hoisted], BOTH)] });
    expect(sayWith(behind)).toContain(
      `${stay} cost more than in the article's layout (--layout article ${all}`,
    );
    expect(sayWith({ ...behind, obstacle: "loss" })).toContain(
      `${stay} lose more than 600 ns (--layout article ${all}`,
    );
    expect(sayWith(behind, form("shared", 100, 600, { obstacle: "sum" }))).toContain(
      `${stay} lose more than 600 ns, or cost more than in the article's layout (--layout shared ${all}`,
    );
  });
});

test("an order that is limited and not taken", () => {
  const order: OrderChoice = {
    ...{ table: "filter", chain: "INPUT", order: "written", backends: BOTH, isLimited: true },
    ...{ written: { legacy: 100, nft: 200 }, used: { legacy: 95, nft: 190 } },
  };
  expect(sayOf({ orders: [order] })).toBe(
    "order of filter INPUT: as it is written, since by use, as far as no packet loses too much, the chain would save too little (100/200 -> 95/190)",
  );
});

describe("what is behind the article's layout", () => {
  test("in a chain: why that one is not taken", () => {
    const sayWith = (reason: Conflict["reason"]) => {
      const conflict: Conflict = { reason, behind: { legacy: 0, nft: 183 }, loss: { legacy: 184, nft: 576 } };
      const forms = [form("flat", 267, 2532), form("hoisted", 146, 717)];
      return sayOf({ layouts: [{ ...flat(forms, BOTH), form: "hoisted", conflict }] });
    };
    const more = "hoisted, 146/717 (flat 267/2532; some packet costs 0/183 more than with --layout article,";
    expect(sayWith("loss")).toContain(`${more} in which another one would lose 184/576)`);
    expect(sayWith("sum")).toContain(`${more} in which another one would lose too much with other chains)`);
    expect(sayWith("cost")).toContain(`${more} which costs more than the flat rules on the whole)`);
    expect(sayWith("order")).toContain(`${more} in which the rules have another order)`);
  });

  test("in an order: which one is left", () => {
    const order: OrderChoice = {
      ...{ table: "filter", chain: "INPUT", order: "written", backends: BOTH, because: "behind" },
      ...{ written: { legacy: 100, nft: 200 }, used: { legacy: 5, nft: 10 } },
    };
    const fault = "some packet would cost more than with --layout article";
    expect(sayOf({ orders: [order] })).toBe(
      `order of filter INPUT: as it is written (100/200 -> 5/10), since by use ${fault}`,
    );
    expect(sayOf({ orders: [{ ...order, order: "used" }] })).toBe(
      `order of filter INPUT: by use (100/200 -> 5/10), since as it is written ${fault}`,
    );
  });
});
