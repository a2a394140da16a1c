/** `markify group`: what it edits, what it proves and prints, and what `apply` then makes of the plan. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { filterTable, product } from "../support/small-tables.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const MEMBER = "      - 10.0.1.4/32\n";

/** FLAT with a policy that drops, so that an added member makes a difference. */
const DROPPING = FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP");

type Files = Record<string, string>;

/** The files after `import`. */
async function imported(rules = DROPPING): Promise<Files> {
  return { ...(await runIn({ "old.rules": rules }, ["import", "old.rules"])).files };
}

/** The files after `import` and a command that has to succeed. */
async function edited(...argv: readonly string[]): Promise<Files> {
  const { code, stderr, files } = await runIn(await imported(), ["group", ...argv]);
  expect(code, stderr).toBe(0);
  return { ...files };
}

const apply = (files: Files, ...more: readonly string[]) =>
  runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000", ...more]);

describe("group add", () => {
  test("writes the member, says which packets change, and prints the command", async () => {
    const files = await imported();
    const {
      code,
      stdout,
      stderr,
      files: after,
    } = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect(code, stderr).toBe(0);
    expect(after[PLAN]).toBe(files[PLAN]!.replace(MEMBER, `${MEMBER}    added:\n      - 10.0.1.9/32\n`));
    expect(stdout).toBe("iptables -A S-10-0-1 -s 10.0.1.9/32 -j MARK --set-xmark 0x1/0x1\n");
    expect(stderr).toMatchSnapshot();
  });

  test("to and from a tree, a member is one line", async () => {
    const hosts = Array.from({ length: 40 }, (_, at) => `-s 10.0.${at}.1/32`);
    const targets = ["-d 10.9.0.1/32", "-d 10.9.0.2/32", "-d 10.9.0.3/32"];
    const rules = filterTable(product("-A FORWARD", hosts, targets, "-j ACCEPT"), { FORWARD: "DROP" });
    const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
    const group = /^ {4}name: (S-\S+)$/m.exec(files[PLAN]!)![1]!;
    const edit = (...words: readonly string[]) => runIn(files, ["group", words[0]!, PLAN, group, words[1]!]);
    const command = "-j MARK --set-xmark 0x1/0x1\n";
    expect((await edit("add", "10.0.7.9")).stdout).toBe(`iptables -A ${group} -s 10.0.7.9/32 ${command}`);
    const removed = (await edit("remove", "10.0.7.1")).stdout;
    expect(removed).toMatch(/^iptables -D \S+\/\S+ -s 10\.0\.7\.1\/32 -j MARK --set-xmark 0x1\/0x1\n$/);
    const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    expect(applied.files["new.rules"]).toMatch(/^# To add a member, copy the line of another one/m);
  });

  test("--restore prints a transaction, --json everything", async () => {
    const argv = ["group", "add", PLAN, "SRV-WEB", "tcp/8443"];
    const line = "-A SRV-WEB -p tcp -m tcp --dport 8443 -j MARK --set-xmark 0x4/0x4\n";
    const restored = await runIn(await imported(), [...argv, "--restore"]);
    expect(restored.stdout, restored.stderr).toBe(`*filter\n${line}COMMIT\n`);
    const { stdout } = await runIn(await imported(), [...argv, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ version: 1, result: "equal", added: ["tcp dport 8443"], removed: [], moreDifferences: false },
      changes: [{ family: "v4", commands: `iptables ${line}`, restore: `*filter\n${line}COMMIT\n` }],
      differences: [{ fields: { destinationPort: ["8443"] }, old: "DROP", new: "ACCEPT" }],
    });
  });

  test.each([
    ["S-10-0-1", "10.0.1.4", "S-10-0-1 has 10.0.1.4/32 already"],
    ["S-10-0-1", "10.0.1.300", '"10.0.1.300" is no address'],
    ["S-10-0-1", "10.0.1.9/24", "the network is 10.0.1.0/24, the host is 10.0.1.9/32"],
    [
      "S-10-0-1",
      "0.0.0.0/0",
      "is every address, and no member can be: for all of them write 0.0.0.0/1 and 128.0.0.0/1",
    ],
    ["S-10-0-1", "2001:db8::1", "is no IPv4 address"],
    ["S-10-0-1", "tcp/80", "is no address"],
    ["SRV-WEB", "10.0.1.9", "is no service"],
    ["SRV-WEB", "tcp/80", "has tcp dport 80 already"],
    ["SRV-WEB", "tcp dport ssh", "is no service"],
    ["S-10-0-2", "10.0.1.9", "has no group S-10-0-2; did you mean S-10-0-1?"],
  ])("refuses %s %s", async (group, member, words) => {
    const files = await imported();
    const { code, stdout, stderr, files: after } = await runIn(files, ["group", "add", PLAN, group, member]);
    expect([code, stdout, after]).toEqual([2, "", files]);
    expect(stderr).toContain(words);
  });

  test("refuses a part of a member, and tells of members inside a new one", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.4.0/24");
    const part = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.4.9"]);
    expect([part.code, part.files]).toEqual([2, files]);
    expect(part.stderr).toContain("has 10.0.4.9/32 already, as a part of 10.0.4.0/24");
    const whole = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.4.0/23"]);
    expect(whole.code).toBe(0);
    expect(whole.stderr).toContain("note: 10.0.4.0/23 holds 10.0.4.0/24 of S-10-0-1, too\n");
  });

  test("writes nothing where the proof is not finished", async () => {
    const files = await imported();
    let time = 0;
    const slow = { now: () => (time += 1e9) };
    const {
      code,
      stdout,
      files: after,
    } = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"], slow);
    expect([code, stdout, after]).toEqual([4, "", files]);
  });
});

describe("group remove", () => {
  test("takes an added member back: the plan is as it was", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
    const {
      code,
      stdout,
      files: after,
    } = await runIn(files, ["group", "remove", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect([code, after]).toEqual([0, await imported()]);
    expect(stdout).toBe("iptables -D S-10-0-1 -s 10.0.1.9/32 -j MARK --set-xmark 0x1/0x1\n");
  });

  test("of a member that rules have changes the policy; adding it again undoes that", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace(MEMBER, MEMBER.replace("\n", "  # Eva's\n"));
    const argv = [PLAN, "S-10-0-1", "10.0.1.4/32"];
    const { code, stdout, stderr, files: without } = await runIn(files, ["group", "remove", ...argv]);
    expect(code).toBe(0);
    expect(without[PLAN]).toContain("      - 10.0.1.3/32\n    removed:\n      - 10.0.1.4/32  # Eva's\n");
    expect(stdout).toBe("iptables -D S-10-0-1 -s 10.0.1.4/32 -j MARK --set-xmark 0x1/0x1\n");
    expect(stderr).toContain(
      "tcp from 10.0.1.4/32 to 10.9.0.1/32,10.9.0.2/31,10.9.0.4/32 port 80,443: ACCEPT, now DROP",
    );
    expect((await apply({ ...without })).code).toBe(5);
    const applied = await apply({ ...without }, "--allow-policy-change");
    expect(applied.code).toBe(0);
    expect(applied.files["new.rules"]).not.toContain("-s 10.0.1.4/32");
    const back = await runIn(without, ["group", "add", ...argv]);
    expect([back.code, back.files]).toEqual([0, files]);
  });

  test("refuses what is not there, and to leave a group empty", async () => {
    const files = await imported();
    const gone = await runIn(files, ["group", "remove", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect([gone.code, gone.stderr]).toEqual([
      2,
      expect.stringContaining("S-10-0-1 has no member 10.0.1.9/32"),
    ]);
    const all = ["tcp dport 80", "tcp/443"];
    const empty = await runIn(files, ["group", "remove", PLAN, "SRV-WEB", ...all]);
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining("would have no member left")]);
  });
});

describe("apply of a plan that changes the policy", () => {
  test("refuses without --allow-policy-change, and shows the packets", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
    const { code, stderr, files: after } = await apply(files);
    expect([code, after]).toEqual([5, files]);
    expect(stderr).toMatchSnapshot();
  });

  test("with it, the file and its header say how", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
    const { code, files: after } = await apply(files, "--allow-policy-change");
    expect(code).toBe(0);
    expect(after["new.rules"]).toContain(
      [
        "# THE POLICY IS NOT THAT OF THE INPUT: the plan changes it, and --allow-policy-change let it.",
        "#   S-10-0-1 gets 10.0.1.9/32",
        "# Check: the policy is changed as said above and in nothing else, proved for all packets",
      ].join("\n"),
    );
    expect(after["new.rules"]).toContain("-A S-10-0-1 -s 10.0.1.9/32 -j MARK --set-xmark 0x1/0x1\n");
    const old = await runIn(after, ["diff", "old.rules", "new.rules"]);
    expect([old.code, old.stdout]).toEqual([1, expect.stringContaining("from 10.0.1.9")]);
  });

  test("samples are not enough for it", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
    const flags = ["--allow-policy-change", "--accept-sampled", "--budget", "0"];
    expect((await apply(files, ...flags)).code).toBe(4);
  });

  test("JSON has groups, rules and packets", async () => {
    const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
    const { code, stdout } = await apply(files, "--json");
    expect(code).toBe(5);
    const { policyChange, restore } = JSON.parse(stdout);
    expect(restore).toBeUndefined();
    expect(policyChange.groups).toEqual([
      { name: "S-10-0-1", axis: "source", added: ["10.0.1.9/32"], removed: [], negatedBy: [] },
    ]);
    expect(policyChange.addedRules).toHaveLength(8);
    expect(policyChange.addedRules).toContain(
      "-A FORWARD -s 10.0.1.9/32 -d 10.9.0.1/32 -p tcp -m tcp --dport 80 -j ACCEPT",
    );
    expect(policyChange.differences).toHaveLength(1);
  });

  test("where no packet fares differently, that is said", async () => {
    const first = "-A FORWARD -s 10.0.1.9/32 -j ACCEPT\n";
    const files = await imported(DROPPING.replace("-A FORWARD", `${first}-A FORWARD`));
    const { code, stdout, stderr } = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("-s 10.0.1.9/32")]);
    expect(stderr).toContain("no packet fares differently");
  });

  test("a group that nothing uses changes nothing", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace(/accept: true\n {4}where/, "accept: false\n    where");
    const {
      code,
      stdout,
      stderr,
      files: after,
    } = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("no accepted policy rule uses the group");
    expect((await apply({ ...after })).code).toBe(0);
  });
});

test("import keeps what was added and removed", async () => {
  const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
  const { files: without } = await runIn(files, ["group", "remove", PLAN, "S-10-0-1", "10.0.1.1"]);
  const changed = { ...without, "old.rules": `# today\n${DROPPING}` };
  const again = await runIn(changed, ["import", "old.rules", "--overwrite"]);
  expect(again.code).toBe(0);
  expect(again.files[PLAN]).toContain("    added:\n      - 10.0.1.9/32\n    removed:\n      - 10.0.1.1/32\n");
  expect(again.files[PLAN]!.match(/10\.0\.1\.1\/32/g)).toHaveLength(1);
});

test("group list", async () => {
  const files = await edited("add", PLAN, "S-10-0-1", "10.0.1.9");
  const { code, stdout } = await runIn(files, ["group", "list", PLAN]);
  expect(code).toBe(0);
  expect(stdout).toMatchSnapshot();
  const { groups } = JSON.parse((await runIn(files, ["group", "list", PLAN, "--json"])).stdout);
  expect(groups[0]).toMatchObject({ name: "S-10-0-1", axis: "source", added: ["10.0.1.9/32"], removed: [] });
});

test("two families: commands for both, --restore for one at a time", async () => {
  const files = { v4: DROPPING, v6: FLAT_V6.replace(":FORWARD ACCEPT", ":FORWARD DROP") };
  const { files: made } = await runIn(files, ["import", "v4", "v6", "-o", "host.yaml"]);
  const argv = ["group", "add", "host.yaml", "SRV-WEB", "tcp/8443"];
  const both = await runIn(made, argv);
  const line = "-A SRV-WEB -p tcp -m tcp --dport 8443 -j MARK --set-xmark 0x4/0x4\n";
  expect([both.code, both.stdout]).toEqual([0, `iptables ${line}ip6tables ${line}`]);
  const one = await runIn(made, [...argv, "--restore"]);
  expect([one.code, one.stdout, one.files]).toEqual([2, "", made]);
});
