/**
 * All that the report's page shows, as plain data: the groups report and the proof as `--json` has them, and the lines of both files with where they came
 * from. It stands in the page; keys may be added without raising its version.
 */
import type { LintFinding } from "../lint/types.ts";
import type { Ruleset } from "../model/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { type KnownSets, listKnownSets } from "../sets/known-matches.ts";
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
  /** What the rulesets know of sets beside their lines; missing where neither knows any. */
  readonly sets?: { readonly old: KnownSets | null; readonly new: KnownSets | null };
  /** The lines were made from a file that is no save file: a script, one dump of several. */
  readonly made?: true;
  /** What its pictures are drawn from; missing in pages of old. */
  readonly picture?: PictureData;
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
  /** All that lint found in each input; null where nobody looked. Missing in pages of old, which have the first of each in the report. */
  readonly lint?: readonly (readonly LintFinding[] | null)[];
}

/** What else is known of the inputs, each in their order. */
export interface PageExtras {
  /** The new rulesets as they are read where they have sets; null where they have none. */
  readonly withSets: readonly (Ruleset | null)[];
  readonly made: readonly boolean[];
  readonly lint: readonly (readonly LintFinding[] | null)[];
}

/** Puts it together. */
export function makePageData(
  tool: string,
  report: GroupsView,
  check: VerifyView | null,
  rewrites: readonly Rewritten[],
  extras: Partial<PageExtras> = {},
): PageData {
  const files = rewrites.map((rewritten, at) => ({
    path: report.inputs[at]?.path ?? rewritten.ruleset.file.path,
    ...viewLines(rewritten),
    picture: makePictureData(rewritten),
    ...viewSets(rewritten.ruleset, extras.withSets?.[at] ?? null),
    ...(extras.made?.[at] === true ? { made: true as const } : {}),
  }));
  const { lint } = extras;
  return { version: 1, tool, report, check, files, ...(lint === undefined ? {} : { lint }) };
}

function viewLines(rewritten: Rewritten): Pick<PageFile, "changed" | "old" | "new" | "origins" | "hunks"> {
  const { changed, lines, ruleset } = rewritten;
  const fresh = dropLastEmpty(lines.map(({ text }) => text));
  const old = ruleset.file.lineStarts.map((_, line) => lineText(ruleset.file, line + 1));
  return {
    changed,
    old: dropLastEmpty(old),
    new: fresh,
    origins: lines.slice(0, fresh.length).map(({ origins }) => origins),
    hunks: markHunks(rewritten),
  };
}

function viewSets(ruleset: Ruleset, now: Ruleset | null): Pick<PageFile, "sets"> {
  const sets = { old: listKnownSets(ruleset), new: now === null ? null : listKnownSets(now) };
  return sets.old === null && sets.new === null ? {} : { sets };
}

function dropLastEmpty(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
