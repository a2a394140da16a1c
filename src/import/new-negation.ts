/**
 * Negations as they were written before iptables 1.4.3 (`-d ! 10.0.0.0/8`), put where today's iptables takes them: lines that are kept word for word have to load.
 */
import type { Diagnostic } from "../text/diagnostic.ts";
import { makeSourceFile, type OriginPiece, type SourceFile } from "../text/source.ts";

/** The text with each `!` that a finding OLD_NEGATION names before its option; null where there is none. */
export function moveNegations(file: SourceFile, diagnostics: readonly Diagnostic[]): SourceFile | null {
  const bangs = diagnostics.flatMap(({ code, span }) =>
    code === "OLD_NEGATION" && span?.file === file ? [span] : [],
  );
  if (bangs.length === 0) return null;
  bangs.sort((one, other) => one.start - other.start);
  let text = "";
  const pieces: OriginPiece[] = [];
  const copy = (from: number, to: number): void => {
    if (from < to) pieces.push({ start: text.length, end: text.length + to - from, from, to });
    text += file.text.slice(from, to);
  };
  let done = 0;
  for (const { start, end } of bangs) {
    const option = optionBefore(file.text, start);
    copy(done, option);
    copy(start, end);
    text += " ";
    copy(option, start);
    done = end;
    // The blank behind the sign stays behind the option.
    while (/[ \t]/.test(file.text[done] ?? "")) done += 1;
  }
  copy(done, file.text.length);
  return makeSourceFile(file.path, text, file.encoding, { file, pieces });
}

/** Where the word before an offset begins. */
function optionBefore(text: string, offset: number): number {
  let at = offset;
  while (/[ \t]/.test(text[at - 1] ?? "")) at -= 1;
  while (at > 0 && !/\s/.test(text[at - 1]!)) at -= 1;
  return at;
}
