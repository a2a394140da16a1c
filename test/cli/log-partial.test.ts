/** `logPartial` in a plan and `apply --log-partial`: what is logged, and that nothing else changes. */
import { describe, expect, test } from "vitest";
import { withoutPartialLogs } from "../../src/cli/partial-logs.ts";
import { importRuleset } from "../../src/import/import.ts";
import { addLogging } from "../../src/plan/log-partial.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const RULE = "R-10-0-1-10-9-0-WEB";
const APPLY = ["apply", PLAN, "-o", "new.rules", "--packets", "1000"];
const LINES = [
  `-A ${RULE} -m mark ! --mark 0x3/0x7 -m limit --limit 6/min -j LOG --log-prefix "${RULE}: "`,
  `-A ${RULE} -m mark ! --mark 0x7/0x7 -m limit --limit 6/min -j LOG --log-prefix "${RULE}: "`,
];

const imported = () => runIn({ "old.rules": FLAT }, ["import", "old.rules"]);

/** Lines of a new file that tell nothing about itself. */
const body = (text: string | undefined) => (text ?? "").split("\n").filter((line) => !line.startsWith("# "));

describe("logPartial", () => {
  test("logs in front of each way out that has a bit, says so everywhere, and is proved to do nothing else", async () => {
    const { files } = await imported();
    const plain = await runIn(files, APPLY);
    const { code, stderr, files: made } = await runIn(files, [...APPLY, "--log-partial", RULE]);
    expect(stderr).toContain(
      "2 lines that log were added because of logPartial, and left out of the comparison",
    );
    expect(stderr).toContain("equal, proved");
    expect(code).toBe(0);
    const text = made["new.rules"];
    expect(body(text).filter((line) => line.includes("LOG"))).toEqual(LINES);
    expect(body(text).filter((line) => !line.includes("LOG"))).toEqual(body(plain.files["new.rules"]));
    const logs = body(text).indexOf(LINES[0]!);
    expect(body(text)[logs + 1]).toBe(`-A ${RULE} -m mark ! --mark 0x3/0x7 -g M-CLEAR`);
    expect(text).toContain(
      `# It logs more than the input, because of logPartial: packets that match in part ${RULE} (6/min).\n`,
    );
    // The option is for once; the plan is as it was.
    expect(made[PLAN]).toBe(files[PLAN]);
  });

  test("in the plan: stays over a new import, is in the report; a rate of one's own", async () => {
    const { files } = await imported();
    const edited = files[PLAN]!.replace("    where:", "    logPartial: 1/second\n    where:");
    const { files: again } = await runIn({ ...files, [PLAN]: edited }, [
      ...["import", "old.rules", "--keep-chain", "nothing"],
    ]);
    expect(again[PLAN]).toContain("    accept: true\n    logPartial: 1/sec\n    where: filter FORWARD\n");
    const review = await runIn(again, ["review", PLAN]);
    expect(review.stdout).toContain(`logged, because of logPartial: ${RULE} (1/sec)`);
    const { files: made } = await runIn(again, [...APPLY, "--log-partial", `${RULE}=no-limit`]);
    expect(body(made["new.rules"]).filter((line) => line.includes("LOG"))).toEqual(
      LINES.map((line) => line.replace("-m limit --limit 6/min ", "")),
    );
    const decoded = await runIn(
      made,
      ["decode", "--rules", "new.rules"],
      {},
      `kernel: ${RULE}: IN=eth0 OUT=eth1 SRC=10.0.1.2 DST=10.9.0.9 LEN=60 PROTO=TCP SPT=1 DPT=80 MARK=0x1\n`,
    );
    expect(decoded.stdout).toContain(
      `[markify: ${RULE}: S-10-0-1 matched, D-10-9-0 did not match, SRV-WEB not asked yet; the packet is in S-10-0-1, SRV-WEB]`,
    );
  });

  test.each([
    [["--log-partial", "R-OTHER"], 2, "there is no policy rule R-OTHER"],
    [["--log-partial", `${RULE}=often`], 2, "a rate such as 6/min"],
    [["--log-partial", `${RULE}=20000/sec`], 2, "a rate such as 6/min"],
  ])("%j is refused", async (argv, code, text) => {
    const { files } = await imported();
    const outcome = await runIn(files, [...APPLY, ...argv]);
    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
    expect(outcome.files["new.rules"]).toBeUndefined();
  });

  test("of a rule that is refused, or that has one group, is refused", async () => {
    const { files } = await imported();
    const refused = files[PLAN]!.replace(/(R-\S+:\n.*\n {4}accept: )true/, "$1false");
    const outcome = await runIn({ ...files, [PLAN]: refused }, [...APPLY, "--log-partial", RULE]);
    expect(outcome.stderr).toContain(`${RULE} is refused in the plan`);
    const hosts = Array.from({ length: 20 }, (_, at) => `-s 10.0.7.${at * 2}/32`);
    const one = filterTable([
      ...product("-A FORWARD", hosts, "-d 10.9.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT"),
      ...product("-A FORWARD", hosts, "-d 10.9.0.2/32 -p tcp -m tcp --dport 25 -j ACCEPT"),
    ]);
    const single = await runIn({ "old.rules": one }, ["import", "old.rules", "-o", PLAN]);
    expect(single.files[PLAN]).toContain("    source: ");
    const logged = single.files[PLAN]!.replace(
      "    where: filter FORWARD\n    source",
      "    logPartial: 6/min\n$&",
    );
    const bad = await runIn({ ...single.files, [PLAN]: logged }, APPLY);
    expect(bad.stderr).toContain("a packet can't be in a part of one group");
    expect(bad.code).toBe(1);
  });
});

describe("the comparison leaves out these lines alone", () => {
  const old = readRuleset(
    filterTable(
      product(
        "-A FORWARD",
        [1, 2, 3, 4, 5, 6].map((host) => `-s 10.0.1.${host}/32`),
        [1, 2, 3, 4, 5, 6].map((host) => `-d 10.9.0.${host}/32`),
        "-p tcp -m tcp --dport 22 -j ACCEPT",
      ),
    ),
    "v4",
  );
  const base = planOf(old);
  const rule = base.policyRules[0]!.name;
  const plan = addLogging(base, [{ rule, rate: "6/min" }]);
  if (typeof plan === "string") throw new Error(plan);
  const { text, rewritten } = rewriteOf(old, plan);
  const log = text.split("\n").find((line) => line.includes("-j LOG"))!;
  const read = (changed: string) => {
    const { ruleset } = importRuleset(makeSourceFile("new.rules", changed), { family: "v4" });
    return withoutPartialLogs(ruleset!, plan, 0, rewritten.ownBits);
  };

  test("equal without them, different with them", async () => {
    const { ruleset, lines } = read(text);
    expect(lines).toBe(1);
    expect((await verify(old, ruleset, { packets: 1000, demandAnyMark: true })).result).toBe("equal");
    const all = readRuleset(text, "v4");
    expect((await verify(old, all, { packets: 1000, demandAnyMark: true })).result).toBe("different");
  });

  test.each([
    ["another target", log.replace(/-j LOG.*/, "-j DROP")],
    ["a mark", log.replace(/-j LOG.*/, "-j MARK --set-xmark 0x100/0x100")],
    ["another prefix", log.replace("--log-prefix ", "--log-prefix x")],
    ["another limit", log.replace("6/min", "7/min")],
    ["a match that counts", log.replace("-m limit", "-m recent --set --name x --rsource -m limit")],
    ["a test of other bits", log.replace(/--mark \S+/, "--mark 0x100/0x100")],
    ["no line", ""],
    ["a second one", `${log}\n${log}`],
  ])("%s is no such line", (_, changed) => {
    expect(() => read(text.replace(log, () => changed))).toThrow("lines that log");
  });
});

describe("a file with such lines, imported again", () => {
  const OWN = "new.rules.markify.yaml";
  const applyOwn = (files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
    runIn(files, ["apply", OWN, "-o", "third.rules", "--packets", "1000", ...more]);

  async function written(rate: string): Promise<Readonly<Record<string, string>>> {
    const { files } = await imported();
    const made = await runIn(files, [...APPLY, "--log-partial", `${RULE}=${rate}`]);
    return { "new.rules": made.files["new.rules"]! };
  }

  test.each(["6/min", "1/sec", "no-limit"])(
    "has its policy rule with logPartial: %s, and nothing to do",
    async (rate) => {
      const { files, stdout } = await runIn(await written(rate), ["import", "new.rules"]);
      expect(stdout).not.toContain("MARK_GROUP_LIKE");
      expect(files[OWN]).toContain(`  ${RULE}:\n`);
      expect(files[OWN]).toContain(`    logPartial: ${rate}\n`);
      const { code, stderr, files: made } = await applyOwn(files);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain("equal: all tables are the same");
      expect(made["third.rules"]).toBe(files["new.rules"]);
    },
  );

  test("other bits, another rate: proved, and said", async () => {
    const { files } = await runIn(await written("6/min"), ["import", "new.rules"]);
    const changed = files[OWN]!.replace("logPartial: 6/min", "logPartial: 1/hour")
      .replace('ownMarkBits: "0x7"', 'ownMarkBits: "0x70"')
      .replace(/"0x([124])"/g, '"0x$10"');
    const { code, stderr, files: made } = await applyOwn({ ...files, [OWN]: changed });
    expect(code, stderr).toBe(0);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "2 lines that log in the input and 2 in the new file are left out of the comparison",
    );
    expect(body(made["third.rules"]).filter((line) => line.includes("LOG"))).toEqual(
      LINES.map((line) => line.replace("6/min", "1/hour").replace(/0x(\d)\/0x7/, "0x$10/0x70")),
    );
  });

  test("without logPartial: the lines go, and that is said; a later import leaves it so", async () => {
    const { files } = await runIn(await written("6/min"), ["import", "new.rules"]);
    const plain = files[OWN]!.replace("    logPartial: 6/min\n", "");
    const { code, stderr, files: made } = await applyOwn({ ...files, [OWN]: plain });
    expect(code, stderr).toBe(0);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "2 lines that log partial matches in the input are not in the new file, since the plan has no logPartial any more.",
    );
    expect(made["third.rules"]).not.toContain("LOG");
    const again = await runIn({ ...files, [OWN]: plain }, ["import", "new.rules", "--keep-chain", "nothing"]);
    expect(again.files[OWN]).not.toContain("    logPartial: ");
  });

  test.each([
    ["add", "10.0.1.9", [`iptables -A S-10-0-1 -s 10.0.1.9/32 -j MARK --set-xmark 0x1/0x1`]],
    ["remove", "10.0.1.2", [`iptables -D S-10-0-1 -s 10.0.1.2/32 -j MARK --set-xmark 0x1/0x1`]],
  ])(
    "group %s: proved, and of its packets none that only the log lines tell apart",
    async (command, member, commands) => {
      const dropping = (await written("6/min"))["new.rules"]!.replace(":FORWARD ACCEPT", ":FORWARD DROP");
      const { files } = await runIn({ "new.rules": dropping }, ["import", "new.rules"]);
      const edit = await runIn(files, ["group", command, OWN, "S-10-0-1", member]);
      expect(edit.code, edit.stderr).toBe(0);
      expect(edit.stdout).toBe(commands.map((line) => `${line}\n`).join(""));
      expect(edit.stderr).toContain("exactly that changes, proved for all packets");
      expect(edit.stderr).not.toContain("LOG");
      const { code, stderr, files: made } = await applyOwn(edit.files, "--allow-policy-change");
      expect(code, stderr).toBe(0);
      expect(body(made["third.rules"]).filter((line) => line.includes("LOG"))).toEqual(LINES);
    },
  );

  test("a rule that is turned round: proved", async () => {
    const dropping = (await written("6/min"))["new.rules"]!.replace(":FORWARD ACCEPT", ":FORWARD DROP");
    const { files } = await runIn({ "new.rules": dropping }, ["import", "new.rules"]);
    const turned = files[OWN]!.replace("source: S-", "source: not S-");
    expect(turned).not.toBe(files[OWN]);
    const { code, stderr } = await applyOwn({ ...files, [OWN]: turned }, "--allow-policy-change");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("the policy changes as the plan says");
  });

  test("refused: the chain stays with its lines", async () => {
    const { files } = await runIn(await written("6/min"), ["import", "new.rules"]);
    const refused = files[OWN]!.replace(/(R-\S+:\n.*\n {4}accept: )true/, "$1false");
    const { code, stderr, files: made } = await applyOwn({ ...files, [OWN]: refused });
    expect(code, stderr).toBe(0);
    expect(body(made["third.rules"]).filter((line) => line.includes("LOG"))).toEqual(LINES);
  });

  test.each([
    ["a rate of its own", (text: string) => text.replace(LINES[0]!, LINES[0]!.replace("6/min", "7/min"))],
    ["a missing line", (text: string) => text.replace(`${LINES[1]}\n`, "")],
    [
      "another prefix",
      (text: string) => text.replace(LINES[0]!, LINES[0]!.replace(`"${RULE}: "`, '"mine: "')),
    ],
    ["a burst", (text: string) => text.replace("--limit 6/min", "--limit 6/min --limit-burst 9")],
    [
      "a line that tests something else",
      (text: string) => text.replace(LINES[0]!, LINES[0]!.replace("0x3/0x7", "0x1/0x7")),
    ],
  ])("%s: it stays as it is, and is named", async (_, change) => {
    const files = await written("6/min");
    const text = change(files["new.rules"]!);
    expect(text).not.toBe(files["new.rules"]);
    const outcome = await runIn({ "new.rules": text }, ["import", "new.rules"]);
    expect(`${outcome.stdout}${outcome.stderr}`).toContain("MARK_GROUP_LIKE");
    expect(outcome.files[OWN]).not.toContain("    logPartial: ");
    const { code, stderr, files: made } = await applyOwn(outcome.files);
    expect(code, stderr).toBe(0);
    expect(made["third.rules"]).toBe(text);
  });
});
