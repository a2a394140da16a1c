/**
 * Names of sets in the text of a match or target, quotes and escapes undone.
 */

const NAMED = /--(match|add|del|map)-set (?:"((?:[^"\\]|\\.)*)"|(\S+))/gu;

/** What is done with a named set. */
export type SetUse = "match" | "add" | "del" | "map";

/** The names, in their order; of the given uses only, where some are given. */
export function setNames(text: string, ...uses: readonly SetUse[]): readonly string[] {
  return [...text.matchAll(NAMED)].flatMap(([, use, quoted, plain]) => {
    if (uses.length > 0 && !uses.some((wanted) => wanted === use)) return [];
    return [plain ?? quoted!.replace(/\\(.)/gu, "$1")];
  });
}
