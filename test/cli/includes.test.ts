/** Groups that include others, on the command line: a change of the part is one of the whole. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { filterTable, product } from "../support/small-tables.ts";

const PLAN = "old.rules.markify.yaml";
const nets = (last: number) => Array.from({ length: last }, (_, at) => `-s 10.0.${at + 1}.0/24`);
const RULES = filterTable(
  [
    ...product("-A FORWARD", nets(5), ["-d 10.9.0.1/32", "-d 10.9.0.2/32", "-d 10.9.0.3/32"], "-j ACCEPT"),
    ...product(
      "-A INPUT",
      nets(8),
      ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"],
      "-j ACCEPT",
    ),
  ],
  { FORWARD: "DROP", INPUT: "DROP" },
);

type Files = Record<string, string>;

/** A plan in which the two groups have names that say what they are. */
async function planned(): Promise<Files> {
  const { files } = await runIn({ "old.rules": RULES }, ["import", "old.rules"]);
  const { stdout } = await runIn(files, ["group", "list", PLAN, "--json"]);
  const { groups } = JSON.parse(stdout) as {
    groups: readonly { id: string; includes: readonly string[]; members: readonly string[] }[];
  };
  const whole = groups.find(({ includes }) => includes.length > 0)!;
  const part = groups.find(({ id }) => id === whole.includes[0])!;
  expect([whole.members.length, part.members.length]).toEqual([8, 5]);
  const named = files[PLAN]!.replace(`name: ${whole.id}\n`, "name: S-All\n").replace(
    `name: ${part.id}\n`,
    "name: S-Part\n",
  );
  return { ...files, [PLAN]: named };
}

const edit = async (files: Files, ...argv: readonly string[]) =>
  runIn(files, ["group", argv[0]!, PLAN, ...argv.slice(1)]);

describe("group add to a part", () => {
  test("is one command, and shows the packets of both groups' policy rules", async () => {
    const { code, stdout, stderr, files } = await edit(await planned(), "add", "S-Part", "10.0.99.0/24");
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("iptables -A S-Part -s 10.0.99.0/24 -j MARK --set-xmark 0x1/0x1\n");
    expect(stderr).toContain("note: what is in S-Part is in S-All, too\n");
    expect(stderr).toMatch(/filter INPUT\n +tcp from 10\.0\.99\.0\/24 .*port 22,80,443/);
    expect(stderr).toMatch(/filter FORWARD\n +packets from 10\.0\.99\.0\/24 to 10\.9\.0\.1\/32/);
    expect(files[PLAN]!.match(/10\.0\.99\.0/g)).toHaveLength(1);
    const applied = await runIn(files, [
      "apply",
      PLAN,
      "-o",
      "new.rules",
      "--allow-policy-change",
      "--packets",
      "1000",
    ]);
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.files["new.rules"]).toContain(
      "# S-All: source group, sets mark bit 0x1\n-A S-All -j S-Part\n",
    );
    expect(applied.files["new.rules"]).toMatch(
      /# +S-Part gets 10\.0\.99\.0\/24\n# +S-All gets 10\.0\.99\.0\/24\n/,
    );
  });

  test("may add what the whole has already", async () => {
    const { code, stderr, files } = await edit(await planned(), "add", "S-Part", "10.0.8.0/24");
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain("filter INPUT");
    expect(
      (await runIn(files, ["apply", PLAN, "-o", "n", "--allow-policy-change", "--packets", "1000"])).code,
    ).toBe(0);
  });
});

describe("group remove", () => {
  test("from a part takes the member from both", async () => {
    const { code, stdout, stderr } = await edit(await planned(), "remove", "S-Part", "10.0.3.0/24");
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("iptables -D S-Part -s 10.0.3.0/24 -j MARK --set-xmark 0x1/0x1\n");
    expect(stderr).toContain("filter INPUT");
    expect(stderr).toContain("filter FORWARD");
  });

  test("from the whole is refused for what a part has, and says where it is", async () => {
    const files = await planned();
    const { code, stderr, files: after } = await edit(files, "remove", "S-All", "10.0.3.0/24");
    expect([code, after]).toEqual([2, files]);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "S-All has 10.0.3.0/24 from S-Part, which it includes; remove it from S-Part",
    );
    expect((await edit(files, "remove", "S-All", "10.0.7.0/24")).code).toBe(0);
  });
});

test("the list and the reports say what includes what; lists for others have all members", async () => {
  const files = await planned();
  expect((await edit(files, "list")).stdout).toMatch(/S-All .*8 members\n(?: .*\n)*? +includes S-Part\n/);
  expect((await runIn(files, ["review", PLAN])).stdout).toContain("    includes: S-Part\n");
  expect((await runIn(files, ["review", PLAN, "--markdown"])).stdout).toContain("**includes** `S-Part`");
  const { stdout } = await edit(files, "export", "S-All", "--format", "nft");
  expect(stdout).toContain("10.0.1.0/24");
});

test("explain names the whole, where the part has matched", async () => {
  const files = await planned();
  const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
  const argv = [
    "--in",
    "eth0",
    "-s",
    "10.0.2.7",
    "-d",
    "192.0.2.1",
    "-p",
    "tcp",
    "--dport",
    "22",
    "--hook",
    "INPUT",
  ];
  const { stdout } = await runIn(applied.files, ["explain", "new.rules", ...argv, "--json"]);
  expect(JSON.parse(stdout).groups.matched).toEqual(expect.arrayContaining(["S-All", "S-Part"]));
});

test("a group keeps how it was put together when the ruleset is imported again", async () => {
  const files = await planned();
  const more = RULES.replace("COMMIT", "-A OUTPUT -d 10.3.0.1/32 -j DROP\nCOMMIT");
  const { code, files: after } = await runIn({ ...files, "old.rules": more }, [
    "import",
    "old.rules",
    "--overwrite",
  ]);
  expect(code).toBe(0);
  expect(after[PLAN]).toMatch(/name: S-All\n(?: {4}.*\n)*? {4}includes: \[S-\S+\]\n/);
  const apart = files[PLAN]!.replace(
    / {4}includes: .*\n {4}members:\n/,
    `    members:\n${nets(5)
      .map((net) => `      - ${net.slice(3)}\n`)
      .join("")}`,
  );
  const again = await runIn({ "old.rules": more, [PLAN]: apart }, ["import", "old.rules", "--overwrite"]);
  expect(again.files[PLAN]).not.toContain("includes:");
});
