/**
 * Regions of differing packets as lines: "tcp from 10.1.0.0/16 to any port 22: ACCEPT, now DROP".
 */
import type { DifferenceRegion } from "../verify/types.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";

/** Values of one field that are shown. */
const MOST_VALUES = 4;

/** One line a region (more where it is long), under a line for each hook. */
export function renderDifferences(
  regions: readonly DifferenceRegion[],
  isCut: boolean,
  style: Style,
): readonly string[] {
  const lines: string[] = [];
  let place = "";
  for (const region of regions) {
    const at = `${region.table} ${region.hook}`;
    if (at !== place) lines.push(paint(style, "heading", `  ${at}`));
    place = at;
    lines.push(...wrapWords(style, printable(describeRegion(region)).split(" "), "    "));
  }
  if (isCut) lines.push(`    … and more that are not listed`);
  return lines;
}

/** One region as a sentence. */
export function describeRegion({ fields, old, new: now }: DifferenceRegion): string {
  const rest = new Map(Object.entries(fields));
  const take = (name: string, before: string, empty: string): string => {
    const values = rest.get(name);
    rest.delete(name);
    return values === undefined ? empty : `${before}${valuesText(values)}`;
  };
  const words = [
    take("protocol", "", "packets"),
    take("source", "from ", "from any"),
    take("sourcePort", "port ", ""),
    take("destination", "to ", "to any"),
    take("destinationPort", "port ", ""),
    take("in", "in by ", ""),
    take("out", "out by ", ""),
    take("ctstate", "", ""),
    ...[...rest].map(([name, values]) => `${name === "otherMatches" ? "where" : name} ${valuesText(values)}`),
  ].filter((word) => word !== "");
  return `${words.join(" ")}: ${old}, now ${now}`;
}

function valuesText(values: readonly string[]): string {
  const [first] = values;
  if (first?.startsWith("! ") === true) return `not ${valuesText(values.map((value) => value.slice(2)))}`;
  const shown = values.slice(0, MOST_VALUES).join(",");
  return values.length > MOST_VALUES ? `${shown} and ${values.length - MOST_VALUES} more` : shown;
}
