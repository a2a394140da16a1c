/** Whole commands in a world of fakes: exit code, stdout, stderr, files. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ShardRunner } from "../../src/verify/verify.ts";
import type { Io } from "../../src/cli/io.ts";
import { runApply } from "../../src/cli/commands/apply.ts";
import { makeSession } from "../../src/cli/session.ts";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6, OTHER } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

/** The files after `import old.rules`. */
async function imported(text = FLAT): Promise<Record<string, string>> {
  const { code, files, stderr } = await runIn({ "old.rules": text }, [
    "import",
    "old.rules",
    "--family",
    "v4",
  ]);
  expect(stderr).toContain(`next: markify apply ${PLAN}`);
  expect(code).toBe(0);
  return { ...files };
}

describe("import", () => {
  test("writes the plan, prints the report, and says what is next", async () => {
    const { code, stdout, stderr, files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^old\.rules: 33 rules → \d+ /);
    expect(stdout).toContain("10.9.0.1/32, 10.9.0.2/32, 10.9.0.3/32, 10.9.0.4/32");
    expect(files[PLAN]).toContain("path: old.rules");
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .slice(-2)
        .map((line) => line.replace(/:.*/, "")),
    ).toEqual([`${PLAN} written`, "next"]);
  });

  test("with --json leaves nothing else on stdout", async () => {
    const { stdout } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--json"]);
    const view = JSON.parse(stdout);
    expect(view).toMatchObject({
      version: 1,
      inputs: [{ path: "old.rules", family: "v4", rules: 33, tables: ["filter"] }],
      policyRules: 1,
      rulesBefore: 33,
      diagnostics: [],
    });
    expect(view.inputs[0].digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const source = view.groups.find(({ axis }: { axis: string }) => axis === "source");
    expect(source).toMatchObject({
      members: ["10.0.1.1/32", "10.0.1.2/32", "10.0.1.3/32", "10.0.1.4/32"],
      uses: 1,
    });
    expect(source.lines).toHaveLength(32);
    expect(source.lines[0]).toEqual({ file: "old.rules", line: 5 });
    expect(Number(view.ownMarkBits)).toBeGreaterThan(0);
  });

  test("says what is wrong with a ruleset, and writes nothing", async () => {
    const broken = FLAT.replaceAll("--dport 80", "--dprot 80");
    const { code, stdout, stderr, files } = await runIn({ "old.rules": broken }, ["import", "old.rules"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.match(/error [A-Z_]+/g)).toHaveLength(16);
    expect(stderr).toContain("old.rules:5:");
    expect(stderr).toContain("did you mean --dport?");
    expect(stderr.trimEnd()).toMatch(/16 errors: no plan was written$/);
    expect(Object.keys(files)).toEqual(["old.rules"]);
    const json = JSON.parse((await runIn({ "old.rules": broken }, ["import", "old.rules", "--json"])).stdout);
    expect(json.diagnostics).toHaveLength(16);
    expect(json.diagnostics[0]).toMatchObject({ severity: "error", file: "old.rules", line: 5 });
  });

  test("keeps every byte of a plan of the same input", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace("accept: true", "accept: false # ask Eva first");
    const again = await runIn(files, ["import", "old.rules"]);
    expect(again.code).toBe(0);
    expect(again.files).toEqual(files);
    expect(again.stderr).toContain("kept as it is");
    expect(again.stdout).toContain("refused");
  });

  test("carries edits to a plan made with other options", async () => {
    const files = await imported();
    const name = /^ {2}(S-\S+):$/m.exec(files[PLAN]!)![1]!;
    files[PLAN] = files[PLAN]!.replace(`name: ${name}`, "name: S-Clients");
    const again = await runIn(files, ["import", "old.rules", "--keep-chain", "x*"]);
    expect(again.files[PLAN]).toContain("name: S-Clients");
    expect(again.files[PLAN]).toContain("keepChains: [x*]");
  });

  test("refuses the plan of another input without --overwrite", async () => {
    const files: Record<string, string> = { ...(await imported()), "old.rules": OTHER };
    const refused = await runIn(files, ["import", "old.rules"]);
    expect(refused.code).toBe(5);
    expect(refused.files).toEqual(files);
    expect(refused.stderr).toContain("--overwrite");
    const done = await runIn(files, ["import", "old.rules", "--overwrite"]);
    expect(done.code).toBe(0);
    expect(done.files[PLAN]).not.toBe(files[PLAN]);
  });

  test("refuses to overwrite a file that is no plan, and an input even with --overwrite", async () => {
    const files = { "old.rules": FLAT, notes: "a: b\n" };
    const { code, stderr } = await runIn(files, ["import", "old.rules", "-o", "notes"]);
    expect(code).toBe(5);
    expect(stderr).toContain("PLAN_UNKNOWN_KEY");
    const clash = await runIn(files, ["import", "old.rules", "-o", "./old.rules", "--overwrite"]);
    expect(clash.code).toBe(2);
    expect(clash.files).toEqual(files);
  });

  test("takes standard input, and keeps its text in the plan", async () => {
    const without = await runIn({}, ["import", "-"], {}, FLAT);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("-o PLAN");
    const text = `# caf\xe9\n${FLAT}`;
    const first = await runIn({}, ["import", "-", "-o", "p.yaml"], {}, text);
    expect(first.code).toBe(0);
    const { code, stdout } = await runIn(first.files, ["apply", "p.yaml", "--packets", "2000"]);
    expect(code).toBe(0);
    expect(stdout).toContain("# caf\xe9\n");
  });

  test("refuses two rulesets of one family, and one ruleset twice", async () => {
    const two = await runIn({ a: FLAT, b: OTHER }, ["import", "a", "b"]);
    expect([two.code, two.stderr]).toEqual([2, expect.stringContaining("a and b are both IPv4")]);
    expect((await runIn({ a: FLAT }, ["import", "a", "./a"])).code).toBe(2);
  });
});

describe("review", () => {
  test("shows the edits that a person made", async () => {
    const files = await imported();
    const name = /^ {2}(S-\S+):$/m.exec(files[PLAN]!)![1]!;
    files[PLAN] = files[PLAN]!.replace(`name: ${name}`, "name: S-Clients");
    const { code, stdout } = await runIn(files, ["review", PLAN]);
    expect(code).toBe(0);
    expect(stdout).toContain("S-Clients  source, 4 members");
    expect(stdout).toContain("-s S-Clients -d ");
    expect((await runIn(files, ["review", PLAN, "--diff"])).stdout).toContain(
      "+-A S-Clients -s 10.0.1.1/32 ",
    );
    expect((await runIn(files, ["review", PLAN, "--markdown"])).stdout).toContain("| `S-Clients` | source |");
    const json = JSON.parse((await runIn(files, ["review", PLAN, "--json"])).stdout);
    expect(json.groups[0]).toMatchObject({ name: "S-Clients", nameFrom: "person" });
  });

  test("points at mistakes in the plan", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace("axis: source", "axis: sauce");
    const { code, stderr, stdout } = await runIn(files, ["review", PLAN]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^${PLAN}:\\d+:11: error PLAN_BAD_VALUE`, "m"));
  });

  test("refuses a plan whose input has changed", async () => {
    const files = { ...(await imported()), "old.rules": OTHER };
    for (const command of ["review", "apply"]) {
      const { code, stdout, stderr } = await runIn(files, [command, PLAN]);
      expect([code, stdout]).toEqual([5, ""]);
      expect(stderr).toContain("old.rules has changed since");
      expect(stderr).toContain(`next: markify import old.rules -o ${PLAN} --overwrite`);
    }
  });

  test("finds the input beside a plan in another folder", async () => {
    const { files } = await runIn({ "in/old.rules": FLAT }, ["import", "in/old.rules", "-o", "plans/p.yaml"]);
    expect(files["plans/p.yaml"]).toContain("path: ../in/old.rules");
    const review = await runIn(files, ["review", "plans/p.yaml"]);
    expect(review.code).toBe(0);
    // The heading has the path from here, not the one from the plan.
    expect(review.stdout).toMatch(/^in\/old\.rules: 33 rules/);
  });
});

describe("apply", () => {
  /** Samples alone. */
  const UNPROVED = ["--budget", "0"];
  const QUICK = ["--packets", "3000"];

  test("prints a restore file that is checked, and tells the rest on stderr", async () => {
    const { code, stdout, stderr } = await runIn(await imported(), ["apply", PLAN, ...QUICK]);
    expect(code).toBe(0);
    const header = stdout.split("\n").filter((line) => line.startsWith("# "));
    expect(header[0]).toBe(`# Made by markify 1.2.3 from old.rules with plan ${PLAN}, for iptables-restore`);
    expect(header).toContain("# Check: equal, proved for all packets");
    expect(stdout).toContain("\n*filter\n");
    expect(stderr).toMatch(/^equal, proved for all packets$/m);
    expect(stderr).toMatch(/^ {2}second opinion: no difference in 3000 packets \(seed 1\)$/m);
    expect(stderr).toContain("assumed: Packets enter with the mark bits");
  });

  test("writes a file with -o, never the plan", async () => {
    const before = await imported();
    const { code, stdout, stderr, files } = await runIn(before, ["apply", PLAN, "-o", "new.rules", ...QUICK]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(files).toEqual({ ...before, "new.rules": files["new.rules"] });
    expect(stderr.trimEnd()).toMatch(/next: sudo unshare -n iptables-restore new\.rules$/);
    const check = await runIn(files, ["verify", "old.rules", "new.rules", ...QUICK]);
    expect(check.code).toBe(0);
  });

  test("gives the same bytes twice", async () => {
    const files = await imported();
    const [one, other] = [
      await runIn(files, ["apply", PLAN, ...QUICK]),
      await runIn(files, ["apply", PLAN, ...QUICK]),
    ];
    expect(other.stdout).toBe(one.stdout);
  });

  test("has the restore file in its JSON, as text or as path", async () => {
    const files = await imported();
    const text = JSON.parse((await runIn(files, ["apply", PLAN, "--json", ...QUICK])).stdout);
    expect(text).toMatchObject({ version: 1, result: "equal", basis: "proved", packets: 3000, seed: 1 });
    expect(text.restore).toEqual([{ family: "v4", text: expect.stringContaining("COMMIT") }]);
    expect(text.assumptions).toHaveLength(1);
    const { stdout } = await runIn(files, ["apply", PLAN, "--json", "-o", "new.rules", ...QUICK]);
    expect(JSON.parse(stdout).restore).toEqual([{ family: "v4", path: "new.rules" }]);
  });

  test("takes - for standard output", async () => {
    const files = await imported();
    const done = await runIn(files, ["apply", PLAN, "-o", "-", ...QUICK]);
    expect([done.code, done.files]).toEqual([0, files]);
    expect(done.stdout).toContain("COMMIT");
    expect((await runIn(files, ["import", "old.rules", "-o", "-"])).code).toBe(2);
  });

  test("warns of an edited plan that makes the file larger", async () => {
    const files = await imported(
      readFileSync(new URL("../../corpus/example.rules", import.meta.url), "latin1"),
    );
    files[PLAN] = files[PLAN]!.replace(/(name: S-192-168\n(?: {4}.*\n)*? {4}accept: )true/, "$1false");
    const words = "the new file is larger (116 rules before, 120 after)";
    expect((await runIn(files, ["apply", PLAN, ...QUICK])).stderr).toContain(`warning: ${words}`);
    const { stdout } = await runIn(files, ["review", PLAN, "--json"]);
    const [finding] = JSON.parse(stdout).findings;
    expect(finding).toMatchObject({ kind: "grows", severity: "warning" });
    expect(finding.message).toMatch(/; refused: S-192-168$/);
  });

  test.each([
    ["CR LF at line ends", "*filter\r\n:INPUT ACCEPT [0:0]\r\nCOMMIT\r\n"],
    ["blanks before a table's or chain's name", "*filter\n  :INPUT ACCEPT [0:0]\nCOMMIT\n"],
    ["blanks before a table's or chain's name", "*filter\n:INPUT ACCEPT [0:0]\n\tCOMMIT\n"],
  ])("warns that a file which stays as it is can't be loaded: %s", async (words, text) => {
    const files = await imported(text);
    const { code, stderr } = await runIn(files, ["apply", PLAN, ...QUICK]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      "warning: old.rules stays as it is, and iptables-restore refuses it so: it has ",
    );
    expect(stderr).toContain(words);
    expect((await runIn(await imported(), ["apply", PLAN, ...QUICK])).stderr).not.toContain("warning");
  });

  test("makes one file for each family", async () => {
    const inputs = { "rules.v4": FLAT, "rules.v6": FLAT_V6 };
    const { files } = await runIn(inputs, ["import", "rules.v4", "rules.v6", "-o", "host.yaml"]);
    const one = await runIn(files, ["apply", "host.yaml", ...QUICK]);
    expect([one.code, one.stdout]).toEqual([2, ""]);
    const both = await runIn(files, ["apply", "host.yaml", "-o", "new", ...QUICK]);
    expect(both.code).toBe(0);
    expect(both.files["new.v4"]).toContain("10.0.1.1/32");
    expect(both.stderr).toMatch(/rules v4 33 -> \d+, v6 33 -> \d+; /);
    expect(both.stderr).toContain(
      "next: sudo unshare -n iptables-restore new.v4 && sudo unshare -n ip6tables-restore new.v6",
    );
    expect(both.files["new.v6"]).toContain("2001:db8:1::1/128");
  });

  test("obeys a refusal: the rules stay as they were", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replaceAll("accept: true", "accept: false");
    const { code, stdout } = await runIn(files, ["apply", PLAN]);
    expect(code).toBe(0);
    expect(stdout).toBe(FLAT);
  });

  test("refuses to write over the plan or the input", async () => {
    const files = await imported();
    for (const output of [PLAN, "old.rules"]) {
      const done = await runIn(files, ["apply", PLAN, "-o", output, ...QUICK]);
      expect([done.code, done.files]).toEqual([2, files]);
    }
  });

  test("writes nothing when the check finds a difference", async () => {
    const files = await imported();
    // A checker that finds its very first packet treated otherwise.
    const runShards: ShardRunner = async () => [
      { job: 0, packets: 1, anyMarkPackets: 0, difference: 0, anyMarkDifference: -1, matched: [[], []] },
    ];
    const done = await runIn(
      files,
      ["apply", PLAN, "-o", "new.rules", "--json", "--accept-sampled", ...UNPROVED],
      {
        runShards,
      },
    );
    expect([done.code, done.files]).toEqual([1, files]);
    const view = JSON.parse(done.stdout);
    expect(view).toMatchObject({ result: "different", witness: { packet: { table: "filter" } } });
    expect(view).not.toHaveProperty("restore");
    const plain = await runIn(files, ["apply", PLAN, "--accept-sampled", ...UNPROVED], { runShards });
    expect([plain.code, plain.stdout]).toEqual([1, ""]);
    expect(plain.stderr).toContain("nothing was written: different");
  });

  test("is a fault of its own, and writes nothing, when the samples contradict the proof", async () => {
    const files = await imported();
    const runShards: ShardRunner = async () => [
      { job: 0, packets: 1, anyMarkPackets: 0, difference: 0, anyMarkDifference: -1, matched: [[], []] },
    ];
    const done = await runIn(files, ["apply", PLAN, "-o", "new.rules"], { runShards });
    expect(done.code).toBe(3);
    expect(done.files).not.toHaveProperty("new.rules");
  });

  test("writes nothing from samples alone without that word", async () => {
    const files = await imported();
    const refused = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--budget", "0"]);
    expect([refused.code, refused.files]).toEqual([2, files]);
    const taken = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--accept-sampled", "--budget", "0"]);
    expect(taken.code).toBe(0);
    expect(taken.files["new.rules"]).toContain("# Check: no difference in 100000 packets (seed 1)");
  });

  test("needs a word where nothing is proved, and says so in the file", async () => {
    const files = await imported();
    let time = 0;
    const slow = { now: () => (time += 1e9) };
    const refused = await runIn(files, ["apply", PLAN, "-o", "new.rules", ...QUICK], slow);
    expect([refused.code, refused.files]).toEqual([4, files]);
    expect(refused.stderr).toContain("the proof took longer than its budget");
    const taken = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--accept-sampled", ...QUICK], slow);
    expect(taken.code).toBe(0);
    const header = "# Check: NOT PROVED, written because of --accept-sampled: no difference in 3000 packets";
    expect(taken.files["new.rules"]).toContain(header);
  });

  test("writes nothing when it can't tell", async () => {
    const files = await imported();
    // One packet can't try all hooks of the table; the command line wouldn't take so few.
    const options = {
      json: false,
      acceptSampled: true,
      allowPolicyChange: false,
      output: "new.rules",
      packets: 1,
      budget: 0,
    };
    const done = await runIn(files, [], {}, "", (io) => runApply(makeSession(io, "never"), PLAN, options));
    expect([done.code, done.files]).toEqual([4, files]);
    expect(done.stderr).toContain("nothing was written: can't tell");
  });
});

describe("verify", () => {
  const files = { old: FLAT, same: FLAT, other: OTHER, v6: FLAT_V6 };

  test("tells equal from different, with the packet that shows it", async () => {
    const same = await runIn(files, ["verify", "old", "same"]);
    expect([same.code, same.stdout.split("\n")[0]]).toEqual([0, "equal: all tables are the same"]);
    const other = await runIn(files, ["verify", "old", "other", "--packets", "5000"]);
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^different: /);
    expect(other.stdout).toMatch(/destination=10\.9\.0\.2/);
    expect(other.stdout).toMatch(/^ {2}old old: ACCEPT/m);
    expect(other.stdout).toMatch(/^ {2}new other: DROP/m);
  });

  test.each(["verify", "diff"])("%s of two families is wrong usage", async (command) => {
    const { code, stdout, stderr } = await runIn(files, [command, "old", "v6"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("old has IPv4 rules, v6 IPv6 rules: no packet meets both");
    expect(stderr).not.toContain("--budget");
  });

  test("advises more time only where time was short", async () => {
    const head = "*filter\n:INPUT ACCEPT [0:0]\n:a - [0:0]\n";
    const called = (rule: string) => `${head}-A INPUT -j a\n-A a ${rule}\nCOMMIT\n`;
    const inline = (rule: string) => `${head}-A INPUT ${rule}\nCOMMIT\n`;
    const ask = async (rule: string, changes: Partial<Io> = {}) => {
      const argv = ["verify", "called", "inline", "--packets", "2000", "--family", "v4"];
      const { code, stderr } = await runIn({ called: called(rule), inline: inline(rule) }, argv, changes);
      return [code, stderr.includes("--budget 600")];
    };
    expect(await ask("-s 10.0.0.1/32 -j DROP")).toEqual([0, false]);
    // Each look at the clock takes longer than the budget.
    let time = 0;
    const now = (): number => (time += 100_000);
    expect(await ask("-s 10.0.0.1/32 -j DROP", { now })).toEqual([4, true]);
    expect(await ask("-j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 0x1")).toEqual([4, false]);
  });

  test("asks for the family where neither side shows it", async () => {
    const bare = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n";
    const { code, stderr, stdout } = await runIn({ bare, too: bare }, ["verify", "bare", "too"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("nothing in bare tells IPv4 from IPv6");
    expect(stderr).toContain("--family v4 or --family v6");
    expect(stdout).toBe("");
  });

  test("takes the family of the other side for a file that doesn't show its own", async () => {
    const bare = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n";
    const { code, stdout } = await runIn({ ...files, bare }, [
      "verify",
      "bare",
      "v6",
      "--json",
      "--packets",
      "2000",
    ]);
    expect([code, JSON.parse(stdout).result]).toEqual([1, "different"]);
  });

  test("passes the options on", async () => {
    const argv = ["verify", "old", "other", "--json", "--seed", "7", "--own-bits", "0xf0", "--budget", "0"];
    const { stdout } = await runIn(files, argv);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      result: "different",
      seed: 7,
      ownBits: "0xf0",
      witness: { seed: 7 },
    });
  });

  test("says when there are few packets", async () => {
    const words = "Fewer than 1000 packets";
    expect(
      (await runIn(files, ["verify", "old", "other", "--packets", "500", "--budget", "0"])).stdout,
    ).toContain(words);
    expect((await runIn(files, ["verify", "old", "same", "--packets", "500"])).stdout).not.toContain(words);
  });

  test("reads one side from standard input", async () => {
    expect((await runIn(files, ["verify", "old", "-"], {}, FLAT)).code).toBe(0);
    expect((await runIn(files, ["verify", "-", "-"], {}, FLAT)).code).toBe(2);
  });

  test("says where a ruleset is broken", async () => {
    const { code, stderr } = await runIn({ ...files, bad: "*filter\nfoo\n" }, ["verify", "old", "bad"]);
    expect(code).toBe(1);
    expect(stderr).toContain("bad:2:1: error");
  });
});
