/**
 * Rewritten raw, mangle and nat tables in the kernel: they load with both backends, packets fare as before; and which packets mangle OUTPUT routes a second time.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { REWRITABLE_TABLES } from "../../src/cluster/segments.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { FOUR_TABLES } from "../support/four-tables.ts";
import { SEED } from "../support/seed.ts";
import { NO_OPTIONS, planOf, readRuleset, rewriteOf } from "../support/small-tables.ts";
import {
  type Backend,
  BACKENDS,
  countRules,
  describeKernel,
  loadAndSave,
  normaliseSaved,
} from "./harness.ts";

function rewriteTables(text: string, rewriteTables: readonly string[]): string {
  const old = readRuleset(text, "v4");
  return rewriteOf(old, planOf(old, { ...NO_OPTIONS, rewriteTables })).text;
}

/** Sources of groups. */
const HALF_A_GROUP = /^-A S-\S+ -s 10\.[12]\.(?:0\.[1-3]|[1-3]\.0)\/\d+ -j MARK .*\n/gm;

/** Two ways out; a program that chooses the first for itself, by IP_UNICAST_IF, takes the second where its packets are routed a second time. */
const TWO_WAYS = `set -e
for at in 0 1; do
  ip link add way$at type veth peer name end$at
  ip link set way$at up; ip link set end$at up
  ip address add 10.0.$at.1/24 dev way$at
  ip neighbour add 10.0.$at.2 lladdr 02:00:00:00:00:02 dev way$at
done
ip route add default via 10.0.1.2 metric 10
ip route add default via 10.0.0.2 metric 100
iptables-$1-restore
sent() { awk -v name=way$1: '$1 == name { print $11 }' /proc/net/dev; }
before0=$(sent 0); before1=$(sent 1)
python3 -c '
import socket, struct, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, 50, struct.pack("!I", socket.if_nametoindex("way0")))
out.setsockopt(socket.SOL_SOCKET, socket.SO_MARK if hasattr(socket, "SO_MARK") else 36, int(sys.argv[1]))
for _ in range(50): out.sendto(b"x", ("198.51.100.9", 9))
' "$2"
after0=$(sent 0); after1=$(sent 1)
echo $((after0 - before0)) $((after1 - before1))
`;

/** Whether packets with a mark are routed a second time; the odd packet of IPv6 beside them does not count. */
function isRerouted(backend: Backend, rules: readonly string[], mark: number): boolean {
  const input = `*mangle\n:OUTPUT ACCEPT [0:0]\n:GROUP - [0:0]\n${rules.map((rule) => `${rule}\n`).join("")}COMMIT\n`;
  const { stdout, stderr } = spawnSync("unshare", ["-n", "sh", "-c", TWO_WAYS, "sh", backend, String(mark)], {
    input,
    encoding: "utf8",
  });
  const [first = 0, second = 0] = stdout.split(" ").map(Number);
  expect(Math.max(first, second), stderr).toBeGreaterThanOrEqual(50);
  expect(Math.min(first, second), stderr).toBeLessThan(25);
  return second > first;
}

describeKernel("rewritten raw, mangle and nat", () => {
  test.each(BACKENDS)("load, and are there as they were emitted (%s)", (backend) => {
    const text = rewriteTables(FOUR_TABLES, REWRITABLE_TABLES);
    const { errors, saved } = loadAndSave({ family: "v4", backend, text });
    expect(errors).toBe("");
    expect(countRules(normaliseSaved(saved))).toEqual(countRules(normaliseSaved(text)));
    expect(rewriteTables(saved, REWRITABLE_TABLES), "what was saved is known again").toBe(saved);
  });

  test.each(BACKENDS.flatMap((backend) => REWRITABLE_TABLES.map((table) => [backend, table] as const)))(
    "%s: packets through %s fare as before",
    async (backend, table) => {
      const old = readRuleset(FOUR_TABLES, "v4", "old.rules");
      const rewritten = rewriteTables(FOUR_TABLES, [table]);
      const now = readRuleset(rewritten, "v4", "new.rules");
      const options = { backends: [backend], packets: 1000, seed: SEED, ownBits: 0x7 };
      const [report] = await checkInKernel(old, now, options);
      expect(report!.failure).toBeUndefined();
      expect(report!.differences).toEqual([]);
      expect(report!.sent).toBeGreaterThan(100);
      // The same packets find a group that has lost half of its members.
      const lame = readRuleset(rewritten.replace(HALF_A_GROUP, ""), "v4", "lame.rules");
      const [other] = await checkInKernel(old, lame, options);
      expect(other!.differences.length).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(BACKENDS)("mangle OUTPUT compares the mark at entry and exit (%s)", (backend) => {
    const clear = "-A OUTPUT -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7";
    expect(isRerouted(backend, [], 0), "no rules").toBe(false);
    expect(isRerouted(backend, ["-A OUTPUT -j MARK --set-xmark 0x1/0x1"], 0), "a bit is set").toBe(true);
    const there = ["-A GROUP -p udp -j MARK --set-xmark 0x1/0x1", "-A OUTPUT -j GROUP", clear];
    expect(isRerouted(backend, there, 0), "set and cleared again: no change").toBe(false);
    expect(isRerouted(backend, [clear], 1), "a bit that came with the packet is cleared").toBe(true);
    expect(isRerouted(backend, [clear], 8), "other bits stay").toBe(false);
  });
});
