/**
 * What targets did to the mark of the packet and of its connection: for each bit, a sum (exclusive or) of the mark's bit, the connection mark's bit and a constant, as
 * they were on entry. MARK and CONNMARK without shifts never leave this form, so a walk's effect on both marks is always exactly one such map.
 *
 * Source: net/netfilter/xt_mark.c, mark_tg; net/netfilter/xt_connmark.c, connmark_tg_shift.
 */
import type { ConnmarkTarget, MarkTarget } from "../../model/types.ts";

/** mark = (mark & mm) ^ (connmark & mc) ^ mk; connmark = (mark & cm) ^ (connmark & cc) ^ ck. Signed 32-bit integers. */
export interface MarkMap {
  readonly mm: number;
  readonly mc: number;
  readonly mk: number;
  readonly cm: number;
  readonly cc: number;
  readonly ck: number;
}

/** Changes nothing. */
export const SAME_MARKS: MarkMap = { mm: -1, mc: 0, mk: 0, cm: 0, cc: -1, ck: 0 };

/** `-j MARK`. */
export function markTargetMap({ clear, flip }: MarkTarget): MarkMap {
  return { ...SAME_MARKS, mm: ~clear, mk: flip | 0 };
}

/** `-j CONNMARK`, for a packet with a connection. */
export function connmarkTargetMap({ operation }: ConnmarkTarget): MarkMap {
  if (operation.kind === "set") return { ...SAME_MARKS, cc: ~operation.clear, ck: operation.flip | 0 };
  const { nfmask, ctmask } = operation;
  return operation.kind === "save"
    ? { ...SAME_MARKS, cm: nfmask | 0, cc: ~ctmask }
    : { ...SAME_MARKS, mm: ~nfmask, mc: ctmask | 0 };
}

/** Those bits of both marks become 0. */
export function clearedMap(markBits: number, connmarkBits: number): MarkMap {
  return { ...SAME_MARKS, mm: ~markBits, cc: ~connmarkBits };
}

/** `first`, then `second`. */
export function composeMaps(first: MarkMap, second: MarkMap): MarkMap {
  return {
    mm: (second.mm & first.mm) ^ (second.mc & first.cm),
    mc: (second.mm & first.mc) ^ (second.mc & first.cc),
    mk: (second.mm & first.mk) ^ (second.mc & first.ck) ^ second.mk,
    cm: (second.cm & first.mm) ^ (second.cc & first.cm),
    cc: (second.cm & first.mc) ^ (second.cc & first.cc),
    ck: (second.cm & first.mk) ^ (second.cc & first.ck) ^ second.ck,
  };
}

/** The map for packets that bring a bit of their mark with that value. */
export function knowingBit(map: MarkMap, bit: number, value: 0 | 1): MarkMap {
  const mask = 1 << bit;
  if (((map.mm | map.cm) & mask) === 0) return map;
  const flip = (passes: number): number => (value === 1 ? passes & mask : 0);
  const { mm, cm, mk, ck } = map;
  return { ...map, mm: mm & ~mask, mk: mk ^ flip(mm), cm: cm & ~mask, ck: ck ^ flip(cm) };
}

/** Equal keys: the same map. */
export function mapKey({ mm, mc, mk, cm, cc, ck }: MarkMap): string {
  return `${mm},${mc},${mk},${cm},${cc},${ck}`;
}
