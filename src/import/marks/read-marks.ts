/**
 * Reads a file that says which marks a host uses. It may be the output of any command that is known here: the first line tells which.
 */
import type { Ruleset } from "../../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../../text/diagnostic.ts";
import type { SourceFile } from "../../text/source.ts";
import { IP_RULES, IP_RULES_JSON } from "./ip-rules.ts";
import { linesOf, type MarkFormat, type MarkReader, type MarkUse, type OwnTable } from "./mark-reader.ts";
import { NFT_RULESET } from "./nft.ts";
import { SMALL_OUTPUTS } from "./small-outputs.ts";
import { TC_FILTERS } from "./tc.ts";

/** All kinds of output, in the order in which they are tried. */
const FORMATS: readonly MarkFormat[] = [IP_RULES, IP_RULES_JSON, TC_FILTERS, NFT_RULESET, ...SMALL_OUTPUTS];

/** What a file is said to be; `any`: its first line tells. */
export type MarkFileKind = "any" | "ip-rules" | "tc";

const OF_KIND: Readonly<Record<MarkFileKind, readonly MarkFormat[]>> = {
  any: FORMATS,
  "ip-rules": [IP_RULES, IP_RULES_JSON],
  tc: [TC_FILTERS],
};

/** Uses in the order of the file; those of `rulesets` are known, and not told again. An empty file has none: most hosts have no filters. Errors: MARKS_NOT_READ, MARKS_OF_WHAT. */
export function readMarks(
  file: SourceFile,
  kind: MarkFileKind,
  rulesets: readonly Ruleset[] = [],
): { readonly uses: readonly MarkUse[]; readonly diagnostics: readonly Diagnostic[] } {
  const reader: MarkReader = { file, own: rulesets.flatMap(ownTables), uses: [], diagnostics: [] };
  const [first] = linesOf(file);
  if (first === undefined) return reader;
  const format = OF_KIND[kind].find(({ begins }) => begins.test(first.text));
  if (format === undefined) {
    const start = file.lineStarts[first.number - 1]!;
    const span = { file, start, end: start + first.text.length };
    const known = OF_KIND[kind].map(({ name }) => name).join(", ");
    return { uses: [], diagnostics: [makeDiagnostic("MARKS_OF_WHAT", span, { known })] };
  }
  format.read(reader);
  return reader;
}

function ownTables({ family, tables }: Ruleset): readonly OwnTable[] {
  return tables.map(({ name, chains }) => ({
    family: family === "v4" ? "ip" : "ip6",
    name,
    chains: new Map(chains.map((chain) => [chain.name, chain.rules.length])),
  }));
}
