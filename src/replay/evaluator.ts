/**
 * One packet through both rulesets: all tables of all hooks on its way, side by side. What is not known of it is tried in every way, so that an answer holds whatever it is.
 */
import { CTSTATE } from "../model/types.ts";
import { HOOK_TABLES } from "../verify/explain/place.ts";
import { TRANSLATIONS } from "../verify/explain/tables.ts";
import type { PairedTable } from "../verify/pairs.ts";
import { DIFFERS } from "../verify/sample/compare.ts";
import type { Oracle } from "../verify/sample/evaluate.ts";
import { FIELD, PACKET_SIZE, setAnswer } from "../verify/sample/packet.ts";
import { Choices, MOST_COMBINATIONS } from "./choices.ts";
import { hardwareNames, interfaceClasses, readsField } from "./reads.ts";
import { RuleNumbers } from "./rule-numbers.ts";
import { type Carried, type SideNumber, TableWalk } from "./table-walk.ts";
import type { Place, Way } from "./whereabouts.ts";

/** A packet, and where it goes. */
export interface Traveller {
  /** In the places of the sample evaluator's packet, but for interfaces, hardware address and connection state. */
  readonly fields: Int32Array;
  /** The same behind a translation of its destination; null where nobody knows. */
  readonly after: Int32Array | null;
  readonly place: Place;
  /** CTSTATE bits: the states that it may be in, and SNAT and DNAT beside. */
  readonly states: number;
  /** Its sender's hardware address: empty where the link has none, null where it is not known. */
  readonly mac: string | null;
}

/** How a packet ended on one side. */
export interface Ending {
  /** Such as `ACCEPT`, `DROP`, `ACCEPT, MASQUERADE`. */
  readonly verdict: string;
  /** The rule that gave it, by its number (`RuleNumbers`). */
  readonly decider: number;
}

/** One way in which a packet may fare. */
export interface Fate {
  readonly old: Ending;
  readonly new: Ending;
  /** DIFFERS bits. */
  readonly differs: number;
}

/** What came of a packet. */
export interface Judgement {
  /** All that may happen, without repetition; empty where it is not judged. */
  readonly fates: readonly Fate[];
  /** Why it is not judged, as a sentence; null where it is. */
  readonly why: string | null;
  /** What of it is not known, where more than one thing may happen. */
  readonly open: readonly string[];
  /** Rules that it matches for certain, by their numbers. */
  readonly hits: readonly [readonly number[], readonly number[]];
}

/** One hook of a way. */
interface Leg {
  readonly hook: string;
  /** A packet that comes back by lo: its connection has been through nat. */
  readonly isBack: boolean;
}

const leg = (hook: string, isBack = false): Leg => ({ hook, isBack });

const WAYS: Readonly<Record<Way, readonly Leg[]>> = {
  INPUT: [leg("PREROUTING"), leg("INPUT")],
  FORWARD: [leg("PREROUTING"), leg("FORWARD"), leg("POSTROUTING")],
  OUTPUT: [leg("OUTPUT"), leg("POSTROUTING")],
  LOOPBACK: [leg("OUTPUT"), leg("POSTROUTING"), leg("PREROUTING", true), leg("INPUT", true)],
};

/** One table on the way; -1 where it is not in the rulesets. */
interface Stop {
  readonly hook: string;
  readonly table: number;
  /** Whether destinations change behind it. */
  readonly translates: boolean;
}

function findStops({ hook, isBack }: Leg, tables: readonly TableWalk[]): readonly Stop[] {
  const names = HOOK_TABLES[hook]!.filter((name) => name !== "nat" || !isBack);
  return names.map((name) => ({
    hook,
    table: tables.findIndex((table) => table.compiled.name === name && table.has(hook)),
    translates: name === "nat" && (hook === "PREROUTING" || hook === "OUTPUT"),
  }));
}

const BASE_STATES = [
  CTSTATE.NEW,
  CTSTATE.ESTABLISHED,
  CTSTATE.RELATED,
  CTSTATE.INVALID,
  CTSTATE.UNTRACKED,
] as const;
const NAT_FLAGS = CTSTATE.SNAT | CTSTATE.DNAT;

/** Host names that may be in rules before a packet is given up: each may be its address or not. */
const MOST_NAMES = 8;

/** More often nothing is asked in one walk (evaluate.ts, MOST_STEPS). */
const MOST_TIMES = 2 ** 21;

const TOO_MANY = `what is not known of them can be in more than ${MOST_COMBINATIONS} ways`;

/** One side of a packet on its way. */
interface Side extends Carried {
  isOn: boolean;
  translations: string;
  ending: Ending | null;
}

/** Judges packets of one family; a class because it guards what is used again for each of them. */
export class Evaluator {
  readonly numbers: RuleNumbers;
  readonly tables: readonly TableWalk[];
  readonly #stops: Readonly<Record<Way, readonly Stop[]>>;
  readonly #choices = new Choices();
  readonly #backend: "legacy" | "nft" | null;
  readonly #interfaces: readonly string[];
  readonly #hardware: readonly string[];
  readonly #asks: { readonly in: boolean; readonly out: boolean; readonly mac: boolean };
  readonly #sides: readonly [Side, Side] = [makeSide(), makeSide()];
  readonly #carried: readonly [Carried, Carried] = [makeSide(), makeSide()];
  readonly #packet = new Int32Array(PACKET_SIZE);
  #why: string | null = null;
  #differs = 0;

  constructor(paired: readonly PairedTable[], backend: "legacy" | "nft" | null) {
    this.#backend = backend;
    this.tables = paired.map(
      ({ pair }, at) =>
        new TableWalk(pair, (side, rule) => {
          this.numbers.match(side, at, rule);
          this.#why ??= this.tables[at]!.troubleOf(side, rule);
        }),
    );
    this.numbers = new RuleNumbers(this.tables);
    const stopsOf = (way: Way) => WAYS[way].flatMap((leg) => findStops(leg, this.tables));
    this.#stops = {
      INPUT: stopsOf("INPUT"),
      FORWARD: stopsOf("FORWARD"),
      OUTPUT: stopsOf("OUTPUT"),
      LOOPBACK: stopsOf("LOOPBACK"),
    };
    const tables = paired.flatMap(({ pair }) => [pair.old, pair.new]);
    this.#interfaces = interfaceClasses(tables, this.tables);
    this.#hardware = hardwareNames(tables, this.tables);
    const asks = (field: "in" | "out" | "mac") => readsField(tables, field);
    this.#asks = { in: asks("in"), out: asks("out"), mac: asks("mac") };
    for (const table of this.tables) {
      const ask = this.#askerOf(table);
      for (const walker of table.walkers) walker.oracle = ask;
    }
  }

  /** What becomes of a packet under both rulesets. */
  judge(traveller: Traveller): Judgement {
    const fates: Fate[] = [];
    const open = new Set<number>();
    this.#choices.begin();
    this.#why = null;
    this.numbers.begin();
    do {
      if (this.#choices.tried > MOST_COMBINATIONS) return unjudgedFor(TOO_MANY);
      this.numbers.nextRound();
      const fate = this.#follow(traveller);
      for (const question of this.#choices.questions) open.add(question);
      if (this.#why !== null) return unjudgedFor(this.#why);
      if (!fates.some((other) => isSameFate(fate, other))) fates.push(fate);
    } while (this.#choices.advance());
    const names = fates.length === 1 ? [] : [...open].map((question) => this.#choices.nameOf(question));
    return { fates, why: null, open: names, hits: this.numbers.certain() };
  }

  /** Asks what something that is not modelled says; `times`: how often it was asked before. */
  #askerOf({ compiled, reports }: TableWalk): Oracle {
    const questions = new Map<number, number>();
    return (text, times) => {
      if (reports.has(text)) return 1;
      const key = text * MOST_TIMES + times;
      let question = questions.get(key);
      if (question === undefined) {
        const again = times === 0 ? "" : ` (${times + 1})`;
        question = this.#choices.question(`what ${compiled.texts[text]!} says in ${compiled.name}${again}`);
        questions.set(key, question);
      }
      return this.#choices.ask(question, 2);
    };
  }

  #ask(name: string, size: number): number {
    return size === 1 ? 0 : this.#choices.ask(this.#choices.question(name), size);
  }

  /** One combination of all that is not known. */
  #follow(traveller: Traveller): Fate {
    const place = this.#placeOf(traveller.place);
    const mac = this.#macOf(traveller.mac);
    const states = BASE_STATES.filter((state) => (traveller.states & state) !== 0);
    const state = states[this.#ask("the connection state", states.length)]!;
    const hasFlags = (state & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) === 0;
    this.#begin(traveller, state | (hasFlags ? traveller.states & NAT_FLAGS : 0));
    for (const { hook, table, translates } of this.#stops[place.way]) {
      if (table !== -1) this.#walk(table, hook, place, mac);
      if (translates) this.#translate(traveller);
    }
    return this.#end();
  }

  #placeOf(place: Place): Place {
    const choose = (side: "in" | "out"): string => {
      const name = place[side];
      if (name !== null) return name;
      const count = this.#asks[side] ? this.#interfaces.length : 1;
      return this.#interfaces[this.#ask(`the ${side}-interface`, count)]!;
    };
    return { way: place.way, in: choose("in"), out: choose("out") };
  }

  #macOf(mac: string | null): string {
    if (mac !== null) return mac;
    const count = this.#asks.mac ? this.#hardware.length : 1;
    return this.#hardware[this.#ask("the sender's hardware address", count)]!;
  }

  #begin({ fields }: Traveller, ctstate: number): void {
    this.#packet.set(fields);
    this.#differs = 0;
    if (fields[FIELD.FRAGMENT] !== 0 || fields[FIELD.SHORT] !== 0 || fields[FIELD.BROKEN] !== 0) {
      const isNft = this.#backend === null ? this.#ask("the backend", 2) === 1 : this.#backend === "nft";
      this.#packet[FIELD.NFT] = Number(isNft);
      if (isNft && fields[FIELD.FRAGMENT] !== 0)
        this.#why ??= "they are fragments: what nft reads in place of their ports is not known";
    }
    for (const side of this.#sides) {
      side.mark = fields[FIELD.MARK]!;
      side.connmark = fields[FIELD.CONNMARK]!;
      side.ctstate = ctstate;
      side.isOn = true;
      side.translations = "";
      side.ending = null;
    }
  }

  /** Walks one table on the sides that are still on the way. */
  #walk(at: number, hook: string, place: Place, mac: string): void {
    const table = this.tables[at]!;
    const { name } = table.compiled;
    // Connection tracking comes behind raw, but for what this host sends to itself.
    const isRaw = name === "raw" && (hook === "OUTPUT" || place.in !== "lo");
    const carried = [this.#carry(0, name, isRaw), this.#carry(1, name, isRaw)] as const;
    if (carried[0] === null && carried[1] === null) return;
    this.#fit(table, hook, place, mac);
    this.#differs |= table.walk(hook, this.#packet, carried);
    if (table.isTooLong) this.#why ??= "chains call each other too many times";
    for (const side of [0, 1] as const) if (carried[side] !== null) this.#passOn(at, side, isRaw);
  }

  /** What a side's packet comes to the table with; null where it does not get there. */
  #carry(number: SideNumber, table: string, isRaw: boolean): Carried | null {
    const { isOn, mark, connmark, ctstate } = this.#sides[number];
    if (!isOn || (table === "nat" && (ctstate & (CTSTATE.NEW | CTSTATE.RELATED)) === 0)) return null;
    const carried = this.#carried[number];
    carried.mark = mark;
    carried.connmark = connmark;
    carried.ctstate = isRaw ? CTSTATE.INVALID : ctstate;
    return carried;
  }

  /** Interfaces and hardware address as this table numbers them. */
  #fit(table: TableWalk, hook: string, place: Place, mac: string): void {
    const packet = this.#packet;
    const { compiled, numberOf } = table;
    const number = (name: string): number => {
      const found = name === "" ? 0 : numberOf(name);
      if (found === -1) this.#why ??= `no interface of the rules is like ${name}`;
      return Math.max(0, found);
    };
    packet[FIELD.IN] =
      hook === "OUTPUT" || (hook === "POSTROUTING" && place.way !== "FORWARD") ? 0 : number(place.in ?? "");
    packet[FIELD.OUT] = hook === "PREROUTING" || hook === "INPUT" ? 0 : number(place.out ?? "");
    const hasMac = hook !== "OUTPUT" && hook !== "POSTROUTING" && mac !== "";
    packet[FIELD.MAC] = hasMac ? Math.max(0, compiled.macs.indexOf(mac)) : -1;
    packet[FIELD.ANSWERS] = 0;
    if (table.names.length > MOST_NAMES)
      this.#why ??= "rules name hosts, and nobody looks their addresses up";
    else for (const text of table.names) setAnswer(packet, text, table.walkers[0].oracle!(text, 0));
  }

  #passOn(at: number, number: SideNumber, isRaw: boolean): void {
    const table = this.tables[at]!;
    const side = this.#sides[number];
    const walker = table.walkers[number];
    const verdict = table.compiled.texts[walker.verdict]!;
    const decider = this.numbers.numberOf(number, at, table.deciders[number]);
    const { name } = table.compiled;
    side.mark = walker.mark;
    side.connmark = walker.connmark;
    // raw's own INVALID is over when connection tracking has seen the packet; NOTRACK stays.
    if (!isRaw || walker.ctstate === CTSTATE.UNTRACKED) side.ctstate = walker.ctstate;
    if (name === "nat" && TRANSLATIONS.has(verdict.split(" ")[0]!)) side.translations += `, ${verdict}`;
    else if (verdict !== "ACCEPT") {
      side.isOn = false;
      side.ending = { verdict, decider };
      return;
    }
    // The filter table's word is what people ask for.
    if (name === "filter" || side.ending === null) side.ending = { verdict: "ACCEPT", decider };
  }

  /** Behind nat in PREROUTING and OUTPUT: the destination may be another one. */
  #translate({ after, states }: Traveller): void {
    if (after !== null) {
      this.#packet.set(after.subarray(FIELD.SOURCE, FIELD.OPTIONS), FIELD.SOURCE);
      this.#packet[FIELD.SPORT] = after[FIELD.SPORT]!;
      this.#packet[FIELD.DPORT] = after[FIELD.DPORT]!;
      for (const side of this.#sides)
        if ((side.ctstate & CTSTATE.NEW) !== 0) side.ctstate |= states & CTSTATE.DNAT;
      return;
    }
    const translated = this.#sides.filter(({ isOn, translations }) => isOn && translations !== "");
    if (translated.length === 0) return;
    const [old, now] = this.#sides;
    if (old.isOn === now.isOn && old.translations === now.translations)
      this.#why ??= "nat changes their destination, and where they go then is not followed";
    else this.#differs |= DIFFERS.VERDICT;
    for (const side of this.#sides) side.isOn = false;
  }

  #end(): Fate {
    const ends = this.#sides.map(({ ending, translations }): Ending => {
      const { verdict, decider } = ending ?? { verdict: "ACCEPT", decider: -1 };
      return { verdict: verdict === "ACCEPT" ? `ACCEPT${translations}` : verdict, decider };
    });
    const [old, now] = ends as [Ending, Ending];
    const differs = this.#differs | (old.verdict === now.verdict ? 0 : DIFFERS.VERDICT);
    return { old, new: now, differs };
  }
}

function makeSide(): Side {
  return { mark: 0, connmark: 0, ctstate: 0, isOn: true, translations: "", ending: null };
}

function isSameFate(one: Fate, other: Fate): boolean {
  const isSame = (end: Ending, last: Ending) => end.decider === last.decider && end.verdict === last.verdict;
  return one.differs === other.differs && isSame(one.old, other.old) && isSame(one.new, other.new);
}

function unjudgedFor(why: string): Judgement {
  return { fates: [], why, open: [], hits: [[], []] };
}
