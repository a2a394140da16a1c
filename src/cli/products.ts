/**
 * Turns rewrites into restore files and checks those: what is compared with the old ruleset is the emitted text, read again.
 */
import { summariseCheck, summariseSamples } from "../report/verify-terminal.ts";
import { makeVerifyView, type VerifyView } from "../report/verify-view.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { checkProduct } from "./check-product.ts";
import { emitProduct, type Product, type Rewrites } from "./emit-product.ts";
import { EXIT } from "./exit-codes.ts";
import { type ChangeCheck, viewPolicyChange } from "./policy-change.ts";
import type { Session } from "./session.ts";
import { CommandStop } from "./stop.ts";

export { makeComparison } from "./check-product.ts";

/** Stops a command that would write what nothing but samples stands behind, and was not told so. */
export function requireProof(budget: number | undefined, acceptSampled: boolean): void {
  if (budget !== 0 || acceptSampled) return;
  const message = "--budget 0 proves nothing, and apply writes what is proved";
  throw new CommandStop(EXIT.usage, message, "give the proof some time, or add --accept-sampled");
}

/** Products with what the check says of them. */
export interface CheckedProducts {
  readonly view: VerifyView;
  readonly products: readonly Product[];
  /** Nothing was proved, samples found nothing, and somebody said that this is enough. */
  readonly isAccepted: boolean;
}

/**
 * Emits and checks all products. Own bits with any value on entry are part of the check: that is what markify promises. `acceptSampled`: whether samples are enough where
 * the proof is not finished; they never are where the plan changes the policy.
 */
export async function checkProducts(
  session: Session,
  source: Rewrites,
  options: Partial<VerifyOptions>,
  acceptSampled: boolean,
): Promise<CheckedProducts> {
  const changes = source.rewrites.some(({ policyChange }) => policyChange !== null);
  const takesSamples = acceptSampled && !changes;
  const checks: ChangeCheck[] = [];
  const products: Product[] = [];
  for (const input of source.rewrites.keys()) {
    const check = await checkProduct(session, source, input, options);
    checks.push(check);
    const own = makeVerifyView(check.pairs);
    const isChanged = source.rewrites[input]!.policyChange !== null;
    const sentence =
      takesSamples && isSampled(own)
        ? describeAccepted(own)
        : isChanged && own.result === "equal"
          ? CHANGED
          : summariseCheck(own);
    products.push(emitProduct(source, session.io.version, input, sentence));
  }
  const pairs = checks.flatMap((check) => check.pairs);
  const policyChange = viewPolicyChange(source.plan, source.rewrites, checks);
  const view = { ...makeVerifyView(pairs), ...(policyChange === null ? {} : { policyChange }) };
  const isAccepted =
    takesSamples &&
    view.result === "unknown" &&
    pairs.every((pair) => {
      const own = makeVerifyView([pair]);
      return own.result === "equal" || isSampled(own);
    });
  return { view, products, isAccepted };
}

/** Of a file whose policy is another one. */
const CHANGED = "the policy is changed as said above and in nothing else, proved for all packets";

/** True where nothing is known but that samples found no difference. */
function isSampled({ result, checks, packets }: VerifyView): boolean {
  const samples = checks.filter(({ kind }) => kind === "sampled");
  return (
    result === "unknown" &&
    packets > 0 &&
    samples.length > 0 &&
    samples.every((check) => check.result === "equal")
  );
}

function describeAccepted(view: VerifyView): string {
  return `NOT PROVED, written because of --accept-sampled: ${summariseSamples(view)}; ${view.reason ?? ""}`;
}
