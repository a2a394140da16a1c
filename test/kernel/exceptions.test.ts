/** Policy rules that lack combinations, in the kernel: what keeps these out does the same to real packets as the flat rules, on both backends, and is read again as the kernel saves it. */
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import type { Plan } from "../../src/plan/types.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";

/** As ip6tables prints them. */
const V6 = (line: string): string =>
  line
    .replace(/10\.0\.0\.(\d)\/32/g, "2001:db8::$1/128")
    .replace(/10\.1\.0\.(\d)\/32/g, "2001:db8:1::$1/128")
    .replace("10.0.0.0/30", "2001:db8::/126")
    .replace("10.1.0.0/30", "2001:db8:1::/126");

const GRID = product(
  "-A FORWARD",
  ["-s 10.0.0.1/32", "-s 10.0.0.0/30", "-s 10.0.0.9/32"],
  ["-d 10.1.0.1/32", "-d 10.1.0.2/32", "-d 10.1.0.3/32", "-d 10.1.0.4/32"],
  ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 20:90", "-p udp -m udp --dport 53"],
  "-j ACCEPT",
);

/** Which of the grid's lines are missing, and what has to be in the new file. */
const CASES: readonly (readonly [what: string, missing: RegExp, line: RegExp])[] = [
  [
    "a service behind the services",
    /0\.9\/32 -d \S+1\/32 .*:90 /,
    /\/not -s 10\.0\.0\.9\/32 -d 10\.1\.0\.1\/32 -p tcp -m tcp --dport 22 -j RETURN/,
  ],
  ["a protocol before them", /0\.9\/32 -d \S+1\/32 -p udp /, /0\.9\/32 -d \S+1\/32 -p udp -g M-CLEAR/],
  ["all of an address", /0\.9\/32 -d \S+1\/32 /, /0\.9\/32 -d \S+1\/32 -g M-CLEAR/],
  [
    "a network, but for its host",
    /0\.0\/30 -d \S+1\/32 -p udp /,
    /\/not -s 10\.0\.0\.1\/32 -d \S+1\/32 -p udp -j RETURN/,
  ],
  ["a host in a network", /0\.1\/32 -d \S+1\/32 -p udp /, /-j R-/],
];

/** The plan of the whole grid, with what the ruleset lacks under `missing`. */
function rewritten(missing: RegExp, family: Family) {
  const spell = (text: string) => (family === "v6" ? text.split("\n").map(V6).join("\n") : text);
  // The policy accepts other packets: so it matters who comes back from the rule chain, and who is dropped in it.
  const whole = filterTable([...GRID, "-A FORWARD -d 10.1.0.0/30 -j DROP"]).split("\n");
  const old = readRuleset(
    spell(whole.map((line) => (missing.test(line) ? "# none" : line)).join("\n")),
    family,
    "old.rules",
  );
  const full: Plan = planOf(readRuleset(spell(whole.join("\n")), family));
  const [rule] = full.policyRules;
  const cells = whole.flatMap((line) => {
    const [, source, destination, service] =
      /-s (\S+) -d (\S+) (-p .*) -j/.exec(missing.test(line) ? line : "") ?? [];
    const words = service?.replace(/^-p (\S+) -m \S+ --/, "$1 ");
    return source === undefined
      ? []
      : [spell(`-s ${source} | -s ${destination} | ${words}`).replace(/-s /g, "")];
  });
  const policyRules = [
    { ...rule!, lines: rule!.lines.filter((line) => !missing.test(whole[line - 1]!)), missing: cells },
  ];
  expect(full.policyRules).toHaveLength(1);
  const { text, rewritten: made } = rewriteOf(old, { ...full, policyRules });
  return { old, text, ownBits: made.ownBits };
}

describeKernel("exceptions of policy rules", () => {
  for (const backend of BACKENDS) {
    for (const family of ["v4", "v6"] as const) {
      test.each(CASES)(`%s, ${family} with ${backend}`, async (_, missing, line) => {
        const { old, text, ownBits } = rewritten(missing, family);
        if (family === "v4") expect(text).toMatch(line);
        const now = readRuleset(text, family, "new.rules");
        const asked = { backends: [backend], packets: 400, seed: SEED, ownBits };
        const [report] = await checkInKernel(old, now, asked);
        expect(report!.failure).toBeUndefined();
        expect(report).toMatchObject({ differing: 0, differences: [] });
        expect(report!.sent).toBeGreaterThan(200);
        const loaded = loadAndSave({ family, backend, text });
        expect(loaded.errors).toBe("");
        const saved = readRuleset(loaded.saved, family, "saved.rules");
        const again = planOf(saved);
        expect(again.policyRules.map(({ replaces }) => replaces?.[0]?.slice(0, 2))).toEqual(["R-"]);
        expect(rewriteOf(saved, again).rewritten.changed).toBe(false);
      });
    }
  }

  test.each(BACKENDS)("a line that keeps out too much is found out, with %s", async (backend) => {
    const { old, text, ownBits } = rewritten(CASES[1]![1], "v4");
    const wrong = readRuleset(text.replace(/-p udp -g M-CLEAR/, "-g M-CLEAR"), "v4", "new.rules");
    const [report] = await checkInKernel(old, wrong, {
      backends: [backend],
      packets: 400,
      seed: SEED,
      ownBits,
    });
    expect(report!.differing).toBeGreaterThan(0);
  });
});
