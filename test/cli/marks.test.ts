/** `import` with options that tell of marks of others. */
import { describe, expect, test } from "vitest";
import type { ProgramResult } from "../../src/cli/io.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const FILES = {
  "old.rules": FLAT,
  "rules.txt": "100:\tfrom all fwmark 0x1/0xf lookup 100\n200:\tfrom all fwmark 0x100 lookup 5\n",
  "tc.txt": "filter parent 1: protocol ip pref 10 fw chain 0 handle 0x10/0xf0 classid 1:1\n",
  "wg.txt": "wg0\t0x200\n",
};

const bitsOf = (plan: string | undefined) => /^ownMarkBits: "(.*)"$/m.exec(plan ?? "")?.[1];

describe("bits of others", () => {
  test("are left alone, stand in the plan with where they were read, and are in the report", async () => {
    const argv = [
      "--ip-rules",
      "rules.txt",
      "--tc",
      "tc.txt",
      "--marks-of",
      "wg.txt",
      "--avoid",
      "cni-portmap",
    ];
    const { code, files, stdout } = await runIn(FILES, ["import", "old.rules", ...argv]);
    expect(code).toBe(0);
    expect(bitsOf(files[PLAN])).toBe("0x1c00");
    expect(files[PLAN]).toContain(
      '  - bits: "0xf"\n    what: "ip rule: fwmark 0x1/0xf"\n    from: rules.txt:1\n',
    );
    expect(stdout).toContain("mark bits 0x2000 are left to CNI portmap (--avoid)");
    expect(stdout).toContain("mark bits 0x100 are left to ip rule: fwmark 0x100 (rules.txt:2)");
    const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    expect(applied.code).toBe(0);
    // Without the options they stay.
    const again = await runIn(files, ["import", "old.rules"]);
    expect(again.files).toEqual(files);
    const other = await runIn(files, ["import", "old.rules", "--mark-mask", "0x00ff0000"]);
    expect(bitsOf(other.files[PLAN])).toBe("0x70000");
    expect(other.stderr).toContain("markRoom: (all) -> 0xff0000");
    expect(other.stderr).toContain("-> (none)");
    const none = await runIn({ ...files, empty: "" }, ["import", "old.rules", "--marks-of", "empty"]);
    expect(none.files[PLAN]).not.toContain("othersMarks");
    expect(none.stderr).not.toContain("comments not kept");
    expect(bitsOf(none.files[PLAN])).toBe("0x7");
  });

  test("groups that have such bits already get others", async () => {
    const first = await runIn(FILES, ["import", "old.rules"]);
    expect(bitsOf(first.files[PLAN])).toBe("0x7");
    const { files } = await runIn(first.files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    const next = await runIn(files, ["import", "new.rules", "--ip-rules", "rules.txt"]);
    expect(bitsOf(next.files["new.rules.markify.yaml"])).toBe("0x70");
    const done = await runIn(next.files, [
      ...["apply", "new.rules.markify.yaml", "-o", "newer.rules", "--packets", "1000"],
    ]);
    expect(done.stderr).toContain("equal");
    expect(done.code).toBe(0);
    expect(done.files["newer.rules"]).toContain("--set-xmark 0x10/0x10");
  });

  test("an edit of the plan can't take them", async () => {
    const { files } = await runIn(FILES, ["import", "old.rules", "--ip-rules", "rules.txt"]);
    const edited = files[PLAN]!.replace('ownMarkBits: "0x70"', 'ownMarkBits: "0x61"').replace(
      '"0x10"',
      '"0x1"',
    );
    const { code, stderr } = await runIn({ ...files, [PLAN]: edited }, ["apply", PLAN, "-o", "new.rules"]);
    expect(stderr).toContain("MARK_BITS_TAKEN");
    expect(code).toBe(1);
  });
});

describe("refused", () => {
  test.each([
    [["--avoid", "kubernets"], 2, "did you mean kubernetes?"],
    [["--avoid", "kubernetes,,istio"], 2, "names with commas"],
    [["--mark-mask", "0"], 2, "such as 0x00ff0000"],
    [["--mark-mask", "0x3"], 1, "MARK_BITS_RESERVED"],
    [["--avoid", "cilium", "--mark-mask", "0x00001fff"], 1, "MARK_BITS_RESERVED"],
    [["--tc", "rules.txt"], 1, "MARKS_OF_WHAT"],
    [["--marks-of", "old.rules"], 1, "MARKS_OF_WHAT"],
    [["--this-host"], 5, "root"],
  ])("%j", async (argv, code, text) => {
    const outcome = await runIn(FILES, ["import", "old.rules", ...argv]);
    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
    expect(outcome.files[PLAN]).toBeUndefined();
  });
});

describe("this host", () => {
  const done = (stdout: string): ProgramResult => ({ exitCode: 0, stdout: Buffer.from(stdout), stderr: "" });
  const HOST: Readonly<Record<string, string>> = {
    "id -u": "0\n",
    "ip rule": "0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1 lookup 5\n",
    "ip -6 rule": "0:\tfrom all lookup local\n",
    "ip xfrm state": "",
    "ip xfrm policy": "",
    "ip -d link show": "1: lo: <LOOPBACK,UP> mtu 65536\n    link/loopback\n",
    "tc qdisc show": "qdisc htb 1: dev eth0 root refcnt 2\nqdisc clsact ffff: dev eth0 parent ffff:fff1\n",
    "tc class show dev eth0": "class htb 1:1 root prio 0\n",
    "tc filter show dev eth0 parent 1:": "",
    "tc filter show dev eth0 parent 1:1":
      "filter parent 1:1 protocol ip pref 10 fw chain 0 handle 0x2 classid 1:1\n",
    "tc filter show dev eth0 ingress": "",
    "tc filter show dev eth0 egress": "",
  };

  test("is asked by commands that only list; what is not installed is said", async () => {
    const asked: string[] = [];
    const runProgram = async (argv: readonly string[]) => {
      asked.push(argv.join(" "));
      const text = HOST[argv.join(" ")];
      return text === undefined ? null : done(text);
    };
    const { code, files, stderr } = await runIn(FILES, ["import", "old.rules", "--this-host"], {
      runProgram,
    });
    expect(code).toBe(0);
    expect(bitsOf(files[PLAN])).toBe("0x1c");
    expect(files[PLAN]).toContain("from: tc filter show dev eth0 parent 1:1:1");
    expect(stderr).toContain("nft is not installed");
    expect(
      asked.filter((command) => !/ (show|list|rule|state|policy|-Sn)\b|^(id|sysctl) /.test(command)),
    ).toEqual([]);
  });

  test("a command that fails ends it", async () => {
    const runProgram = async (argv: readonly string[]) =>
      argv[0] === "id" ? done("0\n") : { exitCode: 1, stdout: Buffer.from(""), stderr: "no such thing\n" };
    const { code, stderr } = await runIn(FILES, ["import", "old.rules", "--this-host"], { runProgram });
    expect(stderr).toContain("ip rule failed: no such thing");
    expect(code).toBe(5);
  });
});
