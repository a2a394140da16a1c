/**
 * Turns rewrites into restore files and checks those: what is compared with the old ruleset is the emitted text, read again.
 */
import { findMarkRules } from "../cluster/marks/find.ts";
import { findWholeMarkReaders, type WholeMarkReader } from "../plan/marks.ts";
import { joinMarkBits } from "../plan/own-bits.ts";
import type { PlanInput } from "../plan/types.ts";
import { summariseCheck, summariseSamples } from "../report/verify-terminal.ts";
import { type CheckedPair, makeVerifyView, type VerifyView } from "../report/verify-view.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { verify } from "../verify/verify.ts";
import { emitProduct, type Product, type Rewrites, readBack } from "./emit-product.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { CommandStop } from "./stop.ts";

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
 * the proof is not finished.
 */
export async function checkProducts(
  session: Session,
  source: Rewrites,
  options: Partial<VerifyOptions>,
  acceptSampled: boolean,
): Promise<CheckedProducts> {
  const { io, console } = session;
  const pairs: CheckedPair[] = [];
  const products: Product[] = [];
  for (const [input, rewritten] of source.rewrites.entries()) {
    const old = rewritten.ruleset;
    // The header's last line tells of the check, so the text that is checked has another one there: a comment, in its very line.
    const draft = emitProduct(source, io.version, input, "not done yet");
    const now = readBack(draft.bytes, old);
    const onProgress = (done: number, total: number) => console.progress("checking", done, total);
    const marks = findMarkRules(old, source.plan);
    const readers = findWholeMarkReaders(old, joinMarkBits(rewritten.markBits), marks.rules);
    // What the checker reads out of the files itself are bits that are new.
    const ownBits = marks.trees.length === 0 ? {} : { ownBits: rewritten.ownBits };
    const demandAnyMark = !readers.some(({ table }) => rewritten.tablesChanged.includes(table));
    const result = await verify(
      old,
      now,
      { ...options, ...ownBits, demandAnyMark },
      { run: io.runShards, runSlices: io.runSlices, onProgress, clock: io.now },
    );
    const limits = [
      ...describeMissing(source.plan.inputs[input]),
      ...result.limits,
      ...(rewritten.changed ? describeReaders(readers) : []),
    ];
    const pair = { family: old.family, result: { ...result, limits } };
    pairs.push(pair);
    const own = makeVerifyView([pair]);
    const check = acceptSampled && isSampled(own) ? describeAccepted(own) : summariseCheck(own);
    products.push(emitProduct(source, io.version, input, check));
  }
  const view = makeVerifyView(pairs);
  const isAccepted =
    acceptSampled &&
    view.result === "unknown" &&
    pairs.every((pair) => {
      const own = makeVerifyView([pair]);
      return own.result === "equal" || isSampled(own);
    });
  return { view, products, isAccepted };
}

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

/** Says what the old ruleset lacks: whoever loads the new one in its place lacks it, too. */
function describeMissing(input: PlanInput | undefined): readonly string[] {
  if (input?.partial === undefined) return [];
  return [`${input.path} is not the whole firewall (--partial): ${input.partial.join("; ")}.`];
}

/** Says that a ruleset which tests the whole mark agrees only as long as nobody else sets the own bits. */
function describeReaders(readers: readonly WholeMarkReader[]): string[] {
  const first = readers[0];
  if (first === undefined) return [];
  const others = readers.length === 1 ? "" : ` (and ${readers.length - 1} more)`;
  const rule = `Line ${first.rule.line} in table ${first.table}${others} tests or saves the whole mark`;
  return [`${rule}: packets that enter with own mark bits set may fare differently there.`];
}
