/**
 * One side of a comparison: a namespace with its ruleset, which can be loaded afresh.
 */
import type { Ruleset, Table } from "../../model/types.ts";
import { emptyText, type LogTexts, restoreCommand, restoreText } from "./restore-text.ts";
import {
  KernelFailure,
  KernelSession,
  type LoadRequest,
  type PacketAnswer,
  type PacketRequest,
  type SetUp,
} from "./session.ts";
import type { Backend } from "./types.ts";

/** What a lane is made of. */
export interface LanePlan {
  readonly setUp: SetUp;
  readonly ruleset: Ruleset;
  /** Tables of both sides: all are emptied before a load. */
  readonly tables: readonly Table[];
  readonly backend: Backend;
  readonly logs: LogTexts;
  readonly ipsets: string;
}

/** The lane; a class because it guards a session. */
export class Lane {
  readonly kernel: string;
  readonly #session: KernelSession;
  readonly #load: LoadRequest;
  readonly #path: string;

  private constructor(session: KernelSession, kernel: string, plan: LanePlan) {
    this.#session = session;
    this.kernel = kernel;
    this.#path = plan.ruleset.file.path;
    this.#load = {
      command: restoreCommand(plan.setUp.family, plan.backend),
      empty: emptyText(plan.tables),
      text: restoreText(plan.ruleset.tables, plan.logs),
      ipsets: plan.ipsets,
    };
  }

  /** Makes the namespace; nothing is loaded yet. Throws KernelFailure. */
  static async open(plan: LanePlan): Promise<Lane> {
    const { session, world } = await KernelSession.open(plan.setUp);
    return new Lane(session, world.kernel, plan);
  }

  /** Loads the ruleset into empty tables. */
  async load(): Promise<void> {
    try {
      await this.#session.load(this.#load);
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      throw new KernelFailure(`${this.#path} does not load with ${this.#load.command}: ${error.message}`);
    }
  }

  send(requests: readonly PacketRequest[]): Promise<readonly PacketAnswer[]> {
    return this.#session.send(requests);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
