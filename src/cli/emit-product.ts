/**
 * One restore file of a plan, emitted with its header and the sets that it needs.
 */
import { printSetFile } from "../emit/ipset-file.ts";
import { emitRestoreFile } from "../emit/restore.ts";
import type { Family } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { makeRestoreHeader } from "./restore-header.ts";
import { encodeLike } from "./sources.ts";

/** One restore file. */
export interface Product {
  readonly family: Family;
  readonly text: string;
  /** The text in the encoding of its input. */
  readonly bytes: Uint8Array;
  /** Input of `ipset restore` that has to be loaded before it; empty where it needs no sets. */
  readonly sets: string;
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
  const sets = printSetFile(rewritten.sets, [
    `Made by markify ${version}: the members of groups, for ipset restore. Load it before the rules that it was written beside.`,
    "Each set is filled under another name and swapped in: rules that use it meet its old members, and then its new ones.",
  ]);
  const bytes = encodeLike(ruleset.file, text);
  return { family: ruleset.family, text, bytes, sets, rulesBefore, rulesAfter };
}
