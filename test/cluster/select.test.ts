/** Choosing products: how often it looks at each of them. */
import { expect, test } from "vitest";
import { selectProducts } from "../../src/cluster/select.ts";
import type { Product } from "../../src/cluster/types.ts";
import { everyProduct } from "../support/every-product.ts";
import { filterTable, product, readRuleset } from "../support/small-tables.ts";

/** Chains with the same six rules each: a product each, all of the same two groups; none saves the file a rule. */
function equalChains(count: number): readonly Product[] {
  const rules = Array.from({ length: count }, (_, at) =>
    product(
      `-A c${at}`,
      ["-d 10.0.0.1/32", "-d 10.0.0.2/32", "-d 10.0.0.3/32"],
      ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80"],
      "-j ACCEPT",
    ),
  );
  return everyProduct(readRuleset(filterTable(rules.flat()), "v4")).products;
}

/** How often the sets of a product are looked at, on the average. */
function looksPerProduct(products: readonly Product[]): number {
  let looks = 0;
  const watched = products.map((each) => ({
    ...each,
    get sets() {
      looks++;
      return each.sets;
    },
  }));
  expect(selectProducts(watched, [])).toEqual([]);
  return looks / products.length;
}

test("many products that don't pay together are given up without looking at all of them for each", () => {
  const [few, many] = [looksPerProduct(equalChains(500)), looksPerProduct(equalChains(2000))];
  expect(few).toBeGreaterThan(1);
  expect(many).toBeLessThan(1.5 * few);
});
