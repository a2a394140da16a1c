/**
 * One restore file of a plan: emitted with its header, and read back as anybody else would read it.
 */
import { emitRestoreFile } from "../emit/restore.ts";
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import type { Plan } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { decodeSource } from "../text/source.ts";
import { makeRestoreHeader } from "./restore-header.ts";
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

/** Emits the product of one input; `check` is what its header says of the check. */
export function emitProduct(
  { plan, planPath, rewrites }: Rewrites,
  version: string,
  input: number,
  check: string,
): Product {
  const rewritten = rewrites[input]!;
  const { ruleset, rulesBefore, rulesAfter } = rewritten;
  const text = emitRestoreFile(
    rewritten,
    makeRestoreHeader({ version, planPath, plan, rewritten, input, check }),
  );
  return { family: ruleset.family, text, bytes: encodeLike(ruleset.file, text), rulesBefore, rulesAfter };
}

/** Reads an emitted file as anybody else would. */
export function readBack(bytes: Uint8Array, old: Ruleset): Ruleset {
  const reading = { family: old.family, keepUnparsed: countUnparsed(old) > 0 };
  const { ruleset, diagnostics } = importRuleset(decodeSource("new ruleset", bytes), reading);
  if (ruleset !== null) return ruleset;
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  throw new InternalError(`the emitted ruleset can't be read: ${codes.join(", ")}`);
}
