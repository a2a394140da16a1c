/** The kernel benchmark on a tiny policy: it loads every form, really sends, and sees a form that decides otherwise. */
import { expect, test } from "vitest";
import { findMissing, judge, send } from "../../scripts/bench/kernel/send.mjs";
import { chooseAims } from "../../scripts/bench/kernel/aims.mjs";
import { emptyForm, peersOf, type Form } from "../../scripts/bench/kernel/contestants.mjs";
import { flatText, plantPolicies } from "../../scripts/bench/kernel/planted.mjs";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { BACKENDS, describeKernel } from "./harness.ts";

const planted = plantPolicies({ policies: 4, lines: 200, sources: 2, destinations: 2, services: 2 });
const flat: Form = { name: "flat", form: "iptables", rules: flatText(planted) };
const open: Form = {
  name: "open",
  form: "iptables",
  rules: flat.rules.replace("FORWARD DROP", "FORWARD ACCEPT"),
};
const broken: Form = { name: "broken", form: "iptables", rules: "*filter\n-A FORWARD -j NOWHERE\nCOMMIT\n" };
const { ruleset } = importRuleset(makeSourceFile("flat", flat.rules), { family: "v4" });
const { aims } = chooseAims(ruleset!.tables[0]!.chains, "v4")!;

describeKernel("the kernel benchmark", () => {
  test("has all that it needs", () => {
    expect(findMissing(BACKENDS)).toEqual([]);
  });

  test.each(BACKENDS)("sends through every form on %s", (backend) => {
    const peers = peersOf(planted).filter(({ only }) => only === undefined || only === backend);
    const forms = [flat, ...peers, open, broken];
    const all = [...forms, emptyForm("passed"), emptyForm("dropped")];
    const answer = send(all, aims, {
      backend,
      family: "v4",
      rounds: 2,
      loads: 2,
      pause: 0,
      nanoseconds: 50_000,
    });
    const { rows, fates } = judge(forms, aims, answer);
    const expected = (name: string) => (["none", "source", "both"].includes(name) ? "dropped" : "passed");
    expect(fates).toEqual(aims.map((aim) => ({ class: aim.class, fate: expected(aim.class) })));
    for (const { name } of [flat, ...peers]) {
      expect(rows.find((row) => row.name === name)?.error, name).toBeUndefined();
      expect(answer[name]!.samples.map((rounds) => rounds.length)).toEqual(aims.map(() => 2));
      expect(Math.min(...answer[name]!.samples.flat())).toBeGreaterThan(0);
    }
    expect(rows.find((row) => row.name === "open")?.error).toMatch(/^treats \d+ of \d+ packets otherwise/);
    expect(rows.find((row) => row.name === "broken")?.error).toBeTruthy();
  });

  test.each([
    ["v4", "10.0.0.0/24", "10.9.0.0/16"],
    ["v6", "2001:db8:1::/64", "2001:db8:2::/48"],
  ] as const)("sends to the host itself, %s", (family, from, other) => {
    const lines = [`-s ${other} -i eth7 -j DROP`, `-s ${from} -p udp -m udp --dport 53 -j ACCEPT`];
    const text = `*filter\n:INPUT DROP [0:0]\n${lines.map((line) => `-A INPUT ${line}\n`).join("")}COMMIT\n`;
    const read = importRuleset(makeSourceFile("input", text), { family }).ruleset!;
    const chosen = chooseAims(read.tables[0]!.chains, family)!.aims;
    const forms: Form[] = [{ name: "flat", form: "iptables", rules: text }];
    const all = [...forms, emptyForm("passed"), emptyForm("dropped")];
    const how = { backend: "legacy", family, rounds: 1, loads: 2, pause: 0, nanoseconds: 50_000 };
    const { fates } = judge(forms, chosen, send(all, chosen, how));
    // Only the second rule's own packets ask for its port.
    expect(fates.map(({ fate }) => fate)).toEqual(
      chosen.map(({ dport }) => (dport === 53 ? "passed" : "dropped")),
    );
    expect(new Set(fates.map(({ fate }) => fate)).size).toBe(2);
  });
});
