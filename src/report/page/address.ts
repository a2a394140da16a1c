/**
 * What the page shows, as the part of its address behind `#`: a person can send a link to any item. `groups/S-LAN?q=ssh&only=source&sort=-members`.
 */

/** The tabs, in their order. */
export const TABS = [
  "groups",
  "policy",
  "pictures",
  "rules",
  "diff",
  "flat",
  "findings",
  "proof",
  "packet",
] as const;

/** One of them. */
export type Tab = (typeof TABS)[number];

/** What is shown. */
export interface Address {
  readonly tab: Tab;
  /** The item that is open; empty for none. */
  readonly item: string;
  /** Words that shown items have. */
  readonly query: string;
  /** The kind of items that are shown; empty for all. */
  readonly only: string;
  /** The column that rows are sorted by, with `-` in front: the greatest first; empty for the order of the data. */
  readonly sort: string;
}

/** Reads it; what it does not know falls back to the start. */
export function parseAddress(hash: string): Address {
  const [path = "", search = ""] = splitOnce(hash.replace(/^#/, ""), "?");
  const [name = "", item = ""] = splitOnce(path, "/");
  const found = new URLSearchParams(search);
  return {
    tab: TABS.find((tab) => tab === name) ?? "groups",
    item: decode(item),
    query: found.get("q") ?? "",
    only: found.get("only") ?? "",
    sort: found.get("sort") ?? "",
  };
}

/** Prints it, with `#`. */
export function printAddress({ tab, item = "", query = "", only = "", sort = "" }: Partial<Address>): string {
  const search = new URLSearchParams();
  if (query !== "") search.set("q", query);
  if (only !== "") search.set("only", only);
  if (sort !== "") search.set("sort", sort);
  const end = search.size === 0 ? "" : `?${search}`;
  return `#${tab ?? "groups"}${item === "" ? "" : `/${encodeURIComponent(item)}`}${end}`;
}

function splitOnce(text: string, sign: string): readonly string[] {
  const at = text.indexOf(sign);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A link that somebody cut in the middle of a sign is no reason to show nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
