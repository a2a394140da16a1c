/**
 * One assertion as a sentence: `SOURCE -> DESTINATION SERVICE, in NAME, out NAME, state STATES`.
 */
import { type AddressSet, type AssertedHook, type Assertion, familiesOf } from "../../model/assertion.ts";
import { CTSTATE } from "../../model/types.ts";
import { didYouMean } from "../yaml-reader.ts";
import { type AddressNames, readAddressList, readAddressWord } from "./addresses.ts";
import { Cursor, type ReportPart, type Token } from "./scan.ts";
import { readService } from "./service.ts";

/** What the sentence says. */
export type Sentence = Omit<Assertion, "kind" | "text" | "line">;

/** Longest interface name that the kernel takes (IFNAMSIZ - 1). */
const LONGEST_INTERFACE = 15;

const STATES: ReadonlyMap<string, number> = new Map([
  ["NEW", CTSTATE.NEW],
  ["ESTABLISHED", CTSTATE.ESTABLISHED],
  ["RELATED", CTSTATE.RELATED],
  ["INVALID", CTSTATE.INVALID],
  ["UNTRACKED", CTSTATE.UNTRACKED],
]);

/** Reads a sentence; null after a mistake. All that is wrong with it is reported. */
export function readSentence(text: string, names: AddressNames, report: ReportPart): Sentence | null {
  let faults = 0;
  const note: ReportPart = (...problem) => {
    faults++;
    report(...problem);
  };
  const cursor = new Cursor(text);
  const source = readSide(cursor, "a source", names, note);
  if (cursor.takeIf("->") === null) {
    note("ASSERTION_FORM", cursor.here(), { found: cursor.found(), expected: "->" });
    return null;
  }
  const start = cursor.here().start;
  const destination = readSide(cursor, "a destination", names, note);
  const destinationPart = { start, end: Math.max(start + 1, endOf(text, cursor)) };
  const service = readServiceWords(cursor, note);
  const options = readOptions(cursor, note);
  if (source === null || destination === null || service === undefined || faults > 0) return null;
  if (source.kind === "host" && destination.kind === "host") {
    note("ASSERTION_BOTH_HOST", destinationPart, {});
    return null;
  }
  const hook = destination.kind === "host" ? "INPUT" : source.kind === "host" ? "OUTPUT" : "FORWARD";
  const sentence = { hook, source, destination, service, ...plainOptions(options, hook, note) } as const;
  if (familiesOf(sentence).length === 0) note("ASSERTION_FAMILIES", { start: 0, end: text.length }, {});
  return faults === 0 ? sentence : null;
}

/** Where the part before the next token ends. */
function endOf(text: string, cursor: Cursor): number {
  const next = cursor.peek();
  return text.slice(0, next === null ? text.length : next.start).trimEnd().length;
}

function readSide(cursor: Cursor, what: string, names: AddressNames, report: ReportPart): AddressSet | null {
  const first = cursor.peek();
  if (first === null || first.text === "->" || first.text === "," || first.text === "]") {
    report("ASSERTION_FORM", cursor.here(), { found: cursor.found(), expected: what });
    return null;
  }
  cursor.take();
  if (first.text === "[") return readList(cursor, first, names, report);
  if (first.text === "any") return { kind: "any" };
  if (first.text === "this") {
    if (cursor.takeIf("host") !== null) return { kind: "host" };
    report("ASSERTION_FORM", first, { found: "this", expected: "this host" });
    return null;
  }
  return readAddressWord(first, names, report);
}

function readList(cursor: Cursor, open: Token, names: AddressNames, report: ReportPart): AddressSet | null {
  const words: Token[] = [];
  for (let token = cursor.peek(); token !== null && token.text !== "]"; token = cursor.peek()) {
    if (token.text === "->" || token.text === "[") break;
    cursor.take();
    if (token.text !== ",") words.push(...splitWord(token));
  }
  const close = cursor.takeIf("]");
  if (close !== null) return readAddressList(words, { start: open.start, end: close.end }, names, report);
  report("ASSERTION_FORM", cursor.here(), { found: cursor.found(), expected: "]" });
  return null;
}

/** `10.0.0.1,10.0.0.2` without a blank is one token. */
function splitWord({ text, start }: Token): readonly Token[] {
  return [...text.matchAll(/[^,]+/gu)].map(({ 0: word, index }) => {
    return { text: word, start: start + index, end: start + index + word.length };
  });
}

function readServiceWords(cursor: Cursor, report: ReportPart): Sentence["service"] | undefined {
  const first = cursor.peek();
  if (first === null || first.text === ",") return null;
  cursor.take();
  if (first.text === "any" && cursor.takeIf("protocol") !== null) return null;
  return readService(first, report);
}

/** The options by name, each with its value. */
type Options = ReadonlyMap<string, { readonly name: Token; readonly value: Token }>;

const OPTION_NAMES = ["in", "out", "state"];

function readOptions(cursor: Cursor, report: ReportPart): Options {
  const options = new Map<string, { readonly name: Token; readonly value: Token }>();
  for (let next = cursor.peek(); next !== null; next = cursor.peek()) {
    if (cursor.takeIf(",") === null) {
      report("ASSERTION_FORM", next, { found: next.text, expected: "a comma, or the end" });
      break;
    }
    const [name, value] = [cursor.peek(), cursor.peek(1)];
    if (name === null || !OPTION_NAMES.includes(name.text)) {
      const expected = "in NAME, out NAME or state STATES";
      const help = name === null ? undefined : helpFor(name.text);
      report("ASSERTION_FORM", cursor.here(), { found: cursor.found(), expected }, help);
      break;
    }
    cursor.take();
    if (value === null || value.text === ",") {
      report("ASSERTION_FORM", cursor.here(), {
        found: cursor.found(),
        expected: `a value for ${name.text}`,
      });
      continue;
    }
    cursor.take();
    if (options.has(name.text))
      report("ASSERTION_OPTION", name, { option: name.text, problem: "it is here twice" });
    else options.set(name.text, { name, value });
  }
  return options;
}

/** A list with blanks behind its commas falls apart. */
function helpFor(word: string): string | undefined {
  if (STATES.has(word) || /^\d/u.test(word))
    return "write ports and states without blanks: tcp/80,443 and state NEW,RELATED";
  return didYouMean(word, OPTION_NAMES);
}

function plainOptions(
  options: Options,
  hook: AssertedHook,
  report: ReportPart,
): Pick<Sentence, "in" | "out" | "states"> {
  const name = (side: "in" | "out", hookWithout: AssertedHook): string | null => {
    const option = options.get(side);
    if (option === undefined) return null;
    if (hook === hookWithout) {
      const problem = `a packet ${side === "in" ? "from" : "to"} this host has no ${side}-interface`;
      report("ASSERTION_OPTION", option.name, { option: side, problem });
    } else if (option.value.text.length > LONGEST_INTERFACE + Number(option.value.text.endsWith("+")))
      report("ASSERTION_OPTION", option.value, {
        option: side,
        problem: "the name has more than 15 characters",
      });
    return option.value.text;
  };
  return { in: name("in", "OUTPUT"), out: name("out", "INPUT"), states: readStates(options, report) };
}

function readStates(options: Options, report: ReportPart): number | null {
  const option = options.get("state");
  if (option === undefined) return CTSTATE.NEW;
  if (option.value.text.toLowerCase() === "any") return null;
  let states = 0;
  for (const word of splitWord(option.value)) {
    const state = STATES.get(word.text.toUpperCase());
    if (state === undefined)
      report(
        "ASSERTION_OPTION",
        word,
        { option: "state", problem: `there is no state ${word.text}` },
        didYouMean(word.text, ["any", ...STATES.keys()]),
      );
    else states |= state;
  }
  return states;
}
