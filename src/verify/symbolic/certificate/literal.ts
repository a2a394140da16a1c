/**
 * Matches as literals: conditions that are compared by what they say, not by the packets for which they hold.
 *
 * Two things make the order of conditions count. Some drop a packet whose header they can't read ("points" here: conditions.ts has the sources), and some count how often they
 * are asked (opaque ones). All others may stand in any order.
 */
import type { Family, Match, Rule } from "../../../model/types.ts";
import type { OccurrenceNames } from "../../occurrences.ts";
import { isNative } from "../conditions.ts";

/** A condition, or its opposite. */
export interface Literal {
  /** Equal numbers: the same condition. */
  readonly id: number;
  readonly match: Match;
  /**
   * Null for a condition that never drops a packet. Else what decides whether it does: two points of one kind drop the same packets, whatever values they ask for.
   */
  readonly point: string | null;
  /** Asking is an effect. */
  readonly isOpaque: boolean;
  /** Whether targets may change the answer. */
  readonly isChangeable: boolean;
}

const CHANGEABLE: ReadonlySet<Match["kind"]> = new Set(["mark", "connmark", "ctstate", "pure", "opaque"]);

/** Kinds whose negation is the exact opposite, and which never drop a packet. */
const NEGATABLE: ReadonlySet<Match["kind"]> = new Set(["source", "destination", "in", "out", "fragment"]);

/** Literals by what they say; a class because it numbers them. */
export class Literals {
  readonly #family: Family;
  readonly #occurrence: OccurrenceNames;
  readonly #known = new Map<string, Literal>();
  readonly #opposites = new Map<Literal, Literal | null>();
  readonly #texts = new Map<string, number>();

  constructor(family: Family, occurrence: OccurrenceNames) {
    this.#family = family;
    this.#occurrence = occurrence;
  }

  /** The literal of a rule's match; not of a comment. */
  of(rule: Rule, at: number): Literal {
    const match = rule.matches[at]!;
    return this.#intern(
      match,
      match.kind === "opaque" ? `asked ${this.#occurrence(rule, at)}` : keyOf(match),
    );
  }

  /** The opposite, or null where it can't be said without more. */
  opposite(literal: Literal): Literal | null {
    const known = this.#opposites.get(literal);
    if (known !== undefined) return known;
    const opposite = this.#oppose(literal);
    this.#opposites.set(literal, opposite);
    return opposite;
  }

  #oppose({ match }: Literal): Literal | null {
    const isSafe = NEGATABLE.has(match.kind) || (match.kind === "protocol" && this.#family === "v4");
    if (!isSafe || !("negated" in match)) return null;
    const opposite = { ...match, negated: !match.negated };
    return this.#intern(opposite, keyOf(opposite));
  }

  /** Equal numbers: the same literals in the same order. */
  numberOf(all: readonly Literal[]): number {
    let text = "";
    for (const { id } of all) text += `${id},`;
    return this.numberOfText(text);
  }

  /** Equal numbers: the same text. */
  numberOfText(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, this.#texts.size);
    return this.#texts.size - 1;
  }

  #intern(match: Match, key: string): Literal {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const literal: Literal = {
      id: this.#known.size,
      match,
      point: pointOf(match, this.#family),
      isOpaque: match.kind === "opaque",
      isChangeable: CHANGEABLE.has(match.kind),
    };
    this.#known.set(key, literal);
    return literal;
  }
}

/** What a match says; the two ways to ask for a connection state are one. */
function keyOf(match: Match): string {
  if (match.kind === "ctstate") return `${match.negated ? "!" : ""}state ${match.states}`;
  if (!NEGATABLE.has(match.kind) && match.kind !== "protocol") return match.text;
  const isNegated = "negated" in match && match.negated === true;
  return `${isNegated ? "!" : ""}${match.text.replace(/^! /, "")}`;
}

function pointOf(match: Match, family: Family): string | null {
  switch (match.kind) {
    case "protocol":
      return family === "v6" ? "extension headers" : null;
    case "transport":
      return `${match.module}${match.option === null ? "" : " option"}${isNative(match) ? " native" : ""}`;
    case "multiport":
    case "icmp":
      return match.kind;
    case "opaque":
      return match.known ? null : match.text;
    default:
      return null;
  }
}
