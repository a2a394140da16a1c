/**
 * Reads `tc filter show`: classifiers that test the mark, and actions that write it. Words as in iproute2's `f_*.c` and `m_*.c`.
 */
import {
  linesOf,
  type MarkFormat,
  type MarkReader,
  noteFault,
  noteUse,
  readMasked,
  readNumber,
  takenBits,
  type Word,
  wordsOf,
} from "./mark-reader.ts";

/** Classifiers whose output is read; of `bpf` and `cgroup`-like ones nobody can tell what they do with the mark. */
const CLASSIFIERS = new Set([
  "fw",
  "u32",
  "basic",
  "flower",
  "matchall",
  "flow",
  "route",
  "cgroup",
  "rsvp",
  "tcindex",
]);

/** Actions that leave the mark alone. */
const MARKLESS = new Set([
  ...[
    "gact",
    "mirred",
    "police",
    "pedit",
    "vlan",
    "mpls",
    "nat",
    "csum",
    "sample",
    "tunnel_key",
    "skbmod",
    "simple",
  ],
  ...["gate"],
]);

/** `tc filter show dev …`. */
export const TC_FILTERS: MarkFormat = {
  name: "tc filter show",
  begins: /^(filter |\s*action order )/,
  read: (reader) => {
    let kind = "";
    let action = "";
    for (const { number, text } of linesOf(reader.file)) {
      const words = wordsOf(text);
      if (words[0]!.text === "filter") {
        kind = readFilter(reader, number, words);
        action = "";
      } else if (/^\s*action order \d+:/.test(text)) action = readAction(reader, number, words.slice(3));
      else if (/^\s/.test(text)) readDetail(reader, number, words, action === "" ? kind : action);
      else noteFault(reader, number, words[0], "expected a line of tc filter show");
    }
  },
};

/** `filter parent 1: protocol ip pref 10 fw chain 0 handle 0x1/0xff classid 1:1`; gives the classifier. */
function readFilter(reader: MarkReader, line: number, words: readonly Word[]): string {
  const known = new Set(["parent", "protocol", "pref", "block", "dev"]);
  let at = 1;
  while (known.has(words[at]?.text ?? "")) at += 2;
  while (/^(root|ingress|egress)$/.test(words[at]?.text ?? "")) at++;
  while (known.has(words[at]?.text ?? "")) at += 2;
  const kind = words[at]?.text ?? "";
  if (kind === "bpf") {
    noteFault(
      reader,
      line,
      words[at],
      "what a bpf program does with the mark can't be told; look at it, and leave its lines out",
    );
    return kind;
  }
  if (!CLASSIFIERS.has(kind)) {
    noteFault(reader, line, words[at], `expected a classifier: ${[...CLASSIFIERS].join(", ")}`);
    return kind;
  }
  const handle = words.findIndex(({ text }, index) => index > at && text === "handle");
  if (kind === "fw" && handle !== -1) noteMark(reader, line, words[handle + 1], "tc fw: handle");
  if (kind === "flow") readFlow(reader, line, words);
  return kind;
}

/** `map keys mark and 0xff`: a plain `mark` reads it as a whole. */
function readFlow(reader: MarkReader, line: number, words: readonly Word[]): void {
  const keys = words.find(({ text }) => text === "keys");
  if (keys === undefined || !words.some(({ text }) => /^(\S*,)?mark(,\S*)?$/.test(text))) return;
  const and = words.findIndex(({ text }) => text === "and");
  const mask = and === -1 ? 0 : readNumber(words[and + 1]?.text);
  if (mask === null) noteFault(reader, line, words[and + 1], "expected a mask such as 0xff");
  else noteUse(reader, line, "tc flow: keys mark", and === -1 ? 0 : takenBits(0, mask));
}

/** Behind `action order N:`; gives the action. */
function readAction(reader: MarkReader, line: number, words: readonly Word[]): string {
  const kind = words[0]?.text ?? "";
  if (MARKLESS.has(kind)) return "";
  switch (kind) {
    case "skbedit":
      for (const [at, { text }] of words.entries())
        if (text === "mark") noteMark(reader, line, words[at + 1], "tc action skbedit mark");
      return "";
    case "connmark":
      // The whole mark is that of the connection: no bit that the connection's mark hasn't.
      noteUse(reader, line, "tc action connmark", 0);
      return "";
    case "ctinfo": {
      const at = words.findIndex(({ text }) => text === "cpmark");
      if (at !== -1) noteMask(reader, line, words[at + 1], "tc action ctinfo cpmark");
      return "";
    }
    case "ct":
      readMarkOf(reader, line, words, "tc action ct mark");
      return "ct";
    case "ife":
      readMarkOf(reader, line, words, "tc action ife mark");
      return "ife";
    default:
      noteFault(reader, line, words[0], "expected an action whose use of marks is known");
      return kind;
  }
}

/** A line that belongs to what stands above it. */
function readDetail(reader: MarkReader, line: number, words: readonly Word[], kind: string): void {
  const [first] = words;
  if (kind === "u32" && first!.text === "mark") {
    const [value, mask] = [readNumber(words[1]?.text), readNumber(words[2]?.text)];
    if (value === null || mask === null) noteFault(reader, line, words[1], "expected a mark and its mask");
    else noteUse(reader, line, `tc u32: mark ${words[1]!.text} ${words[2]!.text}`, takenBits(value, mask));
  } else if (kind === "basic") readEmatch(reader, line, words);
  else if (kind === "flower" && first!.text === "ct_mark")
    noteMark(reader, line, words[1], "tc flower: ct_mark");
  else if (kind === "ct" || kind === "ife") readMarkOf(reader, line, words, `tc action ${kind} mark`);
  else {
    const mark = words.find(({ text }) => /mark/i.test(text));
    if (mark !== undefined) noteFault(reader, line, mark, "expected a use of marks that is known");
  }
}

/** `meta(nf_mark mask 0x000000f0 eq 0x10)`. */
function readEmatch(reader: MarkReader, line: number, words: readonly Word[]): void {
  const text = words.map((word) => word.text).join(" ");
  for (const [at, word] of words.entries()) {
    if (!/mark/i.test(word.text)) continue;
    if (!/^(\S*\()?meta\((nf_?mark|fwmark)$/.test(word.text)) {
      noteFault(reader, line, word, "expected a use of marks that is known");
      continue;
    }
    const rest = words.slice(at + 1, at + 5).map((each) => each.text.replace(/\)+$/, ""));
    const hasMask = rest[0] === "mask";
    const [operator, value] = hasMask ? rest.slice(2) : rest;
    const mask = hasMask ? readNumber(rest[1]) : 0xffffffff;
    const number = readNumber(value);
    // A comparison other than eq looks at all bits below the value, too.
    if (mask === null || number === null || operator !== "eq")
      noteFault(reader, line, word, `expected meta(nf_mark mask M eq V), not ${text}`);
    else noteUse(reader, line, `tc basic: ${text}`, takenBits(number, mask));
  }
}

/** `mark V` or `mark V/M` among other words. */
function readMarkOf(reader: MarkReader, line: number, words: readonly Word[], what: string): void {
  for (const [at, { text }] of words.entries())
    if (text === "mark") noteMark(reader, line, words[at + 1], what);
}

function noteMark(reader: MarkReader, line: number, word: Word | undefined, what: string): void {
  const mark = readMasked(word?.text);
  if (mark === null) noteFault(reader, line, word, "expected a mark such as 0x1/0xff");
  else noteUse(reader, line, `${what} ${word!.text}`, takenBits(mark.value, mark.mask));
}

function noteMask(reader: MarkReader, line: number, word: Word | undefined, what: string): void {
  const mask = readNumber(word?.text);
  if (mask === null) noteFault(reader, line, word, "expected a mask such as 0xff00");
  else noteUse(reader, line, `${what} ${word!.text}`, takenBits(0, mask));
}
