/**
 * What targets do, as far as lists of steps have to know it.
 */
import type { Target } from "../../../model/types.ts";
import { changesOf } from "../changes.ts";
import { NoList } from "./no-list.ts";

/** Whether the walk always ends here, and nothing else happens. */
export function endsAlways(target: Target): boolean {
  return target.kind === "verdict" || (target.kind === "extension" && target.ends === "always");
}

/** Whether a later match may answer otherwise. Throws ProofGap as changesOf does. */
export function changesState(target: Target): boolean {
  if (target.kind === "extension") return changesOf(target).changesState;
  return target.kind === "mark" || target.kind === "connmark";
}

/** Whether a target reads or writes these bits of a connection mark, or copies them. */
export function touchesConnmark(target: Target, bits: number): boolean {
  if (target.kind !== "connmark") return false;
  const { operation } = target;
  const used =
    operation.kind === "set" ? operation.clear | operation.flip : operation.nfmask | operation.ctmask;
  return (used & bits) !== 0;
}

/** Equal texts: the same happens. */
export function outcomeOf(target: Target): string {
  if (target.kind === "unparsed") throw new NoList();
  if (target.kind === "none") return "nothing";
  return target.kind === "mark" ? `MARK ${target.clear} ${target.flip}` : target.text;
}
