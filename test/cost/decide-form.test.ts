/** The choice among forms that were measured: what each demand comes to where they can't all be met. */
import { describe, expect, test } from "vitest";
import { decideForm } from "../../src/cost/decide-form.ts";
import { type FormCost, MOST_LOSS, type Obstacle } from "../../src/cost/types.ts";

/** Costs that are the same on both backends. */
const both = (ns: number) => ({ legacy: ns, nft: ns });

function cost(
  form: FormCost["form"],
  expected: number,
  { behind = 0, obstacle }: { readonly behind?: number; readonly obstacle?: Obstacle } = {},
): FormCost {
  const own = { form, expected: both(expected), loss: both(0), behind: both(behind) };
  return obstacle === undefined ? own : { ...own, obstacle };
}

const decide = (...forms: readonly FormCost[]) => decideForm(forms, ["legacy", "nft"]);

describe("flat rules", () => {
  test("stay where they are the fastest, by however little", () => {
    expect(decide(cost("flat", 100), cost("article", 100), cost("hoisted", 101))).toBe("flat");
  });

  test("don't stay where groups cost less", () => {
    expect(decide(cost("flat", 100), cost("article", 99))).toBe("article");
  });

  test("stay where all that costs less would lose too much", () => {
    const lost = [
      cost("article", 10, { obstacle: "loss" }),
      cost("hoisted", 5, { behind: 200, obstacle: "sum" }),
    ];
    expect(decide(cost("flat", 100, { behind: 900 }), ...lost)).toBe("flat");
  });

  test("that can't stay are nothing to compare with", () => {
    const changed = cost("flat", 1, { obstacle: "policy-change" });
    expect(decide(changed, cost("article", 100), cost("hoisted", 80))).toBe("hoisted");
    expect(decide(changed, cost("article", 100, { behind: 200, obstacle: "behind" }))).toBe("article");
  });
});

test("what reads worse has to save a tenth against what reads better", () => {
  const flat = cost("flat", 1000);
  expect(decide(flat, cost("article", 100), cost("hoisted", 91))).toBe("article");
  expect(decide(flat, cost("article", 100), cost("hoisted", 89))).toBe("hoisted");
});

test("what reads better is not preferred where it nearly loses too much", () => {
  const close = { ...cost("article", 100), loss: { legacy: 0, nft: 0.95 * MOST_LOSS } };
  expect(decide(cost("flat", 1000), close, cost("hoisted", 99))).toBe("hoisted");
  expect(decide(cost("flat", 1000), close, cost("hoisted", 101))).toBe("article");
});

describe("what costs some packet more than the article's layout, which loses too much itself", () => {
  const article = cost("article", 50, { obstacle: "loss" });
  const hoisted = (behind: number, expected = 80) =>
    cost("hoisted", expected, { behind, obstacle: "behind" });

  test("is taken before flat rules that are slower, and further behind", () => {
    expect(decide(cost("flat", 100, { behind: 900 }), article, hoisted(200))).toBe("hoisted");
  });

  test("is not where the flat rules are faster, or less behind", () => {
    expect(decide(cost("flat", 79, { behind: 900 }), article, hoisted(200))).toBe("flat");
    expect(decide(cost("flat", 100, { behind: 199 }), article, hoisted(200))).toBe("flat");
  });

  test("is not where something else is behind in nothing, and cheaper than flat", () => {
    expect(decide(cost("flat", 100, { behind: 900 }), cost("article", 99), hoisted(200))).toBe("article");
  });

  test("is what is least behind", () => {
    const shared = cost("shared", 90, { behind: 160, obstacle: "behind" });
    expect(decide(cost("flat", 100, { behind: 900 }), article, shared, hoisted(200))).toBe("shared");
  });
});
