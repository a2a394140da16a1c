/**
 * The answer of each match for one packet of which not everything is known: the sample evaluator's where the match depends on known fields,
 * the user's where it is not modelled, and else none. Nothing is ever guessed.
 */
import {
  CTSTATE,
  type IcmpMatch,
  type Match,
  type Rule,
  type Table,
  type TransportMatch,
} from "../../model/types.ts";
import { nameOccurrences, type OccurrenceNames } from "../occurrences.ts";
import { ConditionBuilder } from "../sample/conditions.ts";
import { Names } from "../sample/names.ts";
import { FIELD } from "../sample/packet.ts";
import { type Conditions, TRUTH } from "../sample/program.ts";
import { evaluateCondition } from "../sample/truth.ts";
import { type ExplainPacket, fieldsOf, type PacketField } from "./packet.ts";

/**
 * What a match that is not modelled answers, by its text or the name of its occurrence; null where nobody said. `changes`: how often the walk changed what it may read; null for
 * answers that count their own questions.
 */
export type Answers = (name: string, changes: number | null) => boolean | null;

/** What the walk changes. */
export interface WalkState {
  mark: number;
  connmark: number;
  ctstate: number;
  /** How often a target that is not modelled changed the packet or its connection. */
  changes: number;
}

/** Connection states without a connection: connmark is false there, and CONNMARK does nothing. */
const NO_CONNECTION = CTSTATE.INVALID | CTSTATE.UNTRACKED;

/** True where CONNMARK and connmark have a connection to work on. */
export function hasConnection(state: WalkState): boolean {
  return (state.ctstate & NO_CONNECTION) === 0;
}

/** The text under which a match that is not modelled is answered; null for a match that is. */
export function answerKey(match: Match): string | null {
  if (match.kind === "pure" || match.kind === "opaque") return match.text;
  const isName = (match.kind === "source" || match.kind === "destination") && match.address === null;
  return isName ? match.text.replace(/^! /, "") : null;
}

/** Judges the matches of one table; a class because it guards the compiled conditions and what was asked. */
export class Judge {
  readonly #packet: ExplainPacket;
  readonly #answers: Answers;
  readonly #table: { readonly conditions: Conditions; readonly words: 1 | 4 };
  /** Of each match that depends on the packet alone: its condition, reduced to what is known. */
  readonly #ids = new Map<Match, number>();
  /** Rules with one text have counters of their own each. */
  readonly #names: OccurrenceNames;
  readonly #asked = new Set<PacketField>();

  constructor(table: Table, packet: ExplainPacket, answers: Answers) {
    this.#packet = packet;
    this.#answers = answers;
    this.#names = nameOccurrences(table, table);
    const words = packet.family === "v4" ? 1 : 4;
    const builder = new ConditionBuilder({
      words,
      interfaces: packet.interfaces,
      macs: new Names(packet.macs),
      texts: new Names([]),
      liveCtstate: false,
    });
    const numbers = new Map<Match, number>();
    for (const match of table.chains.flatMap(({ rules }) => rules.flatMap(({ matches }) => matches))) {
      const known = answerKey(match) === null ? knownPart(match, packet) : null;
      const number = known === null ? null : builder.add(known, known.text);
      if (number !== null) numbers.set(match, number);
    }
    const { conditions, ids } = builder.finish();
    for (const [match, number] of numbers) this.#ids.set(match, ids[number]!);
    this.#table = { conditions, words };
  }

  /** Fields that tested matches depend on. */
  get asked(): ReadonlySet<PacketField> {
    return this.#asked;
  }

  /** The TRUTH of a match of a rule; UNKNOWN where it depends on something that nobody said. */
  judge(rule: Rule, place: number, state: WalkState): number {
    const match = rule.matches[place]!;
    const key = match.kind === "opaque" ? this.#names(rule, place) : answerKey(match);
    if (key !== null) {
      const changes = match.kind === "pure" ? state.changes : match.kind === "opaque" ? null : 0;
      return this.#answered(key, changes, "negated" in match && match.negated);
    }
    for (const field of fieldsOf(match)) this.#asked.add(field);
    switch (match.kind) {
      case "comment":
        return TRUTH.TRUE;
      case "mark":
        return Number(((state.mark & match.mask) >>> 0 === match.value) !== match.negated);
      case "connmark":
        if (!hasConnection(state)) return TRUTH.FALSE;
        return Number(((state.connmark & match.mask) >>> 0 === match.value) !== match.negated);
      case "ctstate":
        return Number(((state.ctstate & match.states) !== 0) !== match.negated);
      default:
        return this.#evaluate(match);
    }
  }

  #answered(key: string, changes: number | null, negated: boolean): number {
    const answer = this.#answers(key, changes);
    return answer === null ? TRUTH.UNKNOWN : Number(answer !== negated);
  }

  #evaluate(match: Match): number {
    const id = this.#ids.get(match);
    if (id === undefined) return TRUTH.UNKNOWN;
    const value = evaluateCondition(this.#table, this.#packet.fields, id);
    // A part that is true says nothing about the rest; one that is not decides.
    return value === TRUTH.TRUE && missingField(match, this.#packet) !== null ? TRUTH.UNKNOWN : value;
  }
}

/** The first field without a value that the match depends on; null where all have one. */
export function missingField(match: Match, packet: ExplainPacket): PacketField | null {
  return fieldsOf(match).find((field) => packet.unset.has(field)) ?? null;
}

/** The match without its tests of fields that have no value; null where that leaves nothing that could be false by itself. */
function knownPart(match: Match, packet: ExplainPacket): Match | null {
  if (missingField(match, packet) === null) return match;
  const known = <T>(field: PacketField, part: T): T | null => (packet.unset.has(field) ? null : part);
  switch (match.kind) {
    case "transport":
      if (packet.unset.has("protocol") || readsPayload(match, packet)) return null;
      return {
        ...match,
        source: known("sourcePort", match.source),
        destination: known("destinationPort", match.destination),
        flags: known("tcpFlags", match.flags),
      };
    case "multiport":
      return isFragment(packet) ? match : null;
    case "icmp":
      if (isFragment(packet)) return match;
      return packet.unset.has("icmpType") ? null : anyCode(match);
    case "iprange":
      return {
        ...match,
        source: known("source", match.source),
        destination: known("destination", match.destination),
      };
    default:
      return null;
  }
}

/** A later fragment has no transport header: matches that read it are false before any field is looked at. */
function isFragment({ fields }: ExplainPacket): boolean {
  return fields[FIELD.FRAGMENT] !== 0;
}

/** On nft, ports and flags are read from whatever stands where the header would be (`sample/truth.ts` says when). */
function readsPayload(match: TransportMatch, packet: ExplainPacket): boolean {
  const isNative = (match.module === "tcp" || match.module === "udp") && match.option === null;
  return isNative && packet.fields[FIELD.NFT] === 1 && isFragment(packet);
}

/** Negated, another type would be true whatever its code: that is left unknown, since the part says nothing then. */
function anyCode(match: IcmpMatch): IcmpMatch | null {
  return match.negated ? null : { ...match, firstCode: 0, lastCode: 255 };
}
