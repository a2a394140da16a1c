/**
 * What a chain does to packets that it sends back: nothing, where it is quiet. A quiet chain may be entered once where it was entered several times in a row, or
 * from another place, as long as the same packets get there.
 */
import type { Chain, Rule, Table } from "../model/types.ts";

/** `ends`: no packet comes back. `quiet`: those that do are as they were, and nothing was counted or logged for them. `other`: anything else. */
export type ChainOutcome = "ends" | "quiet" | "other";

/** No kernel takes chains that call each other deeper (legacy allows 16, nft 15). */
const DEEPEST = 16;

/** Chains of a table with what is known about them. */
export class QuietChains {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #outcomes = new Map<string, ChainOutcome>();
  readonly #heights = new Map<string, number>();
  /** Chains that are being looked at, one inside the other. */
  #depth = 0;

  constructor(table: Table) {
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  }

  /** Of a chain that is missing, or in a ring: `other`. */
  outcomeOf(name: string): ChainOutcome {
    const before = this.#outcomes.get(name);
    if (before !== undefined) return before;
    // Whoever asks again before there is an answer is in a ring.
    this.#outcomes.set(name, "other");
    const chain = this.#chains.get(name);
    this.#depth++;
    const isOdd = chain === undefined || chain.policy !== null || this.#depth > DEEPEST;
    const outcome = isOdd ? "other" : this.#walk(chain.rules);
    this.#depth--;
    this.#outcomes.set(name, outcome);
    return outcome;
  }

  #walk(rules: readonly Rule[]): ChainOutcome {
    let hasEffects = false;
    let mayReturn = false;
    for (const rule of rules) {
      const step = this.#stepOf(rule);
      if (step === "other") return "other";
      // A match that counts has counted, whether or not it matched.
      hasEffects ||= step === "effect" || rule.matches.some(({ kind }) => kind === "opaque");
      if (step === "return" && hasEffects) return "other";
      mayReturn ||= step === "return";
      const isCertain = rule.matches.every(({ kind }) => kind === "comment");
      if (isCertain && step === "return") return "quiet";
      if (isCertain && step === "end") return mayReturn ? "quiet" : "ends";
    }
    return hasEffects ? "other" : "quiet";
  }

  /** What becomes of a packet that a rule matches. */
  #stepOf({ target, matches }: Rule): "end" | "return" | "go-on" | "effect" | "other" {
    if (matches.some((match) => match.kind === "opaque" && !match.known)) return "other";
    switch (target.kind) {
      case "verdict":
        return target.verdict === "RETURN" ? "return" : "end";
      case "extension":
        return target.ends === "always" ? "end" : target.ends === "never" ? "effect" : "other";
      case "jump": {
        const outcome = this.outcomeOf(target.chain);
        return outcome === "ends" ? "end" : outcome === "quiet" ? "go-on" : "other";
      }
      case "goto":
      case "unparsed":
        return "other";
      default:
        return "effect";
    }
  }

  /** How many chains deep calls go from a chain, itself included; Infinity where they don't end, or are too deep for any kernel. */
  heightOf(name: string): number {
    const before = this.#heights.get(name);
    if (before !== undefined) return before;
    this.#heights.set(name, Number.POSITIVE_INFINITY);
    this.#depth++;
    let below = this.#depth > DEEPEST ? Number.POSITIVE_INFINITY : 0;
    for (const { target } of below > 0 ? [] : (this.#chains.get(name)?.rules ?? [])) {
      if (target.kind === "jump" || target.kind === "goto")
        below = Math.max(below, this.heightOf(target.chain));
    }
    this.#depth--;
    this.#heights.set(name, below + 1);
    return below + 1;
  }
}
