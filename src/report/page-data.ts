/**
 * All that the report's page shows, as plain data: the groups report and the proof as `--json` has them, and the lines of both files with where they came
 * from. It stands in the page; keys may be added without raising its version.
 */
import type { Rewritten } from "../rewrite/types.ts";
import { lineText } from "../text/source.ts";
import { type HunkMarks, markHunks } from "./diff.ts";
import { makePictureData, type PictureData } from "./picture-data.ts";
import type { VerifyView } from "./verify-view.ts";
import type { GroupsView } from "./view.ts";

/** One input and what it becomes. */
export interface PageFile {
  /** As in the report's `inputs`. */
  readonly path: string;
  readonly changed: boolean;
  /** Lines without line ends; line 1 is the first. */
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** For each new line, the old lines (from 1) that it stands for; empty for lines that only the new chains need. */
  readonly origins: readonly (readonly number[])[];
  /** The unified diff. */
  readonly hunks: readonly HunkMarks[];
  /** What its pictures are drawn from. */
  readonly picture: PictureData;
}

/** The page's data. */
export interface PageData {
  readonly version: 1;
  /** markify's version. */
  readonly tool: string;
  /** As `review --json` prints it. */
  readonly report: GroupsView;
  /** What the proof says; null where nobody asked for it. */
  readonly check: VerifyView | null;
  /** In the order of the report's inputs. */
  readonly files: readonly PageFile[];
}

/** Puts it together. */
export function makePageData(
  tool: string,
  report: GroupsView,
  check: VerifyView | null,
  rewrites: readonly Rewritten[],
): PageData {
  const files = rewrites.map((rewritten, at) => {
    const { changed, lines, ruleset } = rewritten;
    const fresh = dropLastEmpty(lines.map(({ text }) => text));
    const old = ruleset.file.lineStarts.map((_, line) => lineText(ruleset.file, line + 1));
    return {
      path: report.inputs[at]?.path ?? ruleset.file.path,
      changed,
      old: dropLastEmpty(old),
      new: fresh,
      origins: lines.slice(0, fresh.length).map(({ origins }) => origins),
      hunks: markHunks(rewritten),
      picture: makePictureData(rewritten),
    };
  });
  return { version: 1, tool, report, check, files };
}

function dropLastEmpty(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
