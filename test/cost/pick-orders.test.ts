/** Which order a chain gets, of those that were measured. */
import { describe, expect, test } from "vitest";
import { pickOrder } from "../../src/cost/pick-orders.ts";
import type { ChainForm } from "../../src/plan/types.ts";
import type { Conflict, LayoutChoice } from "../../src/cost/types.ts";

/** Costs that are the same on both backends. */
const both = (ns: number) => ({ legacy: ns, nft: ns });
const BACKENDS = ["legacy", "nft"] as const;
const PLACE = { table: "filter", chain: "FORWARD", backends: BACKENDS };

function chosen(form: ChainForm, reason?: Conflict["reason"]): readonly LayoutChoice[] {
  const conflict = reason === undefined ? {} : { conflict: { reason, behind: both(200), loss: both(300) } };
  return [{ ...PLACE, form, ...conflict, forms: [] }];
}

const written = (ns: number, choices: readonly LayoutChoice[]) => ({ ...PLACE, costs: both(ns), choices });

const tried = (ns: number, choices: readonly LayoutChoice[], isLimited = false) => ({
  tried: { use: () => undefined, result: { choices, rewritten: null, diagnostics: [] }, isLimited },
  costs: both(ns),
});

describe("an order in which some packet is behind the article's layout", () => {
  const torn = tried(100, chosen("hoisted", "order"), true);

  test("is not taken where that layout can be in the written order, whatever it saves", () => {
    const { choice, pick } = pickOrder(written(900, chosen("article")), [torn]);
    expect(pick).toBeNull();
    expect(choice).toMatchObject({ order: "written", because: "behind", isLimited: true, used: both(100) });
  });

  test("is not taken where it can be in another order", () => {
    const whole = tried(700, chosen("article"));
    expect(pickOrder(written(900, chosen("article")), [torn, whole]).pick).toBe(whole.tried);
    const near = tried(890, chosen("article"));
    const { choice, pick } = pickOrder(written(900, chosen("article")), [torn, near]);
    expect([pick, choice.order, choice.because, choice.used]).toEqual([
      null,
      "written",
      undefined,
      both(890),
    ]);
    // Here the written order is behind as well.
    const { choice: held } = pickOrder(written(900, chosen("hoisted", "order")), [torn, near]);
    expect(held).toMatchObject({ order: "used", because: "behind", used: both(890) });
  });

  test("is taken where that layout can't be", () => {
    for (const reason of ["loss", "sum", "cost"] as const) {
      const needed = tried(100, chosen("hoisted", reason), true);
      expect(pickOrder(written(900, chosen("article")), [needed]).pick).toBe(needed.tried);
    }
    expect(pickOrder(written(900, chosen("hoisted", "order")), [torn]).pick).toBe(torn.tried);
  });
});
