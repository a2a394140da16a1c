/** Rule chains that end processing, in the kernel: LOG, REJECT and DROP for what matched in part do the same to real packets as the flat rules, on both backends, and are read again as the kernel saves them. */
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";

const SOURCES = ["-s 10.0.0.1/32", "-s 10.0.0.2/32", "-s 10.0.0.4/30", "-s 10.0.0.9/32"];
const TARGETS = ["-d 10.1.0.1/32", "-d 10.1.0.2/32", "-d 10.1.0.4/30", "-d 10.1.0.9/32"];
const SERVICES = ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"];
const ALLOW = product("-A FORWARD", SOURCES, TARGETS, SERVICES, "-j ACCEPT");
const LOG = product("-A FORWARD", SOURCES, TARGETS, '-j LOG --log-prefix "no: "');
const DROP = product("-A FORWARD", SOURCES, TARGETS, "-j DROP");
const REJECT = product("-A FORWARD", SOURCES, TARGETS, "-j REJECT --reject-with icmp-port-unreachable");
const RESET = product("-A FORWARD", SOURCES, TARGETS, "-p tcp -j REJECT --reject-with tcp-reset");
const STRANGERS = product("-A FORWARD", SOURCES, "-j REJECT --reject-with icmp-port-unreachable");

const PAIRS = product(
  "-A FORWARD",
  [...SOURCES, "-s 10.0.0.3/32", "-s 10.0.0.8/32"],
  [...TARGETS, "-d 10.1.0.3/32", "-d 10.1.0.8/32"],
).flatMap((pair) => [`${pair} -j LOG`, `${pair} -j DROP`]);

/** As ip6tables prints them. */
const V6 = (line: string): string =>
  line
    .replace(/10\.0\.0\.(\d)\/32/g, "2001:db8::$1/128")
    .replace(/10\.1\.0\.(\d)\/32/g, "2001:db8:1::$1/128")
    .replace("10.0.0.4/30", "2001:db8::4/126")
    .replace("10.1.0.4/30", "2001:db8:1::4/126")
    .replace("icmp-port", "icmp6-port");

/** The rules, how many of their policy rules are the rest of one, and what has to be in the new file. */
const CASES: readonly (readonly [what: string, rules: readonly string[], rests: number, line: RegExp])[] = [
  ["DROP, in the test itself", [...ALLOW, ...DROP], 1, /^-A R-\S+ -m mark ! --mark 0x7\/0x7 -j DROP$/m],
  ["LOG, then DROP", [...ALLOW, ...LOG, ...DROP], 2, /^-A R-\S+\/rest -j DROP$/m],
  ["a protocol's own answer first", [...ALLOW, ...RESET, ...REJECT], 2, /^-A R-\S+\/rest -p tcp -j REJECT/m],
  [
    "REJECT for strangers too, as a second level",
    [...ALLOW, ...LOG, ...DROP, ...STRANGERS],
    3,
    /^-A R-\S+\/rest-2 -j REJECT/m,
  ],
  [
    "what the verdict's own test leaves",
    [...ALLOW.map((rule) => rule.replace("-j", "-m conntrack --ctstate NEW -j")), ...LOG, ...REJECT],
    2,
    /^-A R-\S+ -g R-\S+\/rest$/m,
  ],
  ["LOG and DROP from pair to pair, and nothing else", PAIRS, 1, /^-A R-\S+ -j LOG\n-A R-\S+ -j DROP$/m],
];

function rewritten(rules: readonly string[], family: Family) {
  const text = filterTable(
    family === "v4" ? rules : rules.map(V6),
    // Who comes back is accepted: so it matters who does not.
    { FORWARD: "ACCEPT" },
  );
  const old = readRuleset(text, family, "old.rules");
  const plan = planOf(old);
  return { old, plan, ...rewriteOf(old, plan) };
}

describeKernel("rests of policy rules", () => {
  for (const backend of BACKENDS) {
    for (const family of ["v4", "v6"] as const) {
      test.each(CASES)(`%s, ${family} with ${backend}`, async (_, rules, rests, line) => {
        const { old, plan, text, rewritten: made } = rewritten(rules, family);
        expect(plan.policyRules.filter(({ restOf }) => restOf !== undefined)).toHaveLength(rests);
        expect(plan.flat).toEqual([]);
        expect(text).toMatch(line);
        const now = readRuleset(text, family, "new.rules");
        const asked = { backends: [backend], packets: 400, seed: SEED, ownBits: made.ownBits };
        const [report] = await checkInKernel(old, now, asked);
        expect(report!.failure).toBeUndefined();
        expect(report).toMatchObject({ differing: 0, differences: [] });
        expect(report!.sent).toBeGreaterThan(200);
        const saved = loadAndSave({ family, backend, text });
        expect(saved.errors).toBe("");
        const again = readRuleset(saved.saved, family, "saved.rules");
        expect(planOf(again).policyRules).toHaveLength(plan.policyRules.length);
        expect(rewriteOf(again, planOf(again)).rewritten.changed).toBe(false);
      });
    }

    test(`a rest for all who leave is found out, with ${backend}`, async () => {
      const { old, text, rewritten: made } = rewritten(CASES[1]![1], "v4");
      const wrong = text.replace(/-m mark ! --mark 0x3\/0x7 -g M-CLEAR/, "-m mark ! --mark 0x3/0x7 -j DROP");
      expect(wrong).not.toBe(text);
      const asked = { backends: [backend], packets: 400, seed: SEED, ownBits: made.ownBits };
      const [report] = await checkInKernel(old, readRuleset(wrong, "v4", "new.rules"), asked);
      expect(report!.differences.flatMap(({ differs }) => differs)).toContain("verdict");
    });
  }
});
