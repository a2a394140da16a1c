/**
 * A link to the form of a packet, filled with one that a rule fits.
 */
import { useMemo } from "preact/hooks";
import type { PageData } from "../../page-data.ts";
import type { LineView } from "../../view.ts";
import { firstPacket } from "./packet-links.ts";

/** Shows it for the first of some lines of the inputs; nothing where that is no rule. */
export function TryPacket({ data, lines }: { readonly data: PageData; readonly lines: readonly LineView[] }) {
  const [first] = lines;
  const href = useMemo(() => firstPacket(data, lines), [data, first?.file, first?.line]);
  if (href === null) return null;
  return (
    <p>
      <a href={href}>Try a packet of {lines.length === 1 ? "this rule" : `line ${first!.line}`}</a>
    </p>
  );
}
