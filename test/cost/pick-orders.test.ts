/** Which order a chain gets, by what it costs and by which demands each of them fails in. */
import { describe, expect, test } from "vitest";
import type { ChosenLayout } from "../../src/cost/choose-layout.ts";
import { LEAST_SAVING, type Moved, pickOrder } from "../../src/cost/pick-orders.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";

const PLACE = { table: "filter", chain: "FORWARD" };
const both = (ns: number) => ({ legacy: ns, nft: ns });
const RULESET = readRuleset(filterTable([]));

/** What was chosen for the chain; `isTorn`: so that some packet is behind the article's layout. */
function chosen(isTorn: boolean): ChosenLayout {
  const conflict = isTorn ? { conflict: { behind: both(200), loss: both(700) } } : {};
  const choice = { ...PLACE, form: "hoisted" as const, backends: ["nft" as const], ...conflict, forms: [] };
  const rewritten = { ruleset: RULESET } as NonNullable<ChosenLayout["rewritten"]>;
  return { rewritten, diagnostics: [], choices: [choice] };
}

const moved = (ns: number, isTorn = false, isLimited = false): Moved => ({
  tried: { use: () => undefined, result: chosen(isTorn), isLimited },
  costs: both(ns),
});

function pick(own: readonly Moved[], isWrittenTorn = false) {
  const { choice, pick: from } = pickOrder({ ...PLACE, old: both(1000) }, own, chosen(isWrittenTorn));
  return { order: choice.order, because: choice.because, at: own.findIndex(({ tried }) => tried === from) };
}

describe("where all orders meet the demands", () => {
  test("the cheapest, if it saves a tenth", () => {
    const saving = 1000 * (1 - LEAST_SAVING);
    expect(pick([moved(700), moved(500)])).toEqual({ order: "used", because: undefined, at: 1 });
    expect(pick([moved(saving)])).toMatchObject({ order: "used", at: 0 });
    expect(pick([moved(saving + 1)])).toEqual({ order: "written", because: undefined, at: -1 });
  });

  test("the choice says which one it was", () => {
    const { choice } = pickOrder(
      { ...PLACE, old: both(1000) },
      [moved(700), moved(500, false, true)],
      chosen(false),
    );
    expect(choice).toEqual({
      ...{ ...PLACE, order: "used", backends: ["legacy", "nft"], isLimited: true },
      ...{ written: both(1000), used: both(500) },
    });
  });
});

describe("where some don't", () => {
  test("one that does is taken before a cheaper one that doesn't", () => {
    expect(pick([moved(300, true), moved(800)])).toEqual({ order: "used", because: undefined, at: 1 });
  });

  test("the written one stays, however much that would save, and the choice says why", () => {
    expect(pick([moved(300, true)])).toEqual({ order: "written", because: "behind", at: -1 });
  });

  test("the written one goes, though nothing is saved by it", () => {
    expect(pick([moved(1100)], true)).toEqual({ order: "used", because: "behind", at: 0 });
    expect(pick([moved(300, true), moved(1100)], true)).toEqual({ order: "used", because: "behind", at: 1 });
  });

  test("where none does, what saves enough", () => {
    expect(pick([moved(300, true)], true)).toEqual({ order: "used", because: undefined, at: 0 });
    expect(pick([moved(950, true)], true)).toEqual({ order: "written", because: undefined, at: -1 });
  });
});
