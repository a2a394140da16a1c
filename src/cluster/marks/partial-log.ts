/**
 * The line of a rule chain that logs packets which have some of its groups' bits and not all, as `rewrite/layouts/log-partial.ts` writes it:
 *
 *     -A R-MGMT -m mark ! --mark 0x3/0x7 -m limit --limit 6/min -j LOG --log-prefix "R-MGMT: "
 */
import { quoteString } from "../../model/quote.ts";
import type { MarkMatch, Rule } from "../../model/types.ts";

/** Says that every such packet is logged. */
export const NO_LIMIT = "no-limit";

/** The kernel keeps 29 bytes of a prefix. */
const LONGEST_PREFIX = 29;

/** The match that limits; empty for none. */
export function limitMatch(rate: string): string {
  return rate === NO_LIMIT ? "" : `-m limit --limit ${rate}`;
}

/** The target of these lines in a rule chain. */
export function partialTarget(name: string): string {
  return `-j LOG --log-prefix ${quoteString(`${name}: `.slice(0, LONGEST_PREFIX))}`;
}

/** The line, taken apart: which bits it tests, and how many of the packets it logs. */
export interface PartialLog {
  readonly test: MarkMatch;
  readonly rate: string;
}

/** Reads it; null where a rule of that chain is something else. LOG never ends a walk and changes no packet (net/netfilter/xt_LOG.c). */
export function readPartialLog({ chain, matches, target }: Rule): PartialLog | null {
  if (target.kind !== "extension" || target.ends !== "never" || target.text !== partialTarget(chain))
    return null;
  const [test, ...rest] = matches;
  if (test?.kind !== "mark" || !test.negated) return null;
  const text = rest.map((match) => match.text).join(" ");
  const rate =
    text === "" ? NO_LIMIT : (/^-m limit --limit (\d+\/(?:sec|min|hour|day))$/.exec(text)?.[1] ?? null);
  return rate === null ? null : { test, rate };
}
