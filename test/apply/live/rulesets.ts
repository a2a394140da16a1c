/**
 * Rulesets for whole commands: flat, so that `import` finds groups in three tables of both families.
 */
import type { Backend } from "../../kernel/harness.ts";
import { inWorld, type World } from "../world.ts";
import { type Command, stateOf } from "./command.ts";

const PORTS = [22, 80, 443];

const V4_HOSTS = Array.from({ length: 9 }, (_, n) => `10.0.2.${3 * n + 1}/32`);
const V6_HOSTS = Array.from({ length: 9 }, (_, n) => `2001:db8::${3 * n + 1}/128`);

function rules(hosts: readonly string[], ports: readonly number[], target: string): readonly string[] {
  return ports.flatMap((port) =>
    hosts.map((host, n) => `[${n}:${60 * n}] -A INPUT -s ${host} -p tcp -m tcp --dport ${port} -j ${target}`),
  );
}

function table(name: string, chains: readonly string[], lines: readonly string[]): string {
  return `${[`*${name}`, ...chains, ...lines, "COMMIT"].join("\n")}\n`;
}

const MANGLE = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].map(
  (chain) => `:${chain} ACCEPT [0:0]`,
);
const FILTER = [":INPUT DROP [5:300]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [7:420]"];
const THEIRS = ["[4:240] -A f2b-sshd -s 198.51.100.1/32 -j DROP", "[1:60] -A f2b-sshd -j RETURN"];

/** What is live before. */
export const OLD = {
  v4:
    table("mangle", MANGLE, rules(V4_HOSTS, [25, 110, 143], "DROP")) +
    table(
      "filter",
      [...FILTER, ":f2b-sshd - [0:0]"],
      ["[5:300] -A INPUT -j f2b-sshd", ...rules(V4_HOSTS, PORTS, "ACCEPT"), ...THEIRS],
    ),
  v6: table("filter", FILTER, rules(V6_HOSTS, PORTS, "ACCEPT")),
};

/** A set of somebody else's. */
const OTHER_SET = "create theirs hash:ip family inet\nadd theirs 192.0.2.77\n";

/** A plan and the files that it was made from, by their names. */
export type PlanFiles = Readonly<Record<string, string>>;

const PLAN = "plan.yaml";

/** Loads the old rules; gives the words of `import` that make a plan of them with groups in sets. */
export function loadOld(world: World): readonly string[] {
  world.must("ip link set lo up");
  world.must("ipset restore", OTHER_SET);
  for (const family of ["v4", "v6"] as const) {
    world.load(family, OLD[family]);
    world.write(`${family}.rules`, world.must(world.program(family, "save")));
  }
  return ["import", "v4.rules", "v6.rules", "-o", PLAN, "--members", "ipset", "--tables", "filter,mangle"];
}

/** A plan for the old rules of a backend: it fits every world of it. */
export async function makePlan(command: Command, backend: Backend): Promise<PlanFiles> {
  const files: Record<string, string> = {};
  await inWorld(backend, async (world) => {
    const { status, err } = await command.start(world, loadOld(world)).ended;
    if (status !== 0) throw new Error(`import ended with ${status}: ${err}`);
    for (const name of ["v4.rules", "v6.rules", PLAN]) files[name] = world.read(name);
  });
  return files;
}

/** Loads the old rules and lays a plan of them down. */
export function setUp(world: World, files: PlanFiles): void {
  loadOld(world);
  for (const [name, text] of Object.entries(files)) world.write(name, Buffer.from(text, "latin1"));
}

/** All that is live, without what is counted and what tells the time. */
export function snapshot(world: World): string {
  const tables = (["v4", "v6"] as const).map(
    (family) => `${family}\n${world.must(world.program(family, "save"))}`,
  );
  const sets = world
    .must("ipset save")
    .replace(/ (hashsize|initval|bucketsize) \S+/g, "")
    .split("\n")
    .sort();
  return `${tables.join("")}${sets.join("\n")}`.replace(/^#.*\n/gm, "").replace(/\[\d+:\d+\]/g, "[0:0]");
}

/** The words of a live apply that a script would use. */
export function liveWords(...more: readonly string[]): readonly string[] {
  return ["apply", PLAN, "--live", "--yes", "--owner-known", "--packets", "1000", ...more];
}

/** What an apply's folder says, by its number from the end; empty where there is none. */
export function folders(world: World): readonly string[] {
  const { out } = world.run(`ls ${stateOf(world)}`);
  return out.split("\n").filter((name) => name !== "");
}
