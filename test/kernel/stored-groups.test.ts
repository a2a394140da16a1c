/**
 * Groups in ipsets in the kernel: the files load in the printed order and again while they are in use, packets hit and miss, no packet meets a set half full, and what the
 * kernel saves is known again.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { printSetFile } from "../../src/emit/ipset-file.ts";
import type { Family } from "../../src/model/types.ts";
import { knowGroupSets } from "../../src/sets/know.ts";
import { parseSets } from "../../src/sets/parse.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, planOf, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { type Backend, BACKENDS, describeKernel } from "./harness.ts";

const SOURCES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.0/8", "10.1.2.0/24", "192.0.2.7/32", "172.16.0.0/12"],
  v6: ["2001:db8::/32", "2001:db8:1::/48", "fd00::7/128", "fd01::/16"],
};
const targetOf = (family: Family, at: number): string =>
  family === "v4" ? `198.51.100.${at}/32` : `2001:db8:9::${at}/128`;

function flat(family: Family): string {
  const rules = SOURCES[family].flatMap((source) =>
    Array.from({ length: 9 }, (_, at) => `-A FORWARD -s ${source} -d ${targetOf(family, at + 1)} -j ACCEPT`),
  );
  return filterTable(rules, { FORWARD: "DROP" });
}

function store(family: Family, members?: readonly string[]) {
  const old = readRuleset(flat(family), family, "old.rules");
  const found = planOf(old);
  // A name with every sign that a chain may have, and the longest there is.
  const groups = found.groups.map((group) => ({
    ...group,
    name: group.axis === "source" ? "S-A.b:c+d@e/f-01234567890123" : group.name,
    ...(members === undefined || group.axis !== "source" ? {} : { added: members }),
  }));
  const { rewritten, text } = rewriteOf(old, { ...found, groups, storage: "ipset" });
  return { old, text, sets: printSetFile(rewritten.sets, []) };
}

function see(text: string, sets: string, family: Family) {
  const read = parseSets(makeSourceFile("sets", sets)).sets!;
  return knowGroupSets([readRuleset(text, family, "new.rules")], read)[0]!;
}

/** Runs a shell program in a namespace; its files are the arguments. */
function inNamespace(program: string, ...files: readonly string[]) {
  const cut = files.map((text, at) => `head -c ${Buffer.byteLength(text)} > "$T/${at + 1}"`);
  const script = ["T=$(mktemp -d)", "trap 'rm -rf \"$T\"' EXIT", ...cut, "set -e", program].join("\n");
  const run = spawnSync("unshare", ["-n", "sh", "-c", script], { input: files.join(""), encoding: "utf8" });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout;
}

const command = (backend: Backend, family: Family) =>
  `${family === "v6" ? "ip6tables" : "iptables"}-${backend}`;

const CASES = BACKENDS.flatMap((backend) =>
  (["v4", "v6"] as const).map((family) => [backend, family] as const),
);

describeKernel("groups in ipsets", () => {
  test.each(CASES)(
    "%s %s: load, load again while in use, and what is saved is known again",
    (backend, family) => {
      const first = store(family);
      const more = store(family, [family === "v4" ? "203.0.113.0/24" : "2001:db9::/32"]);
      const iptables = command(backend, family);
      const out = inNamespace(
        [
          'ipset restore -file "$T/1"',
          `${iptables}-restore "$T/2"`,
          'ipset restore -file "$T/3"',
          'ipset restore -file "$T/3"',
          `${iptables}-restore "$T/2"`,
          `${iptables}-save`,
          "echo =====",
          "ipset save",
        ].join("\n"),
        first.sets,
        first.text,
        more.sets,
      );
      const [saved = "", sets = ""] = out.split("=====\n");
      expect(sets.match(/^add /gm)).toHaveLength(more.sets.match(/^add /gm)!.length);
      expect(sets).not.toContain("~");
      const again = see(saved, sets, family);
      const plan = planOf(again);
      expect(plan.groups.map(({ storage }) => storage)).toEqual(["ipset", "ipset"]);
      expect(rewriteOf(again, plan).rewritten.changed).toBe(false);
    },
  );

  test.each(CASES)(
    "%s %s: packets fare as before, and a set with half of its members is found out",
    async (backend, family) => {
      const { old, text, sets } = store(family);
      const options = { backends: [backend], packets: 1000, seed: SEED, ownBits: 0x3 };
      const [report] = await checkInKernel(old, see(text, sets, family), options);
      expect(report!.failure).toBeUndefined();
      expect(report!.differences).toEqual([]);
      expect(report!.sent).toBeGreaterThan(100);
      const lame = see(text, sets.replace(/^(add S-.*\n)(add S-.*\n)/gm, "$1"), family);
      const [other] = await checkInKernel(old, lame, options);
      expect(other!.differences.length).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(BACKENDS)(
    "%s: no packet meets a set that is half full while it is loaded again",
    (backend) => {
      const members = Array.from({ length: 4000 }, (_, at) => `10.${9 + (at >> 8)}.${at & 255}.0/24`);
      const set = { name: "S-HOSTS", family: "v4" as const, members: [...members, "127.0.0.1/32"] };
      const rules = [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        "-A INPUT -p udp -m set --match-set S-HOSTS src -j ACCEPT",
        "-A INPUT -p udp -j DROP",
        "COMMIT",
        "",
      ].join("\n");
      const program = `ip link set lo up
ipset restore -file "$T/1"
iptables-${backend}-restore "$T/2"
python3 - "$T/1" <<'END'
import socket, subprocess, sys
into = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
into.bind(("127.0.0.1", 0))
into.settimeout(2)
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent = 0
for _ in range(5):
    load = subprocess.Popen(["ipset", "restore", "-file", sys.argv[1]])
    while load.poll() is None:
        out.sendto(b"x", into.getsockname())
        into.recv(9)
        sent += 1
    if load.returncode: sys.exit("ipset restore failed")
print(sent)
END
ipset test S-HOSTS 127.0.0.1 2>/dev/null
ipset list S-HOSTS -t | grep -c 'References: 1'`;
      const [sent] = inNamespace(program, printSetFile([set], []), rules).split("\n");
      expect(Number(sent)).toBeGreaterThan(50);
    },
    60_000,
  );
});
