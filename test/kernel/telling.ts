/**
 * A table in which every effect and every last word but ACCEPT is told: where the kernel can't be brought to show a difference by the table as it is, since a match that is not modelled would
 * have to answer otherwise, or since nobody outside sees what a target does. In front of each such rule stands one with the same matches that tells of it; matches outside the
 * model are replaced by some that answer as the witness says. Everything else, and so the whole way through the chains, is the kernel's.
 */
import type { Chain, ExtensionTarget, Match, Rule, Table } from "../../src/model/types.ts";
import { LOGGING, type LogTexts, loggingTarget } from "../../src/verify/kernel/restore-text.ts";
import type { OccurrenceNames } from "../../src/verify/occurrences.ts";

/** What something outside the model answered, by its name and by how often it was asked, or anything that it may read changed. */
export type GivenAnswers = ReadonlyMap<string, ReadonlyMap<number, boolean>>;

/** Stands before the texts of last words. */
export const LAST_WORD = "last word: ";

/** Told behind the last word where there is a connection: the event's mark is the connection's. */
export const CONNECTION = "connection";

/** The hook whose last words are told. */
export interface Telling {
  readonly hook: string;
  readonly names: OccurrenceNames;
  readonly answers: GivenAnswers;
  readonly logs: LogTexts;
  /** Whether connection marks are told. */
  readonly tracked: boolean;
}

/** Thrown where no match can stand in for one of the table's, with the reason as a sentence. */
export class NoStandIn extends Error {
  override readonly name = "NoStandIn";
}

/** Why there is no stand-in for a match: statistic can't answer for one that is asked again before what it reads has changed. */
export const ANSWERS_CHANGE = "a match answers now this, now that";

const YES = "-m mark --mark 0x0/0x0";
const NO = "-m mark ! --mark 0x0/0x0";
/** True the first time only, and the other way round. */
const FIRST = "-m statistic --mode nth --every 1000000 --packet 0";
const LATER = "-m statistic --mode nth ! --every 1000000 --packet 0";

/** The restore text of a table. Throws NoStandIn. */
export function tellingText(table: Table, telling: Telling): string {
  const writer = new Writer(table, telling);
  return writer.text();
}

/** Writes one table; a class because it guards its lines. */
class Writer {
  readonly #table: Table;
  readonly #telling: Telling;
  readonly #lines: string[] = [];
  /** Chains that end the walk, by its last word. */
  readonly #ends = new Map<string, string>();

  constructor(table: Table, telling: Telling) {
    this.#table = table;
    this.#telling = telling;
  }

  text(): string {
    const { chains, name } = this.#table;
    for (const chain of chains) this.#chain(chain);
    const declared = chains.map((chain) => `:${chain.name} ${chain.policy ?? "-"} [0:0]`);
    const added = [...this.#ends.values()].map((end) => `:${end} - [0:0]`);
    return [`*${name}`, ...declared, ...added, ...this.#lines, "COMMIT", ""].join("\n");
  }

  #chain(chain: Chain): void {
    const policy = chain.name === this.#telling.hook ? chain.policy : null;
    for (const rule of chain.rules) this.#rule(rule, policy);
    if (policy === "DROP") this.#end(chain.name, [], policy, "");
  }

  /** `policy`: of the chain, where it is the hook's. */
  #rule(rule: Rule, policy: string | null): void {
    const { chain, target } = rule;
    const matches: string[] = [];
    for (const [place, match] of rule.matches.entries()) {
      if (match.kind === "comment") continue;
      if (match.kind === "opaque") this.#tell(chain, matches, this.#telling.names(rule, place));
      matches.push(this.#standIn(match, rule, place));
    }
    if (target.kind === "extension") this.#extension(chain, matches, target);
    else if (target.kind === "verdict" && target.verdict !== "ACCEPT") {
      const word = target.verdict === "RETURN" ? policy : target.verdict;
      if (word === "DROP" || word === "QUEUE") this.#end(chain, matches, word, target.text);
      else this.#add(chain, matches, target.text);
    } else this.#add(chain, matches, target.text);
  }

  #extension(chain: string, matches: readonly string[], { text, ends, name }: ExtensionTarget): void {
    const words = text.replace(/^-j /, "");
    if (ends === "always") {
      this.#end(chain, matches, words, text);
      return;
    }
    this.#tell(chain, matches, words);
    if (ends === "unknown" && this.#mayEnd(words)) this.#end(chain, matches, words, text);
    if (ends === "never" && !LOGGING.includes(name)) this.#add(chain, matches, text);
  }

  /** A match that answers as the witness says, where the kernel decides what the model leaves open. */
  #standIn(match: Match, rule: Rule, place: number): string {
    if (match.kind !== "opaque" && match.kind !== "pure") return match.text;
    const name = match.kind === "opaque" ? this.#telling.names(rule, place) : match.text;
    const given = this.#telling.answers.get(name);
    // Not asked: the packet never comes here.
    if (given === undefined) return NO;
    const list = [...given].sort(([one], [other]) => one - other).map(([, answer]) => answer);
    const [first] = list;
    if (list.every((answer) => answer === first)) return first ? YES : NO;
    if (match.kind === "opaque" && list.slice(1).every((answer) => answer !== first))
      return first ? FIRST : LATER;
    throw new NoStandIn(ANSWERS_CHANGE);
  }

  #mayEnd(text: string): boolean {
    const list = [...(this.#telling.answers.get(text)?.values() ?? [])];
    if (list.some((answer) => answer !== list[0])) throw new NoStandIn("a target ends now, and then not");
    return list[0] === true;
  }

  #add(chain: string, matches: readonly string[], target: string): void {
    this.#lines.push(["-A", chain, ...matches, target].join(" ").trimEnd());
  }

  #tell(chain: string, matches: readonly string[], text: string): void {
    this.#add(chain, matches, loggingTarget(this.#telling.logs.number(text)));
  }

  /** The end of the walk: told, and then the packet is of no more use. In nat nothing may be dropped, so the target has its way there. */
  #end(chain: string, matches: readonly string[], word: string, target: string): void {
    if (this.#table.name === "nat") {
      this.#tell(chain, matches, LAST_WORD + word);
      if (target !== "") this.#add(chain, matches, target);
      return;
    }
    this.#add(chain, matches, `-j ${this.#endChain(word)}`);
  }

  #endChain(word: string): string {
    const known = this.#ends.get(word);
    if (known !== undefined) return known;
    const end = `mk-end-${this.#ends.size}`;
    this.#ends.set(word, end);
    this.#tell(end, [], LAST_WORD + word);
    if (this.#telling.tracked) {
      this.#add(end, [], "-j CONNMARK --restore-mark");
      // False without a connection.
      this.#tell(end, ["-m connmark --mark 0x0/0x0"], CONNECTION);
    }
    this.#add(end, [], "-j DROP");
    return end;
  }
}
