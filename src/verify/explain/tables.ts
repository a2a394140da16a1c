/**
 * From one table to the next on the same hook: which verdicts let a packet go on, and how it looks then.
 */
import { CTSTATE, type Table } from "../../model/types.ts";
import { FIELD } from "../sample/packet.ts";
import type { ExplainPacket, FieldGap, PacketField } from "./packet.ts";
import type { TableWalk } from "./walk.ts";

/** Targets of nat after which the packet goes on to the next table. */
export const TRANSLATIONS = new Set(["DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP", "SAME"]);

/** True where the nat table sees the packet (net/netfilter/nf_nat_core.c, nf_nat_inet_fn). */
export function isFirstOfConnection({ fields }: ExplainPacket): boolean {
  return (fields[FIELD.CTSTATE]! & (CTSTATE.NEW | CTSTATE.RELATED)) !== 0;
}

/** True where connection tracking has not seen the packet before raw: all but those that come by lo, which carry their own state. */
export function isUntracked({ fields, interfaces }: ExplainPacket): boolean {
  return interfaces[fields[FIELD.IN]!] !== "lo";
}

/** The packet for the next table; null where it does not get there. */
export function passOn(
  packet: ExplainPacket,
  table: Table,
  hook: string,
  { verdict, decidedBy, state, stop }: TableWalk,
): { readonly packet: ExplainPacket; readonly notes: readonly string[] } | null {
  if (verdict === null || stop !== null) return null;
  const target = verdict.split(" ")[0]!;
  const isTranslated = table.name === "nat" && TRANSLATIONS.has(target);
  if (verdict !== "ACCEPT" && !isTranslated) return null;
  const notes: string[] = [];
  const fields = packet.fields.slice();
  if (table.name === "mangle" && hook === "OUTPUT" && state.mark !== fields[FIELD.MARK])
    notes.push(
      "mangle changes the mark in OUTPUT, so the kernel routes anew: --out is taken for the interface after that",
    );
  fields[FIELD.MARK] = state.mark;
  fields[FIELD.CONNMARK] = state.connmark;
  // raw's own INVALID is over when connection tracking has seen the packet; NOTRACK stays.
  if (table.name !== "raw" || state.ctstate === CTSTATE.UNTRACKED) fields[FIELD.CTSTATE] = state.ctstate;
  if (!isTranslated || hook !== "OUTPUT") return { packet: { ...packet, fields }, notes };
  fields[FIELD.CTSTATE] = state.ctstate | CTSTATE.DNAT;
  const why = `line ${decidedBy?.line ?? 0} of nat (${verdict}) may have changed it`;
  const gap = (option: string, value: string): FieldGap => ({
    why,
    option: ["--table", "filter", option, value],
  });
  const changed: readonly (readonly [PacketField, FieldGap])[] = [
    ["destination", gap("-d", "ADDRESS")],
    ["destinationPort", gap("--dport", "PORT")],
    ["out", gap("--out", "NAME")],
  ];
  return { packet: { ...packet, fields, unset: new Map([...packet.unset, ...changed]) }, notes };
}
