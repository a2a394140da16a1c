/**
 * Reads `nft list ruleset`: rules that test or write the packet's mark or the connection's. nft prints marks in hexadecimal.
 */
import {
  linesOf,
  type MarkFormat,
  type MarkReader,
  noteFault,
  noteUse,
  readNumber,
  type Word,
  wordsOf,
} from "./mark-reader.ts";

/**
 * `nft list ruleset`. A table of iptables-nft that is the ruleset itself is left out: it has the same chains with as many rules each. Any other is somebody else's, though it may have
 * such a name.
 */
export const NFT_RULESET: MarkFormat = {
  name: "nft list ruleset",
  begins: /^(# Warning: table|table (ip|ip6|inet|arp|bridge|netdev) )/,
  read: (reader) => {
    let open: OpenTable | null = null;
    for (const { number, text } of linesOf(reader.file)) {
      // What is quoted is a comment or a name.
      const plain = text.replace(/"[^"]*"/g, (quoted) => " ".repeat(quoted.length));
      if (plain.trimStart().startsWith("#")) continue;
      if (open === null) {
        const [, family, name] = /^table (\S+) (\S+) \{/.exec(plain) ?? [];
        if (family === undefined || name === undefined)
          noteFault(reader, number, wordsOf(plain)[0], "expected a table");
        else open = openTable(reader, family, name);
        if (open === null) return;
      }
      readTableLine(open, number, plain);
      if (open.depth > 0) continue;
      closeTable(reader, open);
      open = null;
    }
    if (open !== null) {
      closeTable(reader, open);
      const last = reader.file.lineStarts.length;
      noteFault(reader, last, undefined, "expected the whole ruleset: a brace is open");
    }
  },
};

/** A table that is being read. */
interface OpenTable {
  readonly family: string;
  readonly name: string;
  /** What was found in it. */
  readonly inside: MarkReader;
  /** Chains with their numbers of rules. */
  readonly chains: Map<string, number>;
  chain: string;
  depth: number;
  isMarkSet: boolean;
}

function openTable(reader: MarkReader, family: string, name: string): OpenTable {
  const inside = { ...reader, uses: [], diagnostics: [] };
  return { family, name, inside, chains: new Map(), chain: "", depth: 0, isMarkSet: false };
}

function readTableLine(table: OpenTable, number: number, text: string): void {
  const before = table.depth;
  table.depth += count(text, "{") - count(text, "}");
  if (before === 1) {
    table.isMarkSet = false;
    table.chain = /^\s*chain (\S+)/.exec(text)?.[1] ?? "";
    if (table.chain !== "") table.chains.set(table.chain, 0);
  } else if (before === 2 && table.depth === 2 && table.chain !== "" && !/^\s*(type|comment) /.test(text)) {
    table.chains.set(table.chain, table.chains.get(table.chain)! + 1);
  }
  if (/^\s*(type|typeof) .*\bmark\b/.test(text)) table.isMarkSet = true;
  else readLine(table.inside, number, text, table.isMarkSet && /0x/i.test(text));
}

function closeTable(reader: MarkReader, { family, name, chains, inside }: OpenTable): void {
  const isOwn = reader.own.some(
    (own) =>
      own.family === family &&
      own.name === name &&
      [...chains].every(([chain, rules]) => own.chains.get(chain) === rules) &&
      [...own.chains].every(([chain, rules]) => rules === 0 || chains.has(chain)),
  );
  if (isOwn) return;
  reader.uses.push(...inside.uses);
  reader.diagnostics.push(...inside.diagnostics);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** A line of a rule, or of elements of a set of marks. */
function readLine(reader: MarkReader, line: number, text: string, isMarkSet: boolean): void {
  const words = wordsOf(text.replace(/[{},;()]/g, " "));
  const fault = isMarkSet ? null : findFault(words);
  if (fault !== null) noteFault(reader, line, fault.word, fault.expected);
  else if (isMarkSet || words.some((word) => word.text === "mark"))
    noteUse(reader, line, `nft: ${withoutCounter(text)}`, bitsOfLine(words));
}

/** Counters change, and the plan should not. */
function withoutCounter(text: string): string {
  return text
    .replace(/counter packets \d+ bytes \d+ ?/, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** What is not understood in a rule; null where everything is. */
function findFault(words: readonly Word[]): Fault | null {
  const extension = words.find(({ text }) => text === "xt");
  if (extension !== undefined)
    return { word: extension, expected: "an extension of iptables: it may use marks" };
  for (const [at, { text }] of words.entries()) {
    const fault = text === "mark" ? findMarkFault(words, at) : null;
    if (fault !== null) return fault;
  }
  return null;
}

interface Fault {
  readonly word: Word | undefined;
  readonly expected: string;
}

/** What follows `mark` has to be something that is understood. */
function findMarkFault(words: readonly Word[], at: number): Fault | null {
  const shift = words.find(({ text }) => text === "<<" || text === ">>");
  if (shift !== undefined) return { word: shift, expected: "a shifted mark may be any bit" };
  const next = words[at + 1];
  if (next === undefined || isKnownNext(next.text)) {
    if (next?.text !== "set") return null;
    const value = words[at + 2];
    const known = /^(meta|ct|mark|0x[0-9a-f]+|\d+)$/i.test(value?.text ?? "");
    // What is computed from a packet has to come through a map or a modulus, else it may be any number.
    const isBounded = words.slice(at + 2).some(({ text }) => text === "map" || text === "mod");
    return known || isBounded
      ? null
      : { word: value, expected: "expected a mark that is a number, or comes from a map" };
  }
  return { word: next, expected: "expected a mark that is a number" };
}

const OPERATORS = new Set(["&", "|", "^", "and", "or", "xor"]);

function isKnownNext(text: string): boolean {
  return (
    OPERATORS.has(text) ||
    /^(set|==|!=|<|>|<=|>=|vmap|map|\.|@\S+|0x[0-9a-f]+(-0x[0-9a-f]+)?|\d+(-\d+)?)$/i.test(text) ||
    // The mark may be the last part of what is asked, or of a set statement.
    /^(accept|drop|return|continue|jump|goto|counter|log|reject|queue|comment|timeout|:)$/.test(text)
  );
}

/** Bits of all marks and masks of a line; other numbers in hexadecimal count, too: too much is safe. */
function bitsOfLine(words: readonly Word[]): number {
  let bits = 0;
  const isWrite = words.some(({ text }, at) => text === "set" && words[at - 1]?.text === "mark");
  for (const [at, { text }] of words.entries()) {
    const before = words[at - 1]?.text ?? "";
    const [from, to] = text.split("-").map((each) => readNumber(each));
    if (from === null || from === undefined) continue;
    const isMark = /^0x/i.test(text) || OPERATORS.has(before) || /^(mark|set|==|!=|<|>|<=|>=)$/.test(before);
    if (before === "mod") bits |= fill(from + offsetOf(words, at));
    else if (!isMark) continue;
    else if (to !== undefined && to !== null) bits |= fill(to);
    else if (/^[<>]=?$/.test(before)) bits |= fill(from);
    else if (before === "&" || before === "and")
      bits |= isWrite && keepsMark(words, at) ? clearedBits(from) : from;
    else bits |= from;
  }
  return bits >>> 0;
}

/** `mark set meta mark & M` clears what is outside of M; a whole clearing is an unmasked write. */
function keepsMark(words: readonly Word[], at: number): boolean {
  return words[at - 2]?.text === "mark" && words[at - 3]?.text !== "ct";
}

/** What a mask clears; what clears everything writes the mark as a whole. */
function clearedBits(mask: number): number {
  return mask === 0 ? 0 : ~mask;
}

function offsetOf(words: readonly Word[], at: number): number {
  return words[at + 1]?.text === "offset" ? (readNumber(words[at + 2]?.text) ?? 0) : 0;
}

/** All bits up to the highest of a number. */
function fill(value: number): number {
  return value === 0 ? 0 : (2 ** (32 - Math.clz32(value)) - 1) >>> 0;
}
