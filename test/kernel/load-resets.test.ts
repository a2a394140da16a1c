/**
 * Which state of matches a load resets: a table is replaced by iptables-restore while a match has counted something, with the same rules, and the next
 * packets show whether it still knows. The table in `docs/apply.md` is what this file finds.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { BACKENDS, type Backend, describeKernel } from "./harness.ts";

/** UDP packets over the loopback: `send N SOURCE-PORT PORT`, one word of Python. */
const SEND = [
  "import socket, sys, time",
  "sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
  "sock.bind(('127.0.0.1', int(sys.argv[2])))",
  "for _ in range(int(sys.argv[1])):",
  "    sock.sendto(b'x' * 72, ('127.0.0.1', int(sys.argv[3])))",
  "    time.sleep(float(sys.argv[4]))",
].join("\n");

interface Case {
  readonly name: string;
  /** The rules of INPUT; the last one, whose packets are counted, sees only packets to port 9. */
  readonly rules: readonly string[];
  /** What makes the state, and what asks for it: shell commands. */
  readonly make: string;
  readonly ask: string;
  readonly survives: Readonly<Record<Backend, boolean>>;
  /** Kept by the name that the rules give it, as long as there is a rule with that name. */
  readonly isNamed?: true;
}

const COUNTED = "-A INPUT -p udp -m udp --dport 9";
const BOTH = { legacy: true, nft: true };
const NONE = { legacy: false, nft: false };

const CASES: readonly Case[] = [
  {
    name: "quota",
    rules: [`${COUNTED} -m quota --quota 500`],
    make: "send 6 1001 9",
    ask: "send 6 1001 9",
    survives: NONE,
  },
  {
    name: "limit",
    rules: [`${COUNTED} -m limit --limit 1/hour --limit-burst 3`],
    make: "send 4 1001 9",
    ask: "send 4 1001 9",
    survives: NONE,
  },
  {
    name: "hashlimit",
    rules: [
      `${COUNTED} -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name mine --hashlimit-htable-expire 600000`,
    ],
    make: "send 4 1001 9",
    ask: "send 4 1001 9",
    survives: BOTH,
    isNamed: true,
  },
  {
    name: "recent",
    rules: [
      "-A INPUT -p udp -m udp --dport 8 -m recent --set --name mine",
      `${COUNTED} -m recent --rcheck --hitcount 3 --name mine`,
    ],
    make: "send 3 1001 8",
    ask: "send 2 1001 9",
    survives: BOTH,
    isNamed: true,
  },
  {
    name: "connlimit",
    rules: [`${COUNTED} -m connlimit --connlimit-above 2`],
    make: "send 1 1001 9; send 1 1002 9; send 1 1003 9",
    ask: "send 1 1004 9",
    survives: NONE,
  },
  {
    name: "statistic --mode nth",
    rules: [`${COUNTED} -m statistic --mode nth --every 3 --packet 0`],
    make: "send 1 1001 9",
    ask: "send 1 1001 9",
    survives: NONE,
  },
  {
    name: "rateest",
    rules: [
      "-A INPUT -p udp -m udp --dport 8 -j RATEEST --rateest-name mine --rateest-interval 250ms --rateest-ewmalog 4s",
      `${COUNTED} -m rateest --rateest mine --rateest-gt --rateest-pps 2`,
    ],
    make: "send 150 1001 8 0.01",
    ask: "send 1 1001 9",
    survives: BOTH,
    isNamed: true,
  },
  {
    name: "connbytes",
    rules: [`${COUNTED} -m connbytes --connbytes 5 --connbytes-dir both --connbytes-mode packets`],
    make: "send 6 1001 9",
    ask: "send 2 1001 9",
    survives: BOTH,
  },
];

/** What is loaded in between: the same rules, none, others, or all that iptables-save says, with counters. */
type Loaded = "same" | "none" | "wide" | "saved";

const HEAD = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];

/** How many packets the last rule counted while it was asked, and after some loads. */
function countPackets(
  backend: Backend,
  one: Case,
  isMade: boolean,
  loads: readonly Loaded[],
  wide: readonly string[] = [],
): number {
  const text = (rules: readonly string[]) => [...HEAD, ...rules, "COMMIT"].join("\n");
  const texts = { same: text(one.rules), none: text([]), wide: text(wide) };
  const load = (which: Loaded) =>
    which === "saved"
      ? `iptables-${backend}-save -c | iptables-${backend}-restore -c`
      : `printf '%s\\n' "$${which}" | iptables-${backend}-restore`;
  const count = `iptables-${backend}-save -c -t filter | grep -- '-A INPUT' | tail -n 1 | sed 's/.\\([0-9]*\\):.*/\\1/'`;
  const program = [
    "set -e",
    "ip link set lo up",
    `send() { python3 -c "$sender" "$1" "$2" "$3" "\${4:-0}"; }`,
    load("same"),
    isMade ? one.make : "",
    ...loads.map(load),
    `before=$(${count})`,
    one.ask,
    `after=$(${count})`,
    "echo $((after - before))",
  ].join("\n");
  const run = spawnSync("unshare", ["-n", "sh", "-c", program], {
    encoding: "utf8",
    env: { ...process.env, ...texts, sender: SEND },
  });
  expect([run.status, run.stderr]).toEqual([0, ""]);
  return Number(run.stdout);
}

describeKernel("state that a load resets", () => {
  for (const one of CASES)
    test.each(BACKENDS)(`%s: ${one.name}`, (backend) => {
      const [kept, fresh] = [countPackets(backend, one, true, []), countPackets(backend, one, false, [])];
      // Else the packets couldn't tell.
      expect(kept).not.toBe(fresh);
      for (const loaded of ["same", "saved"] as const)
        expect(countPackets(backend, one, true, [loaded])).toBe(one.survives[backend] ? kept : fresh);
      if (one.isNamed) expect(countPackets(backend, one, true, ["none", "same"])).toBe(fresh);
    });

  // A changed rate does not come with the load, as long as a rule with the name was there before.
  test.each(BACKENDS)("%s: hashlimit keeps the limits that its name was made with", (backend) => {
    const one = CASES.find(({ name }) => name === "hashlimit")!;
    const wide = one.rules.map((rule) =>
      rule.replace("1/hour", "1000/second").replace("burst 3", "burst 1000"),
    );
    expect(countPackets(backend, { ...one, rules: wide }, false, [])).toBe(4);
    expect(countPackets(backend, one, false, ["wide"], wide)).toBe(3);
    expect(countPackets(backend, one, false, ["none", "wide"], wide)).toBe(4);
  });
});
