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
import type { ChangedTable } from "./differences.ts";

/** A difference with its packet. */
export interface WitnessCase extends ChosenPacket {
  readonly changed: ChangedTable;
  readonly hook: CompiledHook;
}

/** Packets of one difference, those first whose unmodelled matches answer as the kernel's will. */
export type WitnessVariants = readonly WitnessCase[];

/** What the kernel said: it agrees, it was not asked or could not show it, or it says something else. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly differs: readonly string[] }
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

  /** Asks the kernel about one difference, until it shows it. */
  async confirm(variants: WitnessVariants): Promise<Confirmation> {
    let said = unshown("there is no packet");
    for (const variant of variants) {
      said = await this.#ask(variant);
      // A busy machine may lose an event: only what it says again counts.
      if (said.kind === "contradicted") said = await this.#ask(variant);
      if (said.kind !== "unshown") return said;
    }
    return said;
  }

  /** With the backend that the packet names. */
  async #ask(witness: WitnessCase): Promise<Confirmation> {
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
    let answers: readonly PacketAnswer[];
    try {
      const command = restoreCommand(family, backend);
      answers = await send(sessions, witness, command, logs, request);
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      return unshown(`iptables refuses it: ${error.message.split("\n")[0]}`);
    }
    return judge(witness, request, answers, logs);
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
  { hook, changed: { pair, rulesets, table } }: WitnessCase,
  command: string,
  logs: LogTexts,
  request: PacketRequest,
): Promise<readonly PacketAnswer[]> {
  // With the policies too: the rulesets before may have had others.
  const policies = table.hooks.map(({ name }) => `:${name} ACCEPT [0:0]\n`).join("");
  const empty = `*${table.name}\n${policies}COMMIT\n`;
  const ipsets = ipsetsText(rulesets);
  return Promise.all(
    sessions.map(async (session, side) => {
      await session.load({
        command,
        empty,
        text: restoreText([onlyHook(side === 0 ? pair.old : pair.new, hook.name)], logs),
        ipsets,
      });
      return (await session.send([request]))[0]!;
    }),
  );
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

function judge(
  witness: WitnessCase,
  request: PacketRequest,
  answers: readonly PacketAnswer[],
  logs: LogTexts,
): Confirmation {
  const { changed, hook, oracle } = witness;
  const { pair, table } = changed;
  const arrivals = answers.map(({ events }) => readArrival(events ?? [], hook.name));
  const arrival = arrivals[0]!;
  const unsent = answers.find((answer) => answer.unsent !== undefined)?.unsent;
  if (unsent !== undefined) return unshown(`not sent: ${unsent}`);
  if (arrival === null && arrivals[1] === null) return unshown("the kernel lets it not come to this hook");
  const other = arrivals[1]!;
  if (arrival === null || other === null || arrival.mark !== other.mark || arrival.out !== other.out)
    return unshown("it gets to its hook in two ways");
  // The state is told behind the raw table, which may have its own say in it.
  const states = [arrival.state, other.state];
  if (table.name !== "raw" && states[0] !== states[1]) return unshown("it gets to its hook in two states");
  if (arrival.out !== request.out) return unshown("the kernel sends it out elsewhere");
  const packet = asItArrived(witness, request, arrival);
  const files = ["old", "new"] as const;
  const told = witnessPacket({ table, hook, pair, files, packet, oracle });
  if (told === null) return unshown("the kernel gives it another connection state or mark");
  const kernel = answers.map(({ events }) =>
    readFate(sinceArrival(events ?? [], hook.name), [hook.name], logs),
  );
  if (states[0] !== states[1]) return { kind: "confirmed", differs: ["state"] };
  return compare(told, packet, [kernel[0]!, kernel[1]!], table.words, describePacket(table, packet));
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
  if (isAsTold.every(Boolean) && isShown) return { kind: "confirmed", differs };
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

function isFate(
  expected: Pick<Fate, "verdict" | "answers" | "logs"> & { readonly mark?: string },
  { verdict, answers, logs, mark }: Fate,
): boolean {
  return JSON.stringify({ verdict, answers, logs, mark }) === JSON.stringify(orderOf(expected));
}

function orderOf({ verdict, answers, logs, mark }: Pick<Fate, "verdict" | "answers" | "logs" | "mark">) {
  return { verdict, answers, logs, mark };
}
