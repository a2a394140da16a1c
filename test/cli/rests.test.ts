/** Rule chains that end processing, from the command line: the plan says so, a person may have it otherwise, and what was written is read again. */
import { describe, expect, test } from "vitest";
import { filterTable, product } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
const HEAD = "R-10-0-1-10-9-0-SSH-DNS-HTTP";
const SOURCES = [1, 2, 3, 4].map((host) => `-s 10.0.1.${host}/32`);
const TARGETS = [1, 2, 3, 4].map((host) => `-d 10.9.0.${host}/32`);
const SERVICES = ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"];
const RULES = filterTable([
  ...product("-A FORWARD", SOURCES, TARGETS, SERVICES, "-j ACCEPT"),
  ...product("-A FORWARD", SOURCES, TARGETS, '-j LOG --log-prefix "lan "'),
  ...product("-A FORWARD", SOURCES, TARGETS, "-j REJECT --reject-with icmp-port-unreachable"),
  ...product("-A FORWARD", SOURCES, "-j DROP"),
  "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
]);

const APPLY = ["apply", PLAN, "-o", "new.rules", "--packets", "1000"];
const imported = () => runIn({ "old.rules": RULES }, ["import", "old.rules"]);

/** The lines of the rule chain and its rests. */
const chainOf = (text: string | undefined) =>
  (text ?? "").split("\n").filter((line) => line.startsWith(`-A ${HEAD.slice(0, 23)}`));

const LINES = [
  `-A ${HEAD} -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7`,
  `-A ${HEAD} -j S-10-0-1`,
  `-A ${HEAD} -m mark ! --mark 0x1/0x7 -j RETURN`,
  `-A ${HEAD} -j D-10-9-0`,
  `-A ${HEAD} -m mark ! --mark 0x3/0x7 -j DROP`,
  `-A ${HEAD} -j SRV-SSH-DNS-HTTP`,
  `-A ${HEAD} -m mark ! --mark 0x7/0x7 -g R-10-0-1-10-9-0-SSH-DNS/rest`,
  `-A ${HEAD} -j MARK --set-xmark 0x0/0x7`,
  `-A ${HEAD} -j ACCEPT`,
  "-A R-10-0-1-10-9-0-SSH-DNS/rest -j MARK --set-xmark 0x0/0x7",
  '-A R-10-0-1-10-9-0-SSH-DNS/rest -j LOG --log-prefix "lan "',
  "-A R-10-0-1-10-9-0-SSH-DNS/rest -j REJECT --reject-with icmp-port-unreachable",
];

describe("rests", () => {
  test("stand in one rule chain, and the plan, the reports and the file say so", async () => {
    const { files } = await imported();
    expect(files[PLAN]!.match(/^ {4}restOf: .*$/gm)).toEqual(Array(3).fill(`    restOf: ${HEAD}`));
    const { code, stderr, files: made } = await runIn(files, APPLY);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("equal, proved");
    const text = made["new.rules"]!;
    expect(chainOf(text)).toEqual(LINES);
    expect(text).toContain(
      `# ${HEAD}: S-10-0-1 + D-10-9-0 + SRV-SSH-DNS-HTTP -> ACCEPT; else S-10-0-1 + D-10-9-0 -> LOG --log-prefix "lan ", then REJECT`,
    );
    expect(text.match(/^-A FORWARD .*$/gm)).toEqual([
      `-A FORWARD -j ${HEAD}`,
      "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
    ]);
    expect(text).toMatch(
      /^# Where a rule says what becomes of packets that are in some of its groups alone/m,
    );
    const review = await runIn(files, ["review", PLAN]);
    expect(review.stdout).toContain(`    the rest of ${HEAD}\n`);
    const json = JSON.parse((await runIn(files, ["review", PLAN, "--json"])).stdout);
    expect(json.products.map(({ restOf }: { restOf?: string }) => restOf)).toEqual([
      undefined,
      ...Array(3).fill(HEAD),
    ]);
    const markdown = await runIn(files, ["review", PLAN, "--markdown"]);
    expect(markdown.stdout).toContain(`**the rest of** \`${HEAD}\``);
  });

  test("what was written is the same policy, and stays; a member can be added to it", async () => {
    const { files: made } = await runIn((await imported()).files, APPLY);
    const written = { "old.rules": made["new.rules"]! };
    const { files } = await runIn(written, ["import", "old.rules"]);
    const rulesOf = (text: string) =>
      text.match(/^ {2}R-\S+:$|^ {4}(?:restOf|source|destination|service|rule): .*$/gm);
    expect(rulesOf(files[PLAN]!)).toEqual(rulesOf(made[PLAN]!));
    const again = await runIn(files, APPLY);
    expect(again.stderr).toContain("equal: all tables are the same");
    const added = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect(added.stdout, added.stderr).toBe(
      "iptables -A S-10-0-1 -s 10.0.1.9/32 -j MARK --set-xmark 0x1/0x1\n",
    );
    const changed = await runIn(added.files, [...APPLY, "--allow-policy-change"]);
    expect(changed.code, changed.stderr).toBe(0);
    expect(chainOf(changed.files["new.rules"])).toEqual(LINES);
  });

  test.each(["shared", "hoisted"])("with --layout %s each stands for itself", async (layout) => {
    const { files } = await imported();
    const { code, stderr, files: made } = await runIn(files, [...APPLY, "--layout", layout]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("equal, proved");
    expect(made["new.rules"]).not.toContain("/rest");
    expect((await runIn(made, ["review", PLAN])).stdout).not.toContain("the rest of");
  });
});

describe("a person", () => {
  test("takes one out: it has a rule chain of its own, also where the same file is imported again", async () => {
    const { files } = await imported();
    const edited = files[PLAN]!.replace(/( {2}R-10-0-1:\n(?: {4}.*\n)*?) {4}restOf: .*\n/, "$1");
    expect(edited.match(/restOf:/g)).toHaveLength(files[PLAN]!.match(/restOf:/g)!.length - 1);
    const { code, stderr, files: made } = await runIn({ ...files, [PLAN]: edited }, APPLY);
    expect(code, stderr).toBe(0);
    expect(chainOf(made["new.rules"])).toEqual(
      LINES.map((line) => line.replace("! --mark 0x3/0x7 -j DROP", "! --mark 0x3/0x7 -g M-CLEAR")),
    );
    expect(made["new.rules"]).toContain("-A FORWARD -j R-10-0-1\n");
    const again = await runIn({ ...files, [PLAN]: edited }, [
      "import",
      "old.rules",
      "--keep-chain",
      "nothing",
    ]);
    expect(again.files[PLAN]!.match(/^ {4}restOf:/gm)).toHaveLength(2);
  });

  test.each([
    ["the policy rule", `  ${HEAD}:\n    name: ${HEAD}\n    accept: `],
    ["the last one", "  R-10-0-1:\n    name: R-10-0-1\n    accept: "],
    ["one before it", "  R-10-0-1-10-9-0:\n    name: R-10-0-1-10-9-0\n    accept: "],
    ["the one that logs", "  R-10-0-1-10-9-0-LOG:\n    name: R-10-0-1-10-9-0-LOG\n    accept: "],
  ])("refuses %s: the others are as they would be alone", async (what, key) => {
    const { files } = await imported();
    const edited = files[PLAN]!.replace(`${key}true`, `${key}false`);
    expect(edited).not.toBe(files[PLAN]);
    const { code, stderr } = await runIn({ ...files, [PLAN]: edited }, APPLY);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("equal, proved");
    // What stays flat has to stand before the last one.
    expect(stderr.includes("gets a rule chain of its own: it can't be brought")).toBe(
      /before it|logs/.test(what),
    );
  });

  test("refuses a part of what is one chain already: that goes as a whole", async () => {
    const { files: made } = await runIn((await imported()).files, APPLY);
    const { files } = await runIn({ "old.rules": made["new.rules"]! }, ["import", "old.rules"]);
    const edited = files[PLAN]!.replace(/( {2}R-10-0-1:\n(?: {4}.*\n)*? {4}accept: )true/, "$1false");
    const { code, stderr } = await runIn({ ...files, [PLAN]: edited }, APPLY);
    expect(stderr).toContain("which goes as a whole or not at all");
    expect(code).toBe(1);
  });

  test.each([
    ["R-NONE", "expected another policy rule, which is not the rest of one itself"],
    ["R-10-0-1", "expected another policy rule, which is not the rest of one itself"],
  ])("names %s, which is none: that is an error with its place", async (name, text) => {
    const { files } = await imported();
    const edited = files[PLAN]!.replace(/^( {4}restOf: ).*$/m, `$1${name}`);
    const { code, stderr } = await runIn({ ...files, [PLAN]: edited }, APPLY);
    expect(stderr).toContain("error PLAN_BAD_VALUE");
    expect(stderr).toContain(text);
    expect(code).toBe(1);
  });

  test("logs what matches in part, in front of the rests; a rest that logs is a chain of its own", async () => {
    const { files } = await imported();
    const logged = await runIn(files, [...APPLY, "--log-partial", HEAD]);
    expect(logged.code, logged.stderr).toBe(0);
    const lines = chainOf(logged.files["new.rules"]);
    expect(lines.filter((line) => !line.includes("-m limit"))).toEqual(LINES);
    const at = lines.findIndex((line) => line.includes("-m limit"));
    expect(lines[at + 1]).toBe(LINES[4]);
    // Read again, with the rate.
    const { files: again } = await runIn({ "old.rules": logged.files["new.rules"]! }, [
      "import",
      "old.rules",
    ]);
    expect(again[PLAN]).toContain("    logPartial: 6/min\n");
    expect(again[PLAN]!.match(/^ {4}restOf:/gm)).toHaveLength(3);
    const rest = await runIn(files, [...APPLY, "--log-partial", "R-10-0-1-10-9-0"]);
    expect(rest.code, rest.stderr).toBe(0);
    expect(rest.files["new.rules"]).toContain("-A FORWARD -j R-10-0-1-10-9-0\n");
  });

  test("turns a group round: in all of them one chain asks for who is not in it, in one alone they are no rests", async () => {
    const { files } = await imported();
    const change = [...APPLY, "--allow-policy-change"];
    const turned = files[PLAN]!.replaceAll("    destination: D-10-9-0", "    destination: not D-10-9-0");
    const { code, stderr, files: made } = await runIn({ ...files, [PLAN]: turned }, change);
    expect(code, stderr).toBe(0);
    // The source alone first, since all rests have it.
    expect(chainOf(made["new.rules"])[4]).toBe(`-A ${HEAD} -m mark ! --mark 0x1/0x7 -j DROP`);
    const one = files[PLAN]!.replace("    destination: D-10-9-0", "    destination: not D-10-9-0");
    const refused = await runIn({ ...files, [PLAN]: one }, change);
    expect(refused.stderr).toContain("error POLICY_RULE_NO_REST");
    expect(refused.code).toBe(1);
  });
});
