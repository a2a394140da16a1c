/**
 * Everything between the live rules and a load that can be decided without touching them: is the plan stale, whose rules are these, what has to be loaded and in which order,
 * and does the kernel take it.
 */
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { decodeSource, type SourceFile } from "../text/source.ts";
import { bytesOfText } from "./bytes.ts";
import type { ChainPattern } from "./chain-pattern.ts";
import { compareLive, keepAdvice, type LiveComparison, renderComparison } from "./compare-live.ts";
import { keepChains } from "./keep-chains.ts";
import { readLiveTables } from "./live-tables.ts";
import type { Observation } from "./observe.ts";
import type { Prove } from "./prove.ts";
import type { Refusal } from "./refusal.ts";
import { changedTables } from "./same-tables.ts";

/** What a plan makes of one of its inputs. */
export interface LiveInput {
  readonly family: Family;
  /** What the plan was made from. */
  readonly input: Ruleset;
  /** What is to be live. */
  readonly meant: Ruleset;
}

/** One family, held against what is live. */
export interface HeldFamily {
  readonly family: Family;
  readonly live: Ruleset;
  /** Both with kept chains as they are live. */
  readonly input: Ruleset;
  readonly meant: Ruleset;
  readonly keepsChains: boolean;
  readonly comparison: LiveComparison;
  /** Tables that have to be loaded; empty where what is live is what is meant. */
  readonly changed: readonly string[];
}

/** One family, or why it can't be. */
export type HeldAgainst =
  | { readonly held: HeldFamily; readonly refusals: readonly [] }
  | { readonly held: null; readonly refusals: readonly Refusal[] };

/** What the user says about it. */
export interface HoldOptions {
  readonly keep: readonly ChainPattern[];
  /** The command that makes the plan anew. */
  readonly importAgain: string;
}

/** Holds an input of the plan against the live rules of its family. Never lets a plan pass that was made from others. */
export async function holdAgainstLive(
  { family, input, meant }: LiveInput,
  observation: Observation,
  { keep, importAgain }: HoldOptions,
  prove: Prove,
): Promise<HeldAgainst> {
  const { live, refusal } = readLive(observation, family, input);
  if (live === null) return refused(refusal);
  const kept = keepChains({ input, live, meant, patterns: keep });
  if (kept.refusals.length > 0) return { held: null, refusals: kept.refusals };
  const keepsChains = kept.chains.length > 0;
  const asKept = keepsChains ? readAgain(kept.input, input) : input;
  const comparison = await compareLive(asKept, live, prove);
  if (comparison.answer === "different" || comparison.answer === "unknown")
    return refused(describeStale(comparison, importAgain));
  const meantAsKept = keepsChains ? readAgain(kept.meant, meant) : meant;
  const changed = changedTables(live, meantAsKept);
  const held = { family, live, input: asKept, meant: meantAsKept, keepsChains, comparison, changed };
  return { held, refusals: [] };
}

function readLive(
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

/** A text that was put together of two that could be read. */
function readAgain(file: SourceFile, like: Ruleset): Ruleset {
  const { ruleset } = importRuleset(file, { family: like.family, keepUnparsed: true });
  if (ruleset === null) throw new Error(`${file.path} can't be read`);
  return ruleset;
}

function describeStale(comparison: LiveComparison, importAgain: string): Refusal {
  const { family, answer, reason, proof } = comparison;
  const what =
    answer === "unknown"
      ? "whether the live rules are those of the plan can't be told"
      : "the live rules are not those that the plan was made from";
  const regions = (proof?.differences ?? []).slice(0, 5).map((region) => {
    const fields = Object.entries(region.fields).map(
      ([field, values]) => `${field} ${values.slice(0, 4).join(",")}`,
    );
    return `${region.table} ${region.hook}, ${fields.join(", ") || "all packets"}: ${region.old} -> ${region.new}`;
  });
  const advice = keepAdvice(comparison);
  return {
    message: `${what} (${family})${reason === null ? "" : `: ${reason}`}`,
    details: [...renderComparison(comparison), ...regions],
    next:
      advice.length > 0
        ? `${advice.join(" ")} leaves these chains as they are live; or make the plan anew: ${importAgain}`
        : importAgain,
  };
}

function refused(refusal: Refusal): { readonly held: null; readonly refusals: readonly Refusal[] } {
  return { held: null, refusals: [refusal] };
}

/** Reads what the trial printed of one family. */
export function readTrial(text: string, family: Family): Ruleset | null {
  return importRuleset(decodeSource("the trial", bytesOfText(text)), { family, keepUnparsed: true }).ruleset;
}
