/**
 * Reads what a plan file says of layouts and orders.
 */
import { CHAIN_FORMS, laidOutOf, LAYOUTS, ORDERS, parseLayout, parseOrder } from "./layout.ts";
import { describeWhere, parseWhere } from "./file-parse-places.ts";
import type { Plan, PlanChainLayout, PlanInput } from "./types.ts";
import { type Fields, note, type Reader, readEntries, readParsed, readScalar } from "./yaml-reader.ts";

/** Reads all of them; null (noted) where one can't be read. */
export function readLaidOut(
  reader: Reader,
  fields: Fields,
  inputs: readonly PlanInput[],
): Pick<Plan, "layout" | "chainLayouts" | "order"> | null {
  const layout = fields.has("layout")
    ? readParsed(reader, fields, "layout", `one of ${LAYOUTS.join(", ")}`, parseLayout)
    : undefined;
  const order = fields.has("order")
    ? readParsed(reader, fields, "order", `one of ${ORDERS.join(", ")}`, parseOrder)
    : undefined;
  const chainLayouts = fields.has("chainLayouts") ? readChainLayouts(reader, fields, inputs) : [];
  if (layout === null || order === null || chainLayouts === null) return null;
  return { ...laidOutOf({ layout, order }), ...(chainLayouts.length === 0 ? {} : { chainLayouts }) };
}

function readChainLayouts(
  reader: Reader,
  fields: Fields,
  inputs: readonly PlanInput[],
): readonly PlanChainLayout[] | null {
  const entries = readEntries(reader, fields.get("chainLayouts")!.value, "chainLayouts");
  if (entries === null) return null;
  const layouts: PlanChainLayout[] = [];
  for (const { key, keyNode, value } of entries) {
    const where = parseWhere(key, inputs);
    if (where === null) {
      const args = { key: "chainLayouts", value: key, expected: describeWhere(inputs) };
      note(reader, "PLAN_BAD_VALUE", keyNode, args);
    }
    const text = readScalar(reader, value, key, keyNode);
    const layout = CHAIN_FORMS.find((form) => form === text);
    if (text !== null && layout === undefined)
      note(reader, "PLAN_BAD_VALUE", value, {
        key,
        value: text,
        expected: `one of ${CHAIN_FORMS.join(", ")}`,
      });
    if (where !== null && layout !== undefined) layouts.push({ ...where, layout });
  }
  return layouts;
}
