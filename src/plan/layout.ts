/**
 * How a plan's policy rules become chains: their layout and their order.
 */
import type { Layout, Order, Plan } from "./types.ts";

/** All layouts; the first is taken where a plan says nothing. */
export const LAYOUTS: readonly Layout[] = ["article", "shared", "hoisted", "auto"];

/** All orders; the first is taken where a plan says nothing. */
export const ORDERS: readonly Order[] = ["used", "written"];

/** Reads the word; null where it is none. */
export function parseLayout(text: string): Layout | null {
  return LAYOUTS.find((layout) => layout === text) ?? null;
}

/** The same for an order. */
export function parseOrder(text: string): Order | null {
  return ORDERS.find((order) => order === text) ?? null;
}

/** What a plan says of both, or is told to. */
export type LaidOut = Pick<Plan, "layout" | "order">;

/** Those that are there. */
export function laidOutOf({
  layout,
  order,
}: { readonly [key in keyof LaidOut]: LaidOut[key] | undefined }): LaidOut {
  return { ...(layout === undefined ? {} : { layout }), ...(order === undefined ? {} : { order }) };
}

/** The text of a plan file that says another layout or order; all else stays. */
export function withLaidOut(text: string, laidOut: LaidOut): string {
  return Object.entries(laidOutOf(laidOut)).reduce((changed, [key, word]) => {
    const line = `${key}: ${word}`;
    const found = new RegExp(`^${key}:.*$`, "m");
    if (found.test(changed)) return changed.replace(found, line);
    return changed.replace(/^rewriteChains:/m, `${line}\nrewriteChains:`);
  }, text);
}
