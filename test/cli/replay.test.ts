/** `markify replay` in a world of fakes: what is printed, exit codes, JSON, wrong usage, this host. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { ethernet, FLAG, ipv4, pcap, tcp } from "../replay/packet-bytes.ts";
import { ROUTES } from "../replay/run.ts";
import { filterOf } from "../verify/samples.ts";
import { runIn } from "./fake-io.ts";

const OLD = filterOf(
  [
    "-A INPUT -d 192.0.2.1/32 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT",
  ],
  "DROP",
);
const OTHER = OLD.replace("--dport 80", "--dport 81");

const SEEN = pcap(
  [22, 22, 80, 443].map((port) =>
    ethernet(0x0800, ipv4("198.51.100.7", "192.0.2.1", 6, tcp(40_000, port, FLAG.SYN))),
  ),
);
const inText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const FILES = {
  "old.rules": OLD,
  "new.rules": OLD,
  "other.rules": OTHER,
  "seen.pcap": inText(SEEN),
  "host.routes": ROUTES,
};

function replayIn(args: readonly string[], changes: Partial<Io> = {}, stdin = "", files = {}) {
  return runIn({ ...FILES, ...files }, ["replay", ...args], changes, stdin);
}

const ROUTED = ["--packets-from", "seen.pcap", "--routes", "host.routes"];

describe("text", () => {
  test("nothing differs", async () => {
    const { code, stdout, stderr } = await replayIn(["old.rules", "new.rules", ...ROUTED]);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "none of 4 packets fares otherwise
        verdicts
                     3  ACCEPT → ACCEPT
                     1  DROP → DROP
        rules of the new ruleset that decide most
                     2  line 5 (filter): -A INPUT -d 192.0.2.1/32 -p tcp -m tcp --dport 22 -j ACCEPT
                     1  line 6 (filter): -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
                     1  the policy of INPUT (filter)
        note: Connection states are found out from the capture: a connection's first packet in it counts
        as its first one, but for tcp and sctp, of which the beginning has to be seen.
        note: Packets count as coming in without a mark, and their connections as having none.
      "
    `);
    expect(stderr).toBe("old.rules and new.rules: none of 4 packets fares otherwise\n");
  });

  test("a packet fares otherwise", async () => {
    const { code, stdout, stderr } = await replayIn(["old.rules", "other.rules", ...ROUTED]);
    expect(code).toBe(1);
    expect(stdout.split("\n").slice(0, 8)).toMatchInlineSnapshot(`
      [
        "1 of 4 packets fares otherwise",
        "  1 packet ACCEPT → DROP",
        "    such as: hook=INPUT in=eth0 source=198.51.100.7 destination=192.0.2.1 protocol=tcp",
        "    sourcePort=40000 destinationPort=80 tcpFlags=SYN mark=0x0 connmark=0x0 ctstate=NEW",
        "    old: ACCEPT by line 6 (filter): -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT",
        "    new: DROP by the policy of INPUT (filter)",
        "  verdicts",
        "               1  ACCEPT → DROP",
      ]
    `);
    expect(stderr).toBe("old.rules and other.rules: 1 of 4 packets fares otherwise\n");
  });

  test("nothing can be judged: why, and what would help", async () => {
    const { code, stdout } = await replayIn(["old.rules", "new.rules", "--packets-from", "seen.pcap"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^none of 4 packets could be judged\n/);
    expect(stdout).toContain("--routes");
  });
});

test("JSON has all of it", async () => {
  const { code, stdout } = await replayIn(["old.rules", "other.rules", ...ROUTED, "--json"]);
  expect(code).toBe(1);
  const view = JSON.parse(stdout);
  expect(view).toMatchObject({
    version: 1,
    result: "different",
    packets: 4,
    judged: 4,
    different: 1,
    diagnostics: [],
  });
  expect(view.differences[0].packet).toMatchObject({ hook: "INPUT", destinationPort: "80" });
});

test("a capture on standard input, with gzip", async () => {
  const args = ["old.rules", "new.rules", "--packets-from", "-", "--routes", "host.routes"];
  const packed = inText(gzipSync(SEEN));
  expect((await replayIn(args, {}, packed)).stderr).toBe(
    "old.rules and new.rules: none of 4 packets fares otherwise\n",
  );
  const damaged = await replayIn(args, {}, packed.slice(0, -20));
  expect(damaged.code).toBe(2);
  expect(damaged.stderr).toMatch(/damaged or cut off/);
});

test("rules that can't be read are not judged", async () => {
  const unread = OLD.replace(
    "-A INPUT -p tcp -m tcp --dport 80",
    "-A INPUT --nonsense 3 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 80",
  );
  const { code, stdout } = await replayIn(["u.rules", "u.rules", ...ROUTED, "--keep-unparsed"], {}, "", {
    "u.rules": unread,
  });
  expect(code).toBe(0);
  expect(stdout).toContain("none of 2 packets fares otherwise; 2 could not be judged");
  expect(stdout).toMatch(/2 {2}line 6 of the old ruleset can't be read/);
});

describe("this host", () => {
  const answers: Readonly<Record<string, string>> = {
    "ip route show table all": ROUTES,
    "ip -6 route show table all": "",
    "ip -o link show": "1: lo: <LOOPBACK>\n2: eth0@if5: <UP>\n",
    "conntrack --version": "conntrack v1.4.7",
    "conntrack -L -f ipv4":
      "tcp 6 9 ESTABLISHED src=198.51.100.7 dst=192.0.2.1 sport=4 dport=22 src=192.0.2.1 dst=198.51.100.7 sport=22 dport=4 mark=0 use=1\n",
    "conntrack -L -f ipv6": "",
  };
  const host = (missing: readonly string[] = []): Partial<Io> => ({
    runProgram: async (argv) => {
      const stdout = answers[argv.join(" ")];
      if (stdout === undefined || missing.includes(argv[0]!)) return null;
      return { exitCode: 0, stdout: Buffer.from(stdout), stderr: "" };
    },
  });

  test("its routes", async () => {
    const args = ["old.rules", "new.rules", "--packets-from", "seen.pcap", "--this-host"];
    expect((await replayIn(args, host())).code).toBe(0);
    const { code, stderr } = await replayIn(args, host(["ip"]));
    expect([code, stderr]).toEqual([5, "markify: ip is not installed\nnext: apt-get install iproute2\n"]);
  });

  test("its connections, from conntrack or from the kernel's list", async () => {
    const { code, stderr } = await replayIn(["old.rules", "new.rules", "--live"], host());
    expect([code, stderr]).toEqual([0, "old.rules and new.rules: none of 3 packets fares otherwise\n"]);
    const list = { "/proc/net/nf_conntrack": `ipv4 2 ${answers["conntrack -L -f ipv4"]}` };
    const listed = await replayIn(["old.rules", "new.rules", "--live"], host(["conntrack"]), "", list);
    expect(listed.stderr).toBe("old.rules and new.rules: none of 3 packets fares otherwise\n");
    const neither = await replayIn(["old.rules", "new.rules", "--live"], host(["conntrack"]));
    expect([neither.code, neither.stderr]).toEqual([
      5,
      "markify: conntrack is not installed, and /proc/net/nf_conntrack can't be read\nnext: apt-get install conntrack\n",
    ]);
  });

  test("without root conntrack says why", async () => {
    const io: Partial<Io> = {
      runProgram: async (argv) => ({
        exitCode: argv[1] === "-L" ? 1 : 0,
        stdout: Buffer.from(""),
        stderr: "Operation failed: Operation not permitted\n",
      }),
    };
    const { code, stderr } = await replayIn(["old.rules", "new.rules", "--live"], io);
    expect(code).toBe(5);
    expect(stderr).toMatch(/conntrack -L -f ipv4 failed: Operation failed: Operation not permitted/);
  });
});

describe("wrong usage", () => {
  test.each([
    [["old.rules", "new.rules"], 2, /nothing to replay\nnext: --packets-from FILE, or --live/],
    [["old.rules", "-", "--packets-from", "-"], 2, /only one input can be standard input/],
    [["old.rules", "new.rules", "--packets-from", "gone.pcap"], 2, /can't read gone.pcap: no such file/],
    [
      ["old.rules", "new.rules", "--packets-from", "new.rules"],
      2,
      /new.rules has a line 1 that is no connection/,
    ],
    [
      ["old.rules", "new.rules", "--packets-from", "seen.pcap", "--routes", "new.rules"],
      2,
      /new.rules has no routes/,
    ],
    [["old.rules", "gone.rules", ...ROUTED], 2, /can't read gone.rules/],
  ])("%j", async (args, code, message) => {
    const outcome = await replayIn(args);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    expect(outcome.stderr).toMatch(message);
  });
});
