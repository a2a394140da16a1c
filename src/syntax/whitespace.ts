/**
 * Line ends, blanks and a byte order mark that markify reads past and iptables-restore does not.
 *
 * Source: iptables 1.8.9, `iptables/iptables-restore.c`, `ip46tables_restore_main`, which looks at a line's first character and compares all of `COMMIT` and its line end.
 */
import type { SourceFile } from "../text/source.ts";
import type { Piece, Report } from "./report.ts";
import type { Node, Tree } from "./tree.ts";

const RESTORE = "iptables-restore";

/** Reports each line that is refused for its blanks; of what all lines have, the first one. */
export function reportWhitespace({ file, nodes }: Tree, report: Report): void {
  const { text } = file;
  if (text.startsWith("\uFEFF"))
    report("REFUSED_WHITESPACE", { start: 0, end: 1 }, { what: "a byte order mark", program: RESTORE });
  const withReturn = nodes.find(({ end }) => text.startsWith("\r\n", end));
  if (withReturn !== undefined) {
    const { start, end } = withReturn;
    report("REFUSED_WHITESPACE", { start, end }, { what: "CR LF at line ends", program: RESTORE });
  }
  for (const node of nodes) {
    const found = blanksOf(file, node);
    if (found !== null) report("REFUSED_WHITESPACE", found.place, { what: found.what, program: RESTORE });
  }
  const last = nodes.at(-1);
  if (last?.kind === "commit" && last.end === text.length)
    report("REFUSED_WHITESPACE", last, {
      what: "a last line without its end",
      program: "iptables-legacy-restore",
    });
}

function blanksOf(
  { text }: SourceFile,
  { kind, start, end }: Node,
): { readonly what: string; readonly place: Piece } | null {
  if (kind === "broken") return null;
  const line = text.slice(start, end);
  if (kind === "blank") {
    return line.trim() === "" && line !== "" ? { what: "a line of blanks", place: { start, end } } : null;
  }
  const leading = line.length - line.trimStart().length;
  if (leading > 0 && !line.startsWith("\uFEFF") && !line.startsWith("-", leading))
    return { what: "blanks before the line", place: { start, end: start + leading } };
  const trailing = line.length - line.trimEnd().length;
  if (kind === "commit" && trailing > 0)
    return { what: "blanks behind COMMIT", place: { start: end - trailing, end } };
  return null;
}
