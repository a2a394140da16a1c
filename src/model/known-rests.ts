/**
 * What was made of rules, for others that differ in their addresses alone. Large rulesets say the same of thousands of addresses, in the form of iptables-save:
 *
 *     -A FORWARD -s 10.0.0.1/32 -d 10.1.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT
 *
 * What is behind the addresses is read and checked once. Nothing that was reported is remembered: each line needs its own report.
 */
import type { Piece } from "../syntax/report.ts";
import { TARGET_ROWS } from "./target-table.ts";
import type { Match, Target } from "./types.ts";

/** A rule behind its addresses. */
export interface Rest {
  /** Behind those of the addresses. */
  readonly matches: readonly Match[];
  readonly target: Target;
  /** The name of the target; places count from the beginning of the rest. */
  readonly place: Piece;
  readonly comment: string | null;
}

/** A rule cut behind its addresses. */
export interface CutRule {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** Where the rest begins. */
  readonly restAt: number;
  /** Equal keys: the same rest in the same chain. */
  readonly key: string;
}

/** As many as are remembered: rulesets with more have few rules for each. */
const MOST = 1 << 14;

const ADDRESSES = /(?: -s ([\da-f.:/]+))?(?: -d ([\da-f.:/]+))? /y;

/** Cuts a rule that begins with addresses; null for others. */
export function cutRule(text: string, from: number, to: number, place: string): CutRule | null {
  ADDRESSES.lastIndex = from;
  const [, source, destination] = ADDRESSES.exec(text) ?? [];
  if (source === undefined && destination === undefined) return null;
  const restAt = ADDRESSES.lastIndex;
  if (restAt >= to) return null;
  const kinds = `${source === undefined ? "" : "s"}${destination === undefined ? "" : "d"}`;
  return { source, destination, restAt, key: `${place} ${kinds} ${text.slice(restAt, to)}` };
}

/** Rests by their keys; a class because they are remembered as rules are read. */
export class KnownRests {
  readonly #known = new Map<string, Rest>();

  get({ key }: CutRule): Rest | undefined {
    return this.#known.get(key);
  }

  /** Remembers a rule that was read without a report, and that has no counters among its words. */
  add({ key, source, destination, restAt }: CutRule, { matches, target, place, comment }: Rest): void {
    // A name that is no known target's may be a chain's further down.
    if (target.kind === "extension" && !TARGET_ROWS.has(target.name)) return;
    if (this.#known.size >= MOST) return;
    const kinds = [
      ...(source === undefined ? [] : ["source"]),
      ...(destination === undefined ? [] : ["destination"]),
    ];
    // An address that says nothing (0.0.0.0/0) is no match, and one behind the rest's beginning comes first.
    if (!kinds.every((kind, at) => matches[at]?.kind === kind)) return;
    this.#known.set(key, {
      matches: matches.slice(kinds.length),
      target,
      place: { start: place.start - restAt, end: place.end - restAt },
      comment,
    });
  }
}
