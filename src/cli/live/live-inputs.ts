/**
 * What a plan's products are to `apply --live`.
 */
import type { LiveInput } from "../../apply/prepare.ts";
import type { WantedSet } from "../../apply/sets-to-load.ts";
import { entriesOf } from "../../emit/ipset-file.ts";
import type { Rewritten } from "../../rewrite/types.ts";
import type { Product } from "../emit-product.ts";
import { readBack } from "../read-back.ts";

/** One for each input. */
export function liveInputs(
  rewrites: readonly Rewritten[],
  products: readonly Product[],
): readonly LiveInput[] {
  return products.map((product, at) => {
    const input = rewrites[at]!.ruleset;
    return { family: product.family, input, meant: readBack(product, input) };
  });
}

/** The sets of all inputs, as ipset prints their entries. */
export function wantedSets(rewrites: readonly Rewritten[]): readonly WantedSet[] {
  return rewrites.flatMap(({ sets }) =>
    sets.map(({ name, family, members }) => ({
      name,
      entries: members.flatMap((member) => entriesOf(member, family)),
    })),
  );
}
