/**
 * The text of a diff from the marks of its hunks.
 */
import type { PageFile } from "../page-data.ts";

/** Its lines, each hunk with its head. */
export function unfoldHunks({
  hunks,
  old,
  new: now,
}: Pick<PageFile, "hunks" | "old" | "new">): readonly string[] {
  return hunks.flatMap((hunk) => {
    let [oldAt, newAt] = [hunk.old - 1, hunk.new - 1];
    const lines = [...hunk.marks].map((mark) => {
      const text = mark === "+" ? now[newAt] : old[oldAt];
      if (mark !== "+") oldAt += 1;
      if (mark !== "-") newAt += 1;
      return mark + text;
    });
    const [oldLines, newLines] = [oldAt - hunk.old + 1, newAt - hunk.new + 1];
    return [`@@ -${hunk.old},${oldLines} +${hunk.new},${newLines} @@`, ...lines];
  });
}
