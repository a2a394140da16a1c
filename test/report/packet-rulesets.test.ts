/** Packets in the page against `explain` in Node: for every ruleset of the corpus, what the page reads from its data walks packets just as the files do. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import { makeGroupsView } from "../../src/report/make-view.ts";
import { makePageData, type PageData, type PageExtras } from "../../src/report/page-data.ts";
import { readPacketText } from "../../src/report/page/packet/packet-form.ts";
import { packetOfLine } from "../../src/report/page/packet/packet-of-rule.ts";
import { type PacketSides, readSides } from "../../src/report/page/packet/packet-rulesets.ts";
import { parseHarmless } from "../../src/report/page/harmless.ts";
import type { AddressSetMatch, Family, Ruleset } from "../../src/model/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import type { ExplainOptions } from "../../src/verify/explain/types.ts";
import { runIn } from "../cli/fake-io.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { importOrThrow, type PipelineRun, runPipeline } from "../support/pipeline.ts";
import { EFFORT } from "../support/seed.ts";

const PACKETS = 60 * EFFORT;

/** What stands in a page, after the way through JSON. */
function pageOf({ plan, rewritten }: PipelineRun, extras: Partial<PageExtras> = {}): PageData {
  const view = makeGroupsView({ plan, rewrites: [rewritten] });
  return JSON.parse(JSON.stringify(makePageData("1", view, null, [rewritten], extras)));
}

function sidesOf(data: PageData): PacketSides {
  const sides = readSides(data, 0);
  if (sides === null) throw new Error("the page can't read its own lines");
  return sides;
}

/** Packets that rules of the file are for, with something changed. */
function packetsOf(lines: readonly string[], family: Family): fc.Arbitrary<ExplainOptions> {
  const rules = lines.flatMap((text, at) => (/^(\[.*\] )?-A /.test(text) ? [at + 1] : []));
  const own = (line: number): ExplainOptions =>
    readPacketText(packetOfLine(lines, line, family) ?? "").options;
  const addresses = family === "v4" ? ["10.0.0.1", "192.168.10.7"] : ["2001:db8::7", "fe80::1"];
  const change = fc.record<Partial<ExplainOptions>>(
    {
      source: fc.constantFrom(...addresses),
      destination: fc.constantFrom(...addresses),
      dport: fc.constantFrom("22", "53", "8080"),
      state: fc.constantFrom("NEW", "ESTABLISHED", "INVALID", "RELATED"),
      in: fc.constantFrom("eth0", "eth1", "lo"),
      mark: fc.constantFrom("0x1", "0xffffffff"),
      table: fc.constant("all"),
    },
    { requiredKeys: [] },
  );
  return fc
    .tuple(fc.constantFrom(...rules), fc.constantFrom(...rules), change)
    .map(([line, other, changes]) => {
      const { source, destination } = own(other);
      return { ...own(line), source: source!, destination: destination!, ...changes };
    });
}

const files = listOwnCorpus().filter(({ path }) =>
  /^(\[.*\] )?-A /m.test(readCorpusFile({ name: "", path, family: "v4" }).text),
);

describe("the page walks packets as explain does", () => {
  test("and there are files to try", () => expect(files.length).toBeGreaterThan(20));

  test.each(files)("$name", { timeout: 120_000 }, (file) => {
    const run = runPipeline(readCorpusFile(file), file.family);
    const sides = sidesOf(pageOf(run));
    // The page calls both files by the old one's path.
    const emitted = makeSourceFile(file.name, emitRestoreFile(run.rewritten, []));
    const now = importOrThrow(emitted, file.family);
    const lines = run.ruleset.file.text.split(/\r?\n/);
    const verdicts = new Set<string>();
    fc.assert(
      fc.property(packetsOf(lines, file.family), (packet) => {
        const old = explain(run.ruleset, packet);
        expect(explain(sides.old.ruleset, packet)).toEqual(old);
        expect(explain(sides.new.ruleset, packet)).toEqual(explain(now, packet));
        verdicts.add(old.kind === "refused" ? "refused" : (old.explanation.verdict ?? "unknown"));
      }),
      { numRuns: lines.length > 5000 ? PACKETS / 3 : PACKETS },
    );
    expect(verdicts.size).toBeGreaterThan(0);
    expect([...verdicts]).not.toEqual(["refused"]);
  });
});

describe("what is not in the lines", () => {
  const rules = [
    "-A FORWARD -m set --match-set S-LAN src -j S",
    "-A FORWARD -m set --match-set other src -j DROP",
  ];
  const text = [
    "*filter",
    ":FORWARD ACCEPT [0:0]",
    ":S - [0:0]",
    ...rules,
    "-A S -j ACCEPT",
    "COMMIT",
    "",
  ].join("\n");

  test("members of sets: those that the ruleset knows are known, others are not", () => {
    const run = runPipeline(makeSourceFile("old.rules", text), "v4");
    const match: AddressSetMatch = {
      kind: "addressSet",
      side: "source",
      negated: false,
      set: "S-LAN",
      text: "-m set --match-set S-LAN src",
      ranges: [{ first: [0x0a000001], last: [0x0a000009] }],
      prefixes: null,
    };
    const known = (ruleset: Ruleset): Ruleset => ({
      ...ruleset,
      setFile: "sets.txt",
      tables: ruleset.tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) => ({
          ...chain,
          rules: chain.rules.map((rule) => ({
            ...rule,
            matches: rule.matches.map((other) => (other.text === match.text ? match : other)),
          })),
        })),
      })),
    });
    const old = known(run.ruleset);
    const data = pageOf({ ...run, rewritten: { ...run.rewritten, ruleset: old } });
    const { old: side, new: now } = sidesOf(data);
    const packet = { in: "a", out: "b", destination: "10.0.0.2" };
    for (const source of ["10.0.0.1", "10.0.0.10"])
      expect(explain(side.ruleset, { ...packet, source })).toEqual(explain(old, { ...packet, source }));
    const verdictOf = (ruleset: Ruleset, source: string) => {
      const found = explain(ruleset, { ...packet, source });
      return found.kind === "refused" ? found.faults : found.explanation.verdict;
    };
    expect(verdictOf(side.ruleset, "10.0.0.1")).toBe("ACCEPT");
    // The other set is nobody's to know, and the new side knows none.
    expect(verdictOf(side.ruleset, "10.0.0.10")).toBeNull();
    expect(verdictOf(now.ruleset, "10.0.0.1")).toBeNull();
  });

  test("members that the new ruleset keeps in sets are known there", async () => {
    const flat = readCorpusFile(listOwnCorpus().find(({ name }) => name === "corpus/example.rules")!).text;
    const imported = await runIn({ "old.rules": flat }, [
      "import",
      "old.rules",
      "--members",
      "ipset",
      "-o",
      "plan.yaml",
    ]);
    const reviewed = await runIn(imported.files, ["review", "plan.yaml", "--html", "out.html"]);
    const applied = await runIn(imported.files, ["apply", "plan.yaml", "-o", "new.rules"]);
    expect(applied.files).toHaveProperty(["new.rules.ipset"]);
    const [, json] = /id="data">(.*?)<\/script>/s.exec(reviewed.files["out.html"]!)!;
    const data: PageData = JSON.parse(Buffer.from(json!, "latin1").toString("utf8"));
    const { new: side } = sidesOf(data);
    const words = [
      "-i",
      "lan0",
      "-o",
      "dmz0",
      "-s",
      "192.168.10.7",
      "-d",
      "172.16.1.12",
      "-p",
      "tcp",
      "--dport",
      "443",
    ];
    const explained = await runIn(applied.files, [
      "explain",
      "new.rules",
      ...words,
      "--ipset",
      "new.rules.ipset",
      "--json",
    ]);
    const there = JSON.parse(explained.stdout);
    const here = explain(side.ruleset, readPacketText(words.join(" ")).options);
    if (here.kind === "refused") throw new Error("refused");
    expect(here.explanation.verdict).toBe(there.verdict);
    expect(here.explanation.groups).toEqual(there.groups);
    expect(here.explanation.groups.matched.length).toBeGreaterThan(0);
  });

  test("a script: its lines are those of the save file that it makes", async () => {
    const script = [
      "#!/bin/sh",
      "IPT=iptables",
      "for host in 10.0.0.1 10.0.0.2; do",
      "  $IPT -A FORWARD -s $host -p tcp --dport 22 -j ACCEPT",
      "done",
      "$IPT -P FORWARD DROP",
      "",
    ].join("\n");
    const { files: made } = await runIn({ "fw.sh": script }, ["import", "fw.sh", "-o", "plan.yaml"]);
    const { files: shown } = await runIn(made, ["review", "plan.yaml", "--html", "out.html"]);
    const [, json] = /id="data">(.*?)<\/script>/s.exec(shown["out.html"]!)!;
    const data: PageData = JSON.parse(json!);
    expect(data.files[0]!.made).toBe(true);
    const words = ["-i", "a", "-o", "b", "-s", "10.0.0.2", "-p", "tcp", "--dport", "22"];
    const { stdout } = await runIn(made, ["explain", "fw.sh", ...words, "--family", "v4", "--json"]);
    const { version: _, diagnostics: __, ...there } = JSON.parse(stdout);
    const here = explain(sidesOf(data).old.ruleset, readPacketText(words.join(" ")).options);
    expect(here).toEqual({ kind: "explained", explanation: there });
    expect(there.verdict).toBe("ACCEPT");
  });

  test("rules that could not be read, and a family that the lines do not tell", async () => {
    const open =
      "*filter\n:INPUT DROP [0:0]\n-A INPUT --nonsense 1 -j ACCEPT\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n";
    const { files: made } = await runIn({ "old.rules": open }, [
      ...["import", "old.rules", "--family", "v6", "--keep-unparsed", "-o", "plan.yaml"],
    ]);
    const { files: shown } = await runIn(made, ["review", "plan.yaml", "--html", "out.html"]);
    const [, json] = /id="data">(.*?)<\/script>/s.exec(shown["out.html"]!)!;
    const sides = sidesOf(JSON.parse(json!));
    const found = explain(sides.old.ruleset, { in: "eth0", source: "2001:db8::1", protocol: "tcp" });
    expect(found.kind === "explained" && found.explanation.unknown?.why).toContain("can't be read");
  });
});

test("signs that are not shown are read as they are written", () => {
  const name = "a\u202eb";
  const other = "a\ufffdb";
  const text = [
    ...["*filter", ":FORWARD DROP [0:0]", `:${name} - [0:0]`, `:${other} - [0:0]`],
    ...[`-A FORWARD -j ${name}`, `-A ${name} -j ACCEPT`, `-A ${other} -j DROP`, "COMMIT", ""],
  ].join("\n");
  const run = runPipeline(makeSourceFile("old.rules", text), "v4");
  const data: PageData = parseHarmless(JSON.stringify(pageOf(run)));
  expect(data.files[0]!.old.join("\n")).not.toContain("\u202e");
  const packet = { in: "a", out: "b" };
  expect(explain(sidesOf(data).old.ruleset, packet)).toEqual(explain(run.ruleset, packet));
});

test("data of the first version walks packets as it did", () => {
  const url = new URL("../fixtures/page-data-0.1.0.json", import.meta.url);
  const data: PageData = JSON.parse(readFileSync(url, "utf8"));
  expect(data.version).toBe(1);
  const { old, new: now } = sidesOf(data);
  const { options } = readPacketText("-i lan0 -o dmz0 -s 192.168.10.7 -d 172.16.1.12 -p tcp --dport 443");
  const deciders = [old, now].map(({ ruleset }) => {
    const found = explain(ruleset, options);
    return found.kind === "explained" ? found.explanation.decidedBy?.text : found.faults;
  });
  expect(deciders).toEqual([
    "-A FORWARD -s 192.168.10.0/24 -d 172.16.1.12/32 -p tcp -m tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT",
    "-A R-OFFICES-THE-WEB -p tcp -m conntrack --ctstate NEW -j ACCEPT",
  ]);
  expect([...new Set(now.groups.values())]).toContain("S-192-168");
});

test("the group that each line is a member's of", () => {
  const flat = readCorpusFile(listOwnCorpus().find(({ name }) => name === "corpus/example.rules")!);
  const run = runPipeline(flat, "v4");
  const { old, new: now } = sidesOf(pageOf(run));
  expect(old.groups.size).toBe(0);
  const used = run.plan.groups.filter(({ name }) => run.rewritten.newChains.includes(name));
  expect(used.length).toBeGreaterThan(2);
  expect(new Set(now.groups.values())).toEqual(new Set(used.map(({ name }) => name)));
});
