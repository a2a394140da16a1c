/**
 * The keys of a plan file about mark bits: those that the groups use, and which others use.
 */
import { AXES, type Axis } from "../model/types.ts";
import { PLAN_KEYS } from "./file-keys.ts";
import { joinMarkBits, parseMark, printMark } from "./own-bits.ts";
import { reservationOf } from "./reservation.ts";
import type { MarkBits, MarkReservation } from "./types.ts";
import { type Fields, type Reader, readFields, readItems, readParsed, readText } from "./yaml-reader.ts";

const A_MASK = "a 32-bit mask such as 0xff";

/** Reads them; mistakes are noted. */
export function readReservation(reader: Reader, fields: Fields): MarkReservation {
  const room = fields.has("markRoom") ? readParsed(reader, fields, "markRoom", A_MASK, parseMark) : null;
  const items = fields.has("othersMarks") ? (readItems(reader, fields, "othersMarks") ?? []) : [];
  const othersMarks = items.flatMap((item) => {
    const use = readFields(reader, item, "a use of marks", ...PLAN_KEYS.marks);
    if (use === null) return [];
    const bits = readParsed(reader, use, "bits", A_MASK, parseMark);
    const what = readText(reader, use, "what");
    const from = readText(reader, use, "from");
    return bits === null || what === null || from === null ? [] : [{ bits, what, from }];
  });
  return reservationOf({ ...(room === null ? {} : { markRoom: room }), othersMarks });
}

/** The bits of the axes, which have to be those that ownMarkBits sums up; mistakes are noted. */
export function readMarkBits(reader: Reader, fields: Fields): MarkBits | null {
  const entry = fields.get("markBits");
  const bits = entry === undefined ? null : readFields(reader, entry.value, "markBits", [], AXES);
  if (bits === null) return null;
  const masks: Partial<Record<Axis, number>> = {};
  let used = 0;
  for (const axis of AXES) {
    if (!bits.has(axis)) continue;
    const mask = readParsed(reader, bits, axis, "one bit that no other axis has, such as 0x8", (text) => {
      const value = parseMark(text);
      return value !== null && isOneBit(value) && (value & used) === 0 ? value : null;
    });
    if (mask === null) continue;
    masks[axis] = mask;
    used |= mask;
  }
  const all = printMark(joinMarkBits(masks));
  readParsed(reader, fields, "ownMarkBits", `${all}, the sum of markBits`, (text) =>
    text === all ? text : null,
  );
  return masks;
}

function isOneBit(value: number): boolean {
  return value !== 0 && (value & (value - 1)) === 0;
}
