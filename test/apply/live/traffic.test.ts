/**
 * Packets at full rate while tables are loaded over and over, old, new, old: none that both rulesets drop gets through, none that both accept is lost.
 *
 * Counted in the kernel, by a table of nft's own: as packets come to the hook, and behind everything that iptables has there. What queues lose before, and
 * sockets behind it, is in neither number.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { replaceInPlace } from "../../../src/apply/table-texts.ts";
import { BACKENDS, type Backend, describeKernel } from "../../kernel/harness.ts";
import { inWorld, type World } from "../world.ts";
import { bundleCommand, type Command, stateOf } from "./command.ts";
import { Neighbour } from "./neighbour.ts";

const FLOOD = fileURLToPath(new URL("./flood.py", import.meta.url));
const FAMILIES = ["v4", "v6"] as const;
const PORT = 9999;
const SECONDS = 6;

/** Hosts that send: what becomes of their packets in the old rules and in the new ones. */
const HOSTS = { "both accept": 1, "both drop": 2, "the old filter drops, the new mangle drops": 3 } as const;
type Fate = keyof typeof HOSTS;
const FATES = Object.keys(HOSTS) as readonly Fate[];

const address = (family: "v4" | "v6", host: number): string =>
  family === "v4" ? `10.9.0.${host}` : `fd09::${host.toString(16)}`;

/** Many hosts may reach many ports; a table before has hosts that reach nothing. */
function makeRules(family: "v4" | "v6"): string {
  const host = (n: number): string =>
    family === "v4" ? `10.0.${n >> 6}.${3 * (n & 63) + 1}` : `fd00::${(3 * n + 1).toString(16)}`;
  const list = (
    from: number,
    ports: readonly number[],
    target: string,
    more: readonly string[],
  ): readonly string[] =>
    ports.flatMap((port) =>
      [...Array.from({ length: 30 }, (_, n) => host(from + n)), ...more].map(
        (source) => `-A INPUT -s ${source} -p udp -m udp --dport ${port} -j ${target}`,
      ),
    );
  const ports = Array.from({ length: 8 }, (_, n) => 1000 + 7 * n);
  const chains = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].map(
    (chain) => `:${chain} ACCEPT [0:0]`,
  );
  const filter = [":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]"];
  const accepts = list(100, [...ports, PORT], "ACCEPT", [address(family, HOSTS["both accept"])]);
  return [
    "*mangle",
    ...chains,
    ...list(0, [53, PORT, 5353], "DROP", []),
    "COMMIT",
    "*filter",
    ...filter,
    ...accepts,
    "COMMIT",
    "",
  ].join("\n");
}

function probe(): string {
  const name = (family: string, fate: Fate, where: string): string => `${where}_${family}_${HOSTS[fate]}`;
  const all = FAMILIES.flatMap((family) => FATES.map((fate) => [family, fate] as const));
  const chain = (where: string, priority: number, verdict: string): string =>
    `chain ${where} { type filter hook input priority ${priority};\n${all
      .map(
        ([family, fate]) =>
          `udp dport ${PORT} ${family === "v4" ? "ip" : "ip6"} saddr ${address(family, HOSTS[fate])} counter name ${name(family, fate, where)} ${verdict}`,
      )
      .join("\n")}\n}`;
  const counters = all.flatMap(([family, fate]) =>
    ["before", "after"].map((where) => `counter ${name(family, fate, where)} { }`),
  );
  return `table inet probe {\n${counters.join("\n")}\n${chain("before", -1000, "")}\n${chain("after", 1000, "drop")}\n}\n`;
}

/** Packets before and behind the firewall, by family and fate. */
function readCounters(world: World): ReadonlyMap<string, number> {
  const text = world.must("nft list counters table inet probe");
  return new Map(
    [...text.matchAll(/counter (\S+) \{\s+packets (\d+)/g)].map(([, name, count]) => [name!, Number(count)]),
  );
}

/** Loads what an apply has loaded, and what was there before, again and again, as apply does; gives how many times. */
function loadOverAndOver(world: World, backend: Backend, folder: string): number {
  const order = world
    .must(`cat ${folder}/touched`)
    .trim()
    .split("\n")
    .map((line) => line.split(" ") as ["v4" | "v6", string]);
  const load =
    (from: "old" | "new") =>
    ([family, table]: readonly ["v4" | "v6", string]): string => {
      const read = (which: string) => world.must(`cat ${folder}/${which}/${family}.${table}`);
      const inPlace = replaceInPlace(read(from), read(from === "new" ? "old" : "new"));
      world.write(`${from}.${family}.${table}`, backend === "nft" ? inPlace : read(from));
      const options = backend === "nft" ? "-c --noflush" : "-c";
      return `${world.program(family, "restore")} ${options} <${world.folder}/${from}.${family}.${table} || exit 1`;
    };
  const round = [...order.map(load("new")), ...order.toReversed().map(load("old"))];
  const out = world.must(
    `end=$(($(cut -d . -f 1 /proc/uptime) + ${SECONDS})); n=0\nwhile [ $(cut -d . -f 1 /proc/uptime) -lt $end ]; do\n${round.join("\n")}\nn=$((n + 1)); done; echo $n`,
  );
  return Number(out) * round.length;
}

async function applyOnce(command: Command, world: World, isChange: boolean): Promise<string> {
  for (const family of FAMILIES) {
    world.load(family, makeRules(family));
    world.write(`${family}.rules`, world.must(world.program(family, "save")));
  }
  const run = async (status: number, ...words: readonly string[]): Promise<void> => {
    const ran = await command.start(world, words).ended;
    if (ran.status !== status) throw new Error(`${words.join(" ")}: exit ${ran.status}: ${ran.err}`);
  };
  await run(0, "import", "v4.rules", "v6.rules", "-o", "plan.yaml", "--tables", "filter,mangle");
  if (isChange) {
    const groups = [
      ...world.read("plan.yaml").matchAll(/^ {2}(S-\S+):\n(?: {4}.*\n)*? {4}members:\s*\[?\s*-? ?(\S+)/gm),
    ];
    for (const [, name, first] of groups) {
      const family = first!.includes(":") ? "v6" : "v4";
      await run(
        0,
        "group",
        "add",
        "plan.yaml",
        name!,
        address(family, HOSTS["the old filter drops, the new mangle drops"]),
      );
    }
  }
  const options = isChange ? ["--allow-policy-change"] : [];
  await run(
    0,
    "apply",
    "plan.yaml",
    "--live",
    "--yes",
    "--owner-known",
    "--packets",
    "1000",
    "--confirm-after-check",
    "true",
    ...options,
  );
  return world.must(`ls -d ${stateOf(world)}/2*`).trim();
}

describeKernel("traffic during the load", () => {
  let command: Command;
  beforeAll(async () => {
    command = await bundleCommand();
  });
  afterAll(() => command.end());

  const cases = BACKENDS.flatMap((backend): [Backend, string, boolean][] => [
    [backend, "the policy stays", false],
    [backend, "the policy changes", true],
  ]);
  test.each(cases)("%s, %s: nothing gets through, nothing is lost", (backend, _, isChange) =>
    inWorld(backend, async (world) => {
      const neighbour = await Neighbour.join(world, [1, 2, 3]);
      world.must("nft -f -", probe());
      const folder = await applyOnce(command, world, isChange);
      if (isChange)
        for (const family of FAMILIES)
          for (const table of ["mangle", "filter"])
            expect(world.must(`cat ${folder}/new/${family}.${table}`)).toContain(
              `-s ${address(family, HOSTS["the old filter drops, the new mangle drops"])}`,
            );
      const floods = FAMILIES.map((family) =>
        neighbour.launch([
          "python3",
          FLOOD,
          address(family, 254),
          String(PORT),
          ...FATES.map((fate) => address(family, HOSTS[fate])),
        ]),
      );
      const loads = loadOverAndOver(world, backend, folder);
      for (const { child } of floods) child.kill("SIGKILL");
      await Promise.all(floods.map(({ ended }) => ended));
      const counts = readCounters(world);
      let all = 0;
      for (const family of FAMILIES) {
        for (const fate of FATES) {
          const [came, went] = ["before", "after"].map(
            (where) => counts.get(`${where}_${family}_${HOSTS[fate]}`)!,
          );
          all += came!;
          expect(came, `${family}, ${fate}`).toBeGreaterThan(1000);
          expect([family, fate, went]).toEqual([family, fate, fate === "both accept" ? came : 0]);
        }
      }
      console.log(`${backend}: ${loads} loads in ${SECONDS} s, ${all} packets`);
      expect(loads).toBeGreaterThan(3);
    }),
  );
});
