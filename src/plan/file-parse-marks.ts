/**
 * The keys of a plan file that say which mark bits others use.
 */
import { parseMark } from "./own-bits.ts";
import { reservationOf } from "./reservation.ts";
import type { MarkReservation } from "./types.ts";
import { type Fields, type Reader, readFields, readItems, readParsed, readText } from "./yaml-reader.ts";

const A_MASK = "a 32-bit mask such as 0xff";

/** Reads them; mistakes are noted. */
export function readReservation(reader: Reader, fields: Fields): MarkReservation {
  const room = fields.has("markRoom") ? readParsed(reader, fields, "markRoom", A_MASK, parseMark) : null;
  const items = fields.has("othersMarks") ? (readItems(reader, fields, "othersMarks") ?? []) : [];
  const othersMarks = items.flatMap((item) => {
    const use = readFields(reader, item, "a use of marks", ["bits", "what", "from"]);
    if (use === null) return [];
    const bits = readParsed(reader, use, "bits", A_MASK, parseMark);
    const what = readText(reader, use, "what");
    const from = readText(reader, use, "from");
    return bits === null || what === null || from === null ? [] : [{ bits, what, from }];
  });
  return reservationOf({ ...(room === null ? {} : { markRoom: room }), othersMarks });
}
