/**
 * Which picture is shown, and what in it: the item of the tab's address, such as `policy:R-WEB`. Which chain it is of stands in the address's `only`.
 */
import { type Address, printAddress } from "../address.ts";

/** The pictures; `rule` is the one of a single policy rule. */
export const PICTURES = ["policy", "flat", "rule", "shared", "chains"] as const;

/** One of them. */
export type Picture = (typeof PICTURES)[number];

/** What is shown. */
export interface Choice {
  readonly picture: Picture;
  /** `policy`, `rule`: id of a policy rule; `flat`: key of an old line; `shared`: id of a group; `chains`: name of a chain. Empty for none. */
  readonly focus: string;
}

/** Reads an address's item; what it does not know is the first picture. */
export function parseChoice(item: string): Choice {
  const at = item.indexOf(":");
  const name = at === -1 ? item : item.slice(0, at);
  const picture = PICTURES.find((known) => known === name);
  if (picture === undefined) return { picture: "policy", focus: "" };
  return { picture, focus: at === -1 ? "" : item.slice(at + 1) };
}

/** The link to a picture, or to something in it. */
export function linkPicture(picture: Picture, focus = "", more: Partial<Pick<Address, "only">> = {}): string {
  return printAddress({ tab: "pictures", item: focus === "" ? picture : `${picture}:${focus}`, ...more });
}
