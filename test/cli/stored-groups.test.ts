/** Members of groups in ipsets, on the command line: `--members`, the file of sets beside the rules, and both together imported again. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const APPLY = ["apply", PLAN, "-o", "new.rules", "--packets", "1000"];

/** The files after an import and an apply. */
async function stored(): Promise<Record<string, string>> {
  const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--members", "ipset"]);
  return { ...(await runIn(files, APPLY)).files };
}

describe("import and apply", () => {
  test("the plan keeps it, the sets are written beside the rules and loaded first", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--members", "ipset"]);
    expect(files[PLAN]).toContain("\nstorage: ipset\n");
    const { code, stderr, files: after } = await runIn(files, APPLY);
    expect(code).toBe(0);
    expect(stderr).toContain("equal, proved for all packets");
    expect(stderr).toContain("hold what the file of sets beside it says");
    expect(stderr).toContain("new.rules and new.rules.ipset written");
    expect(stderr).toContain("sh -c 'ipset restore -file new.rules.ipset && iptables-restore new.rules'");
    expect(after["new.rules"]).toContain("# IT NEEDS SETS: the members of S-10-0-1, D-10-9-0 are in ipsets");
    expect(after["new.rules.ipset"]).toMatch(/^add S-10-0-1~ 10.0.1.3\/32 -exist$/m);
  });

  test("a saved IPv6 ruleset with all addresses in sets is read as one, by its sets, its header or an option", async () => {
    const { files } = await runIn({ "old.rules": FLAT_V6 }, ["import", "old.rules", "--members", "ipset"]);
    const { files: made } = await runIn(files, APPLY);
    const bare = made["new.rules"]!.replace(/^#.*\n/gm, "");
    expect(bare).not.toContain("2001:");
    const open = await runIn({ ...made, bare }, ["import", "bare"]);
    expect(open.stderr).toContain("nothing in bare tells IPv4 from IPv6");
    expect(open.files["bare.markify.yaml"]).toBeUndefined();
    for (const argv of [
      ["import", "bare", "--ipset", "new.rules.ipset"],
      ["import", "bare", "--family", "v6", "--ipset", "new.rules.ipset"],
    ]) {
      const read = await runIn({ ...made, bare }, argv);
      expect(read.files["bare.markify.yaml"], read.stderr).toContain("family: v6\n");
      expect(read.stdout).toContain("nothing to do");
    }
    const headed = await runIn(made, ["import", "new.rules"]);
    expect(headed.files["new.rules.markify.yaml"]).toContain("family: v6\n");
  });

  test("standard output takes one file", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--members", "ipset"]);
    for (const argv of [
      ["apply", PLAN],
      ["apply", PLAN, "-o", "-"],
    ]) {
      const { code, stdout, stderr } = await runIn(files, argv);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("markify apply old.rules.markify.yaml -o NEW");
    }
  });

  test("apply --members is for that run alone", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const { files: after } = await runIn(files, [...APPLY, "--members", "ipset:2"]);
    expect(after["new.rules.ipset"]).toBeDefined();
    expect(after[PLAN]).toBe(files[PLAN]);
    expect((await runIn(files, APPLY)).files["new.rules.ipset"]).toBeUndefined();
    // What an earlier apply left would be loaded with rules that it does not belong to.
    const plain = await runIn(after, APPLY);
    expect(plain.stderr.replace(/\s+/g, " ")).toContain(
      "warning: new.rules.ipset is none of this apply's: the new ruleset needs no sets; remove it",
    );
    expect(plain.files["new.rules.ipset"]).toBe(after["new.rules.ipset"]);
    const { code, stderr } = await runIn(files, [...APPLY, "--members", "sets"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("ipset:64")]);
  });

  test("a person says it of one group; a set of services is none", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    const edit = (axis: string) =>
      files[PLAN]!.replace(`    axis: ${axis}\n    accept: true\n`, (text) => `${text}    storage: ipset\n`);
    const one = await runIn({ ...files, [PLAN]: edit("source") }, APPLY);
    expect(one.files["new.rules.ipset"]).not.toContain("D-10-9-0");
    const { code, stderr } = await runIn({ ...files, [PLAN]: edit("service") }, APPLY);
    expect([code, stderr]).toEqual([1, expect.stringContaining("a set holds addresses")]);
  });

  test("two families have two files of sets", async () => {
    const inputs = { "old.rules": FLAT, "old6.rules": FLAT_V6 };
    const { files } = await runIn(inputs, [
      "import",
      "old.rules",
      "old6.rules",
      "-o",
      "p.yaml",
      "--members",
      "ipset",
    ]);
    const { files: after, stderr } = await runIn(files, [
      "apply",
      "p.yaml",
      "-o",
      "new",
      "--packets",
      "1000",
    ]);
    expect(after["new.v4.ipset"]).toContain("family inet ");
    expect(after["new.v6.ipset"]).toContain("family inet6 ");
    expect(stderr).toContain("ipset restore -file new.v6.ipset && ip6tables-restore new.v6");
  });
});

describe("imported again", () => {
  test("with the file of sets: nothing to do, and apply gives both files again", async () => {
    const files = await stored();
    const again = await runIn(files, ["import", "new.rules", "--ipset", "new.rules.ipset", "-o", "p.yaml"]);
    expect(again.stdout + again.stderr).toContain("mark groups already");
    expect(again.files["p.yaml"]).toContain("    sets: new.rules.ipset\n");
    const { files: after, code } = await runIn(again.files, ["apply", "p.yaml", "-o", "third.rules"]);
    expect(code).toBe(0);
    expect(after["third.rules"]).toBe(files["new.rules"]);
    expect(after["third.rules.ipset"]).toBe(files["new.rules.ipset"]);
    const changed = { ...again.files, "new.rules.ipset": `${files["new.rules.ipset"]}create X hash:ip\n` };
    const refused = await runIn(changed, ["apply", "p.yaml", "-o", "third.rules"]);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("has changed since")]);
  });

  test("without it: said, and nothing is lost", async () => {
    const files = await stored();
    const { code, stderr, files: after } = await runIn(files, ["import", "new.rules", "-o", "p.yaml"]);
    expect(code).toBe(0);
    expect(stderr).toContain("MARK_GROUP_LIKE");
    const third = await runIn(after, ["apply", "p.yaml", "-o", "third.rules"]);
    expect(third.files["third.rules"]).toBe(files["new.rules"]);
  });

  test("back to lines", async () => {
    const files = await stored();
    const argv = ["import", "new.rules", "--ipset", "new.rules.ipset", "-o", "p.yaml", "--members", "lines"];
    const { files: after } = await runIn(files, argv);
    const { code, files: third } = await runIn(after, ["apply", "p.yaml", "-o", "third.rules"]);
    expect(code).toBe(0);
    expect(third["third.rules"]).not.toContain("--match-set");
    expect(third["third.rules.ipset"]).toBeUndefined();
  });
});

describe("group", () => {
  test("add and remove print ipset commands; --restore can't", async () => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--members", "ipset"]);
    const added = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.7.0.0/16"]);
    expect([added.code, added.stdout]).toEqual([0, "ipset add S-10-0-1 10.7.0.0/16 -exist\n"]);
    const removed = await runIn(added.files, ["group", "remove", PLAN, "S-10-0-1", "10.0.1.2"]);
    expect([removed.code, removed.stdout]).toEqual([0, "ipset del S-10-0-1 10.0.1.2/32 -exist\n"]);
    const restore = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.7.0.0/16", "--restore"]);
    expect([restore.code, restore.files]).toEqual([2, files]);
    expect((await runIn(files, ["group", "list", PLAN])).stdout).toContain("source, 4 members, in an ipset");
    const ranges = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.8.0.3-10.8.0.9"]);
    expect(ranges.stdout).toContain("iptables -A S-10-0-1 -m iprange --src-range 10.8.0.3-10.8.0.9 -j MARK");
  });

  test.each(["ipset", "lines"])("of a ruleset that has the groups already, in %s", async (members) => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--members", members]);
    const { files: after } = await runIn(files, APPLY);
    const sets = members === "ipset" ? ["--ipset", "new.rules.ipset"] : [];
    const again = await runIn(after, ["import", "new.rules", ...sets, "-o", "p.yaml"]);
    const removed = await runIn(again.files, ["group", "remove", "p.yaml", "S-10-0-1", "10.0.1.2"]);
    expect(removed.code, removed.stderr).toBe(0);
    expect(removed.stdout).toMatch(
      members === "ipset" ? /^ipset del S-10-0-1 10.0.1.2/ : /^iptables -D S-10-0-1 -s/,
    );
  });
});
