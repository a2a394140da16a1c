/**
 * Makes a text smaller that shows a fault: first without lines, then without words, then without characters.
 */

/** The smallest text found for which `isSame` still holds; a bounded number of tries. */
export function minimise(text, isSame, tries = 2000) {
  let left = tries;
  let best = text;
  for (const unit of [/[^\n]*\n?/g, /[^ \n]+[ \n]?|[ \n]/g, /[\s\S]/g]) {
    let parts = best.match(unit)?.filter((part) => part !== "") ?? [];
    for (
      let size = Math.ceil(parts.length / 2);
      size >= 1 && left > 0;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let at = 0; at < parts.length && left > 0; ) {
        const fewer = [...parts.slice(0, at), ...parts.slice(at + size)];
        left -= 1;
        if (isSame(fewer.join(""))) parts = fewer;
        else at += size;
      }
    }
    best = parts.join("");
  }
  return best;
}
