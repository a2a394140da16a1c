/**
 * Another machine beside a world: a network namespace at the other end of a cable.
 */
import type { ChildProcess } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Launched, World } from "../world.ts";

/** Milliseconds that its programs may run. */
const LONGEST = 300_000;

/** The neighbour; the world itself is 10.9.0.254 and fd09::fe. */
export class Neighbour {
  readonly #world: World;
  readonly #holder: ChildProcess;

  private constructor(world: World, holder: ChildProcess) {
    this.#world = world;
    this.#holder = holder;
  }

  /** Connects one that has the addresses 10.9.0.N and fd09::N. */
  static async join(world: World, hosts: readonly number[]): Promise<Neighbour> {
    const holder = world.start(["unshare", "-n", "sleep", "100000"]);
    const own = world.must("readlink /proc/self/ns/net").trim();
    const mine = readlinkSync("/proc/self/ns/net");
    for (;;) {
      const its = readlinkSync(`/proc/${holder.pid}/ns/net`);
      if (its !== own && its !== mine) break;
      await sleep(10);
    }
    const there = `nsenter -t ${holder.pid} -n`;
    world.must(
      [
        `ip link add fw0 type veth peer name out0`,
        `ip link set out0 netns ${holder.pid}`,
        "ip addr add 10.9.0.254/24 dev fw0",
        "ip addr add fd09::fe/64 dev fw0 nodad",
        "ip link set fw0 up",
        "ip link set lo up",
        `${there} ip link set out0 up`,
        ...hosts.flatMap((host) => [
          `${there} ip addr add 10.9.0.${host}/24 dev out0`,
          `${there} ip addr add fd09::${host.toString(16)}/64 dev out0 nodad`,
        ]),
        // Rules for IPv6 may drop what asks for neighbours.
        "here=$(ip -o link show fw0 | sed 's/.*ether \\([^ ]*\\).*/\\1/')",
        `there=$(${there} ip -o link show out0 | sed 's/.*ether \\([^ ]*\\).*/\\1/')`,
        `${there} ip neigh replace fd09::fe lladdr $here dev out0 nud permanent`,
        ...hosts.map(
          (host) => `ip neigh replace fd09::${host.toString(16)} lladdr $there dev fw0 nud permanent`,
        ),
      ].join(" && "),
    );
    return new Neighbour(world, holder);
  }

  /** Starts a program there. */
  launch(argv: readonly string[]): Launched {
    return this.#world.launch(["nsenter", "-t", String(this.#holder.pid), "-n", ...argv], LONGEST);
  }
}
