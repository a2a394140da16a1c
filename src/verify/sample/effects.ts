/**
 * What targets outside the model change, by name: who only reports the packet, who changes it or its connection, who writes the mark.
 */
import type { ExtensionTarget, Table, Target } from "../../model/types.ts";
import { EFFECT } from "./program.ts";

/** Targets that tell somebody about the packet and change nothing that a later rule could see. */
const REPORTING = new Set(["LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "LED", "RATEEST", "IDLETIMER", "TEE"]);

/** EFFECT bits of a target. */
export function effectBits(target: ExtensionTarget): number {
  if (REPORTING.has(target.name)) return 0;
  let bits: number = EFFECT.STATE;
  if (target.name === "HMARK" || (target.name === "SET" && target.text.includes("--map-mark")))
    bits |= EFFECT.MARK;
  if (target.name === "NOTRACK" || (target.name === "CT" && / --notrack\b/.test(target.text))) {
    bits |= EFFECT.NOTRACK;
  } else if (target.name === "CT") {
    bits |= EFFECT.TRACK;
  }
  return bits;
}

/** True when a target of the table can change the connection state that a later rule sees. */
export function changesCtstate(tables: readonly Table[]): boolean {
  const isCt = (target: Target): boolean =>
    target.kind === "extension" && (effectBits(target) & (EFFECT.NOTRACK | EFFECT.TRACK)) !== 0;
  return tables.some((table) => table.chains.some((chain) => chain.rules.some((rule) => isCt(rule.target))));
}
