/**
 * What stands at the beginning of the way: a checked plan and the machine as it was found.
 */
import type { Observation } from "../../apply/observe.ts";
import type { VerifyView } from "../../report/verify-view.ts";
import type { Product, Rewrites } from "../emit-product.ts";
import type { LiveOptions } from "./live-options.ts";

/** What it works with. */
export interface LiveWork {
  readonly source: Rewrites;
  readonly products: readonly Product[];
  readonly view: VerifyView;
  readonly observation: Observation;
  readonly live: LiveOptions;
}
