/**
 * Old against new in the kernel: the same packets through both rulesets, each in a namespace of its own, and the fates compared.
 */
import type { Ruleset, Table } from "../../model/types.ts";
import { FIELD } from "../sample/packet.ts";
import type { Drawn } from "./draw-packets.ts";
import { describeSent } from "./describe-sent.ts";
import { type CompareOptions, drawForPair } from "./draw-pair.ts";
import { readArrival, readFate } from "./fate.ts";
import { ipsetsText, LogTexts } from "./restore-text.ts";
import { Lane } from "./lane.ts";
import type { PacketAnswer } from "./session.ts";
import { Tally } from "./tally.ts";
import type { Fate, KernelDifference, KernelReport } from "./types.ts";
import { keepsState, unobservedOf, usesConnections } from "./uses.ts";

/** Packets after which rulesets with stateful matches are loaded anew; others never. */
const STATEFUL_ROUND = 50;
const ROUND = 1000;

/** Differences that are tried again and shown. */
const MOST_DIFFERENCES = 10;

const ENDS = ["INPUT", "POSTROUTING"];

/** Compares both under one backend. Throws KernelFailure where a ruleset does not load. */
export async function compareInKernel(
  old: Ruleset,
  now: Ruleset,
  options: CompareOptions,
  onPackets: (packets: number) => void = () => {},
): Promise<KernelReport> {
  const comparison = new Comparison(old, now, options, onPackets);
  return comparison.run();
}

/** A packet that fared differently, and those before it that rules with a state remember. */
interface Suspect {
  readonly drawn: Drawn;
  readonly before: readonly Drawn[];
}

/** The comparison; a class because it guards what it found so far. */
class Comparison {
  readonly #sides: readonly [Ruleset, Ruleset];
  readonly #options: CompareOptions;
  readonly #onPackets: (packets: number) => void;
  readonly #tally = new Tally();
  readonly #logs = new LogTexts();
  readonly #ipsets: string;
  readonly #differences: KernelDifference[] = [];
  #differing = 0;
  #otherState = 0;
  #onceOnly = 0;
  #kernel = "";

  constructor(old: Ruleset, now: Ruleset, options: CompareOptions, onPackets: (packets: number) => void) {
    this.#sides = [old, now];
    this.#options = options;
    this.#onPackets = onPackets;
    this.#ipsets = ipsetsText(this.#sides);
  }

  async run(): Promise<KernelReport> {
    const drawn = drawForPair(...this.#sides, this.#options, this.#tally);
    for (const kind of ["tap", "tun"] as const)
      if (drawn[kind].length > 0) await this.#send(kind, drawn[kind]);
    return {
      backend: this.#options.backend,
      kernel: this.#kernel,
      sent: this.#tally.sent,
      notSent: this.#tally.list(),
      differences: this.#differences,
      differing: this.#differing,
      unobserved: [...unobservedOf(this.#sides), ...this.#doubts()],
    };
  }

  #doubts(): readonly string[] {
    const sentences: string[] = [];
    if (this.#otherState > 0)
      sentences.push(
        `${this.#otherState} packets were compared in another connection state than they were drawn with: the kernel decides it.`,
      );
    if (this.#onceOnly > 0)
      sentences.push(
        `${this.#onceOnly} packets fared differently once and not when they were tried again; they do not count.`,
      );
    return sentences;
  }

  async #send(kind: "tap" | "tun", drawn: readonly Drawn[]): Promise<void> {
    const round = keepsState(this.#sides) ? STATEFUL_ROUND : ROUND;
    const lanes = await this.#openLanes(kind, drawn);
    try {
      const suspects: Suspect[] = [];
      for (let at = 0; at < drawn.length; at += round) {
        const part = drawn.slice(at, at + round);
        if (at === 0 || round === STATEFUL_ROUND) await Promise.all(lanes.map((lane) => lane.load()));
        const [old, now] = await sendBoth(lanes, part);
        for (const [index, one] of part.entries())
          if (this.#judge(one, old[index]!, now[index]!).length > 0)
            suspects.push({ drawn: one, before: round === STATEFUL_ROUND ? part.slice(0, index) : [] });
        this.#onPackets(part.length);
      }
      await this.#tryAgain(lanes, suspects);
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  }

  async #openLanes(kind: "tap" | "tun", drawn: readonly Drawn[]): Promise<readonly [Lane, Lane]> {
    const devices = [...new Set(drawn.flatMap(({ table }) => table.interfaces.slice(1)))];
    const begins = [...new Set(drawn.map(({ hook }) => hook.name))];
    const tables = this.#sides.flatMap((side): readonly Table[] => side.tables);
    // Where one side alone turns tracking on, the harness must not do it for the other.
    const tracked = this.#sides.every((side) => usesConnections(side.tables));
    const { family } = this.#sides[0];
    const setUp = { family, kind, devices, begins, ends: ENDS, tracked };
    const common = { setUp, tables, logs: this.#logs, ipsets: this.#ipsets, backend: this.#options.backend };
    const old = await Lane.open({ ...common, ruleset: this.#sides[0] });
    try {
      const now = await Lane.open({ ...common, ruleset: this.#sides[1] });
      this.#kernel = old.kernel;
      return [old, now];
    } catch (error) {
      await old.close();
      throw error;
    }
  }

  /** What differs; counts the packet. */
  #judge(drawn: Drawn, old: PacketAnswer, now: PacketAnswer): readonly string[] {
    const arrivals = [old, now].map(({ events }) => readArrival(events ?? [], drawn.hook.name));
    const [one, other] = [this.#fateOf(old), this.#fateOf(now)];
    const differs = old.unsent === undefined && now.unsent === undefined ? differences(one, other) : [];
    if (arrivals.every((arrival) => arrival === null) && differs.length === 0) {
      this.#tally.missAnswer(old);
      return [];
    }
    this.#tally.sent++;
    const state = arrivals[0]?.state ?? null;
    if (state !== null && state !== drawn.packet[FIELD.CTSTATE]) this.#otherState++;
    return differs;
  }

  #fateOf({ events }: PacketAnswer): Fate {
    return readFate(events ?? [], ENDS, this.#logs);
  }

  /** A busy machine may lose an event: only what differs again under fresh rulesets counts. */
  async #tryAgain(lanes: readonly [Lane, Lane], suspects: readonly Suspect[]): Promise<void> {
    this.#differing += suspects.length;
    for (const { drawn, before } of suspects.slice(0, MOST_DIFFERENCES)) {
      await Promise.all(lanes.map((lane) => lane.load()));
      const answers = await sendBoth(lanes, [...before, drawn]);
      const [old, now] = [answers[0][before.length]!, answers[1][before.length]!];
      const fates = [this.#fateOf(old), this.#fateOf(now)] as const;
      const differs = differences(...fates);
      if (differs.length === 0) {
        this.#onceOnly++;
        this.#differing--;
        continue;
      }
      const packet = describeSent(drawn, readArrival(old.events ?? [], drawn.hook.name));
      this.#differences.push({ packet, differs, old: fates[0], new: fates[1] });
    }
  }
}

async function sendBoth(
  lanes: readonly [Lane, Lane],
  drawn: readonly Drawn[],
): Promise<readonly [readonly PacketAnswer[], readonly PacketAnswer[]]> {
  const requests = drawn.map(({ request }) => request);
  return Promise.all([lanes[0].send(requests), lanes[1].send(requests)]);
}

const FATE_FIELDS = ["verdict", "out", "mark", "connmark", "bytes", "answers", "logs"] as const;

function differences(old: Fate, now: Fate): readonly string[] {
  return FATE_FIELDS.filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field]));
}
