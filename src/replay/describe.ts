/**
 * A packet of a replay in words, as `explain` shows one.
 */
import { CTSTATE, type Family } from "../model/types.ts";
import { describeFields, type FieldGap, type PacketField, stateText } from "../verify/explain/packet.ts";
import { FIELD, headerBytes } from "../verify/sample/packet.ts";
import type { Traveller } from "./evaluator.ts";

const GAP: FieldGap = { why: "", option: [] };

/** Names and values in reading order; `hook` first. */
export function describeTraveller(family: Family, traveller: Traveller): Readonly<Record<string, string>> {
  const { place, states, mac } = traveller;
  const fields = traveller.fields.slice();
  const unset = new Map<PacketField, FieldGap>();
  fields[FIELD.IN] = place.in === "" ? 0 : 1;
  fields[FIELD.OUT] = place.out === "" ? 0 : 2;
  if (place.in === null) unset.set("in", GAP);
  if (place.out === null) unset.set("out", GAP);
  fields[FIELD.CTSTATE] = states;
  fields[FIELD.MAC] = mac === null || mac === "" ? -1 : 0;
  const interfaces = ["", place.in ?? "", place.out ?? ""];
  const packet = { family, fields, interfaces, macs: [mac ?? ""], unset, assumed: new Set<PacketField>() };
  const short = fields[FIELD.SHORT] === 0 ? {} : { header: `cut short after ${headerBytes(fields)} bytes` };
  const { ctstate: _, ...words } = describeFields(packet);
  return {
    hook: place.way === "LOOPBACK" ? "OUTPUT, INPUT" : place.way,
    ...words,
    ctstate: textOf(states),
    ...short,
  };
}

/** States that a packet may be in, each with its flags. */
function textOf(states: number): string {
  const flags = states & (CTSTATE.SNAT | CTSTATE.DNAT);
  const bases = [CTSTATE.NEW, CTSTATE.ESTABLISHED, CTSTATE.RELATED, CTSTATE.INVALID, CTSTATE.UNTRACKED];
  return bases
    .filter((state) => (states & state) !== 0)
    .map((state) => stateText(state | flags))
    .join(" or ");
}
