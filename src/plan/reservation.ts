/**
 * Mark bits that groups may not use because of others on the host: how they are kept in a plan, and compared.
 */
import type { MarkUse } from "../import/marks/mark-reader.ts";
import { type joinMarkBits, printMark } from "./own-bits.ts";
import type { MarkReservation } from "./types.ts";

/** Uses of one file that a plan lists one by one; more become one entry. */
const MOST_USES = 12;

/** All bits that are taken or outside the room, unsigned. */
export function reservedBits({ markRoom = 0xffffffff, othersMarks = [] }: MarkReservation): number {
  return othersMarks.reduce((mask, { bits }) => mask | bits, ~markRoom) >>> 0;
}

/** The two keys alone; nothing where there is nothing. */
export function reservationOf({ markRoom, othersMarks = [] }: MarkReservation): MarkReservation {
  return {
    ...(markRoom === undefined ? {} : { markRoom }),
    ...(othersMarks.length === 0 ? {} : { othersMarks }),
  };
}

/** Uses as a plan keeps them: the same use once, and those of a file that has very many as one. */
export function joinUses(uses: readonly MarkUse[]): readonly MarkUse[] {
  const byFile = new Map<string, Map<string, MarkUse>>();
  for (const use of uses) {
    const file = use.from.replace(/:\d+$/, "");
    const known = byFile.get(file) ?? new Map<string, MarkUse>();
    byFile.set(file, known);
    if (!known.has(use.what)) known.set(use.what, use);
  }
  return [...byFile].flatMap(([from, known]) => {
    const list = [...known.values()];
    if (list.length <= MOST_USES) return list;
    const bits = list.reduce((mask, use) => (mask | use.bits) >>> 0, 0);
    return [{ bits, what: `${list[0]!.what}, and ${list.length - 1} more uses`, from }];
  });
}

/** In what two reservations differ, as `markRoom: (all) -> 0xff0000`. */
export function compareReservations(one: MarkReservation, other: MarkReservation): readonly string[] {
  const room = ({ markRoom }: MarkReservation) => (markRoom === undefined ? "(all)" : printMark(markRoom));
  const others = ({ othersMarks = [] }: MarkReservation) =>
    othersMarks.map(({ bits, what, from }) => `${printMark(bits)} ${what} (${from})`).join("; ") || "(none)";
  return [
    ...(room(one) === room(other) ? [] : [`markRoom: ${room(one)} -> ${room(other)}`]),
    ...(others(one) === others(other) ? [] : [`othersMarks: ${others(one)} -> ${others(other)}`]),
  ];
}

/** The bits of axes that are not reserved: an axis whose bit somebody else uses gets another. */
export function withoutReserved<Bits extends Parameters<typeof joinMarkBits>[0]>(
  bits: Bits,
  reserved: number,
): Bits {
  return Object.fromEntries(Object.entries(bits).filter(([, bit]) => ((bit ?? 0) & reserved) === 0)) as Bits;
}
