/**
 * Turns rewrites into restore files and checks those: what is compared with the old ruleset is the emitted text, read again.
 */
import { emitRestoreFile } from "../emit/restore.ts";
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import { summariseCheck } from "../report/verify-terminal.ts";
import { type CheckedPair, makeVerifyView, type VerifyView } from "../report/verify-view.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { decodeSource } from "../text/source.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { verify } from "../verify/verify.ts";
import { makeRestoreHeader } from "./restore-header.ts";
import type { Session } from "./session.ts";
import { encodeLike } from "./sources.ts";

/** One restore file. */
export interface Product {
  readonly family: Family;
  readonly text: string;
  /** The text in the encoding of its input. */
  readonly bytes: Uint8Array;
  readonly rulesBefore: number;
  readonly rulesAfter: number;
}

/** A plan with what the rewriter made of its inputs. */
export interface Rewrites {
  readonly plan: Plan;
  readonly planPath: string;
  readonly rewrites: readonly Rewritten[];
}

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
    const draft = emit(session, source, input, "not done yet");
    const now = readBack(draft.bytes, old);
    const onProgress = (done: number, total: number) => console.progress("checking", done, total);
    const result = await verify(old, now, { ...options, demandAnyMark: true }, io.runShards, onProgress);
    const pair = { family: old.family, result };
    pairs.push(pair);
    products.push(emit(session, source, input, summariseCheck(makeVerifyView([pair]))));
  }
  return { view: makeVerifyView(pairs), products };
}

function emit(
  { io }: Session,
  { plan, planPath, rewrites }: Rewrites,
  input: number,
  check: string,
): Product {
  const rewritten = rewrites[input]!;
  const { ruleset, rulesBefore, rulesAfter } = rewritten;
  const text = emitRestoreFile(
    rewritten,
    makeRestoreHeader({ version: io.version, planPath, plan, input, check }),
  );
  return { family: ruleset.family, text, bytes: encodeLike(ruleset.file, text), rulesBefore, rulesAfter };
}

/** Reads an emitted file as anybody else would. */
function readBack(bytes: Uint8Array, old: Ruleset): Ruleset {
  const { ruleset, diagnostics } = importRuleset(decodeSource("new ruleset", bytes), { family: old.family });
  if (ruleset !== null) return ruleset;
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  throw new InternalError(`the emitted ruleset can't be read: ${codes.join(", ")}`);
}
