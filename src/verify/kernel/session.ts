/**
 * One network namespace: a python3 process that is asked in JSON, one line a question. It ends with its input, with this process, or when it is closed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Family } from "../../model/types.ts";

/** A namespace to make. */
export interface SetUp {
  readonly family: Family;
  /** `tap` devices have an Ethernet header, `tun` devices have none. */
  readonly kind: "tap" | "tun";
  readonly devices: readonly string[];
  /** Hooks at whose beginning and end passing packets are told. */
  readonly begins: readonly string[];
  readonly ends: readonly string[];
  /** Whether connection tracking is on: with it, fragments are put together before any rule sees them. */
  readonly tracked: boolean;
}

/** What came of it: the kernel's version, and why devices could not be made. */
export interface World {
  readonly kernel: string;
  readonly failed: Readonly<Record<string, string>>;
}

/** An entry of the connection table that is there while the packet passes. Protocols with ports have them, icmp has the other fields. */
export interface ConnectionRequest {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly type?: number;
  readonly replyType?: number;
  readonly code?: number;
  readonly id?: number;
  /** IPS_SEEN_REPLY and the like (include/uapi/linux/netfilter/nf_conntrack_common.h). */
  readonly status: number;
  readonly related?: boolean;
  readonly translated?: readonly ("source" | "destination")[];
  readonly tcpState?: number;
  readonly mark: number;
}

/** A packet to send: in by a device, or from this host without one; to a device, or to this host. */
export interface PacketRequest {
  readonly in?: string;
  readonly out?: string;
  readonly destination: string;
  /** From the IP header on. */
  readonly bytes: string;
  readonly mark: number;
  readonly mac: string;
  readonly untracked?: boolean;
  readonly connection?: ConnectionRequest;
}

/** Something that was told while the packet was on its way. */
export interface KernelEvent {
  /** `FORWARD<`, `FORWARD>`, `FORWARD?<` …, `answer`, or the prefix of a logging rule. */
  readonly told: string;
  readonly mark: number;
  readonly in?: string;
  readonly out?: string;
  readonly bytes?: string;
}

/** What came of a packet: events in order, or why it could not be sent. */
export interface PacketAnswer {
  readonly events?: readonly KernelEvent[];
  readonly unsent?: "device" | "route" | "lost";
}

/** A ruleset to load: the program that reads it, text that empties its tables, and the ruleset; sets are made once, before. */
export interface LoadRequest {
  readonly command: string;
  readonly empty: string;
  readonly text: string;
  readonly ipsets: string;
}

/** A refused load, a system call that failed, a helper that died: nothing is known then. */
export class KernelFailure extends Error {
  override readonly name = "KernelFailure";
}

const HELPER = fileURLToPath(new URL("./helper/main.py", import.meta.url));

/** Packets in one question. */
const CHUNK = 200;

/** The namespace and its helper; a class because it guards a process. */
export class KernelSession {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #complaints = "";

  private constructor() {
    // Python's own switches: nothing is written beside the helper, and the environment changes nothing.
    this.#child = spawn("python3", ["-E", "-s", "-B", HELPER], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => {
      this.#complaints += error.message;
    });
    this.#child.stdin!.on("error", () => {});
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints += text;
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Makes the namespace. Throws KernelFailure. */
  static async open(setUp: SetUp): Promise<{ readonly session: KernelSession; readonly world: World }> {
    const session = new KernelSession();
    try {
      const family = setUp.family === "v4" ? 4 : 6;
      const world = (await session.#ask({ setUp: { ...setUp, family } })) as World;
      return { session, world };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Empties the tables, then loads a ruleset. Throws KernelFailure with what the program complained about. */
  async load(load: LoadRequest): Promise<void> {
    await this.#ask({ load });
  }

  /** Sends packets one after the other; one answer for each. */
  async send(packets: readonly PacketRequest[]): Promise<readonly PacketAnswer[]> {
    const answers: PacketAnswer[] = [];
    for (let at = 0; at < packets.length; at += CHUNK) {
      const { fates } = (await this.#ask({ packets: packets.slice(at, at + CHUNK) })) as {
        readonly fates: readonly PacketAnswer[];
      };
      for (const fate of fates) answers.push(fate);
    }
    return answers;
  }

  /** Ends the process, and the namespace with it. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async #ask(question: object): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) {
      const last = this.#complaints.trim().split("\n").slice(-1)[0];
      throw new KernelFailure(`the helper ended: ${last === "" ? "nobody said why" : last}`);
    }
    const answer = JSON.parse(value) as { readonly error?: string };
    if (answer.error !== undefined) throw new KernelFailure(answer.error);
    return answer;
  }
}
