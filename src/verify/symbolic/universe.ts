/**
 * The packets that exist in a hook: what no packet has is outside, so that no difference rests on it.
 *
 * Sources: include/net/netfilter/nf_conntrack.h and net/netfilter/xt_conntrack.c for states and flags; net/netfilter/nf_nat_core.c, nf_nat_inet_fn: the nat table sees the first
 * packet of a connection only.
 */
import { CTSTATE } from "../../model/types.ts";
import { where } from "./encode.ts";
import { LEAF } from "./outcomes.ts";
import { hasConnection, STATE_CODES } from "./conditions.ts";
import type { Sequencer } from "./sequence.ts";

/** What a universe is made for. */
export interface UniversePlace {
  readonly table: string;
  readonly hook: string;
  /** Number of interface classes, the empty name included, and of hardware addresses that rules name. */
  readonly interfaces: number;
  readonly macs: number;
  /** Null: packets as both backends treat them. */
  readonly backend: "legacy" | "nft" | null;
}

/** Condition that is TRUE for packets that exist. */
export function universe(place: UniversePlace, join: Sequencer): number {
  const { diagram } = join;
  const { fields } = join.variables;
  const { hook, interfaces, macs, backend } = place;
  const named = (code: number): boolean => code > 0 && code < interfaces;
  const empty = (code: number): boolean => code === 0;
  const inside = { PREROUTING: named, INPUT: named, FORWARD: named, OUTPUT: empty };
  const outside = { PREROUTING: empty, INPUT: empty };
  // POSTROUTING shows the in-interface of forwarded packets to newer kernels only (measured on 6.18): both are there.
  const any = (code: number): boolean => code < interfaces;
  const parts = [
    where(diagram, fields.in, inside[hook as keyof typeof inside] ?? any),
    where(diagram, fields.out, outside[hook as keyof typeof outside] ?? named),
    where(diagram, fields.fragment, (code) => code <= 2),
    where(diagram, fields.mac, (code) =>
      hook === "OUTPUT" || hook === "POSTROUTING" ? code === 0 : code < macs + 2,
    ),
    backend === null ? LEAF.TRUE : where(diagram, fields.nft, (bit) => (bit === 1) === (backend === "nft")),
    states(place, join),
  ];
  return parts.reduce<number>((all, part) => join.and(all, part), LEAF.TRUE);
}

/** One state, and the flags of address translation only beside a connection. */
function states({ table }: UniversePlace, join: Sequencer): number {
  const { diagram } = join;
  const { state, snat, dnat } = join.variables.fields;
  const isSeen = (code: number): boolean =>
    code < STATE_CODES.length &&
    (table !== "nat" || STATE_CODES[code] === CTSTATE.NEW || STATE_CODES[code] === CTSTATE.RELATED);
  const connected = where(diagram, state, (code) => isSeen(code) && hasConnection(code));
  const plain = join.and(
    where(diagram, snat, (bit) => bit === 0),
    where(diagram, dnat, (bit) => bit === 0),
  );
  const others = where(diagram, state, (code) => isSeen(code) && !hasConnection(code));
  return join.or(connected, join.and(plain, others));
}

/** What the universe leaves out, as sentences. */
export const EXCLUSIONS: readonly string[] = [
  "Packets that no hook sees: without the interfaces that its packets have, or with one that they lack.",
  "Packets with two connection states at once, or with translated addresses but no connection; in the nat table, packets that are not NEW or RELATED.",
  "Packets with an Ethernet header in OUTPUT and POSTROUTING.",
];
