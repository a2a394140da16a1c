/** `review --check`: the proof of a plan for a job in version control, by its exit code. */
import { expect, test } from "vitest";
import { FLAT } from "./rulesets.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
const DROPPING = FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP");

async function imported(): Promise<Record<string, string>> {
  return { ...(await runIn({ "old.rules": DROPPING }, ["import", "old.rules"])).files };
}

test("0 where it is proved equal; the report is on stdout, the proof beside it", async () => {
  const { code, stdout, stderr } = await runIn(await imported(), ["review", PLAN, "--check", "--markdown"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("S-10-0-1");
  expect(stdout).not.toContain("proved for all packets");
  expect(stderr).toContain("equal, proved for all packets");
});

test("JSON has the check beside the report", async () => {
  const { code, stdout } = await runIn(await imported(), ["review", PLAN, "--check", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, check: { result: "equal", basis: "proved" } });
  const without = await runIn(await imported(), ["review", PLAN, "--json"]);
  expect(JSON.parse(without.stdout)).not.toHaveProperty("check");
});

test("1 where the plan changes the policy, whoever allows it", async () => {
  const { files } = await runIn(await imported(), ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
  const { code, stderr } = await runIn(files, ["review", PLAN, "--check"]);
  expect(code).toBe(1);
  expect(stderr).toContain("the plan changes the policy");
});

test("5 where the ruleset has changed since", async () => {
  const files = await imported();
  const { code } = await runIn({ ...files, "old.rules": `${DROPPING}# more\n` }, ["review", PLAN, "--check"]);
  expect(code).toBe(5);
});

test("without --check nothing is proved, and a change is no failure", async () => {
  const { files } = await runIn(await imported(), ["group", "add", PLAN, "S-10-0-1", "10.0.1.9"]);
  const { code, stderr } = await runIn(files, ["review", PLAN]);
  expect(code).toBe(0);
  expect(stderr).not.toContain("proved");
});
