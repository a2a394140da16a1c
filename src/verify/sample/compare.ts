/**
 * What has to agree when both sides have walked one packet.
 */
import { FIELD } from "./packet.ts";
import { type CompiledTable, VERDICT } from "./program.ts";
import type { Walker } from "./evaluate.ts";

/** Bits of a comparison's answer; 0: the outcomes agree. */
export const DIFFERS = { VERDICT: 1, EFFECTS: 2, MARK: 4, CONNMARK: 8 } as const;

/**
 * Compares two outcomes of one packet. Own bits of the mark count, except after DROP (nobody sees them) and for packets that came in
 * with arbitrary own bits.
 */
export function compareOutcomes(table: CompiledTable, packet: Int32Array, old: Walker, now: Walker): number {
  const isAny = packet[FIELD.ANY_MARK] === 1;
  const areDropped = old.verdict === VERDICT.DROP && now.verdict === VERDICT.DROP;
  const markBits = isAny || areDropped ? ~table.ownBits : -1;
  const connmarkBits = isAny ? ~table.ownBits : -1;
  let differs = 0;
  if (old.verdict !== now.verdict) differs |= DIFFERS.VERDICT;
  if (old.effects !== now.effects || old.effectsCheck !== now.effectsCheck) differs |= DIFFERS.EFFECTS;
  if (((old.mark ^ now.mark) & markBits) !== 0) differs |= DIFFERS.MARK;
  if (((old.connmark ^ now.connmark) & connmarkBits) !== 0) differs |= DIFFERS.CONNMARK;
  return differs;
}
