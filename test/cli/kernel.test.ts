/** `verify --kernel` in a world of fakes: what is missing, what it does to the answer, and how it is printed. */
import { expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import type { KernelReport } from "../../src/verify/kernel/types.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const FILES = { "old.rules": FLAT, "new.rules": FLAT };
const VERIFY = ["verify", "old.rules", "new.rules", "--packets", "1000", "--kernel"];

const EQUAL: KernelReport = {
  backend: "nft",
  kernel: "6.1",
  sent: 90,
  notSent: [{ reason: "no route can lead to its destination", packets: 10 }],
  differences: [],
  differing: 0,
  unobserved: ["Something."],
};

const DIFFERENT: KernelReport = {
  ...EQUAL,
  differing: 4,
  differences: [
    {
      packet: { table: "filter", hook: "FORWARD", fields: { in: "eth0", protocol: "tcp" } },
      differs: ["verdict", "answers"],
      old: {
        verdict: "accepted",
        out: "eth1",
        mark: "0x1",
        connmark: "0x2",
        bytes: "45",
        answers: [],
        logs: ["LOG (mark 0x0)"],
      },
      new: { verdict: "rejected", answers: ["icmp 3/3"], logs: [] },
    },
  ],
};

const FAILED: KernelReport = {
  ...EQUAL,
  sent: 0,
  notSent: [],
  unobserved: [],
  failure: "new.rules does not load",
};

/** A kernel that answers with a report, and what it was asked. */
function kernelOf(report: KernelReport, asked: unknown[] = []): Pick<Io, "kernel"> {
  return {
    kernel: {
      findMissing: async () => [],
      check: async (_old, _new, options) => {
        asked.push(options);
        return [report];
      },
    },
  };
}

test("names what is missing with its package, and ends with 4 before anything is compared", async () => {
  const missing = [
    { what: "root", debianPackage: null },
    { what: "ip", debianPackage: "iproute2" },
    { what: "ipset", debianPackage: "ipset" },
  ];
  const kernel = { findMissing: async () => missing, check: async () => [] };
  const { code, stdout, stderr } = await runIn(FILES, [...VERIFY, "--json"], { kernel });
  expect(code).toBe(4);
  expect(JSON.parse(stdout).error).toEqual({
    exit: 4,
    message: "--kernel needs root, ip (Debian package iproute2), ipset (Debian package ipset)",
    help: "apt-get install iproute2 ipset; run it as root (sudo)",
  });
  expect(stderr).toContain("--kernel needs root");
});

test("asks for both backends, or one, and for so many packets", async () => {
  const asked: unknown[] = [];
  await runIn(FILES, VERIFY, kernelOf(EQUAL, asked));
  await runIn(
    FILES,
    [...VERIFY, "--backend", "nft", "--kernel-packets", "70", "--seed", "9"],
    kernelOf(EQUAL, asked),
  );
  expect(asked).toEqual([
    { backends: ["legacy", "nft"], packets: 5000, seed: 1, ownBits: 0 },
    { backends: ["nft"], packets: 70, seed: 9, ownBits: 0 },
  ]);
});

test("without it --kernel-packets is wrong usage, and the kernel is not asked", async () => {
  const asked: unknown[] = [];
  const plain = VERIFY.slice(0, -1);
  expect((await runIn(FILES, [...plain, "--backend", "nft"], kernelOf(EQUAL, asked))).code).toBe(0);
  expect((await runIn(FILES, [...plain, "--kernel-packets", "70"], kernelOf(EQUAL, asked))).code).toBe(2);
  expect((await runIn(FILES, plain, kernelOf(EQUAL, asked))).stdout).not.toContain("kernel");
  expect(asked).toEqual([]);
});

test("no difference: equal, with what was not sent and not seen", async () => {
  const { code, stdout } = await runIn(FILES, VERIFY, kernelOf(EQUAL));
  expect(code).toBe(0);
  expect(stdout).toContain(
    "  kernel 6.1, nft: no difference in 90 packets\n    not sent: 10 packets: no route can lead to its destination\n    not seen: Something.\n",
  );
});

test("a difference makes the rulesets different, and the packet is printed", async () => {
  const { code, stdout } = await runIn(FILES, VERIFY, kernelOf(DIFFERENT));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^different/);
  for (const line of [
    "  kernel 6.1, nft: 4 of 90 packets fared differently",
    "    packet in filter FORWARD, differs in verdict, answers:",
    "      in=eth0 protocol=tcp",
    "    old: accepted, out eth1, mark 0x1, connmark 0x2, told LOG (mark 0x0)",
    "    new: rejected, answered icmp 3/3",
  ])
    expect(stdout).toContain(`${line}\n`);
  const json = JSON.parse((await runIn(FILES, [...VERIFY, "--json"], kernelOf(DIFFERENT))).stdout);
  expect(json).toMatchObject({ result: "different", kernel: { result: "different", reports: [DIFFERENT] } });
});

test("a failure is unknown, unless the rulesets are known to differ", async () => {
  const failed = await runIn(FILES, VERIFY, kernelOf(FAILED));
  expect(failed.code).toBe(4);
  expect(failed.stdout).toContain("can't tell: the kernel: new.rules does not load");
  const other = { ...FILES, "new.rules": FLAT.replaceAll("-j ACCEPT", "-j DROP") };
  expect((await runIn(other, VERIFY, kernelOf(FAILED))).code).toBe(1);
  expect((await runIn(other, VERIFY, kernelOf(EQUAL))).code).toBe(1);
});
