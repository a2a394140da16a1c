/** A connection like that of ssh, through INPUT, held open over a whole apply: confirmed, not confirmed, and locked out by a plan that changes the policy. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKENDS, type Backend, describeKernel } from "../../kernel/harness.ts";
import { inWorld, type Launched, type World } from "../world.ts";
import { bundleCommand, type Command } from "./command.ts";
import { Neighbour } from "./neighbour.ts";

const PROGRAM = fileURLToPath(new URL("./session.py", import.meta.url));
const OWN = "10.9.0.1";
const HOSTS = [OWN, ...Array.from({ length: 11 }, (_, n) => `10.1.0.${3 * n + 1}`)];
/** One rule lets connections live on that are open; a table in front has hosts that reach nothing. */
const RULES = [
  "*mangle",
  ...["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].map((chain) => `:${chain} ACCEPT [0:0]`),
  ...[22, 80, 443].flatMap((port) =>
    Array.from(
      { length: 12 },
      (_, n) => `-A INPUT -s 10.2.0.${3 * n + 1} -p tcp -m tcp --dport ${port} -j DROP`,
    ),
  ),
  "COMMIT",
  "*filter",
  ":INPUT DROP [0:0]",
  ":FORWARD DROP [0:0]",
  ":OUTPUT ACCEPT [0:0]",
  "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  ...[22, 80, 443].flatMap((port) =>
    HOSTS.map((host) => `-A INPUT -s ${host} -p tcp -m tcp --dport ${port} -j ACCEPT`),
  ),
  "COMMIT",
  "",
].join("\n");

/** A client at the other end. */
class Client {
  readonly #world: World;
  readonly #neighbour: Neighbour;

  constructor(world: World, neighbour: Neighbour) {
    this.#world = world;
    this.#neighbour = neighbour;
    world.start(["python3", PROGRAM, "serve", "22"]);
  }

  /** Opens the connection that stays. */
  async open(): Promise<void> {
    for (let n = 0; (await this.reach()).new !== "answered" && n < 50; n++) await sleep(100);
    this.#neighbour.launch(["python3", PROGRAM, "hold", "10.9.0.254", "22", this.#world.folder]);
  }

  /** Whether the open connection, and a new one, are answered. */
  async reach(): Promise<{ readonly open: string; readonly new: string }> {
    const { status } = await this.#neighbour.launch(["python3", PROGRAM, "try", "10.9.0.254", "22"]).ended;
    return { open: this.#world.read("answer"), new: status === 0 ? "answered" : "none" };
  }

  async both(): Promise<{ readonly open: string; readonly new: string }> {
    rmSync(join(this.#world.folder, "answer"), { force: true });
    this.#world.write("ask", "");
    while (!existsSync(join(this.#world.folder, "answer"))) await sleep(50);
    return await this.reach();
  }
}

const REACHED = { open: "answered", new: "answered" };

describeKernel("a session that is open over an apply", () => {
  let command: Command;
  beforeAll(async () => {
    command = await bundleCommand();
  });
  afterAll(() => command.end());

  async function begin(world: World): Promise<Client> {
    const client = new Client(world, await Neighbour.join(world, [1]));
    world.load("v4", RULES);
    world.write("v4.rules", world.must(world.program("v4", "save")));
    await must(world, 0, "import", "v4.rules", "-o", "plan.yaml", "--tables", "filter,mangle");
    await client.open();
    expect(await client.both()).toEqual(REACHED);
    return client;
  }

  async function must(world: World, status: number, ...words: readonly string[]): Promise<void> {
    const ran = await command.start(world, words).ended;
    expect([ran.status, ran.status === status ? "" : ran.err]).toEqual([status, ""]);
  }

  async function apply(world: World, seconds: number, ...more: readonly string[]): Promise<Launched> {
    const words = ["apply", "plan.yaml", "--live", "--yes", "--owner-known", "--packets", "1000"];
    const running = command.start(world, [...words, "--seconds", String(seconds), ...more]);
    const over = running.ended.then(({ err }) => Promise.reject(new Error(err)));
    const loaded = (async () => {
      while (!running.said().includes("new connection")) await sleep(50);
    })();
    await Promise.race([loaded, over]);
    over.catch(() => {});
    return running;
  }

  test.each(BACKENDS)("%s: confirmed", (backend: Backend) =>
    inWorld(backend, async (world) => {
      const client = await begin(world);
      const running = await apply(world, 60);
      expect(await client.both()).toEqual(REACHED);
      await must(world, 0, "confirm");
      expect((await running.ended).status).toBe(0);
      expect(await client.both()).toEqual(REACHED);
    }),
  );

  test.each(BACKENDS)("%s: not confirmed", (backend: Backend) =>
    inWorld(backend, async (world) => {
      const client = await begin(world);
      const running = await apply(world, 10);
      expect(await client.both()).toEqual(REACHED);
      expect((await running.ended).status).toBe(8);
      expect(await client.both()).toEqual(REACHED);
    }),
  );

  test.each(BACKENDS)(
    "%s: locked out by a plan that changes the policy: the timer lets in again",
    (backend: Backend) =>
      inWorld(backend, async (world) => {
        const client = await begin(world);
        // In the group of hosts that reach nothing: also what is open is stopped.
        const plan = world.read("plan.yaml");
        const [, group = ""] = /^ {2}(S-\S+):\n(?: {4}.*\n)*?.*10\.2\.0\.1/m.exec(plan) ?? [];
        const { status } = await command.start(world, ["group", "add", "plan.yaml", group, OWN]).ended;
        expect(status).toBe(0);
        const running = await apply(world, 20, "--allow-policy-change");
        expect(await client.both()).toEqual({ open: "none", new: "none" });
        expect((await running.ended).status).toBe(8);
        // What was sent meanwhile is sent again, by and by.
        for (let n = 0; n < 20 && (await client.both()).open === "none"; n++) await sleep(500);
        expect(await client.both()).toEqual(REACHED);
      }),
  );
});
