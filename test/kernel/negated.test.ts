/** Negated groups in the kernel: chains of exceptions and what they are rewritten to do the same to real packets, on both backends; and a chain with the wrong bit is found out. */
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { everyTree } from "../support/random-trees.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";

const list = (chain: string, words: readonly string[]) =>
  words.map((word) => `-A ${chain} ${word} -j RETURN`);
const SOURCES = list("NOT", ["-s 10.0.0.1/32", "-s 10.0.0.0/30", "-s 10.0.0.9/32"]);
const HOSTS6 = list("NOT", ["-s 2001:db8::1/128", "-s 2001:db8::/126"]);
const PORTS = list("NOT", [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p udp -m udp --dport 53",
]);

const CASES: readonly (readonly [what: string, rules: readonly string[], family: Family])[] = [
  [
    "sources, behind the ports of the call",
    ["-A INPUT -p tcp -m tcp --dport 22 -j NOT", ...SOURCES, "-A NOT -j DROP"],
    "v4",
  ],
  [
    "sources, before the ports of the verdict",
    ["-A INPUT -j NOT", ...SOURCES, "-A NOT -p tcp -m tcp --dport 22 -j REJECT"],
    "v4",
  ],
  [
    "sources, with groups of destinations and services",
    [
      "-A FORWARD -j NOT",
      ...SOURCES,
      ...product(
        "-A NOT",
        ["-d 192.0.2.1/32", "-d 192.0.2.2/32"],
        "-p tcp -m tcp",
        ["--dport 22", "--dport 80"],
        "-j ACCEPT",
      ),
      "-A FORWARD -j DROP",
    ],
    "v4",
  ],
  [
    "destinations",
    ["-A FORWARD -i eth0 -j NOT", ...SOURCES.map((rule) => rule.replace("-s", "-d")), "-A NOT -j DROP"],
    "v4",
  ],
  [
    "interfaces",
    [
      "-A FORWARD -j NOT",
      ...list("NOT", ["-i eth0", "-i eth1"]),
      ...list("NOT", ["-o eth1", "-o eth2"]),
      "-A NOT -j DROP",
    ],
    "v4",
  ],
  ["services", ["-A INPUT -j NOT", ...PORTS, "-A NOT -j DROP"], "v4"],
  ["services behind sources", ["-A INPUT -j NOT", ...SOURCES, ...PORTS, "-A NOT -j DROP"], "v4"],
  ["services before sources", ["-A INPUT -j NOT", ...PORTS, ...SOURCES, "-A NOT -j DROP"], "v4"],
  ["sources and services of IPv6", ["-A INPUT -j NOT", ...HOSTS6, ...PORTS, "-A NOT -j DROP"], "v6"],
];

function rewritten(rules: readonly string[], family: Family) {
  const old = readRuleset(filterTable(rules), family, "old.rules");
  const { plan } = makePlan([{ path: "old", digest: "sha256:0", clustering: everyTree(old, 0) }], NO_OPTIONS);
  expect(plan.policyRules[0]?.negated?.length).toBeGreaterThan(0);
  const { text, rewritten: made } = rewriteOf(old, plan);
  return { old, text, ownBits: made.ownBits };
}

describeKernel("negated groups", () => {
  for (const backend of BACKENDS) {
    test.each(CASES)(`%s, with ${backend}`, async (_, rules, family) => {
      const { old, text, ownBits } = rewritten(rules, family);
      const now = readRuleset(text, family, "new.rules");
      const [report] = await checkInKernel(old, now, {
        backends: [backend],
        packets: 400,
        seed: SEED,
        ownBits,
      });
      expect(report!.failure).toBeUndefined();
      expect(report).toMatchObject({ differing: 0, differences: [] });
      expect(report!.sent).toBeGreaterThan(200);
      const saved = loadAndSave({ family, backend, text });
      expect(saved.errors).toBe("");
      const again = readRuleset(saved.saved, family, "saved.rules");
      expect(rewriteOf(again, planOf(again)).rewritten.changed).toBe(false);
    });

    test(`a bit that has to be 1 where it has to be 0 is found out, with ${backend}`, async () => {
      const { old, text, ownBits } = rewritten(CASES[0]![1], "v4");
      const wrong = text.replace("! --mark 0x0/0x1 -g", "! --mark 0x1/0x1 -g");
      expect(wrong).not.toBe(text);
      const options = { backends: [backend], packets: 400, seed: SEED, ownBits };
      const [report] = await checkInKernel(old, readRuleset(wrong, "v4", "new.rules"), options);
      expect(report!.differences.flatMap(({ differs }) => differs)).toContain("verdict");
    });
  }
});
