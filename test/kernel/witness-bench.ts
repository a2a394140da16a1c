/**
 * Sends the packet of a proved difference through both sides in the kernel, each side's table alone in a namespace, and holds the two fates against what the
 * witness says of them.
 */
import { type Chain, CTSTATE, type Table } from "../../src/model/types.ts";
import { type Arrival, readArrival, readFate, sinceArrival } from "../../src/verify/kernel/fate.ts";
import { answerOf, staysSilent } from "../../src/verify/kernel/model.ts";
import { preparePacket } from "../../src/verify/kernel/request.ts";
import { ipsetsText, LogTexts, restoreCommand, restoreText } from "../../src/verify/kernel/restore-text.ts";
import {
  KernelFailure,
  KernelSession,
  type PacketAnswer,
  type PacketRequest,
  type SetUp,
} from "../../src/verify/kernel/session.ts";
import type { Backend, Fate } from "../../src/verify/kernel/types.ts";
import { usesConnections } from "../../src/verify/kernel/uses.ts";
import { describePacket } from "../../src/verify/sample/describe.ts";
import { FIELD } from "../../src/verify/sample/packet.ts";
import type { CompiledHook } from "../../src/verify/sample/program.ts";
import { witnessPacket } from "../../src/verify/sample/witness.ts";
import type { ChosenPacket } from "../../src/verify/chosen-packet.ts";
import type { WalkOutcome, Witness } from "../../src/verify/types.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { Walker } from "../../src/verify/sample/evaluate.ts";
import { evaluateConditions, makeTruth } from "../../src/verify/sample/truth.ts";
import type { ChangedTable } from "./differences.ts";
import { CONNECTION, type GivenAnswers, LAST_WORD, NoStandIn, tellingText } from "./telling.ts";

/** A difference with its packet. */
export interface WitnessCase extends ChosenPacket {
  readonly changed: ChangedTable;
  readonly hook: CompiledHook;
}

/** Packets of one difference, those first whose unmodelled matches answer as the kernel's will. */
export type WitnessVariants = readonly WitnessCase[];

/** How the tables are loaded: as they are, but for LOG; or with everything told (telling.ts). */
type Way = "as it is" | "told";

/** What the kernel said: it agrees, it was not asked or could not show it, or it says something else. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly way: Way; readonly differs: readonly string[] }
  | { readonly kind: "unshown"; readonly reason: string }
  | { readonly kind: "contradicted"; readonly shown: string };

const unshown = (reason: string): Confirmation => ({ kind: "unshown", reason });

/** Namespaces that are kept from one witness to the next; a class because it guards their processes. */
export class WitnessBench {
  readonly #sessions = new Map<string, Promise<readonly [KernelSession, KernelSession]>>();

  async close(): Promise<void> {
    for (const sessions of this.#sessions.values())
      for (const session of await sessions) await session.close();
    this.#sessions.clear();
  }

  /** Asks the kernel about one difference, until it shows it: with the tables as they are, if that is possible. */
  async confirm(variants: WitnessVariants): Promise<Confirmation> {
    let said = unshown("there is no packet");
    for (const way of ["as it is", "told"] as const)
      for (const variant of variants) {
        said = await this.#ask(variant, way);
        // A busy machine may lose an event: only what it says again counts.
        if (said.kind === "contradicted") said = await this.#ask(variant, way);
        if (said.kind !== "unshown") return said;
      }
    return said;
  }

  /** With the backend that the packet names. */
  async #ask(witness: WitnessCase, way: Way): Promise<Confirmation> {
    const { changed, hook, packet } = witness;
    const { table, pair } = changed;
    const prepared = preparePacket(table, hook, packet, table.name === "nat");
    if (prepared.kind === "impossible") return unshown(prepared.reason);
    const tracked = [pair.old, pair.new].some((side) => usesConnections([side]));
    const names = table.hooks.map(({ name }) => name);
    const { family } = pair;
    const { kind, request } = prepared;
    const devices = table.interfaces.slice(1);
    const backend: Backend = packet[FIELD.NFT] === 1 ? "nft" : "legacy";
    const setUp = { family, kind, devices, begins: names, ends: names, tracked };
    const sessions = await this.#open(setUp, `${backend} ${table.name}`);
    const logs = new LogTexts();
    const given = answersTo(witness, packet);
    const write = (side: 0 | 1): string => {
      const alone = onlyHook(side === 0 ? pair.old : pair.new, hook.name);
      if (way === "as it is") return restoreText([alone], logs);
      const names = nameOccurrences(pair.old, pair.new);
      return tellingText(alone, { hook: hook.name, names, answers: given[side], logs, tracked });
    };
    let answers: readonly PacketAnswer[];
    try {
      const texts = [write(0), write(1)] as const;
      answers = await send(sessions, witness, restoreCommand(family, backend), texts, request);
    } catch (error) {
      if (error instanceof NoStandIn) return unshown(error.message);
      if (!(error instanceof KernelFailure)) throw error;
      return unshown(`iptables refuses it: ${error.message.split("\n")[0]}`);
    }
    return new Hearing(witness, request, way, logs).judge(answers, given);
  }

  /** No table and no backend follows another in a namespace: what it left behind would take part. */
  #open(setUp: SetUp, use: string): Promise<readonly [KernelSession, KernelSession]> {
    const key = `${use} ${JSON.stringify(setUp)}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const open = async () => (await KernelSession.open(setUp)).session;
    const opened = Promise.all([open(), open()]);
    this.#sessions.set(key, opened);
    return opened;
  }
}

/** The table without what it does in other hooks: the packet has to get to this one as the witness has it. */
function onlyHook(table: Table, hook: string): Table {
  const chains = table.chains.map(
    (chain): Chain =>
      chain.policy === null || chain.name === hook ? chain : { ...chain, policy: "ACCEPT", rules: [] },
  );
  return { ...table, chains };
}

async function send(
  sessions: readonly [KernelSession, KernelSession],
  { changed: { rulesets, table } }: WitnessCase,
  command: string,
  texts: readonly [string, string],
  request: PacketRequest,
): Promise<readonly PacketAnswer[]> {
  // With the policies too: the rulesets before may have had others.
  const policies = table.hooks.map(({ name }) => `:${name} ACCEPT [0:0]\n`).join("");
  const empty = `*${table.name}\n${policies}COMMIT\n`;
  const ipsets = ipsetsText(rulesets);
  return Promise.all(
    sessions.map(async (session, side) => {
      await session.load({ command, empty, text: texts[side]!, ipsets });
      return (await session.send([request]))[0]!;
    }),
  );
}

/** What the witness says of a packet; null: nothing differs. */
function tellOf({ changed: { pair, table }, hook, oracle }: WitnessCase, packet: Int32Array): Witness | null {
  return witnessPacket({ table, hook, pair, files: ["old", "new"], packet, oracle });
}

/** What is answered to whom on each side's way. */
function answersTo(
  { changed: { table }, hook, oracle }: WitnessCase,
  packet: Int32Array,
): readonly [GivenAnswers, GivenAnswers] {
  const side = (at: 0 | 1): GivenAnswers => {
    const given = new Map<string, Map<number, boolean>>();
    const answer = (text: number, times: number, value: number): void => {
      const name = table.texts[text]!;
      given.set(name, (given.get(name) ?? new Map<number, boolean>()).set(times, value === 1));
    };
    const truth = makeTruth(table);
    evaluateConditions(table, packet, truth);
    const walker = new Walker(table, at, truth);
    walker.oracle = oracle;
    const nothing = (): void => {};
    walker.walk(hook, packet, { answer, step: nothing, effect: nothing, hotdrop: nothing });
    return given;
  };
  return [side(0), side(1)];
}

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
class Hearing {
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
    if (told === null)
      return unshown(
        packet[FIELD.SHORT] === 0
          ? "the kernel gives it another connection state or mark"
          : "its header is cut: connection tracking calls that INVALID, whatever the packet belongs to",
      );
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
