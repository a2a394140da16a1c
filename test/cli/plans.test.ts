/** What `import` does with a plan that is there: options, comments, edits that can't be. */
import { describe, expect, test } from "vitest";
import { FOUR_TABLES } from "../support/four-tables.ts";
import { runIn } from "./fake-io.ts";
import { FLAT, OTHER } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

/** The files after `import old.rules` with these options. */
async function imported(...options: string[]): Promise<Record<string, string>> {
  return { ...(await runIn({ "old.rules": FLAT }, ["import", "old.rules", ...options])).files };
}

describe("options", () => {
  test("of the plan stay when none is given", async () => {
    const files = await imported("--keep-chain", "FORWARD");
    expect(files[PLAN]).toContain("keepChains: [FORWARD]");
    const again = await runIn(files, ["import", "old.rules"]);
    expect(again.files).toEqual(files);
    const changed = await runIn({ ...files, "old.rules": OTHER }, ["import", "old.rules", "--overwrite"]);
    expect(changed.files[PLAN]).toContain("keepChains: [FORWARD]");
  });

  test.each([
    [["--keep-chain", ""], "keepChains: FORWARD -> (none)"],
    [["--keep-chain", "OUTPUT"], "keepChains: FORWARD -> OUTPUT"],
    [["--rewrite-chain", "FORWARD"], "rewriteChains: (none) -> FORWARD"],
  ])("that change are told: %j", async (options, words) => {
    const { code, stderr } = await runIn(await imported("--keep-chain", "FORWARD"), [
      "import",
      "old.rules",
      ...options,
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain(`${words}\n`);
  });

  test("that are not given stay when another one is", async () => {
    const files = await imported("--keep-chain", "OUTPUT", "--tolerance", "0.1", "--tables", "raw,filter");
    const { files: again, stderr } = await runIn(files, ["import", "old.rules", "--aggregate"]);
    expect(stderr).toContain("aggregate: false -> true\n");
    expect(stderr).not.toMatch(/keepChains|tolerance|rewriteTables/);
    for (const line of [
      "keepChains: [OUTPUT]",
      "tolerance: 0.1",
      "aggregate: true",
      "rewriteTables: [raw, filter]",
    ])
      expect(again[PLAN]).toContain(`${line}\n`);
    const usual = ["--keep-chain", "", "--tolerance", "0", "--no-aggregate", "--tables", "filter"];
    const { files: plain } = await runIn(again, ["import", "old.rules", ...usual]);
    expect(plain[PLAN]).toBe((await imported())[PLAN]);
  });

  test("tables: kept in the plan, told where they change, in any order", async () => {
    const files = await imported("--tables", "raw,filter");
    expect(files[PLAN]).toContain("rewriteTables: [raw, filter]");
    expect((await runIn(files, ["import", "old.rules"])).stderr).toContain("kept as it is");
    const other = await runIn(files, ["import", "old.rules", "--tables", "filter"]);
    expect(other.stderr).toContain("rewriteTables: raw, filter -> filter\n");
    expect(other.files[PLAN]).not.toContain("rewriteTables");
    expect(await imported("--tables", "filter")).toEqual(await imported());
    const wrong = await runIn({ "old.rules": FLAT }, ["import", "old.rules", "--tables", "filter,rwa"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("raw, mangle, nat, filter")]);
    const plan = files[PLAN]!.replace("[raw, filter]", "[raw, security]");
    const refused = await runIn({ ...files, [PLAN]: plan }, ["apply", PLAN]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("PLAN_BAD_VALUE")]);
  });

  test("apply says which packets mangle OUTPUT routes a second time", async () => {
    const mangle = (tables: string) =>
      runIn({ "old.rules": FOUR_TABLES }, ["import", "old.rules", "--tables", tables]);
    const words = "are routed a second time";
    const { files } = await mangle("mangle");
    expect((await runIn(files, ["apply", PLAN])).stderr).toContain(words);
    expect((await runIn((await mangle("filter,nat")).files, ["apply", PLAN])).stderr).not.toContain(words);
  });

  test("are sets", async () => {
    const files = await imported("--keep-chain", "INPUT", "--keep-chain", "OUTPUT");
    const argv = [
      "import",
      "old.rules",
      "--keep-chain",
      "OUTPUT",
      "--keep-chain",
      "INPUT",
      "--keep-chain",
      "INPUT",
    ];
    expect((await runIn(files, argv)).stderr).toContain("kept as it is");
  });

  test("that fit no chain are warned of", async () => {
    const argv = ["import", "old.rules", "--keep-chain", "FORWRAD", "--rewrite-chain", "x*", "--json"];
    const { code, stderr, stdout } = await runIn({ "old.rules": FLAT }, argv);
    expect(code).toBe(0);
    expect(stderr).toContain("warning PATTERN_WITHOUT_CHAIN: --keep-chain FORWRAD fits no chain");
    expect(JSON.parse(stdout).diagnostics).toHaveLength(2);
  });
});

describe("comments", () => {
  test("survive other options", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace("    axis: source", "    # ask Eva\n    axis: source  # or Adam");
    const again = await runIn(files, ["import", "old.rules", "--keep-chain", "OUTPUT"]);
    expect(again.files[PLAN]).toContain("    # ask Eva\n    axis: source  # or Adam\n");
    expect(Object.keys(again.files)).not.toContain(`${PLAN}.bak`);
  });

  test("that have no place any more are told, and the old plan is kept", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace("    axis: source", "    axis: source # ask Eva");
    const line = files[PLAN]!.split("\n").findIndex((text) => text.includes("Eva")) + 1;
    const again = await runIn({ ...files, [`${PLAN}.bak`]: "older" }, [
      "import",
      "old.rules",
      "--keep-chain",
      "*",
    ]);
    expect(again.files).toMatchObject({ [`${PLAN}.bak`]: "older", [`${PLAN}.bak2`]: files[PLAN] });
    expect(again.stderr).toContain(`comments not kept: lines ${line} of the old plan`);
    expect(again.stderr).toContain(`the old plan is kept as ${PLAN}.bak2`);
  });

  test("a file that is no plan is kept, too, when it is overwritten", async () => {
    const again = await runIn({ "old.rules": FLAT, [PLAN]: "# mine\n" }, [
      "import",
      "old.rules",
      "--overwrite",
    ]);
    expect([again.code, again.files[`${PLAN}.bak`]]).toEqual([0, "# mine\n"]);
  });
});

describe("an edit that can't be", () => {
  const edit = async () => {
    const files = await imported();
    return { ...files, [PLAN]: files[PLAN]!.replace("-j ACCEPT", "-j DROP") };
  };

  test.each([
    [["review", PLAN], 1],
    [["apply", PLAN], 1],
    [["import", "old.rules"], 5],
  ] as const)("is shown by %j", async (argv, exit) => {
    const files = await edit();
    const { code, stdout, stderr, files: after } = await runIn(files, argv);
    expect([code, stdout, after]).toEqual([exit, "", files]);
    expect(stderr).toMatch(new RegExp(`^${PLAN}:\\d+:\\d+: error PLAN_NOT_EDITABLE`, "m"));
  });

  test("goes with --overwrite, and the old plan is kept", async () => {
    const before = await edit();
    const { code, files } = await runIn(before, ["import", "old.rules", "--overwrite"]);
    expect([code, files[PLAN]]).toEqual([0, (await imported())[PLAN]]);
    expect(files[`${PLAN}.bak`]).toBe(before[PLAN]);
  });
});

describe("a member that was taken out", () => {
  const MEMBER = "      - 10.0.1.4/32\n";
  const edit = async () => {
    const files = await imported();
    expect(files[PLAN]).toContain(MEMBER);
    return { ...files, [PLAN]: files[PLAN]!.replace(MEMBER, "").replace("name: S-10-0-1", "name: S-OFFICE") };
  };

  test("stays out when the input changes elsewhere", async () => {
    const argv = ["import", "old.rules", "--overwrite"];
    const { code, stderr, files } = await runIn({ ...(await edit()), "old.rules": `# today\n${FLAT}` }, argv);
    expect(code).toBe(0);
    expect(files[PLAN]).toContain("name: S-OFFICE");
    expect(files[PLAN]).not.toContain(MEMBER);
    expect(stderr).toContain("edit kept: S-OFFICE (S-10-0-1) stays without 10.0.1.4/32\n");
    expect(files[`${PLAN}.bak`]).toBeUndefined();
    const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    expect(applied.code).toBe(0);
    expect(applied.files["new.rules"]).toContain("-A FORWARD -s 10.0.1.4/32 -d 10.9.0.1/32");
  });

  test("is told, and the old plan is kept, when the group changes, too", async () => {
    const grown = FLAT.replaceAll(
      /^-A FORWARD -s 10.0.1.3.*\n/gm,
      (line) => line + line.replace("10.0.1.3", "10.0.1.5"),
    );
    const before = await edit();
    const argv = ["import", "old.rules", "--overwrite"];
    const { stderr, files } = await runIn({ ...before, "old.rules": grown }, argv);
    expect(stderr).toContain("edit not kept: S-OFFICE (S-10-0-1) has other members now; ");
    expect(stderr).toContain("written anew, with those edits that still fit");
    expect(files[`${PLAN}.bak`]).toBe(before[PLAN]);
  });
});

describe("mark bits that were moved, both places together,", () => {
  const move = async () => {
    const files = await imported();
    const text = files[PLAN]!.replace('ownMarkBits: "0x7"', 'ownMarkBits: "0x700"').replace(
      /markBits: \{.*\}/,
      'markBits: { source: "0x100", destination: "0x200", service: "0x400" }',
    );
    expect(text).not.toBe(files[PLAN]);
    return { ...files, [PLAN]: text };
  };
  const apply = ["apply", PLAN, "-o", "new.rules", "--packets", "1000"];

  test("are obeyed", async () => {
    const { code, files } = await runIn(await move(), apply);
    expect(code).toBe(0);
    expect(files["new.rules"]).toContain("-A S-10-0-1 -s 10.0.1.1/32 -j MARK --set-xmark 0x100/0x100");
    expect(files["new.rules"]).not.toMatch(/0x[0-9a-f]*[1-9a-f][0-9a-f]?\/0x7\b/);
  });

  test("stay when the input changes", async () => {
    const argv = ["import", "old.rules", "--overwrite"];
    const { files } = await runIn({ ...(await move()), "old.rules": `# today\n${FLAT}` }, argv);
    expect(files[PLAN]).toContain('ownMarkBits: "0x700"\nmarkBits: { source: "0x100", ');
  });

  test("give way where the ruleset uses them; a sum that is not theirs is refused", async () => {
    const files = await move();
    const sum = { ...files, [PLAN]: files[PLAN]!.replace('"0x700"', '"0x7"') };
    const refused = await runIn(sum, apply);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("expected 0x700, the sum of markBits"),
    ]);
    const mangle = "*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j MARK --set-xmark 0x200/0x200\nCOMMIT\n";
    const clash = await runIn({ ...files, "old.rules": mangle + FLAT }, [
      "import",
      "old.rules",
      "--overwrite",
    ]);
    expect(clash.stderr).toContain(
      "the destination groups' mark bit was 0x200, which is not free any more; it is 0x1 now",
    );
    expect(clash.files[PLAN]).toContain('ownMarkBits: "0x501"');
  });
});
