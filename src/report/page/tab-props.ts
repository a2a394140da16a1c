/**
 * What every tab of the page is given, and how many items it has.
 */
import type { PageData } from "../page-data.ts";
import type { Address, Tab } from "./address.ts";
import { listFindings } from "./findings.ts";

/** The data, and what of it is asked for. */
export interface TabProps {
  readonly data: PageData;
  readonly address: Address;
  /** On paper everything is there, and nothing can be pressed. */
  readonly isPrinted: boolean;
}

/** Items of a tab; null where it has none to count. */
export function countOf(data: PageData, tab: Tab): number | null {
  const { groups, products, flat } = data.report;
  switch (tab) {
    case "groups":
      return groups.length;
    case "policy":
      return products.length;
    case "flat":
      return flat.reduce((sum, { lines }) => sum + lines.length, 0);
    case "findings":
      return listFindings(data).length || (isLinted(data) ? 0 : null);
    default:
      return null;
  }
}

/** Whether lint has looked at all of it: else there being no findings says little. */
export function isLinted({ report }: PageData): boolean {
  return (report.lint ?? []).length > 0 && report.lint!.every(({ found }) => found !== null);
}
