/**
 * Cleans what iptables-restore would stumble over in a file that is written anew anyway: the rules themselves stay word for word.
 *
 * iptables-restore takes CR for part of a word, a blank behind COMMIT for a rule, and text around a dump for an error. A file that nothing changes in is left as
 * it is, byte for byte.
 */
import type { Ruleset } from "../model/types.ts";
import type { RewrittenLine, Tidied } from "./types.ts";

/** The lines as they can be loaded, and what was done for it; `outside` says whether a line stands in no table. */
export function tidyLines(
  lines: readonly RewrittenLine[],
  ruleset: Ruleset,
): { readonly lines: readonly RewrittenLine[]; readonly tidied: readonly Tidied[] } {
  const tidied = new Set<Tidied>();
  const isInside = (line: number): boolean =>
    ruleset.tables.some(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine);
  const cleaned = lines.map((line) => {
    let { text } = line;
    if (text.startsWith("\uFEFF")) {
      text = text.slice(1);
      tidied.add("byte-order-mark");
    }
    if (text.endsWith("\r")) {
      text = text.slice(0, -1);
      tidied.add("line-ends");
    }
    const [origin] = line.origins;
    if (origin !== undefined && text !== "" && !text.startsWith("#") && !isInside(origin)) {
      text = text.trim() === "" ? "" : `# ${text}`;
      tidied.add("outside-text");
    }
    // A rule may end in blanks, a table's name or COMMIT may not.
    if (/^(?:\*.*|COMMIT|)[ \t]+$/.test(text)) {
      text = text.trimEnd();
      tidied.add("trailing-blanks");
    }
    return text === line.text ? line : { ...line, text };
  });
  return { lines: cleaned, tidied: [...tidied] };
}
