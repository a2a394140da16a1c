/**
 * What `markify group add` and `remove` print leads the kernel from one product of a plan to the next: the applied file is loaded, the lines are run, and
 * what is saved then is what the edited plan's own file gives. The same for the restore text.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runIn } from "../cli/fake-io.ts";
import { filterTable, product } from "../support/small-tables.ts";
import { type Backend, BACKENDS, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";

const HOSTS = [1, 2, 3, 4, 5, 6];
/** So many that their group is a tree. */
const SOURCES = Array.from({ length: 20 }, (_, at) => `-s 10.0.1.${at + 1}/32`);
const TARGETS = HOSTS.map((host) => `-d 10.9.0.${host}/32`);
const NEW = "-m conntrack --ctstate NEW -j ACCEPT";

/** Sources, destinations, services, interfaces; a test between protocol and ports, for which each protocol of a group has a jump of its own. */
const RULES = filterTable(
  [
    "-A FORWARD -d 10.9.0.9/32 -j DROP",
    ...product("-A FORWARD", SOURCES, TARGETS, ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80"], NEW),
    ...product(
      "-A INPUT",
      SOURCES,
      [21, 25, 110, 143].map((port) => `-p tcp -m addrtype --dst-type LOCAL -m tcp --dport ${port}`),
      "-j ACCEPT",
    ),
    ...product(
      "-A OUTPUT",
      ["-o eth1", "-o eth2", "-o eth3", "-o eth4"],
      ["-p udp -m udp --dport 53", "-p udp -m udp --dport 123", "-p udp -m udp --dport 514"],
      "-j ACCEPT",
    ),
  ],
  { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" },
);

const PLAN = "old.rules.markify.yaml";

/** The edits that are tried, one after the other on one plan. */
const EDITS: readonly (readonly [verb: "add" | "remove", axis: string, ...members: readonly string[]])[] = [
  ["add", "source", "10.0.9.0/24", "10.0.8.1-10.0.8.9"],
  ["add", "destination", "10.9.0.9"],
  ["remove", "source", "10.0.1.3/32", "10.0.9.0/24"],
  ["add", "source", "10.0.1.3/32"],
  ["add", "service:tcp dport 21", "udp/69", "tcp/993"],
  ["add", "service:tcp dport 22", "tcp/8000-8100"],
  ["remove", "service:tcp dport 21", "tcp/25"],
  ["add", "out", "ppp+"],
];

interface Step {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly commands: string;
  readonly restore: string;
}

/** The products around each edit, and what it prints. */
async function takeSteps(): Promise<readonly Step[]> {
  let files: Record<string, string> = {
    ...(await runIn({ "old.rules": RULES }, ["import", "old.rules"])).files,
  };
  const succeed = async (argv: readonly string[]) => {
    const done = await runIn(files, argv);
    expect(done.code, `${argv.join(" ")}\n${done.stderr}`).toBe(0);
    return done;
  };
  const apply = async () => {
    const done = await succeed([
      "apply",
      PLAN,
      "-o",
      "new.rules",
      "--allow-policy-change",
      "--packets",
      "1000",
    ]);
    return done.files["new.rules"]!;
  };
  const { groups } = JSON.parse((await succeed(["group", "list", PLAN, "--json"])).stdout) as {
    groups: readonly { name: string; axis: string; members: readonly string[] }[];
  };
  const steps: Step[] = [];
  let before = await apply();
  for (const [verb, place, ...members] of EDITS) {
    const [axis, sign] = place.split(":");
    const group = groups.find(
      (each) => each.axis === axis && (sign === undefined || each.members.includes(sign)),
    );
    expect(group, place).toBeDefined();
    const argv = ["group", verb, PLAN, group!.name, ...members];
    const { stdout: restore } = await succeed([...argv, "--restore"]);
    const { stdout: commands, files: left } = await succeed(argv);
    files = { ...left };
    const after = await apply();
    steps.push({ name: `${verb} ${place} ${members.join(" ")}`, before, after, commands, restore });
    before = after;
  }
  return steps;
}

/** Loads a file, runs a program with `iptables` for the backend's own, and saves. */
function loadAndRun(backend: Backend, text: string, program: string): string {
  const command = `iptables-${backend}`;
  const script = [
    "set -e",
    `iptables() { ${command} "$@"; }`,
    `${command}-restore <<'FILE'\n${text}FILE`,
    program,
    `${command}-save`,
  ].join("\n");
  const run = spawnSync("unshare", ["-n", "sh", "-s"], { input: script, encoding: "utf8" });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout;
}

describeKernel("the lines of group add and group remove", () => {
  let steps: readonly Step[] = [];
  test("are printed for every edit", async () => {
    steps = await takeSteps();
    for (const { name, commands, restore } of steps) {
      expect(commands, name).toMatch(/^(?:iptables -[ADI] .*\n)+$/);
      expect(restore, name).toMatch(/^\*filter\n(?:-[ADI] .*\n)+COMMIT\n$/);
    }
  }, 120_000);

  test.each(BACKENDS)(
    "lead to what apply makes of the edited plan: %s",
    (backend) => {
      expect(steps).toHaveLength(EDITS.length);
      for (const { name, before, after, commands, restore } of steps) {
        const loaded = loadAndSave({ family: "v4", backend, text: after });
        const wanted = normaliseSaved(loaded.saved);
        expect(normaliseSaved(loadAndSave({ family: "v4", backend, text: before }).saved), name).not.toEqual(
          wanted,
        );
        expect(normaliseSaved(loadAndRun(backend, before, commands)), name).toEqual(wanted);
        const whole = `iptables-${backend}-restore --noflush <<'CHANGE'\n${restore}CHANGE`;
        expect(normaliseSaved(loadAndRun(backend, before, whole)), name).toEqual(wanted);
      }
    },
    120_000,
  );
});
