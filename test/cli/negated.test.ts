/** Negated groups from import to apply: chains of exceptions come as they are, `not` in the plan changes the policy, and a member more takes packets away. */
import { describe, expect, test } from "vitest";
import { filterTable, product } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
type Files = Record<string, string>;

const HOSTS = Array.from({ length: 12 }, (_, at) => `10.0.0.${at + 1}/32`);

/** Three ports that some hosts alone may use. */
const GUARDS = filterTable(
  [22, 3306, 5432].flatMap((port) => [
    `-A INPUT -p tcp -m tcp --dport ${port} -j GUARD-${port}`,
    ...HOSTS.map((host) => `-A GUARD-${port} -s ${host} -j RETURN`),
    `-A GUARD-${port} -j DROP`,
  ]),
);

/** The same hosts may do something. */
const FLAT = filterTable(
  product(
    "-A FORWARD",
    HOSTS.map((host) => `-s ${host}`),
    "-p tcp -m tcp",
    ["--dport 80", "--dport 443"],
    "-j DROP",
  ),
);

async function imported(rules: string): Promise<Files> {
  const { code, stderr, files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
  expect(code, stderr).toBe(0);
  return { ...files };
}

const apply = (files: Files, ...more: readonly string[]) =>
  runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000", ...more]);

const groupOf = (files: Files) => /^ {4}source: (?:not )?(\S+)$/m.exec(files[PLAN]!)![1]!;

describe("chains of exceptions", () => {
  test("are policy rules for all others, proved equal, and stay so", async () => {
    const files = await imported(GUARDS);
    const group = groupOf(files);
    expect(files[PLAN]!.match(/source: not /g)).toHaveLength(3);
    expect(files[PLAN]).toContain(`rule: "-p tcp -m tcp --dport 22 ! -s ${group} -j DROP"`);
    const { code, stderr, files: after } = await apply(files);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("equal, proved for all packets");
    expect(after["new.rules"]).toContain(`# GUARD-22: not ${group} -> DROP`);
    const again = await runIn({ "old.rules": after["new.rules"]! }, ["import", "old.rules"]);
    expect(again.stderr).toContain("nothing to rewrite");
    expect(again.files[PLAN]!.match(new RegExp(`source: not ${group}`, "g"))).toHaveLength(3);
  });

  test("a group tells who negates it", async () => {
    const files = await imported(GUARDS);
    const { stdout } = await runIn(files, ["group", "list", PLAN]);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "used by GUARD-22 (negated), GUARD-3306 (negated), GUARD-5432 (negated)",
    );
    const why = await runIn(files, ["review", PLAN, "--why", "GUARD-22"]);
    expect(why.stdout).toContain(`! -s ${groupOf(files)} -j DROP`);
  });

  test("lint has nothing to say of the bit that has to be 0", async () => {
    const { files } = await apply(await imported(GUARDS));
    const { stdout } = await runIn(files, ["lint", "new.rules"]);
    expect(stdout).not.toContain("mark-");
  });

  test("a member more takes its packets away from the rules", async () => {
    const files = await imported(GUARDS);
    const { code, stderr, stdout } = await runIn(files, ["group", "add", PLAN, groupOf(files), "10.0.9.9"]);
    expect(code, stderr).toBe(0);
    const said = stderr.replace(/\s+/g, " ");
    expect(said).toContain("gets 10.0.9.9/32 (so GUARD-22, GUARD-3306, GUARD-5432 are no more for it)");
    expect(said).toContain("tcp from 10.0.9.9/32 to any port 22,3306,5432: DROP, now ACCEPT");
    expect(stdout).toBe(`iptables -A ${groupOf(files)} -s 10.0.9.9/32 -j MARK --set-xmark 0x1/0x1\n`);
  });
});

describe("a group that is turned round in the plan", () => {
  const turned = (files: Files): Files => ({
    ...files,
    [PLAN]: files[PLAN]!.replace("\n    source: S-", "\n    source: not S-"),
  });

  test("changes the policy: apply shows the packets, and wants to be told", async () => {
    const files = turned(await imported(FLAT));
    const group = groupOf(files);
    const refused = await apply(files);
    expect([refused.code, refused.files]).toEqual([5, files]);
    expect(refused.stderr).toContain(`now means not ${group}`);
    const { code, stderr, files: after } = await apply(files, "--allow-policy-change");
    expect(code, stderr).toBe(0);
    expect(after["new.rules"]).toMatch(
      new RegExp(`THE POLICY IS NOT THAT OF THE INPUT.*\\n# +R-\\S+ now means not ${group}`),
    );
    const review = await runIn(files, ["review", PLAN]);
    expect(review.stdout).toContain(`! -s ${group} `);
    expect(review.stderr).toContain("--allow-policy-change");
  });

  test("is data in --json", async () => {
    const files = turned(await imported(FLAT));
    const { stdout } = await apply(files, "--json", "--allow-policy-change");
    const { policyChange } = JSON.parse(stdout);
    expect(policyChange.rules).toMatchObject([{ added: [], turned: [`not ${groupOf(files)}`] }]);
    expect(policyChange.addedRules).toHaveLength(1 + HOSTS.length + 2);
    expect(policyChange.removedRules).toHaveLength(24);
  });

  test("stays so when the ruleset is imported again, and is told of when the ruleset says so", async () => {
    const files = turned(await imported(FLAT));
    const more = FLAT.replace("COMMIT", "-A INPUT -i eth9 -j DROP\nCOMMIT");
    const again = await runIn({ ...files, "old.rules": more }, ["import", "old.rules", "--overwrite"]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.files[PLAN]).toContain("source: not ");
    const { files: after } = await apply(files, "--allow-policy-change");
    const now = { ...files, "old.rules": after["new.rules"]! };
    const fresh = await runIn(now, ["import", "old.rules", "--overwrite"]);
    expect(fresh.code, fresh.stderr).toBe(0);
    expect(fresh.stderr.replace(/\s+/g, " ")).toContain(
      `has rules for not ${groupOf(files)} now, which was turned round`,
    );
  });
});
