/**
 * Sends the packet of a proved difference through both sides in the kernel, each side's table alone in a namespace:
 * what they come to is for witness-hearing.ts.
 */
import type { Chain, Table } from "../../src/model/types.ts";
import { preparePacket } from "../../src/verify/kernel/request.ts";
import { ipsetsText, LogTexts, restoreCommand, restoreText } from "../../src/verify/kernel/restore-text.ts";
import {
  KernelFailure,
  KernelSession,
  type PacketAnswer,
  type PacketRequest,
  type SetUp,
} from "../../src/verify/kernel/session.ts";
import type { Backend } from "../../src/verify/kernel/types.ts";
import { usesConnections } from "../../src/verify/kernel/uses.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { loadAndSave } from "./harness.ts";
import { NoStandIn, tellingText } from "./telling.ts";
import { Hearing } from "./witness-hearing.ts";
import {
  answersTo,
  backendOf,
  type Confirmation,
  unshown,
  type Way,
  type WitnessCase,
  type WitnessVariants,
} from "./witness-walks.ts";

/** Namespaces that are kept from one witness to the next; a class because it guards their processes. */
export class WitnessBench {
  readonly #sessions = new Map<string, Promise<readonly [KernelSession, KernelSession]>>();

  async close(): Promise<void> {
    for (const sessions of this.#sessions.values())
      for (const session of await sessions) await session.close();
    this.#sessions.clear();
  }

  /** Asks the kernel about one difference, until it shows it: with the tables as they are, if that is possible, and under a backend that loads both. */
  async confirm(variants: WitnessVariants): Promise<Confirmation> {
    let silence: Confirmation | null = null;
    const refusing = new Set<Backend>();
    for (const way of ["as it is", "told"] as const)
      for (const variant of variants) {
        if (refusing.has(backendOf(variant))) continue;
        let said = await this.#ask(variant, way);
        // A busy machine may lose an event: only what it says again counts.
        if (said.kind === "contradicted") said = await this.#ask(variant, way);
        if (said.kind === "refused") for (const backend of said.backends) refusing.add(backend);
        else if (said.kind === "unshown") silence = said;
        else return said;
      }
    return silence ?? { kind: "refused", backends: [...refusing] };
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
    const backend = backendOf(witness);
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
    const texts: string[] = [];
    try {
      texts.push(write(0), write(1));
      answers = await send(sessions, witness, restoreCommand(family, backend), texts, request);
    } catch (error) {
      if (error instanceof NoStandIn) return unshown(error.message);
      if (!(error instanceof KernelFailure)) throw error;
      if (way === "told") return unshown(`iptables refuses what is told: ${error.message}`);
      // Asked again in a fresh namespace: a fault of the harness is no refusal.
      const ipsets = ipsetsText(changed.rulesets);
      if (texts.every((text) => loadAndSave({ family, backend, text, ipsets }).ok)) throw error;
      return { kind: "refused", backends: [backend] };
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
  texts: readonly string[],
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
