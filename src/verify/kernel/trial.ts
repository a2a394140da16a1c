/**
 * One table of a ruleset alone in a namespace: what the kernel does with packets, against what the evaluator says of each as it arrived.
 */
import { CTSTATE, type Family, type Table } from "../../model/types.ts";
import { describePacket } from "../sample/describe.ts";
import { FIELD } from "../sample/packet.ts";
import { hashText, mix } from "../sample/random.ts";
import { type Drawn, drawPackets } from "./draw-packets.ts";
import { type Arrival, readArrival, readFate, sinceArrival } from "./fate.ts";
import { Predictor } from "./model.ts";
import { emptyText, ipsetsText, LogTexts, restoreCommand, restoreText } from "./restore-text.ts";
import { KernelSession, type PacketAnswer } from "./session.ts";
import type { Tally } from "./tally.ts";
import type { AgreementOptions, Disagreement, Fate } from "./types.ts";
import { usesConnections } from "./uses.ts";

/** The trial; a class because it guards what it found so far. */
export class TableTrial {
  readonly #predictor: Predictor;
  readonly #logs = new LogTexts();
  readonly #text: string;
  readonly #table: Table;
  readonly #family: Family;
  readonly #options: AgreementOptions;
  readonly #tally: Tally;
  readonly #tracked: boolean;
  readonly #found: Disagreement[] = [];

  constructor(table: Table, family: Family, options: AgreementOptions, tally: Tally) {
    this.#predictor = new Predictor(table, family);
    this.#text = restoreText([table], this.#logs);
    this.#table = table;
    this.#family = family;
    this.#options = options;
    this.#tally = tally;
    this.#tracked = usesConnections([table]);
  }

  async run(): Promise<readonly Disagreement[]> {
    const drawn = { tap: [], tun: [] };
    const { table } = this.#predictor;
    const packets = Math.ceil(this.#options.packets / Math.max(1, table.hooks.length));
    for (const hook of table.hooks) {
      const seed = mix(this.#options.seed, hashText(table.name + hook.name));
      const block = { table, hook, first: 0, packets, seed, isTranslated: false };
      drawPackets({ ...block, backend: this.#options.backend }, drawn, this.#tally);
    }
    for (const kind of ["tap", "tun"] as const)
      if (drawn[kind].length > 0) await this.#send(kind, drawn[kind]);
    return this.#found;
  }

  async #send(kind: "tap" | "tun", drawn: readonly Drawn[]): Promise<void> {
    const family = this.#family;
    const { hooks, interfaces } = this.#predictor.table;
    const names = hooks.map(({ name }) => name);
    const devices = interfaces.slice(1);
    const setUp = { family, kind, devices, begins: names, ends: names, tracked: this.#tracked };
    const { session } = await KernelSession.open(setUp);
    try {
      const command = restoreCommand(family, this.#options.backend);
      const ipsets = ipsetsText([{ family, tables: [this.#table] }]);
      await session.load({ command, empty: emptyText([this.#table]), text: this.#text, ipsets });
      const answers = await session.send(drawn.map(({ request }) => request));
      for (const [at, answer] of answers.entries()) this.#judge(drawn[at]!, answer);
    } finally {
      await session.close();
    }
  }

  #judge(drawn: Drawn, answer: PacketAnswer): void {
    const { hook, packet } = drawn;
    const arrival = readArrival(answer.events ?? [], hook.name);
    if (arrival === null) {
      this.#tally.missAnswer(answer);
      return;
    }
    if (arrival.out !== drawn.request.out) {
      this.#tally.miss("the kernel sends it out elsewhere");
      return;
    }
    this.#tally.sent++;
    this.#correct(drawn, arrival);
    const { fate: evaluator, maybeSilent } = this.#predictor.predict(hook, packet);
    const kernel = readFate(sinceArrival(answer.events ?? [], hook.name), [hook.name], this.#logs);
    const isSilent = maybeSilent && kernel.verdict === "dropped" && evaluator.verdict === "rejected";
    if (isSilent) this.#tally.silent++;
    const differs = differences(kernel, evaluator, isSilent);
    if (differs.length === 0) return;
    const fields = describePacket(this.#predictor.table, packet);
    const place = { table: this.#table.name, hook: hook.name, fields };
    this.#found.push({ packet: place, differs, kernel, evaluator, text: this.#text });
  }

  /** Makes the packet what it was when it got there: earlier hooks of the table, and connection tracking, have their own say. */
  #correct({ packet, request }: Drawn, arrival: Arrival): void {
    packet[FIELD.MARK] = arrival.mark;
    if (this.#table.name === "raw") {
      // In front of connection tracking.
      packet[FIELD.CTSTATE] = request.untracked === true ? CTSTATE.UNTRACKED : CTSTATE.INVALID;
      packet[FIELD.CONNMARK] = 0;
    } else if (arrival.state !== null) {
      packet[FIELD.CTSTATE] = arrival.state;
      packet[FIELD.CONNMARK] = arrival.connmark ?? 0;
    }
  }
}

/** What kernel and evaluator disagree about. Connection marks show only where there is a connection. */
function differences(kernel: Fate, evaluator: Fate, isSilent: boolean): readonly string[] {
  const differs: string[] = [];
  if (kernel.verdict !== evaluator.verdict && !isSilent) differs.push("verdict");
  if (!isSilent && kernel.answers.join() !== evaluator.answers.join()) differs.push("answers");
  if (kernel.logs.join("\n") !== evaluator.logs.join("\n")) differs.push("logs");
  if (kernel.verdict === "accepted" && evaluator.verdict === "accepted") {
    if (kernel.mark !== evaluator.mark) differs.push("mark");
    if (kernel.connmark !== undefined && kernel.connmark !== evaluator.connmark) differs.push("connmark");
  }
  return differs;
}
