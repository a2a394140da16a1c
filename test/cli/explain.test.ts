/** `markify explain` in a world of fakes: what is printed, exit codes, JSON, wrong usage. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const PACKET = [
  "--in",
  "eth0",
  "--out",
  "eth1",
  "-s",
  "10.0.1.2",
  "-d",
  "10.9.0.3",
  "-p",
  "tcp",
  "--dport",
  "443",
];

const LIMITED = FLAT.replace("-A INPUT -i lo", "-A INPUT -m limit --limit 5/min");

/** Runs `explain old.rules` with arguments. */
function explainIn(text: string, args: readonly string[], changes = {}, stdin = "") {
  return runIn({ "old.rules": text }, ["explain", "old.rules", ...args], changes, stdin);
}

describe("text", () => {
  test("the verdict, the packet, every rule, and the summary", async () => {
    const { code, stdout, stderr } = await explainIn(FLAT, PACKET);
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "ACCEPT by line 18 (filter FORWARD)",
      "  packet: in=eth0 out=eth1 source=10.0.1.2 destination=10.9.0.3 protocol=tcp destinationPort=443",
      "  tcpFlags=SYN ctstate=NEW mark=0x0",
      "  filter FORWARD: ACCEPT",
      "    … 13 rules that do not match, lines 5 to 17 (-s ×8, -d ×4, -m tcp ×1)",
      "    yes  line 18: -A FORWARD -s 10.0.1.2/32 -d 10.9.0.3/32 -p tcp -m tcp --dport 443 -j ACCEPT",
      "",
    ]);
    expect(stderr).toBe("old.rules: ACCEPT by line 18 (filter FORWARD)\n");
  });

  test("--all folds nothing, and each rule says what failed", async () => {
    const { stdout } = await explainIn(FLAT, [...PACKET, "--all"]);
    expect(stdout.match(/^ {4}no /gm)).toHaveLength(13);
    expect(stdout).toContain(
      "no   line 5: -A FORWARD -s 10.0.1.1/32 -d 10.9.0.1/32 -p tcp -m tcp --dport 80 -j ACCEPT  [fails: -s 10.0.1.1/32]\n",
    );
  });

  test("chains, groups, marks, effects and returns of a mark-group ruleset", async () => {
    const text = FLAT.replace(/(-A FORWARD.*\n)+/, "").replace(
      "COMMIT",
      [
        ":S - [0:0]",
        ":D - [0:0]",
        ":R - [0:0]",
        ":C - [0:0]",
        "-A FORWARD -j R",
        "-A R -j S",
        "-A R -j D",
        "-A R -m mark ! --mark 0x3/0x3 -g C",
        "-A R -j LOG",
        "-A S -s 10.0.1.0/24 -j MARK --set-xmark 0x1/0x1",
        "-A D -d 10.8.0.0/24 -j MARK --set-xmark 0x2/0x2",
        "-A C -j MARK --set-xmark 0x0/0x3",
        "-A C -j CONNMARK --set-xmark 0x4/0x4",
        "COMMIT",
      ].join("\n"),
    );
    const { stdout } = await explainIn(text, [...PACKET, "--mark", "0x8"]);
    expect(stdout.split("\n").slice(3, -1)).toEqual([
      "  groups that match: S",
      "  groups that do not: D",
      "  marks at the end: connmark 0x4",
      "  filter FORWARD: ACCEPT",
      "    yes  line 10: -A FORWARD -j R",
      "      yes  line 11: -A R -j S",
      "        yes  line 15: -A S -s 10.0.1.0/24 -j MARK --set-xmark 0x1/0x1  [mark 0x9]",
      "        end of S: back in R",
      "      yes  line 12: -A R -j D",
      "        no   line 16: -A D -d 10.8.0.0/24 -j MARK --set-xmark 0x2/0x2  [fails: -d 10.8.0.0/24]",
      "        end of D: back in R",
      "      yes  line 13: -A R -m mark ! --mark 0x3/0x3 -g C",
      "      C",
      "      yes  line 17: -A C -j MARK --set-xmark 0x0/0x3  [mark 0x8]",
      "      yes  line 18: -A C -j CONNMARK --set-xmark 0x4/0x4  [connmark 0x4]",
      "      end of C: back in FORWARD",
      "    end of FORWARD: the policy decides",
    ]);
  });

  test("colours, and ASCII where the terminal has no more", async () => {
    const { stdout } = await explainIn(FLAT, [...PACKET, "--color", "always"], { env: { LANG: "C" } });
    expect(stdout.startsWith("\u001b[1;32mACCEPT")).toBe(true);
    expect(stdout).toContain("... 13 rules that do not match, lines 5 to 17 (-s x8, -d x4, -m tcp x1)");
  });

  test("a comment can't take over the terminal", async () => {
    const text = FLAT.replace("-A INPUT -i lo", '-A INPUT -i lo -m comment --comment "\u001b[2J"');
    expect((await explainIn(text, ["--in", "lo"])).stdout).not.toContain("\u001b");
  });

  test("reads standard input, and a file that is of IPv6", async () => {
    const piped = await runIn({}, ["explain", "-", "--in", "lo"], {}, FLAT);
    expect([piped.code, piped.stderr]).toEqual([0, "-: ACCEPT by line 37 (filter INPUT)\n"]);
    const v6 = PACKET.map((word) =>
      word.replace("10.0.1.2", "2001:db8:1::2").replace("10.9.0.3", "2001:db8:9::3"),
    );
    expect((await explainIn(FLAT_V6, v6)).stdout).toContain("ACCEPT by line 18");
  });
});

describe("what nobody can tell ends with 4", () => {
  test("and names the option that settles it", async () => {
    const { code, stdout, stderr } = await explainIn(LIMITED, ["--in", "eth0"]);
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /^can't tell: line 37 \(filter INPUT\) asks -m limit --limit 5\/min: it is not modelled\n/,
    );
    expect(stdout).toContain(
      "?    line 37: -A INPUT -m limit --limit 5/min -j ACCEPT  [no answer: -m limit --limit 5/min]",
    );
    expect(stderr).toContain(
      "next: the same command with --match '-m limit --limit 5/min=true', or --match '-m limit --limit 5/min=false'\n",
    );
    const settled = await explainIn(LIMITED, ["--in", "eth0", "--match", "-m limit --limit 5/min=true"]);
    expect([settled.code, settled.stderr]).toEqual([0, "old.rules: ACCEPT by line 37 (filter INPUT)\n"]);
    expect(settled.stdout).toContain("  effect: line 37: asked -m limit --limit 5/min\n");
  });

  test("a field that nobody gave", async () => {
    const { code, stderr } = await explainIn(FLAT, ["--in", "eth0", "--out", "eth1"]);
    expect(code).toBe(4);
    expect(stderr).toContain(
      "asks -s 10.0.1.1/32: the packet's source is not given\nnext: the same command with -s ADDRESS\n",
    );
  });
});

describe("JSON", () => {
  test("is one document with the whole walk", async () => {
    const { code, stdout } = await explainIn(FLAT, [...PACKET, "--json"]);
    expect(code).toBe(0);
    const view = JSON.parse(stdout);
    expect(view).toMatchObject({
      version: 1,
      family: "v4",
      file: "old.rules",
      hook: "FORWARD",
      packet: { in: "eth0", source: "10.0.1.2", destinationPort: "443" },
      result: "decided",
      verdict: "ACCEPT",
      decidedBy: { table: "filter", chain: "FORWARD", line: 18 },
      groups: { matched: [], notMatched: [] },
      unknown: null,
      tables: [{ table: "filter", verdict: "ACCEPT" }],
      diagnostics: [],
    });
    expect(view.steps).toHaveLength(15);
    expect(view.steps[1]).toMatchObject({
      kind: "rule",
      line: 5,
      result: "failed",
      condition: "-s 10.0.1.1/32",
    });
  });

  test("docs/json.md names every key", async () => {
    const docs = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");
    const section = docs.slice(docs.indexOf("## `explain`"), docs.indexOf("## Errors"));
    const decided = JSON.parse((await explainIn(LIMITED, [...PACKET, "--json"])).stdout);
    const stopped = JSON.parse((await explainIn(LIMITED, ["--in", "eth0", "--json"])).stdout);
    const keys = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!/^\d+$/.test(key)) keys.add(key);
        if (key !== "packet") collect(inner);
      }
    };
    for (const view of [decided, stopped]) collect(view);
    expect([...keys].filter((key) => !section.includes(`"${key}"`))).toEqual([]);
  });
});

describe("wrong usage ends with 2", () => {
  test.each([
    [[], "nothing says where the packet is\nnext: --in NAME"],
    [["--in", "eth0", "-s", "2001:db8::1"], "-s 2001:db8::1 is an IPv6 address, and the ruleset is IPv4"],
    [
      ["--in", "eth0", "--dport", "22"],
      "--dport needs -p tcp or -p udp, and there is no -p\nnext: -p tcp or -p udp",
    ],
    [["--in", "eth0", "--hook", "PREROUTING"], "--table raw or mangle or nat or all"],
    [["--in", "eth0", "--backend", "pf"], "Allowed choices are legacy, nft"],
    [["--in", "eth0", "--dprot", "22"], "(Did you mean --dport?)"],
    [["--in"], "argument missing"],
  ])("explain old.rules %j", async (args, message) => {
    const { code, stdout, stderr } = await explainIn(FLAT, args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("all that is wrong at once, as JSON too", async () => {
    const { code, stdout } = await explainIn(FLAT, ["--in", "eth+", "-s", "x", "--state", "y", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({
      exit: 2,
      message: "--in eth+: that is a pattern; -s x: that is no address; --state y: Y is no state",
    });
  });

  test("a missing file, and one with errors", async () => {
    expect(await runIn({}, ["explain", "gone", "--in", "lo"])).toMatchObject({ code: 2 });
    const broken = await explainIn(FLAT.replace("--dport 80", "--dprot 80"), PACKET);
    expect([broken.code, broken.stdout]).toEqual([1, ""]);
    expect(broken.stderr).toContain("1 error: no packet was walked");
  });
});
