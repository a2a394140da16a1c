/**
 * The arguments of an iptables command sorted into the command itself (`-A INPUT`), the table, and the words of the rule.
 *
 * Source: iptables 1.8.9, `iptables/xshared.c`, `do_parse`.
 */
import { MATCH_ROWS } from "../model/match-table.ts";
import { BASE_OPTIONS } from "../model/options.ts";
import { TARGET_ROWS } from "../model/target-table.ts";
import { type Pieces, slicePieces, textOf } from "./pieces.ts";

/** What a command does, by its short option. */
export type Verb = "A" | "C" | "D" | "E" | "F" | "I" | "L" | "N" | "P" | "R" | "S" | "X" | "Z";

/** An iptables command. */
export interface CommandLine {
  readonly verb: Verb;
  /** Chain, number, policy, new name: as many as stand behind it. */
  readonly operands: readonly Pieces[];
  /** Null: filter. */
  readonly table: Pieces | null;
  readonly rule: readonly Pieces[];
}

/** Why arguments are no command. */
export interface Unreadable {
  readonly why: string;
  readonly word: Pieces | null;
}

const VERBS: ReadonlyMap<string, Verb> = new Map(
  (
    [
      ["A", "append"],
      ["C", "check"],
      ["D", "delete"],
      ["E", "rename-chain"],
      ["F", "flush"],
      ["I", "insert"],
      ["L", "list"],
      ["N", "new-chain"],
      ["N", "new"],
      ["P", "policy"],
      ["R", "replace"],
      ["S", "list-rules"],
      ["X", "delete-chain"],
      ["Z", "zero"],
    ] as const
  ).flatMap(([verb, name]) => [
    [`-${verb}`, verb],
    [`--${name}`, verb],
  ]),
);

/** How many operands a command can have. */
const OPERANDS: Readonly<Record<Verb, number>> = {
  A: 1,
  C: 1,
  D: 2,
  E: 2,
  F: 1,
  I: 2,
  L: 2,
  N: 1,
  P: 2,
  R: 2,
  S: 2,
  X: 1,
  Z: 2,
};

const FLAGS = new Set([
  "-v",
  "--verbose",
  "-n",
  "--numeric",
  "-x",
  "--exact",
  "--line-numbers",
  "--line",
  "-4",
  "--ipv4",
  "-6",
  "--ipv6",
]);

/** How many words follow an option of a module; more than one number where modules disagree. */
const VALUES: ReadonlyMap<string, ReadonlySet<number>> = countValues();

function countValues(): ReadonlyMap<string, ReadonlySet<number>> {
  const counts = new Map<string, Set<number>>();
  for (const { options } of [...MATCH_ROWS.values(), ...TARGET_ROWS.values()]) {
    for (const [name, row] of options ?? []) {
      const known = counts.get(name) ?? new Set();
      counts.set(name, known.add(row.values));
    }
  }
  return counts;
}

/** Sorts the arguments; all of them are known text. */
export function readCommandLine(args: readonly Pieces[]): CommandLine | Unreadable {
  return new Reader(args).read();
}

/** Walks over the arguments. */
class Reader {
  readonly #args: Pieces[];
  readonly #rule: Pieces[] = [];
  #at = 0;
  #table: Pieces | null = null;
  #verb: Verb | null = null;
  #operands: Pieces[] = [];
  #problem: Unreadable | null = null;
  /** The option before may have a value here. */
  #doubt = false;

  constructor(args: readonly Pieces[]) {
    this.#args = [...args];
  }

  read(): CommandLine | Unreadable {
    while (this.#at < this.#args.length && this.#problem === null) this.#readNext();
    if (this.#problem !== null) return this.#problem;
    if (this.#verb === null) return { why: "it has no command such as -A", word: null };
    return { verb: this.#verb, operands: this.#operands, table: this.#table, rule: this.#rule };
  }

  #text(ahead = 0): string | null {
    const arg = this.#args[this.#at + ahead];
    return arg === undefined ? null : textOf(arg);
  }

  #readNext(): void {
    const parts = splitOptions(this.#args[this.#at]!);
    if (parts !== null) this.#args.splice(this.#at, 1, ...parts);
    const text = this.#text()!;
    const verb = VERBS.get(text);
    const isTable = text === "-t" || text.startsWith("--table") || /^-t[a-z]/u.test(text);
    const isOwn =
      verb !== undefined ||
      isTable ||
      FLAGS.has(text) ||
      /^(?:-[wW]\d*|-M|--(?:wait|wait-interval|modprobe))(?:=|$)/u.test(text);
    if (isOwn && this.#doubt) {
      this.#fail(`${text} may be a value of the option before it`);
      return;
    }
    if (verb !== undefined) this.#readVerb(verb);
    else if (isTable) this.#readTable(text);
    else if (isOwn) this.#skipFlag(text);
    else this.#readRuleWord(text);
  }

  #fail(why: string): void {
    this.#problem = { why, word: this.#args[this.#at] ?? null };
  }

  #readVerb(verb: Verb): void {
    if (this.#verb !== null) {
      this.#fail("a second command in one call");
      return;
    }
    this.#verb = verb;
    this.#at += 1;
    while (this.#operands.length < OPERANDS[verb]) {
      const text = this.#text();
      if (text === null || /^[-!]/u.test(text)) return;
      this.#operands.push(this.#args[this.#at]!);
      this.#at += 1;
    }
  }

  #readTable(text: string): void {
    const glued =
      text === "-t" || text === "--table"
        ? null
        : text.startsWith("--table=")
          ? 8
          : text.startsWith("--")
            ? -1
            : 2;
    if (glued === -1) this.#fail(`${text} is no option`);
    else if (this.#table !== null) this.#fail("a second table in one call");
    else if (glued !== null) {
      this.#table = slicePieces(this.#args[this.#at]!, glued, text.length);
      this.#at += 1;
    } else {
      this.#table = this.#args[this.#at + 1] ?? null;
      if (this.#table === null) this.#fail(`${text} needs the name of a table`);
      this.#at += 2;
    }
  }

  /** `-w`, `-w 5`, `-v`, `-4`. */
  #skipFlag(text: string): void {
    if (/^(?:-4|--ipv4|-6|--ipv6)$/u.test(text)) this.#rule.push(this.#args[this.#at]!);
    this.#at += 1;
    const value = this.#text();
    if (/^-[WM]$|^--(?:wait-interval|modprobe)$/u.test(text)) this.#at += 1;
    else if (/^(?:-w|--wait)$/u.test(text) && value !== null && /^\d+$/u.test(value)) this.#at += 1;
  }

  #readRuleWord(text: string): void {
    this.#doubt = false;
    this.#rule.push(this.#args[this.#at]!);
    this.#at += 1;
    if (!text.startsWith("-") || text.includes("=")) return;
    const base = BASE_OPTIONS.get(text);
    const counts = base === undefined ? [...(VALUES.get(text.slice(2)) ?? [])] : [base.values];
    if (counts.length !== 1) {
      // An abbreviation, a module that isn't known, a short option with its value: the rule's reader decides. Plain words go with it.
      this.#doubt = text.startsWith("--") && /^-/u.test(this.#text() ?? "");
      return;
    }
    let left = counts[0]!;
    while (left > 0 && this.#at < this.#args.length) {
      if (this.#text() !== "!") left -= 1;
      this.#rule.push(this.#args[this.#at]!);
      this.#at += 1;
    }
  }
}

/** Short options that take nothing. */
const PLAIN = /^[vnxbf46]$/u;
/** Short options whose value may stand in the same word. */
const WITH_VALUE = /^[A-Zcdgijmopst]$/u;

/** The options that are joined in one word: `-vA`, `-AINPUT`, `-ieth0`, `--append=INPUT`; null where nothing is. */
function splitOptions(word: Pieces): readonly Pieces[] | null {
  const text = textOf(word);
  const equals = text.indexOf("=");
  if (text.startsWith("--"))
    return equals > 0 && VERBS.has(text.slice(0, equals))
      ? [slicePieces(word, 0, equals), slicePieces(word, equals + 1, text.length)]
      : null;
  if (!/^-\w{2}/u.test(text) || /^-[wW]\d*$/u.test(text)) return null;
  const parts: Pieces[] = [];
  for (let at = 1; at < text.length; at += 1) {
    const letter = text[at]!;
    const isValued = WITH_VALUE.test(letter) && !/[MVW]/u.test(letter);
    if (!isValued && !PLAIN.test(letter)) return null;
    parts.push([{ ...slicePieces(word, at, at + 1)[0]!, text: `-${letter}` }]);
    if (!isValued) continue;
    // iptables takes these from the word that follows alone: what it makes of them is for the rule's reader to say.
    if (/[djps]/u.test(letter) && at + 1 < text.length) return null;
    if (at + 1 < text.length) parts.push(slicePieces(word, at + 1, text.length));
    break;
  }
  return parts;
}
