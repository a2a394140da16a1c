/** Which order a chain gets, of those that were measured. */
import { describe, expect, test } from "vitest";
import { LEAST_SAVING, pickOrder } from "../../src/cost/pick-orders.ts";
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

  test("is not taken for whatever reason that layout can't be, as long as the written order meets all demands", () => {
    for (const reason of ["loss", "sum", "cost", "order"] as const) {
      const [one, two] = [
        tried(100, chosen("hoisted", reason), true),
        written(900, chosen("hoisted", reason)),
      ];
      expect(pickOrder(written(900, chosen("article")), [one]).pick).toBeNull();
      expect(pickOrder(two, [one]).pick).toBe(one.tried);
    }
  });

  test("that is not cheaper stays behind a written one that is torn, too", () => {
    const near = tried(890, chosen("hoisted", "loss"));
    expect(pickOrder(written(900, chosen("hoisted", "loss")), [near])).toMatchObject({
      choice: { order: "written" },
      pick: null,
    });
  });
});

describe("where all orders meet the demands", () => {
  const whole = (ns: number, isLimited = false) => tried(ns, chosen("article"), isLimited);

  test("the cheapest, if it saves a tenth", () => {
    const [dear, cheap] = [whole(700), whole(500, true)];
    const { choice, pick } = pickOrder(written(1000, chosen("article")), [dear, cheap]);
    expect(pick).toBe(cheap.tried);
    expect(choice).toEqual({
      ...{ ...PLACE, order: "used", isLimited: true },
      ...{ written: both(1000), used: both(500) },
    });
    expect(
      pickOrder(written(1000, chosen("article")), [whole(1000 * (1 - LEAST_SAVING))]).pick,
    ).not.toBeNull();
    expect(pickOrder(written(1000, chosen("article")), [whole(901)]).choice).toMatchObject({
      order: "written",
    });
  });
});
