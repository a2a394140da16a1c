/**
 * Cleans what iptables-restore would stumble over in a file that is written anew anyway: the rules themselves stay word for word.
 *
 * iptables-restore takes CR for part of a word, a blank before or behind COMMIT for a rule, and text around a dump for an error. A file that nothing changes in is left as
 * it is, byte for byte.
 */
import type { Ruleset } from "../model/types.ts";
import type { RewrittenLine, Tidied } from "./types.ts";

/**
 * Blanks before what iptables-restore knows by the first character of its line (`ip46tables_restore_main` in `iptables/iptables-restore.c`, 1.8.9): a comment, a
 * table, a chain, counters, COMMIT. Before `-A` they do no harm.
 */
const LEADING_BLANKS = /^[ \t]+(?=[#*:[]|COMMIT[ \t]*$)/;

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
    if (LEADING_BLANKS.test(text)) {
      text = text.trimStart();
      tidied.add("leading-blanks");
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
  // iptables-legacy-restore takes a COMMIT without a line end for a rule.
  if (cleaned.at(-1)?.text === "COMMIT") {
    cleaned.push({ text: "", origins: [] });
    tidied.add("last-line-end");
  }
  return { lines: cleaned, tidied: [...tidied] };
}
