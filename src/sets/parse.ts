/**
 * The output of `ipset save` to the sets in it. Like a ruleset it is read whole or not at all: a member that got lost would be an address that the proof
 * takes for a stranger.
 */
import { type Report, reportTo } from "../syntax/report.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { readCreate } from "./create-line.ts";
import { prefixesOf, readEntry } from "./entries.ts";
import { paint } from "./paint.ts";
import type { AddressSetHead, Block, IpSet, SetFile, SetHead } from "./types.ts";
import { type SetWord, splitSetLine } from "./words.ts";

/** What came of a file. */
export interface ParsedSets {
  /** Null when there is an error. */
  readonly sets: SetFile | null;
  /** By place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A set whose entries are still being read. */
interface Draft {
  readonly head: SetHead;
  readonly blocks: Block[];
  /** Whether each block is `nomatch`, by its ends. */
  readonly kinds: Map<string, boolean>;
  readonly members: string[];
}

interface Reading {
  readonly drafts: Map<string, Draft>;
  readonly report: Report;
}

const CREATE = new Set(["create", "n", "-N", "--create"]);
const ADD = new Set(["add", "a", "-A", "--add"]);
/** What a file may do with sets that it has made: `emit/ipset-file.ts` fills a set under another name and swaps it in. */
const WHOLE = new Map<string, (drafts: Map<string, Draft>, name: string, other: string) => void>([
  ["flush", (drafts, name) => void drafts.set(name, emptyDraft(drafts.get(name)!.head))],
  ["destroy", (drafts, name) => void drafts.delete(name)],
  ["swap", swap],
]);

/** Reads a save file. */
export function parseSets(file: SourceFile): ParsedSets {
  const diagnostics: Diagnostic[] = [];
  const reading = { drafts: new Map<string, Draft>(), report: reportTo(diagnostics, file) };
  const { text, lineStarts } = file;
  for (const [at, start] of lineStarts.entries()) {
    const end = (lineStarts[at + 1] ?? text.length + 1) - 1;
    readLine(text, start, end, reading);
  }
  if (hasErrors(diagnostics)) return { sets: null, diagnostics };
  const sets = new Map([...reading.drafts].map(([name, draft]) => [name, finish(draft)]));
  return { sets: { file, sets }, diagnostics };
}

function readLine(text: string, start: number, end: number, reading: Reading): void {
  const from = start === 0 && text.startsWith("\ufeff") ? 1 : start;
  const { words, openQuote } = splitSetLine(text, from, end);
  const { report } = reading;
  const [command, ...rest] = words;
  // `COMMIT` ended the files of ipset 4.
  if (command === undefined || command.text.startsWith("#") || command.text === "COMMIT") return;
  if (openQuote !== null) report("SET_LINE", { start: openQuote, end }, { reason: "a quote is not closed" });
  else if (CREATE.has(command.text)) create(rest, command, reading);
  else if (ADD.has(command.text)) add(rest, command, reading);
  else if (WHOLE.has(command.text)) changeWhole(command, rest, reading);
  else report("SET_LINE", command, { reason: "it begins with none of create, add, flush, swap and destroy" });
}

/** Commands that name sets and nothing else. */
function changeWhole(command: SetWord, words: readonly SetWord[], { drafts, report }: Reading): void {
  const names = words.filter(({ text }) => text !== "-exist" && text !== "-!");
  if (names.length !== (command.text === "swap" ? 2 : 1)) {
    report("SET_LINE", command, { reason: "another number of sets stands behind it than it needs" });
    return;
  }
  const missing = names.find(({ text }) => !drafts.has(text));
  if (missing !== undefined) {
    report("SET_NOT_CREATED", missing, { set: missing.text });
    return;
  }
  const [one, other = one] = names.map(({ text }) => text);
  WHOLE.get(command.text)!(drafts, one!, other!);
}

/** The names stay where they are; all else changes places. Source: net/netfilter/ipset/ip_set_core.c, ip_set_swap. */
function swap(drafts: Map<string, Draft>, name: string, other: string): void {
  const named = (draft: Draft, own: string): Draft => ({ ...draft, head: { ...draft.head, name: own } });
  const [first, second] = [drafts.get(name)!, drafts.get(other)!];
  drafts.set(name, named(second, name));
  drafts.set(other, named(first, other));
}

function emptyDraft(head: SetHead): Draft {
  return { head, blocks: [], kinds: new Map(), members: [] };
}

function create(words: readonly SetWord[], command: SetWord, { drafts, report }: Reading): void {
  const head = readCreate(words, command);
  if ("reason" in head) {
    report("SET_LINE", head.word, { reason: head.reason });
    return;
  }
  const before = drafts.get(head.name);
  if (before !== undefined) {
    const note = { message: "the set is created here", place: before.head.place };
    report("SET_TWICE", words[0]!, { set: head.name }, note);
    return;
  }
  drafts.set(head.name, emptyDraft(head));
}

function add(words: readonly SetWord[], command: SetWord, { drafts, report }: Reading): void {
  const [name, entry, ...rest] = words;
  if (name === undefined || entry === undefined) {
    report("SET_LINE", name ?? command, { reason: "an entry is missing" });
    return;
  }
  const draft = drafts.get(name.text);
  if (draft === undefined) {
    report("SET_NOT_CREATED", name, { set: name.text });
    return;
  }
  const { head } = draft;
  if (head.kind === "other") return;
  const options = readEntryOptions(rest, head.kind === "list", report);
  if (options === null) return;
  const refuse = (reason: string): void =>
    report("SET_ENTRY", entry, { entry: entry.text, type: head.type, reason });
  if (head.kind === "addresses") addAddresses(draft, head, entry, options.nomatch, refuse);
  else addMember(draft, entry, drafts, refuse);
}

const WITH_VALUE = new Set(["timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue"]);
const LIST_WITH_VALUE = new Set(["before", "after"]);

/** Options of an entry; null after an error. */
function readEntryOptions(
  words: readonly SetWord[],
  isList: boolean,
  report: Report,
): { readonly nomatch: boolean } | null {
  let nomatch = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word.text === "-exist" || word.text === "-!") continue;
    if (word.text === "nomatch" && !isList) nomatch = true;
    else if (WITH_VALUE.has(word.text) || (isList && LIST_WITH_VALUE.has(word.text))) {
      at++;
      if (words[at] !== undefined) continue;
      report("SET_LINE", word, { reason: "its value is missing" });
      return null;
    } else {
      report("SET_LINE", word, { reason: "no such option of an entry is known" });
      return null;
    }
  }
  return { nomatch };
}

function addAddresses(
  { blocks, kinds }: Draft,
  head: AddressSetHead,
  entry: SetWord,
  nomatch: boolean,
  refuse: (reason: string) => void,
): void {
  const found = readEntry(head, entry.text, nomatch);
  if (typeof found === "string") {
    refuse(found);
    return;
  }
  for (const block of found) {
    const key = `${block.first} ${block.last}`;
    if ((kinds.get(key) ?? nomatch) !== nomatch) refuse("it is there with nomatch and without");
    kinds.set(key, nomatch);
    blocks.push(block);
  }
}

function addMember(
  { members }: Draft,
  entry: SetWord,
  drafts: Reading["drafts"],
  refuse: (reason: string) => void,
): void {
  const member = drafts.get(entry.text);
  if (member === undefined) refuse("no line above creates such a set");
  else if (member.head.type === "list:set" || member.head.type === "setlist")
    refuse("a list can't be in a list");
  else members.push(entry.text);
}

function finish({ head, blocks, members }: Draft): IpSet {
  if (head.kind === "other") return head;
  if (head.kind === "list") return { ...head, members };
  const { kind, name, type, place, family } = head;
  const prefixes = prefixesOf(blocks, family);
  return { kind, name, type, place, family, ranges: paint(blocks, family), prefixes };
}
