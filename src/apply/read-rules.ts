/**
 * Texts of rules to rulesets: what the kernel has, what a trial printed, and what was put together of two others.
 */
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { decodeSource, type SourceFile } from "../text/source.ts";
import { bytesOfText } from "./bytes.ts";
import { readLiveTables } from "./live-tables.ts";
import type { Observation } from "./observe.ts";
import type { Refusal } from "./refusal.ts";
import { knowAs } from "./same-sets.ts";

/** What is live of one family, read as the plan's input is; where it can't be read, nothing is done. */
export function readLive(
  { texts, backend }: Observation,
  family: Family,
  input: Ruleset,
): { readonly live: Ruleset; readonly refusal: null } | { readonly live: null; readonly refusal: Refusal } {
  const program = `${family === "v4" ? "iptables" : "ip6tables"}-${backend}-save`;
  const keepUnparsed = countUnparsed(input) > 0;
  const outputs = [bytesOfText(texts.get(family) ?? "")];
  const { live, diagnostics } = readLiveTables(outputs, { family, program, keepUnparsed });
  if (live !== null) return { live: live.ruleset, refusal: null };
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  const next = `save them and see what markify says: ${program} > live.rules && markify import live.rules`;
  return {
    live: null,
    refusal: { message: "the live rules can't be read", details: [...new Set(codes)], next },
  };
}

/** A text that was put together of two that could be read; it knows the sets that the one knew. */
export function readAgain(file: SourceFile, like: Ruleset): Ruleset {
  const { ruleset } = importRuleset(file, { family: like.family, keepUnparsed: true });
  if (ruleset === null) throw new Error(`${file.path} can't be read`);
  return knowAs(ruleset, like);
}

/** Reads what the trial printed of one family. */
export function readTrial(text: string, family: Family): Ruleset | null {
  return importRuleset(decodeSource("the trial", bytesOfText(text)), { family, keepUnparsed: true }).ruleset;
}
