/**
 * What targets outside the model change, by name: who only reports the packet, who changes it or its connection, who writes the mark.
 */
import type { ExtensionTarget, Table, Target } from "../../model/types.ts";
import { EFFECT } from "./program.ts";

/** Targets that tell somebody about the packet and change nothing that a later rule could see. */
const REPORTING = new Set(["LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "LED", "RATEEST", "IDLETIMER", "TEE"]);

/** Targets that write a constant, by the option that says so; null: whatever their options are. */
const SETTING: Readonly<Record<string, string | null>> = {
  DSCP: null,
  CLASSIFY: null,
  TCPMSS: null,
  TTL: "--ttl-set",
  HL: "--hl-set",
  ECN: "--ecn-tcp-remove",
};

/** Whether a target leaves the packet as it is where it has just been. */
function isSetting({ name, text, ends }: ExtensionTarget): boolean {
  if (ends !== "never") return false;
  const words = text.split(" ");
  if (name === "TOS") {
    const [value, mask] = (words[words.indexOf("--set-tos") + 1] ?? "").split("/").map(Number);
    // Bits of the value outside the mask are toggled (net/netfilter/xt_DSCP.c, tos_tg).
    return (
      words.length === 4 && Number.isInteger(value) && Number.isInteger(mask) && (value! | mask!) === mask
    );
  }
  const option = SETTING[name];
  return option !== undefined && (option === null || words.includes(option));
}

/** EFFECT bits of a target. */
export function effectBits(target: ExtensionTarget): number {
  if (REPORTING.has(target.name)) return 0;
  let bits: number = EFFECT.STATE;
  if (isSetting(target)) bits |= EFFECT.SETTING;
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
