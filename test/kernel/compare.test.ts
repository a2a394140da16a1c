/** Old against new in the kernel: what is found, what is not, and that nothing stays behind. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { checkInKernel, missingForKernel } from "../../src/verify/kernel/check.ts";
import type { Backend, KernelReport } from "../../src/verify/kernel/types.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";
import { BACKENDS, describeKernel } from "./harness.ts";

/** Compares two texts under one backend. */
async function compare(
  old: string,
  now: string,
  backend: Backend,
  packets = 400,
  family: Family = "v4",
): Promise<KernelReport> {
  const pair = [readRuleset(old, family, "old.rules"), readRuleset(now, family, "new.rules")] as const;
  expect(missingForKernel(pair, [backend])).toEqual([]);
  const [report] = await checkInKernel(...pair, { backends: [backend], packets, seed: SEED, ownBits: 0 });
  return report!;
}

const forward = (...rules: readonly string[]) =>
  filterTable(
    rules.map((rule) => `-A FORWARD ${rule}`),
    { FORWARD: "DROP" },
  );
const input = (...rules: readonly string[]) =>
  filterTable(
    rules.map((rule) => `-A INPUT ${rule}`),
    { INPUT: "DROP" },
  );

interface Case {
  readonly name: string;
  readonly old: string;
  readonly new: string;
  readonly differs: readonly string[];
  readonly family?: Family;
}

const DIFFERENT: readonly Case[] = [
  {
    name: "a port",
    old: forward("-p tcp -m tcp --dport 80 -j ACCEPT"),
    new: forward("-p tcp -m tcp --dport 81 -j ACCEPT"),
    differs: ["verdict"],
  },
  {
    name: "a mark",
    old: forward("-p tcp -j MARK --set-mark 1", "-j ACCEPT"),
    new: forward("-p tcp -j MARK --set-mark 2", "-j ACCEPT"),
    differs: ["mark"],
  },
  {
    name: "a connection mark",
    old: input("-m conntrack --ctstate NEW -j CONNMARK --set-mark 1", "-j ACCEPT"),
    new: input("-m conntrack --ctstate NEW -j CONNMARK --set-mark 2", "-j ACCEPT"),
    differs: ["connmark"],
  },
  {
    name: "an answer",
    old: input("-j REJECT --reject-with icmp-port-unreachable"),
    new: input("-j REJECT --reject-with icmp-admin-prohibited"),
    differs: ["answers"],
  },
  {
    name: "a reset",
    old: input("-p tcp -j REJECT --reject-with tcp-reset"),
    new: input("-p tcp -j REJECT"),
    differs: ["answers"],
  },
  {
    name: "a log line",
    old: input('-p udp -j LOG --log-prefix "a"'),
    new: input('-p udp -j LOG --log-prefix "b"'),
    differs: ["logs"],
  },
  {
    name: "a hardware address",
    old: input("-m mac --mac-source 02:00:00:00:00:01 -j ACCEPT"),
    new: input("-m mac --mac-source 02:00:00:00:00:02 -j ACCEPT"),
    differs: ["verdict"],
  },
  {
    name: "a state",
    old: input("-m conntrack --ctstate RELATED -j ACCEPT"),
    new: input("-m conntrack --ctstate ESTABLISHED -j ACCEPT"),
    differs: ["verdict"],
  },
  {
    name: "what a packet looks like",
    old: "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j TTL --ttl-set 9\nCOMMIT\n",
    new: "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j TTL --ttl-set 8\nCOMMIT\n",
    differs: ["bytes"],
  },
  {
    name: "a security table",
    old: "*security\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -j DROP\nCOMMIT\n",
    new: "*security\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -j DROP\nCOMMIT\n",
    differs: ["verdict"],
  },
  {
    name: "IPv6",
    old: input("-s 2001:db8::/64 -j ACCEPT"),
    new: input("-s 2001:db8::/65 -j ACCEPT"),
    differs: ["verdict"],
    family: "v6",
  },
];

describeKernel("old against new", () => {
  test.each(DIFFERENT.flatMap((one) => BACKENDS.map((backend) => ({ ...one, backend }))))(
    "$name is seen with $backend",
    async ({ old, new: now, differs, backend, family }) => {
      const report = await compare(old, now, backend, 400, family);
      expect(report.failure).toBeUndefined();
      expect(report.differing).toBeGreaterThan(0);
      expect(new Set(report.differences.flatMap((found) => found.differs))).toEqual(
        expect.objectContaining(new Set(differs)),
      );
      expect(report.differences.some((found) => differs.every((name) => found.differs.includes(name)))).toBe(
        true,
      );
    },
  );

  test.each(BACKENDS)(
    "%s: the same in other words is the same, with a limit that is used up on both sides",
    async (backend) => {
      const rest = [
        "-m limit --limit 1/hour --limit-burst 2 -j LOG",
        "-m conntrack --ctstate ESTABLISHED -j ACCEPT",
      ];
      const old = forward(...rest, "-p tcp -m tcp --dport 22:23 -j ACCEPT");
      const now = forward(
        ...rest,
        "-p tcp -m tcp --dport 22 -j ACCEPT",
        "-p tcp -m tcp --dport 23 -j ACCEPT",
      );
      const report = await compare(old, now, backend);
      expect(report).toMatchObject({ differing: 0, differences: [] });
      expect(report.sent).toBeGreaterThan(300);
      expect(report.sent + report.notSent.reduce((sum, { packets }) => sum + packets, 0)).toBe(400);
    },
  );

  test("what rules with a state remember is tried again with the packets before", async () => {
    const rule = "-m limit --limit 1/hour --limit-burst 4 -j ACCEPT";
    const report = await compare(forward(rule), forward(rule, rule), "legacy", 100);
    expect(report.differences[0]).toMatchObject({
      differs: expect.arrayContaining(["verdict"]),
      old: { verdict: "dropped" },
    });
  });

  test("what does not load is a failure that names the file and the program", async () => {
    const broken = input("-m strange --thing 1 -j ACCEPT");
    const report = await compare(input("-j ACCEPT"), broken, "legacy", 50);
    expect(report.failure).toMatch(/^new\.rules does not load with iptables-legacy-restore: .*strange/s);
  });
});

describeKernel("nothing stays behind", () => {
  const helper = fileURLToPath(new URL("../../src/verify/kernel/helper/main.py", import.meta.url));
  const setUp = { family: 4, kind: "tap", devices: ["mkgone0"], begins: ["INPUT"], ends: [], tracked: false };

  /** Processes that run the helper, started by a process. */
  function helpersOf(parent: number): readonly string[] {
    return readdirSync("/proc").filter((name) => {
      try {
        const isHelper = readFileSync(`/proc/${name}/cmdline`, "latin1").includes(helper);
        return (
          isHelper &&
          readFileSync(`/proc/${name}/stat`, "latin1").split(") ")[1]?.split(" ")[1] === String(parent)
        );
      } catch {
        return false;
      }
    });
  }

  const isThere = (pid: string) => readdirSync("/proc").includes(pid);

  test("when the parent is killed, the helper and its namespace end", async () => {
    const program = `
      const child = require("node:child_process").spawn("python3", [${JSON.stringify(helper)}], { stdio: ["pipe", "pipe", "inherit"] });
      child.stdin.write(${JSON.stringify(`${JSON.stringify({ setUp })}\n`)});
      child.stdout.once("data", (line) => console.log(String(line)));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = await once(parent.stdout, "data");
      expect(JSON.parse(String(line))).toMatchObject({ failed: {} });
      const [started, ...others] = helpersOf(parent.pid!);
      expect([typeof started, others]).toEqual(["string", []]);
      // Its device is in no other namespace.
      expect(spawnSync("ip", ["link", "show", "mkgone0"]).status).not.toBe(0);
      parent.kill("SIGKILL");
      await once(parent, "exit");
      for (let tries = 0; tries < 50 && isThere(started!); tries++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(isThere(started!)).toBe(false);
    } finally {
      parent.kill("SIGKILL");
    }
  });
});
