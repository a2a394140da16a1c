/**
 * What the kernel told of a witness on both sides, held against what the witness says.
 */
import { CTSTATE } from "../../src/model/types.ts";
import { type Arrival, readArrival, readFate, sinceArrival } from "../../src/verify/kernel/fate.ts";
import { answerOf, staysSilent } from "../../src/verify/kernel/model.ts";
import type { LogTexts } from "../../src/verify/kernel/restore-text.ts";
import type { PacketAnswer, PacketRequest } from "../../src/verify/kernel/session.ts";
import type { Fate } from "../../src/verify/kernel/types.ts";
import { describePacket } from "../../src/verify/sample/describe.ts";
import { FIELD } from "../../src/verify/sample/packet.ts";
import type { WalkOutcome, Witness } from "../../src/verify/types.ts";
import { CONNECTION, type GivenAnswers, LAST_WORD } from "./telling.ts";
import {
  answersTo,
  type Confirmation,
  tellOf,
  unshown,
  type Way,
  type WitnessCase,
} from "./witness-walks.ts";

/** The packet as it was when it got to its hook: connection tracking has its own say. */
function asItArrived(witness: WitnessCase, request: PacketRequest, arrival: Arrival): Int32Array {
  const packet = Int32Array.from(witness.packet);
  packet[FIELD.MARK] = arrival.mark;
  if (witness.changed.table.name === "raw") {
    packet[FIELD.CTSTATE] = request.untracked === true ? CTSTATE.UNTRACKED : CTSTATE.INVALID;
    packet[FIELD.CONNMARK] = 0;
  } else if (arrival.state !== null) {
    packet[FIELD.CTSTATE] = arrival.state;
    packet[FIELD.CONNMARK] = arrival.connmark ?? 0;
  }
  return packet;
}

/** What the kernel's answers to one witness come to; a class because all of it is about the same packet. */
export class Hearing {
  readonly #witness: WitnessCase;
  readonly #request: PacketRequest;
  readonly #way: Way;
  readonly #logs: LogTexts;

  constructor(witness: WitnessCase, request: PacketRequest, way: Way, logs: LogTexts) {
    this.#witness = witness;
    this.#request = request;
    this.#way = way;
    this.#logs = logs;
  }

  judge(answers: readonly PacketAnswer[], given: readonly [GivenAnswers, GivenAnswers]): Confirmation {
    const { table } = this.#witness.changed;
    const { name } = this.#witness.hook;
    const unsent = answers.find((answer) => answer.unsent !== undefined)?.unsent;
    if (unsent !== undefined) return unshown(`not sent: ${unsent}`);
    const [arrival, other] = answers.map(({ events }) => readArrival(events ?? [], name));
    const obstacle = this.#obstacle(arrival ?? null, other ?? null);
    if (obstacle !== null) return unshown(obstacle);
    const packet = asItArrived(this.#witness, this.#request, arrival!);
    const told = tellOf(this.#witness, packet);
    if (told === null) return unshown(whyOther(packet));
    const [old, now] = answers.map(({ events }) =>
      readFate(sinceArrival(events ?? [], name), [name], this.#logs),
    );
    if (arrival!.state !== other!.state) return { kind: "confirmed", way: this.#way, differs: ["state"] };
    const fields = describePacket(table, packet);
    if (this.#way === "as it is") return compare(told, packet, [old!, now!], table.words, fields);
    const asked = answersTo(this.#witness, packet);
    if (asked.some((side, at) => [...side.keys()].some((text) => !given[at]!.has(text))))
      return unshown("in the state that the kernel gives it, it comes to other matches");
    return compareTold(told, [old!, now!], fields);
  }

  /** Why nothing can be said of a packet that arrived so on both sides. */
  #obstacle(one: Arrival | null, other: Arrival | null): string | null {
    if (one === null && other === null) return "the kernel lets it not come to this hook";
    if (one === null || other === null || one.mark !== other.mark || one.out !== other.out)
      return "it gets to its hook in two ways";
    // The state is told behind the raw table, which may have its own say in it.
    const isRaw = this.#witness.changed.table.name === "raw";
    if (!isRaw && one.state !== other.state) return "it gets to its hook in two states";
    return one.out === this.#request.out ? null : "the kernel sends it out elsewhere";
  }
}

/** Why the kernel gives a packet another state than the witness does. */
function whyOther(packet: Int32Array): string {
  const isBroken = packet[FIELD.SHORT] !== 0 || packet[FIELD.BROKEN] !== 0;
  return isBroken
    ? "its headers are broken: connection tracking calls that INVALID, whatever the packet belongs to"
    : "the kernel gives it another connection state or mark";
}

/** What a side's outcome looks like from outside; null where it may look like anything. */
function expectedFate(
  outcome: WalkOutcome,
  packet: Int32Array,
  words: 1 | 4,
): (Pick<Fate, "verdict" | "answers" | "logs"> & { readonly mark?: string }) | null {
  const logs = outcome.effects.filter((effect) => /^(?:LOG|NFLOG)\b/.test(effect));
  const { verdict } = outcome;
  if (verdict === "ACCEPT") return { verdict: "accepted", mark: outcome.mark, answers: [], logs };
  if (verdict === "DROP" || verdict === "QUEUE" || verdict.startsWith("NFQUEUE"))
    return { verdict: "dropped", answers: [], logs };
  const answer = answerOf(verdict, words);
  if (answer === null) return null;
  return staysSilent(packet, answer, words)
    ? { verdict: "dropped", answers: [], logs }
    : { verdict: "rejected", answers: [answer], logs };
}

function compare(
  told: Witness,
  packet: Int32Array,
  kernel: readonly [Fate, Fate],
  words: 1 | 4,
  fields: Readonly<Record<string, string>>,
): Confirmation {
  const fateText = ({ verdict, answers, logs, mark }: Omit<Fate, "bytes">) =>
    JSON.stringify({ verdict, answers, logs, mark });
  const outcomes = [told.old, told.new];
  const expected = outcomes.map((outcome) => expectedFate(outcome, packet, words));
  const isAsTold = expected.map((fate, side) => fate === null || isFate(fate, kernel[side]!));
  const differs = (["verdict", "out", "mark", "connmark", "bytes", "answers", "logs"] as const).filter(
    (field) => JSON.stringify(kernel[0][field]) !== JSON.stringify(kernel[1][field]),
  );
  const { otherMatches } = told.packet.fields;
  const answered = otherMatches !== undefined && otherMatches !== "all false";
  const isShown = told.differs.join() === "connmark" ? differs.includes("connmark") : differs.length > 0;
  if (isAsTold.every(Boolean) && isShown) return { kind: "confirmed", way: "as it is", differs };
  const [one, other] = expected;
  if (isAsTold.every(Boolean)) {
    if (told.differs.join() === "connmark") return unshown("only the connection's mark differs");
    if (one === null || other === null) return unshown("a target whose work is not seen from outside");
    if (fateText(one!) === fateText(other!))
      return unshown(
        told.differs.includes("verdict")
          ? "both verdicts look the same from outside"
          : "only effects that are not seen from outside differ",
      );
  }
  if (answered) return unshown("matches that are not modelled have to answer as the witness says");
  const shown = { fields, differs: told.differs, old: told.old, new: told.new, expected, kernel };
  return { kind: "contradicted", shown: JSON.stringify(shown, null, 1) };
}

/** The same where everything was told. */
function compareTold(
  told: Witness,
  kernel: readonly [Fate, Fate],
  fields: Readonly<Record<string, string>>,
): Confirmation {
  const heard = kernel.map(hear);
  const isAsTold = [told.old, told.new].every((outcome, side) => isHeard(outcome, heard[side]!));
  const isShown = told.differs.join() !== "connmark" || heard[0]!.connmark !== heard[1]!.connmark;
  if (isAsTold && isShown) return { kind: "confirmed", way: "told", differs: told.differs };
  if (isAsTold) return unshown("only the mark of a connection differs that the kernel has not got");
  const shown = { fields, differs: told.differs, old: told.old, new: told.new, heard };
  return { kind: "contradicted", shown: JSON.stringify(shown, null, 1) };
}

/** What was told of one side's walk. */
interface Heard {
  readonly effects: readonly string[];
  readonly verdict: string;
  /** With which mark it ended; null where a match dropped the packet. */
  readonly mark: string | null;
  readonly connmark: string | null;
}

const withoutMark = (told: string): string => told.replace(/ \(mark 0x[0-9a-f]+\)$/, "");
const markOf = (told: string | undefined): string | null => /(0x[0-9a-f]+)\)$/.exec(told ?? "")?.[1] ?? null;

function hear({ verdict, mark, connmark, logs }: Fate): Heard {
  const last = logs.find((told) => told.startsWith(LAST_WORD));
  const connection = logs.find((told) => withoutMark(told) === CONNECTION);
  const effects = logs.filter((told) => told !== last && told !== connection);
  if (last !== undefined) {
    const word = withoutMark(last).slice(LAST_WORD.length);
    return { effects, verdict: word, mark: markOf(last), connmark: markOf(connection) };
  }
  const word = verdict === "accepted" ? "ACCEPT" : "DROP";
  return { effects, verdict: word, mark: mark ?? null, connmark: connmark ?? null };
}

function isHeard({ effects, verdict, mark }: WalkOutcome, heard: Heard): boolean {
  return (
    verdict === heard.verdict &&
    (heard.mark === null || heard.mark === mark) &&
    effects.length === heard.effects.length &&
    effects.every((effect, at) => [heard.effects[at]!, withoutMark(heard.effects[at]!)].includes(effect))
  );
}

function isFate(
  expected: Pick<Fate, "verdict" | "answers" | "logs"> & { readonly mark?: string },
  { verdict, answers, logs, mark }: Fate,
): boolean {
  return JSON.stringify({ verdict, answers, logs, mark }) === JSON.stringify(orderOf(expected));
}

function orderOf({ verdict, answers, logs, mark }: Pick<Fate, "verdict" | "answers" | "logs" | "mark">) {
  return { verdict, answers, logs, mark };
}
