/**
 * Turns rewrites into restore files and checks those: what is compared with the old ruleset is the emitted text, read again.
 */
import { findWholeMarkReaders, type WholeMarkReader } from "../plan/marks.ts";
import { joinMarkBits } from "../plan/own-bits.ts";
import type { PlanInput } from "../plan/types.ts";
import { summariseCheck, summariseSamples } from "../report/verify-terminal.ts";
import { makeVerifyView, type VerifyView } from "../report/verify-view.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { verify } from "../verify/verify.ts";
import { emitProduct, type Product, type Rewrites, readBack } from "./emit-product.ts";
import { EXIT } from "./exit-codes.ts";
import { type ChangeCheck, checkPolicyChange, type Comparison, viewPolicyChange } from "./policy-change.ts";
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

async function checkProduct(
  session: Session,
  source: Rewrites,
  input: number,
  options: Partial<VerifyOptions>,
): Promise<ChangeCheck> {
  const rewritten = source.rewrites[input]!;
  const old = rewritten.ruleset;
  // The header's last line tells of the check, so the text that is checked has another one there: a comment, in its very line.
  const draft = emitProduct(source, session.io.version, input, "not done yet");
  const now = readBack(draft.bytes, old);
  const readers = findWholeMarkReaders(old, joinMarkBits(rewritten.markBits));
  const demandAnyMark = !readers.some(({ table }) => rewritten.tablesChanged.includes(table));
  const limits = rewritten.changed ? describeReaders(readers) : [];
  const check = await checkPolicyChange(rewritten, now, makeComparison(session, options), { demandAnyMark });
  const missing = describeMissing(source.plan.inputs[input]);
  const pairs = check.pairs.map(({ family, result }) => {
    return { family, result: { ...result, limits: [...missing, ...result.limits, ...limits] } };
  });
  return { ...check, pairs };
}

/** Compares with the tools and options of a command. */
export function makeComparison({ io, console }: Session, options: Partial<VerifyOptions>): Comparison {
  const onProgress = (done: number, total: number) => console.progress("checking", done, total);
  const tools = { run: io.runShards, runSlices: io.runSlices, onProgress, clock: io.now };
  return (old, now, more = {}) => verify(old, now, { ...options, ...more }, tools);
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
