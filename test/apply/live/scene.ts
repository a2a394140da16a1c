/**
 * A world with old rules, a plan for them, and the whole command: what tests of single faults have in common.
 */
import { expect } from "vitest";
import type { Backend } from "../../kernel/harness.ts";
import { inWorld, type Launched, type Ran, type World } from "../world.ts";
import { bundleCommand, type Command, stateOf } from "./command.ts";
import { atRest } from "./matrix.ts";
import { liveWords, makePlan, type PlanFiles, setUp, snapshot } from "./rulesets.ts";
import type { Faults } from "./with-faults.ts";

/** What all scenes of a file need. */
export class Stage {
  readonly command: Command;
  readonly #plans = new Map<Backend, PlanFiles>();

  constructor(command: Command) {
    this.command = command;
  }

  static async open(): Promise<Stage> {
    return new Stage(await bundleCommand());
  }

  /** A test in a world where the old rules are live; nothing of it runs afterwards. */
  async inScene(backend: Backend, test: (scene: Scene) => Promise<void>): Promise<void> {
    const known = this.#plans.get(backend) ?? (await makePlan(this.command, backend));
    this.#plans.set(backend, known);
    await inWorld(backend, async (world) => {
      setUp(world, known);
      await test(new Scene(this.command, world));
    });
  }

  close(): void {
    this.command.end();
  }
}

/** One world. */
export class Scene {
  readonly world: World;
  readonly old: string;
  readonly #command: Command;

  constructor(command: Command, world: World) {
    this.world = world;
    this.#command = command;
    this.old = snapshot(world);
  }

  /** Starts `markify apply`. */
  start(options: readonly string[], faults: Faults = {}): Launched {
    return this.#command.start(this.world, liveWords(...options), faults);
  }

  /** The same, as the program of another one, such as one that makes a terminal. */
  startIn(argv: readonly string[], options: readonly string[]): Launched {
    return this.#command.start(this.world, liveWords(...options), {}, argv);
  }

  /** Sets that the plan makes, those of IPv4 first. */
  setNames(): readonly string[] {
    return [...this.world.read("plan.yaml").matchAll(/^ {2}(S-\S+):$/gm)].map(([, name]) => name!);
  }

  /** Has one host more in the first group. */
  async changePolicy(host: string): Promise<void> {
    const { status, err } = await this.run("group", "add", "plan.yaml", this.setNames()[0]!, host);
    if (status !== 0 && status !== 1) throw new Error(`group add: ${status}: ${err}`);
  }

  /** The same to its end. */
  apply(options: readonly string[], faults: Faults = {}): Promise<Ran> {
    return this.start(options, faults).ended;
  }

  /** Any command to its end. */
  run(...words: readonly string[]): Promise<Ran> {
    return this.#command.start(this.world, words).ended;
  }

  /** Puts a program in the place of another: lines of a shell, in which `$real` is the other. */
  replace(program: string, lines: string): void {
    const real = this.world.must(`command -v ${program}`).trim();
    this.world.write(`bin/${program}`, `#!/bin/sh\nreal=${real}\nhere=${this.world.folder}\n${lines}\n`);
    this.world.must(`chmod 755 ${this.world.folder}/bin/${program}`);
  }

  /** Name of iptables-restore and its kin for this backend. */
  program(family: "v4" | "v6", what: string): string {
    return `${family === "v4" ? "iptables" : "ip6tables"}-${this.world.backend}${what === "" ? "" : `-${what}`}`;
  }

  /** Which rules are live: all old, all new (the chains of groups are in every table), or neither. */
  live(): "old" | "new" | "neither" {
    const now = snapshot(this.world);
    if (now === this.old) return "old";
    const tables = now.split(/^(?=\*)/m).filter((text) => /^\*(mangle|filter)/.test(text));
    return tables.length === 3 && tables.every((text) => text.includes("-m set --match-set"))
      ? "new"
      : "neither";
  }

  /** Folder of the newest apply. */
  folder(): string {
    return this.world.must(`ls -d ${stateOf(this.world)}/2* | tail -n 1`).trim();
  }

  decision(): string {
    return this.world.run(`readlink ${this.folder()}/decision`).out.trim();
  }

  /** Waits until the command has said something. */
  async hears(launched: Launched, words: string): Promise<void> {
    await this.until(() => launched.said().includes(words), words);
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let waited = 0; !isSo(); waited += 50) {
      if (waited > 60_000) throw new Error(`it never came to: ${what}`);
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
  }

  /** The end of everything in the world: exit code, and the rules that are live then. */
  async ends(launched: Launched, status: number | null, live: "old" | "new"): Promise<Ran> {
    const ran = await launched.ended;
    await atRest(this.world);
    expect([ran.status, this.live(), status === ran.status ? "" : ran.err]).toEqual([status, live, ""]);
    return ran;
  }
}
