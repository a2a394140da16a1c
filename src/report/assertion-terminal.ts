/**
 * What became of assertions, for a terminal: a line each, and below a broken one the packet and its way through the rules.
 */
import type { AssertionWalk, AssertionWitness } from "../verify/assert/types.ts";
import { count } from "./findings.ts";
import { renderSteps } from "./steps-terminal.ts";
import { type Paint, paint, printable, type Style, wrapWords } from "./style.ts";
import type { AssertionView } from "./verify-view.ts";

const WORDS: Readonly<Record<AssertionView["result"], readonly [word: string, kind: Paint]>> = {
  holds: ["holds", "good"],
  broken: ["BROKEN", "bad"],
  unknown: ["can't tell", "warning"],
  "not-applicable": ["not applicable", "faint"],
};

/** All assertions in the order of their file. */
export function renderAssertions(assertions: readonly AssertionView[], style: Style): readonly string[] {
  const several = new Set(assertions.map(({ family }) => family)).size > 1;
  return assertions.flatMap(({ family, text, line, result, reason, witness }) => {
    const [word, kind] = WORDS[result];
    const sentence = printable(text.replace(/^(never|always): /u, "$1 "));
    const place = `${several ? ` on ${family}` : ""}${result === "holds" ? "" : ` (line ${line})`}`;
    const why = reason === undefined ? "" : printable(`: ${reason}`);
    const head = `${paint(style, kind, `${word}:`)} ${sentence}${place}${why}`;
    return witness === undefined ? [head] : [head, ...renderWitness(witness, style)];
  });
}

function renderWitness({ packet, walks }: AssertionWitness, style: Style): readonly string[] {
  const fields = Object.entries(packet.fields).map(([name, value]) => printable(`${name}=${value}`));
  const ways = walks.length === 0 ? ["  no table says anything about it: ACCEPT"] : [];
  return [
    "  packet:",
    ...wrapWords(style, fields, "    "),
    ...walks.flatMap((walk) => renderWalk(walk, style)),
    ...ways,
  ];
}

function renderWalk({ table, hook, verdict, mark, steps }: AssertionWalk, style: Style): readonly string[] {
  const head = `  ${printable(`${table} ${hook}: ${verdict}`)}, mark ${mark}`;
  return [paint(style, "heading", head), ...renderSteps(steps, style)];
}

/** `2 assertions hold, 1 is broken`; empty where there are none. */
export function summariseAssertions(assertions: readonly AssertionView[]): string {
  const parts = [
    ["holds", "holds", "hold"],
    ["broken", "is broken", "are broken"],
    ["unknown", "can't be decided", "can't be decided"],
    ["not-applicable", "is not applicable", "are not applicable"],
  ] as const;
  const words = parts.flatMap(([result, one, many]) => {
    const number = assertions.filter((assertion) => assertion.result === result).length;
    return number === 0 ? [] : [{ number, verb: number === 1 ? one : many }];
  });
  return words
    .map(({ number, verb }, at) => `${at === 0 ? count(number, "assertion") : number} ${verb}`)
    .join(", ");
}
