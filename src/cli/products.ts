/**
 * Turns rewrites into restore files and checks those: what is compared with the old ruleset is the emitted text, read again.
 */
import { summariseCheck } from "../report/verify-terminal.ts";
import { type CheckedPair, makeVerifyView, type VerifyView } from "../report/verify-view.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { verify } from "../verify/verify.ts";
import { emitProduct, type Product, type Rewrites, readBack } from "./emit-product.ts";
import type { Session } from "./session.ts";

/** Emits and checks all products. Own bits with any value on entry are part of the check: that is what markify promises. */
export async function checkProducts(
  session: Session,
  source: Rewrites,
  options: Partial<VerifyOptions>,
): Promise<{ readonly view: VerifyView; readonly products: readonly Product[] }> {
  const { io, console } = session;
  const pairs: CheckedPair[] = [];
  const products: Product[] = [];
  for (const [input, rewritten] of source.rewrites.entries()) {
    const old = rewritten.ruleset;
    // The header's last line tells of the check, so the text that is checked has another one there: a comment, in its very line.
    const draft = emitProduct(source, io.version, input, "not done yet");
    const now = readBack(draft.bytes, old);
    const onProgress = (done: number, total: number) => console.progress("checking", done, total);
    const result = await verify(old, now, { ...options, demandAnyMark: true }, io.runShards, onProgress);
    const pair = { family: old.family, result };
    pairs.push(pair);
    products.push(emitProduct(source, io.version, input, summariseCheck(makeVerifyView([pair]))));
  }
  return { view: makeVerifyView(pairs), products };
}
