/**
 * What targets outside the model change: the connection state, the packet, the mark.
 */
import type { ExtensionTarget, Table } from "../../model/types.ts";
import { TRACKING } from "./effects.ts";
import { TRACK } from "./outcomes.ts";

/** Thrown where nothing can be proved, with the reason as a sentence part. */
export class ProofGap extends Error {
  override readonly name = "ProofGap";
}

/** Targets that tell somebody about the packet and change nothing that a later rule could see. */
const REPORTING = new Set(["LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "LED", "RATEEST", "IDLETIMER", "TEE"]);

/** Targets that put one value into the packet, the same each time, and read nothing else. */
const SETTING = /^-j (?:DSCP|CLASSIFY|TCPMSS|TTL --ttl-set|HL --hl-set|ECN --ecn-tcp-remove)(?: |$)/;

/**
 * What a target settles (effects.ts). Tracking: a packet that has a connection, or is untracked, keeps that (net/netfilter/xt_CT.c, xt_ct_target and notrack_tg). The rest writes a
 * value that does not depend on the one before (xt_DSCP.c, xt_HL.c, xt_CLASSIFY.c, xt_TCPMSS.c, ipt_ECN.c); TOS does where its value lies within its mask.
 */
function settledBy({ name, text }: ExtensionTarget): string {
  if (name === "NOTRACK" || name === "CT") return TRACKING;
  if (SETTING.test(text)) return text;
  const tos = /^-j TOS --set-tos ([^/ ]+)\/([^/ ]+)$/.exec(text);
  if (tos === null) return "";
  const [value, mask] = [Number(tos[1]), Number(tos[2])];
  return Number.isInteger(value) && Number.isInteger(mask) && (value & ~mask) === 0 ? text : "";
}

/** What a target may change. */
export interface Changes {
  /** What its effect settles. */
  readonly settles: string;
  /** Whether matches that are not modelled may answer otherwise afterwards. */
  readonly changesState: boolean;
  readonly track: number;
}

/** Throws ProofGap for targets that write marks in a way that is not modelled. */
export function changesOf(target: ExtensionTarget): Changes {
  const { name, text, ends } = target;
  if (REPORTING.has(name)) return { changesState: false, track: TRACK.NONE, settles: "" };
  const writesMark =
    name === "HMARK" || name === "CONNMARK" || (name === "SET" && text.includes("--map-mark"));
  if (writesMark && ends === "never")
    throw new ProofGap(`${name} writes the mark in a way that is not followed (${text})`);
  const isNotrack = name === "NOTRACK" || (name === "CT" && / --notrack\b/.test(text));
  const track = isNotrack ? TRACK.UNTRACKED : name === "CT" ? TRACK.TEMPLATE : TRACK.NONE;
  return { changesState: true, track, settles: ends === "never" ? settledBy(target) : "" };
}

/** Whether a table's targets may change what matches that are not modelled read, and the connection state. */
export function changesOfTables(tables: readonly Table[]): {
  readonly changesState: boolean;
  readonly tracks: boolean;
} {
  let changesState = false;
  let tracks = false;
  for (const table of tables) {
    for (const { rules } of table.chains) {
      for (const { target } of rules) {
        if (target.kind !== "extension" || target.ends === "always") continue;
        const changes = changesOf(target);
        changesState ||= changes.changesState;
        tracks ||= changes.track !== TRACK.NONE;
      }
    }
  }
  return { changesState, tracks };
}
