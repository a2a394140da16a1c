/**
 * The check of `apply`: products, what is proved of them, and whether that is enough.
 */
import type { VerifyView } from "../report/verify-view.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { addCosts } from "./apply-ending.ts";
import type { ApplyOptions } from "./apply-options.ts";
import { addAssertions, exitOf, type readAssertions } from "./assertion-step.ts";
import type { Product, Rewrites } from "./emit-product.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { checkProducts } from "./products.ts";
import { readBack } from "./read-back.ts";
import type { OpenedPlan } from "./rewrite-all.ts";
import type { Session } from "./session.ts";

/** What was made of a plan, and the code that the check alone would end with. */
export interface Checked {
  readonly view: VerifyView;
  readonly products: readonly Product[];
  readonly isRefused: boolean;
  readonly exitCode: ExitCode;
}

/** Checks everything. */
export async function checkAll(
  session: Session,
  source: Rewrites & NonNullable<OpenedPlan["opened"]>,
  assertions: NonNullable<Awaited<ReturnType<typeof readAssertions>>["assertions"]>,
  { acceptSampled, allowPolicyChange, seed, packets, budget }: ApplyOptions,
): Promise<Checked> {
  const checking = pickGiven({ seed, packets, budget });
  const { view: bare, products, isAccepted } = await checkProducts(session, source, checking, acceptSampled);
  const news = () => products.map((product, at) => readBack(product, source.rewrites[at]!.ruleset));
  const view = addAssertions(session.io, addCosts(bare, source), assertions, news, budget);
  const answered = isAccepted ? exitOf(view, EXIT.done) : exitOf(view);
  const isRefused = answered === EXIT.done && view.policyChange !== undefined && !allowPolicyChange;
  return { view, products, isRefused, exitCode: isRefused ? EXIT.refused : answered };
}

/** Options that were given. */
function pickGiven({
  seed,
  packets,
  budget,
}: {
  readonly [Key in "seed" | "packets" | "budget"]: number | undefined;
}): Partial<VerifyOptions> {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(packets === undefined ? {} : { packets }),
    ...(budget === undefined ? {} : { budget }),
  };
}
