/**
 * One line of a save file to one node.
 *
 * Source: iptables 1.8.9, `iptables/iptables-restore.c`, `ip46tables_restore_main`; blanks before and after a line's words, which it
 * refuses in places, are read as well.
 */
import { countBytes, type Encoding, type SourceFile } from "../text/source.ts";
import { isBlankCode, splitWords } from "./lex.ts";
import type { Report } from "./report.ts";
import type { Counters, Node, RuleNode, Word } from "./tree.ts";

/** Where one line is; `start` and `end` as in a node. */
export interface LinePlace {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

const HASH = 0x23;
const STAR = 0x2a;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const DASH = 0x2d;
const COUNTERS = /^\[(\d{1,20}):(\d{1,20})\]$/;
const COMMAND = /^-([A-Z]|-[a-z][a-z-]*)$/;
/** In bytes, whatever characters they make: XT_EXTENSION_MAXNAMELEN, include/uapi/linux/netfilter/x_tables.h. */
const LONGEST_CHAIN_NAME = 28;

/**
 * The node of a line; `broken` where an error was reported, null where the line is nothing of a save file: whether that matters
 * depends on where it stands.
 */
export function parseLine({ text, encoding }: SourceFile, place: LinePlace, report: Report): Node | null {
  const { end } = place;
  let at = place.start;
  while (at < end && isBlankCode(text.charCodeAt(at))) at += 1;
  if (at === end) return { kind: "blank", ...place };
  const first = text.charCodeAt(at);
  if (first === HASH) return { kind: "comment", ...place };
  const line = text.slice(at, end);
  const nul = line.indexOf("\0");
  if (nul !== -1) {
    report("NUL_BYTE", { start: at + nul, end: at + nul + 1 });
    return { kind: "broken", ...place };
  }
  const { words, openQuote } = splitWords(text, at, end, wordsNeeded(first, line));
  if (!isKnownStart(first, words)) return null;
  if (openQuote !== null) {
    report("UNTERMINATED_QUOTE", { start: openQuote, end: openQuote + 1 });
    const closed = words.filter((word) => word.end <= openQuote);
    return brokenRule(closed, words[0]?.text.startsWith("[") ? 1 : 0, place);
  }
  if (first === STAR) return parseTableLine(words, place, report);
  if (first === COLON) return parseChainLine(words, place, encoding, report);
  if (first === DASH || first === OPEN_BRACKET) return parseRuleLine(words, place, report);
  return endOfLine(words, 1, report) ? { kind: "commit", ...place } : { kind: "broken", ...place };
}

/** Of a rule: counters, command and chain, where no quote makes it necessary to look at all of them. */
function wordsNeeded(first: number, line: string): number {
  const isRule = first === DASH || first === OPEN_BRACKET;
  return isRule && !line.includes('"') ? 3 : Infinity;
}

function isKnownStart(first: number, words: readonly Word[]): boolean {
  if (first === STAR || first === COLON || first === OPEN_BRACKET) return true;
  const word = words[0];
  if (word === undefined || word.quoted) return false;
  return first === DASH ? COMMAND.test(word.text) : word.text === "COMMIT";
}

function parseTableLine(words: readonly Word[], place: LinePlace, report: Report): Node {
  const name = withoutFirst(words[0]!);
  if (name.text === "") {
    report("TABLE_NAME_MISSING", words[0]!);
    return { kind: "broken", ...place };
  }
  if (!endOfLine(words, 1, report)) return { kind: "broken", ...place };
  return { kind: "table", name, ...place };
}

function parseChainLine(words: readonly Word[], place: LinePlace, encoding: Encoding, report: Report): Node {
  const name = withoutFirst(words[0]!);
  const policy = words[1];
  if (name.text === "" || policy === undefined) {
    report("CHAIN_LINE_INCOMPLETE", words[0]!);
    return { kind: "broken", ...place };
  }
  const bytes = countBytes(name.text, encoding);
  if (bytes > LONGEST_CHAIN_NAME) report("CHAIN_NAME_TOO_LONG", name, { bytes });
  const counters = words[2] === undefined ? null : parseCounters(words[2], report);
  if (counters === undefined || !endOfLine(words, 3, report)) return { kind: "broken", ...place };
  return { kind: "chain", name, policy, counters, ...place };
}

function parseRuleLine(words: readonly Word[], place: LinePlace, report: Report): Node {
  let counters: Counters | null = null;
  let index = 0;
  if (words[0]!.text.startsWith("[")) {
    const found = parseCounters(words[0]!, report);
    if (found === undefined) return brokenRule(words, 1, place);
    counters = found;
    index = 1;
  }
  const command = words[index];
  if (command === undefined || command.quoted || !COMMAND.test(command.text)) {
    report("UNREADABLE_LINE", command ?? words[0]!, { word: (command ?? words[0]!).text });
    return { kind: "broken", ...place };
  }
  if (!isAppend(command)) {
    report("COMMAND_NOT_SUPPORTED", command, { command: command.text });
    return { kind: "broken", ...place };
  }
  const chain = words[index + 1];
  if (chain === undefined) {
    report("CHAIN_MISSING", command, { command: command.text });
    return { kind: "broken", ...place };
  }
  return { kind: "rule", chain, counters, wordsAt: chain.end, ...place };
}

function isAppend({ text, quoted }: Word): boolean {
  return !quoted && (text === "-A" || text === "--append");
}

/** A broken node; with the rule that it would be, where `words` have `-A` and a chain from `index` on. */
function brokenRule(words: readonly Word[], index: number, place: LinePlace): Node {
  const [command, chain] = [words[index], words[index + 1]];
  if (command === undefined || chain === undefined || !isAppend(command)) return { kind: "broken", ...place };
  const rule: RuleNode = { kind: "rule", chain, counters: null, wordsAt: chain.end, ...place };
  return { kind: "broken", rule, ...place };
}

/** Undefined after an error. iptables-restore looks for the brackets before it takes quotes away. */
function parseCounters(word: Word, report: Report): Counters | undefined {
  const [, packets, bytes] = (word.quoted ? null : COUNTERS.exec(word.text)) ?? [];
  if (packets !== undefined && bytes !== undefined) return { packets, bytes };
  report("BAD_COUNTERS", word, { text: word.text });
  return undefined;
}

function endOfLine(words: readonly Word[], count: number, report: Report): boolean {
  const extra = words[count];
  if (extra === undefined) return true;
  report("TRAILING_WORDS", extra, { word: extra.text });
  return false;
}

/** The word without the `*` or `:` that it starts with. */
function withoutFirst(word: Word): Word {
  return { ...word, text: word.text.slice(1), start: word.start + 1 };
}
