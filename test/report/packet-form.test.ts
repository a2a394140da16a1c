/** The form of a packet without a browser: words to fields and back, faults at their fields, packets of rules. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ruleset } from "../../src/model/types.ts";
import { fieldOf, formOf, readPacketText, textOf } from "../../src/report/page/packet/packet-form.ts";
import { witnessWords } from "../../src/report/page/packet/packet-links.ts";
import { packetOfLine } from "../../src/report/page/packet/packet-of-rule.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import { findHook } from "../../src/verify/explain/place.ts";
import { PACKET_OPTIONS, printPacketWords } from "../../src/verify/explain/packet-words.ts";
import type { ExplainOptions } from "../../src/verify/explain/types.ts";
import { shellValue } from "../../src/text/shell-words.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { importOrThrow } from "../support/pipeline.ts";
import "../support/seed.ts";
import { filterOf, rulesetOf } from "../verify/samples.ts";

const value = fc.oneof(fc.constantFrom("eth0", "10.0.0.1", "22", "input", "FORWARD"), fc.string());
const options: fc.Arbitrary<ExplainOptions> = fc.record(
  {
    ...Object.fromEntries(
      PACKET_OPTIONS.filter((option) => option.value !== undefined).map(({ key }) => [key, value]),
    ),
    fragment: fc.constant(true),
    match: fc.array(value, { minLength: 1 }),
  },
  { requiredKeys: [] },
);

/** All that a packet says, with the hook that it has where it says none. */
function meaningOf(given: ExplainOptions): object {
  const trimmed = Object.entries(given).map(([key, text]) => [
    key,
    typeof text === "string" ? text.trim() : text,
  ]);
  const hook = findHook({ hook: "FORWARD", ...impliedOf(given), ...given }, () => {}) ?? given.hook;
  return { ...Object.fromEntries(trimmed), hook };
}

function impliedOf({ in: by, out }: ExplainOptions): { hook?: string } {
  if (by !== undefined) return { hook: out === undefined ? "INPUT" : "FORWARD" };
  return out === undefined ? {} : { hook: "OUTPUT" };
}

describe("the form", () => {
  test("says the same packet as the words that it was filled from", () => {
    fc.assert(
      fc.property(options, (given) => {
        const text = printPacketWords(given).map(shellValue).join(" ");
        const again = readPacketText(textOf(formOf(text)));
        expect(again.faults).toEqual([]);
        expect(meaningOf(again.options)).toEqual(meaningOf(given));
        // And there is one way to write it.
        expect(textOf(formOf(textOf(formOf(text))))).toBe(textOf(formOf(text)));
      }),
    );
  });

  test("has a field for most words, and takes the others as they are", () => {
    const form = formOf(
      "-i eth0 -s 10.0.0.1 -p tcp --dport 22 --mark 0x1 --match '-m limit --limit 5/min=true'",
    );
    expect(form).toMatchObject({
      hook: "INPUT",
      in: "eth0",
      source: "10.0.0.1",
      protocol: "tcp",
      dport: "22",
    });
    expect(form.more).toBe("--mark 0x1 --match '-m limit --limit 5/min=true'");
    expect(textOf({ ...form, hook: "PREROUTING" })).toBe(
      "-i eth0 -s 10.0.0.1 -p tcp --dport 22 --mark 0x1 --hook PREROUTING --match '-m limit --limit 5/min=true'",
    );
    expect(textOf({ ...formOf(""), more: "-p udp" })).toBe("-p udp --hook FORWARD");
  });

  test("keeps words that can't be read where a person can mend them", () => {
    for (const text of ["--sprt 1", "-s", "--match 'a", "hello", "--backend bpf"]) {
      const [form, read] = [formOf(`-p tcp ${text}`), readPacketText(text)];
      expect(form.more).toContain(text.replace(/^-s$/, "--source"));
      expect(read.faults.map(fieldOf)).toContain(text === "-s" ? "source" : "more");
      const again = textOf({ ...form, source: "10.0.0.1" });
      expect(again).toContain("-s 10.0.0.1");
      expect(readPacketText(again).faults).toEqual(read.faults);
    }
    expect(formOf("-p tcp --sprt 1")).toMatchObject({ protocol: "tcp", more: "--sprt 1" });
  });
});

describe("what is wrong stands at its field", () => {
  const ruleset = rulesetOf(filterOf(["-A INPUT -j DROP"]), "v4");
  const base: ExplainOptions = { in: "eth0", protocol: "tcp" };
  test.each<[field: string, ExplainOptions]>([
    ["in", { in: "eth+" }],
    ["in", { in: "a name" }],
    ["out", { hook: "INPUT", out: "eth1" }],
    ["in", { hook: "OUTPUT" }],
    ["source", { source: "10.0.0.0/8" }],
    ["source", { source: "10.0.0.256" }],
    ["destination", { destination: "2001:db8::1" }],
    ["protocol", { protocol: "tpc" }],
    ["sport", { sport: "1:2" }],
    ["dport", { dport: "99999" }],
    ["dport", { protocol: "icmp", dport: "22" }],
    ["icmpType", { protocol: "icmp", icmpType: "ping-pong" }],
    ["tcpFlags", { tcpFlags: "SIN" }],
    ["state", { state: "OPEN" }],
    ["table", { table: "filters" }],
    ["table", { table: "nat" }],
    ["table", { table: "raw" }],
    ["hook", { hook: "FORWARDS" }],
    ["more", { mark: "red" }],
    ["more", { mac: "02:00" }],
    ["more", { match: ["-m limit"] }],
  ])("%s: %j", (field, wrong) => {
    const found = explain(ruleset, { ...base, ...wrong });
    expect(found.kind === "refused" ? found.faults.map(fieldOf) : []).toEqual([field]);
  });

  test("a nat table that the packet never meets is the state's fault", () => {
    const text = "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n";
    const found = explain(rulesetOf(text, "v4"), { hook: "PREROUTING", table: "nat", state: "ESTABLISHED" });
    expect(found.kind === "refused" ? found.faults.map(fieldOf) : []).toEqual(["state"]);
  });
});

describe("packets of rules", () => {
  test("are found with the hook that their chain is reached from, and with its table", () => {
    const text = `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:a - [0:0]
:b - [0:0]
[3:4] -A INPUT -i lan+ -g a
-A a -m limit --limit 5/min -j b
-A b -s 10.1.0.0/16 -p icmp -m icmp --icmp-type 8 -m conntrack --ctstate RELATED,NEW -j ACCEPT
COMMIT
`.split("\n");
    const packet = (line: number) => packetOfLine(text, line, "v4");
    expect(packet(3)).toBe(
      "-i eth0 -s 192.0.2.1 -d 198.51.100.1 -p tcp --sport 49152 --dport 80 --hook PREROUTING --table nat",
    );
    expect(packet(10)).toContain("-i lan0 ");
    expect(packet(11)).toContain("--match '-m limit --limit 5/min=true'");
    // What calls the chain is asked, too: the interface, and the answer of limit.
    expect(packet(12)).toBe(
      "-i lan0 -s 10.1.0.1 -d 198.51.100.1 -p icmp --icmp-type 8/0 --state NEW --hook INPUT --match '-m limit --limit 5/min=true'",
    );
    for (const line of [1, 2, 4, 13, 99]) expect(packet(line), `line ${line}`).toBeNull();
  });

  const files = listOwnCorpus().filter(({ name }) => !name.includes("campus-10k"));
  test.each(files)("match them: $name", (file) => {
    const ruleset = importOrThrow(readCorpusFile(file), file.family);
    const lines = ruleset.file.text.split(/\r?\n/);
    let tried = 0;
    for (const table of ruleset.tables) {
      for (const rule of table.chains.flatMap(({ rules }) => rules)) {
        if (table.name !== "filter" || rule.matches.some(({ text }) => text.includes("! "))) continue;
        const text = packetOfLine(lines, rule.line, file.family)!;
        const { options: given, faults } = readPacketText(text);
        expect(faults, text).toEqual([]);
        const found = explain(onlyRule(ruleset, given.hook!, rule), given);
        if (found.kind === "refused") throw new Error(`${rule.text}: ${JSON.stringify(found.faults)}`);
        expect(found.explanation.decidedBy?.line, `${rule.text}\n${text}`).toBe(rule.line);
        tried += 1;
        if (tried === 300) return;
      }
    }
  });

  /** A ruleset in which that rule decides all that matches it. */
  function onlyRule(
    ruleset: Ruleset,
    hook: string,
    rule: Ruleset["tables"][0]["chains"][0]["rules"][0],
  ): Ruleset {
    const own = {
      ...rule,
      chain: hook,
      target: { kind: "verdict", verdict: "ACCEPT", text: "-j ACCEPT" } as const,
    };
    const chain = { ...ruleset.tables[0]!.chains[0]!, name: hook, policy: "DROP" as const, rules: [own] };
    return { ...ruleset, tables: [{ ...ruleset.tables[0]!, name: "filter", chains: [chain] }] };
  }

  test("of a proof are the packets that it shows", () => {
    const fields = {
      in: "eth0",
      source: "10.0.0.1",
      destination: "10.0.0.2",
      protocol: "tcp",
      sourcePort: "1",
      destinationPort: "2",
      tcpFlags: "SYN",
      ctstate: "NEW,DNAT",
      mark: "0x0",
      mac: "other",
      otherMatches: "all true",
    };
    const walk = { file: "", steps: [], verdict: "", effects: [], mark: "" };
    const packet = { table: "filter", hook: "INPUT", fields };
    const witness = { packet, differs: [], old: walk, new: walk, seed: null };
    expect(witnessWords(witness)).toBe(
      "-i eth0 -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 --tcp-flags SYN --state NEW,DNAT --mark 0x0 --hook INPUT --table filter",
    );
    const later = { ...fields, fragment: "later fragment" };
    expect(witnessWords({ ...witness, packet: { ...packet, fields: later } })).toBe(
      "-i eth0 -s 10.0.0.1 -d 10.0.0.2 -p tcp --state NEW,DNAT --mark 0x0 --fragment --hook INPUT --table filter",
    );
  });
});
